package mask_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/exceptional-go/exceptional/internal/mask"
)

const canary = "c4n4ry-S3cret"

func TestName(t *testing.T) {
	secret := []string{
		"password", "Password", "PASSWORD", "user[password]", "user.pass_word", "pass-word", "passwd", "pwd", "db_pwd", "mysqlPwd",
		"secret", "client_secret", "X-My-Token", "accessToken", "access_token", "ACCESS.TOKEN", "api-key", "X-Api-Key", "apikey", "accessKeyId",
		"private_key", "PrivateKey", "signature", "X-Amz-Signature", "X-Amz-Credential", "credentials", "Authorization", "Proxy-Authorization",
		"Cookie", "Set-Cookie", "session", "session_id", "PHPSESSID", "connect.sid", "sid", "csrf_token", "_csrf", "X-XSRF-TOKEN", "jwt", "X-Jwt-Assertion",
		"otp", "userOTP", "otp_code", "O_T_P", "mfa", "2fa", "x2fa", "pin", "user.pin", "cvv", "card_cvc", "cardNumber", "ccnumber", "iban", "ssn", "user_ssn",
		"salt", "passHash", "dsn", "DSN", "sentryDSN", "databaseUrl", "DATABASE_URL", "connectionString", "user%5Bpassword%5D", "p%61ssword",
		"pass\u200bword", "auth", "basic_auth", strings.Repeat("x", 300) + "password", "PASSWD_" + strings.Repeat("x", 300), "compassword",
	}
	for _, name := range secret {
		if !mask.Default.Name(name) {
			t.Errorf("Name(%q) = false, want true", name)
		}
	}
	public := []string{
		"", "-", "id", "name", "user", "email", "className", "needsNew", "footprint", "hotplug", "notPaid", "compass", "compassHeading", "passenger",
		"bypass", "key", "code", "state", "Accept", "Content-Type", "author", "X-Request-Id", "Sec-WebSocket-Key", "spinner", "shipping", "residency",
		"result", "designing", "monkey", "Idempotency-Key",
	}
	for _, name := range public {
		if mask.Default.Name(name) {
			t.Errorf("Name(%q) = true, want false", name)
		}
	}
	for _, name := range []string{"code", "state", "key", "sig", "password"} {
		if !mask.Default.Param(name) {
			t.Errorf("Param(%q) = false, want true", name)
		}
	}
	if mask.Default.Param("page") {
		t.Error(`Param("page") = true, want false`)
	}
}

func TestTextHidesSecrets(t *testing.T) {
	jwt := "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
	pem := "-----BEGIN RSA PRIVATE KEY-----\n" + canary + "\n-----END RSA PRIVATE KEY-----"
	tests := []struct{ name, text, secret string }{
		{"URL with a password", "dial postgres://u:" + canary + "@db:5432/x failed", canary},
		{"URL with an @ in the password", "postgres://u:" + canary + "@" + canary + "@db/x", canary},
		{"URL with a slash in the password", `parse "postgres://u:` + canary + `/x@db/x": invalid port ":` + canary + `/x" after host`, canary},
		{"URL without a user", "redis://:" + canary + "@r:6379/0", canary},
		{"URL with a token for a user", "clone https://" + canary + canary + "@git.example/x", canary},
		{"MySQL DSN", "open u:" + canary + "@tcp(db:3306)/x: refused", canary},
		{"MySQL DSN with an @", "open u:" + canary + "@" + canary + "@tcp(db:3306)/x: refused", canary},
		{"MySQL DSN over a socket", "u:" + canary + "@unix(/tmp/x)/x", canary},
		{"MySQL DSN without an address", "u:" + canary + "@/x", canary},
		{"address with a password and no scheme", "u:" + canary + "@localhost:3306", canary},
		{"key-value DSN", "host=db user=u password=" + canary + " dbname=x", canary},
		{"key-value DSN, quoted", "host=db password='" + canary + " " + canary + "' dbname=x", canary},
		{"ADO DSN", "Server=db;User Id=sa;Password=" + canary + ";Encrypt=true", canary},
		{"password with a comma", "password=a," + canary, canary},
		{"pairs with commas", "user=u,password=" + canary + ",x=y", canary},
		{"password with a comma, before a pair", "password=a+," + canary + ",x=y", canary},
		{"query in a path", "GET /x?a=b&token=" + canary + "&c=d HTTP/1.1", canary},
		{"OAuth code", "GET /cb?code=" + canary + "&state=" + canary, canary},
		{"JSON in a message", `invalid character 'x' in {"user":"u","password":"` + canary + `","x`, canary},
		{"JSON in a message, unfinished", `bad body: {"user":"u","password":"` + canary, canary},
		{"JSON in JSON", `{"msg":"{\"password\":\"` + canary + `\"}"}`, canary},
		{"JSON array", `{"tokens": ["a", "` + canary + `"]}`, canary},
		{"JSON array, unfinished", `{"tokens": ["a", {"b": "]` + canary, canary},
		{"quotes in quotes, unfinished", `bad body "{\"password\":\"` + canary, canary},
		{"JSON with spaces", "{\"password\" :\n\t\"" + canary + "\"}", canary},
		{"struct, %+v", "{User:u Password:" + canary + " Token:" + canary + "}", canary},
		{"struct, %#v", `main.Login{User:"u", Password:"` + canary + `"}`, canary},
		{"map, %v", "map[password:" + canary + " user:u]", canary},
		{"bytes, %v", "{Password:[104 117 110 116 101 114] X:1}", "117 110"},
		{"quoted by %q", `invalid token "` + canary + `"`, canary},
		{"header line", "Authorization: Bearer " + canary, canary},
		{"header line, own scheme", "authorization: " + canary + " " + canary, canary},
		{"cookie line", "Cookie: a=" + canary + "; b=" + canary, canary},
		{"password, colon", "login: password: " + canary, canary},
		{"passphrase", "passphrase: correct horse " + canary, canary},
		{"password, colon, before a comma", "password: correct " + canary + ", retry", canary},
		{"password, colon, before a line", "password: " + canary + "\nretry", canary},
		{"escaped quote in a password", `password="a\"` + canary + `"`, canary},
		{"token, colon", "session: token: " + canary + " rejected", canary},
		{"assignment", `apiKey := "` + canary + `"`, canary},
		{"bearer", "upstream said 401 to Bearer " + canary, canary},
		{"bearer at the end of a sentence", "upstream refused Bearer  " + canary + ".", canary},
		{"basic", "sent Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNzd29yZA"},
		{"JWT", "verify " + jwt + ": expired", "dozjgNryP4J3jVmNHl0w5N"},
		{"JWT cut short", "verify " + jwt[:50], jwt[30:50]},
		{"PEM", "load " + pem, canary},
		{"PEM cut short", "load " + pem[:50], canary},
		{"AWS key", "AKIAIOSFODNN7EXAMPLE is not allowed", "IOSFODNN7"},
		{"GitHub token", "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "16C7e42F"},
		{"Stripe key", "sk_live_4eC39HqLyjWDarjtT1zdp7dc", "4eC39HqL"},
		{"Slack token", "xoxb-123456789012-abcdefABCDEF", "abcdefABCDEF"},
		{"card number", "card 4242424242424242 declined", "42424242"},
		{"card number, spaces", "card 4242 4242 4242 4242 declined", "4242 4242"},
		{"card number, dashes", "card 5555-5555-5555-4444 declined", "5555-4444"},
		{"card number, Amex", "card 3782 822463 10005", "822463"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := mask.Default.Text(tt.text)
			if strings.Contains(got, tt.secret) {
				t.Errorf("Text(%q) = %q, which shows the secret", tt.text, got)
			}
			if !mask.Masked(got) {
				t.Errorf("Text(%q) = %q, which has no mask", tt.text, got)
			}
			if again := mask.Default.Text(got); again != got {
				t.Errorf("Text(Text(%q)) = %q, want %q", tt.text, again, got)
			}
		})
	}
}

func TestTextKeepsTheRest(t *testing.T) {
	for _, text := range []string{
		"", "EOF", "no rows in result set", "open /etc/x: permission denied", "jwt: token is expired", "token: expired", "session: not found",
		"securecookie: the value is not valid", "http: named cookie not present", "parse csrf token: invalid character",
		"internal/session/token.go:42: boom", "token.go:42:7: x", "csrf: session lookup failed", "unexpected token \"}\"", "invalid cookie \"session\"",
		"Get \"http://localhost:8080/users/@me\": EOF", "https://example.test/a/b?page=2&sort=name#top", "git@github.com:owner/repo.git",
		"mailto:bob@example.com", "time 1763687270123456789", "order 1234567890123456", "uuid 4f2b1c00-4242-4242-8242-424242424242", "Basic authentication required",
		"Bearer token is missing", "WWW-Authenticate: Bearer realm=\"x\"", "key=value a:b c=d", "secret missing", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
		"password=", "cookie: abc was refused", "token: rejected by the server", "https://bob@example.com/x", "parse \"http://h:x/\": invalid port \":80\" after host",
		"Digest username=\"bob\", qop=auth", "eyJ is the start of a JWT", "pass the salt, please", "password: too short", "Password is required", "password must not be empty",
		"dial tcp 10.0.0.1:5432: connect: connection refused", "authorization: context deadline exceeded", "SQLSTATE 23505: duplicate key value", "•••• (masked)",
	} {
		if got := mask.Default.Text(text); got != text {
			t.Errorf("Text(%q) = %q", text, got)
		}
	}
}

func TestJSON(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"string", `{"user":"u","password":"x1"}`, `{"user":"u","password":"M"}`},
		{"number", `{"pin":1234,"n":5}`, `{"pin":"M","n":5}`},
		{"null shows", `{"password":null}`, `{"password":null}`},
		{"object", `{"credentials":{"a":"x","b":[1,"y",{"c":true}]},"d":"z"}`, `{"credentials":{"a":"M","b":["M","M",{"c":"M"}]},"d":"z"}`},
		{"layout stays", "{\n  \"token\" : \"x\" ,\n  \"a\" : [ 1, 2 ]\n}", "{\n  \"token\" : \"M\" ,\n  \"a\" : [ 1, 2 ]\n}"},
		{"escaped name", `{"pass\u0077ord":"x1"}`, `{"pass\u0077ord":"M"}`},
		{"shape inside a value", `{"dest":"postgres://u:p@h/x"}`, `{"dest":"postgres://u:M@h/x"}`},
		{"card as a number", `{"n":4242424242424242}`, `{"n":"M"}`},
		{"unfinished", `{"a":1,"password":"hun`, `{"a":1,"password":"M"`},
		{"missing comma", `{"a":"x" "password":"y"}`, `{"a":"x" "password":"M"}`},
		{"not quoted", `{"password":hunter2}`, `{"password":"M"}`},
		{"JavaScript", `{password: 'hunter2'}`, `{password: 'M'}`},
		{"not JSON at all", `password=hunter2`, `password=M`},
		{"nothing to hide", `{"a":[1,2,{"b":"c"}]}`, `{"a":[1,2,{"b":"c"}]}`},
		{"ends in a number", `{"a":1,"n":4242424242424242`, `{"a":1,"n":"M"`},
		{"array of objects", `[{"token":"a"},{"token":"b"}]`, `[{"token":"M"},{"token":"M"}]`},
		{"unfinished, with an escape", `{"dest":"postgres:\/\/u:p@h\n`, `{"dest":"postgres://u:M@h\n"`},
		{"invalid escape", `{"dest\q":"postgres:\/\/u:p@h\q"}`, `{"dest\q":"postgres://u:M@hq"}`},
		{"line break in a string", "{\"dest\":\"postgres:\\/\\/u:p@h\n\"}", `{"dest":"postgres://u:M@h\n"}`},
		{"sibling after a secret", `{"token":"a","b":"c"}`, `{"token":"M","b":"c"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := strings.ReplaceAll(tt.want, "M", mask.Mask)
			if got := mask.Default.JSON(tt.in); got != want {
				t.Errorf("JSON(%q) = %q, want %q", tt.in, got, want)
			}
		})
	}
	if deep := mask.Default.JSON(strings.Repeat(`{"a":`, 100_000) + `"` + canary + `"`); strings.Contains(deep, canary) {
		t.Error("JSON shows a value that is nested too deeply to be read")
	}
}

func TestURLFormHeader(t *testing.T) {
	tests := []struct{ name, got, want string }{
		{"URL", mask.Default.URL("https://u:p@h/x?a=b&token=t#access_token=z"), "https://u:M@h/x?a=b&token=M#access_token=M"},
		{"path only", mask.Default.URL("/a/b"), "/a/b"},
		{"nothing", mask.Default.URL("/a?b=c%20d"), "/a?b=c%20d"},
		{"escaped path", mask.Default.URL("/files/password%3Dhunter2"), "/files/password=M"},
		{"escaped path without a secret", mask.Default.URL("/a%20b"), "/a%20b"},
		{"a token alone", mask.Default.Form("a=b;sk_live_4eC39HqLyjWDarjtT1zdp7dc"), "a=b;M"},
		{"encoded name", mask.Default.Form("user%5Bpassword%5D=x&a=b"), "user%5Bpassword%5D=M&a=b"},
		{"encoded value", mask.Default.Form("to=https%3A%2F%2Fu%3Ap%40h%2F"), "to=https://u:M@h/"},
		{"nested query", mask.Default.Form("next=%2Fcb%3Fcode%3Dabc"), "next=/cb?code=M"},
		{"broken escape", mask.Default.Form("password=%zz&%zz=1"), "password=M&%zz=1"},
		{"Bearer", mask.Default.Header("Authorization", "Bearer x"), "Bearer M"},
		{"no scheme", mask.Default.Header("Authorization", "x y"), "M"},
		{"cookie", mask.Default.Header("Cookie", "a=b"), "M"},
		{"Referer", mask.Default.Header("Referer", "https://h/cb?code=1"), "https://h/cb?code=M"},
		{"plain", mask.Default.Header("Accept", "*/*"), "*/*"},
		{"empty", mask.Default.Header("Authorization", ""), ""},
	}
	for _, tt := range tests {
		if want := strings.ReplaceAll(tt.want, "M", mask.Mask); tt.got != want {
			t.Errorf("%s: %q, want %q", tt.name, tt.got, want)
		}
	}
}

func TestMaskLengthIsConstant(t *testing.T) {
	d, err := mask.New(mask.Options{Digest: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []*mask.Masker{mask.Default, d} {
		if a, b := m.Hide("x"), m.Hide(strings.Repeat("y", 5000)); len(a) != len(b) || a == "" {
			t.Errorf("Hide gave %q and %q", a, b)
		}
	}
	if first := d.Hide("a"); first != d.Hide("a") || d.Hide("a") == d.Hide("b") {
		t.Error("a digest does not tell equal from different")
	}
	if mask.Default.Hide("") != "" {
		t.Error("Hide(\"\") is not empty")
	}
}

func TestNew(t *testing.T) {
	_, err := mask.New(mask.Options{Names: []string{"x"}, Exact: []string{"-"}, Plain: []string{"pass-word", "", "Token"}, Patterns: []*regexp.Regexp{nil, regexp.MustCompile("x*")}})
	for _, want := range []string{"Names[0]", "Exact[0]", "Plain[0]", "Plain[1]", "Plain[2]", "Patterns[0]", "Patterns[1]"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New: %v, want a fault of %s", err, want)
		}
	}
	m, err := mask.New(mask.Options{Names: []string{"shoe-size"}, Exact: []string{"vn"}, Plain: []string{"max_tokens"}, Patterns: []*regexp.Regexp{regexp.MustCompile(`CUST-\d+`)}})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"userShoeSize": true, "VN": true, "vnx": false, "max_tokens": false, "maxTokens": false, "max_token": true, "password": true} {
		if got := m.Name(name); got != want {
			t.Errorf("Name(%q) = %v, want %v", name, got, want)
		}
	}
	if got := m.Text("no CUST-123 here"); got != "no "+mask.Mask+" here" {
		t.Errorf("Text = %q", got)
	}
}

func TestKnowing(t *testing.T) {
	m := mask.Default.Knowing([]string{"hunter2", "hunter2-and-more", "abc", "", "  "})
	got := m.Text("user typed hunter2-and-more, then hunter2; abc")
	if want := "user typed " + mask.Mask + ", then " + mask.Mask + "; abc"; got != want {
		t.Errorf("Text = %q, want %q", got, want)
	}
	if m.Name("password") != true || mask.Default.Text("hunter2") != "hunter2" {
		t.Error("Knowing changed the Masker it was called on")
	}
}

func TestSecrets(t *testing.T) {
	got := mask.Default.Secrets("open u:" + canary + "@tcp(db:3306)/x: password=" + canary + " token=short pin=4711")
	if want := []string{canary, canary, "4711"}; !slices.Equal(got, want) { // "short" may be an ordinary word
		t.Errorf("Secrets = %q, want %q", got, want)
	}
	if got := mask.Default.Secrets(strings.Repeat("password=x1 ", 100)); len(got) != 32 {
		t.Errorf("Secrets returns %d values", len(got))
	}
	if m := mask.Default.Knowing([]string{"abc"}); m != mask.Default {
		t.Error("Knowing makes a new Masker of a value that is too short")
	}
}

func TestLinearTime(t *testing.T) {
	// Each of these would take minutes if a rule searched the rest of the text again and again.
	for _, unit := range []string{"a://", "token: is ", "cookie: abc ", "u:p@", "-----BEGIN ", "\"", " token \"", "4242-", "eyJ", "password: is\n", "x=[", "{", "Bearer ", "a@b:", "secret:"} {
		text := strings.Repeat(unit, 1<<18/len(unit))
		mask.Default.Text(text)
		mask.Default.JSON(text)
		mask.Default.Form(text)
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"password=x", "a://b:c@d", `"token":"x"`, "eyJabc.def", "4242424242424242", "-----BEGIN X-----", "Cookie: a", "{Password:x}", "\\\"token\\\":\\\"x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		mask.Default.Text(s)
		mask.Default.JSON(s)
		mask.Default.URL(s)
		mask.Default.Header("Referer", s)
		// These stay hidden, whatever text is around them.
		if strings.Contains(s, canary) {
			return
		}
		for _, planted := range []string{s + " postgres://u:" + canary + "@db/x", s + "\nx password=" + canary + "\n" + s} {
			if got := mask.Default.Text(planted); strings.Contains(got, canary) {
				t.Errorf("Text(%q) = %q", planted, got)
			}
		}
		if q := fmt.Sprintf(`{"a":%q,"password":"%s"}`, "x", canary); strings.Contains(mask.Default.JSON(q), canary) {
			t.Error(q)
		}
	})
}

func BenchmarkText(b *testing.B) {
	clean := strings.Repeat("open /srv/shop/orders.db: connection refused (host=db user=u dbname=x) ", 14)
	dirty := clean + " password=" + canary
	b.Run("clean", func(b *testing.B) {
		b.SetBytes(int64(len(clean)))
		b.ReportAllocs()
		for b.Loop() {
			mask.Default.Text(clean)
		}
	})
	b.Run("dirty", func(b *testing.B) {
		b.SetBytes(int64(len(dirty)))
		b.ReportAllocs()
		for b.Loop() {
			mask.Default.Text(dirty)
		}
	})
	b.Run("name", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			mask.Default.Name("X-Correlation-Identifier")
		}
	})
}

// A text may be cut anywhere: half of a secret is never shown.
func TestMaskPrefix(t *testing.T) {
	const max = 200
	secret := "postgres://app:" + canary + "@db.internal/orders"
	for _, before := range []string{
		"",
		"-----BEGIN RSA PRIVATE KEY-----\n" + strings.Repeat("MIIEpAIB", 20) + "\n-----END RSA PRIVATE KEY-----\n", // leaves room when it is masked
	} {
		for pad := range 3 * max {
			s := before + strings.Repeat("a", pad) + " " + secret + strings.Repeat(" z", max)
			prefix := mask.MaskPrefix(s, max, mask.Default.Text)
			if strings.Contains(prefix[:min(len(prefix), max)], canary[:4]) {
				t.Fatalf("after %d bytes: %q", len(before)+pad, prefix)
			}
			if len(s) <= 2*max && prefix != mask.Default.Text(s) {
				t.Fatalf("%d bytes, which need no cut: %q", len(s), prefix)
			}
			if pad > 2*max && before == "" && len(prefix) < max {
				t.Fatalf("%d bytes are left of %d without a secret", len(prefix), len(s))
			}
		}
	}
	for _, s := range []string{strings.Repeat("ü", 999), "x" + strings.Repeat("ü", 999), strings.Repeat("€", 999), strings.Repeat("\x80", 999)} {
		prefix := mask.MaskPrefix(s, max, func(s string) string { return s })
		if rest, ok := strings.CutSuffix(prefix, "…"); !ok || !strings.HasPrefix(s, rest) || utf8.ValidString(s) && (!utf8.ValidString(prefix) || len(rest) < max) {
			t.Errorf("MaskPrefix(%.10q…) = %q", s, prefix)
		}
	}
	if got := mask.MaskPrefix("password=x", max, func(string) string { panic("mask") }); got != mask.Panicked {
		t.Errorf("a hook that panics: %q", got)
	}
}
