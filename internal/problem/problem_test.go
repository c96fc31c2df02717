package problem_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"iter"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/exceptional-go/exceptional/internal/problem"
)

func full() *problem.Document {
	return &problem.Document{
		Type:     "https://example.com/probs/out-of-credit",
		Title:    "You do not have enough credit.",
		Status:   403,
		Detail:   "Your current balance is 30, but that costs 50.",
		Instance: "/account/12345/msgs/abc",
		Members: []problem.Member{
			{Name: "balance", Value: 30},
			{Name: "accounts", Value: []string{"/account/12345", "/account/67890"}},
		},
		Errors: []problem.FieldError{{Detail: "must be a positive integer", Pointer: "/age", Code: "gt"}},
	}
}

func TestAppendJSON(t *testing.T) {
	tests := []struct {
		name string
		d    problem.Document
		want string
	}{
		{"the zero document", problem.Document{}, `{}`},
		{"the example of RFC 9457", *full(), `{"type":"https://example.com/probs/out-of-credit","title":"You do not have enough credit.","status":403,` +
			`"detail":"Your current balance is 30, but that costs 50.","instance":"/account/12345/msgs/abc","balance":30,` +
			`"accounts":["/account/12345","/account/67890"],"errors":[{"detail":"must be a positive integer","pointer":"/age","code":"gt"}]}`},
		{"markup cannot leave a script element", problem.Document{Detail: "</script><!--&\u2028"},
			`{"detail":"\u003c/script\u003e\u003c!--\u0026\u2028"}`},
		{"invalid UTF-8", problem.Document{Title: "a\xffb"}, `{"title":"a\ufffdb"}`},
		{"an empty field error", problem.Document{Errors: []problem.FieldError{{}}}, `{"errors":[{}]}`},
		{"every place of a field error", problem.Document{Errors: []problem.FieldError{{Parameter: "p", Header: "h"}, {Detail: "d"}}},
			`{"errors":[{"parameter":"p","header":"h"},{"detail":"d"}]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(problem.AppendJSON([]byte("x"), &tt.d)); got != "x"+tt.want {
				t.Errorf("AppendJSON =\n%s, want\nx%s", got, tt.want)
			}
		})
	}
}

type marshaler func() ([]byte, error)

func (m marshaler) MarshalJSON() ([]byte, error) { return m() }

func raw(s string) marshaler { return func() ([]byte, error) { return []byte(s), nil } }

type link struct {
	Next *link `json:"next,omitempty"`
}

func links(n int) *link {
	var l *link
	for range n {
		l = &link{l}
	}
	return l
}

type private struct {
	Name   string
	parent *private // a cycle that encoding/json does not see
	Hidden *private `json:"-"`
}

type textKey struct{ a, b string }

func (k textKey) MarshalText() ([]byte, error) { return []byte(k.a), nil }

// document is a value that encodes itself as a problem document, as the errors of package httperrors do.
type document struct{ members []problem.Member }

func (d *document) MarshalJSON() ([]byte, error) {
	return problem.AppendJSON(nil, &problem.Document{Members: d.members}), nil
}

func (d *document) Extensions() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for _, m := range d.members {
			if !yield(m.Name, m.Value) {
				return
			}
		}
	}
}

// values are extension values of every kind, with the JSON they become, or "" if they are left out.
func values() []struct {
	name  string
	value any
	want  string
} {
	ring := &link{}
	ring.Next = ring
	cyclic := map[string]any{}
	cyclic["self"] = cyclic
	var nest any = 1
	for range 100_000 {
		nest = []any{nest}
	}
	own := &document{}
	own.members = []problem.Member{{"list", []any{own}}}
	p := &private{Name: "n"}
	p.parent, p.Hidden = p, p
	return []struct {
		name  string
		value any
		want  string
	}{
		{"nil", nil, `null`},
		{"bool", true, `true`},
		{"string", "<b>", `"\u003cb\u003e"`},
		{"int", -7, `-7`},
		{"int64", int64(math.MaxInt64), `9223372036854775807`},
		{"uint8", uint8(7), `7`},
		{"float", 0.5, `0.5`},
		{"a duration", time.Second, `1000000000`},
		{"a time", time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), `"2026-01-02T03:04:05Z"`},
		{"a nil pointer", (*link)(nil), `null`},
		{"nil in a slice", []any{nil}, `[null]`},
		{"bytes", []byte("ab"), `"YWI="`},
		{"a struct", private{Name: "n"}, `{"Name":"n"}`},
		{"a cycle through private fields", p, `{"Name":"n"}`},
		{"a map with numbers as keys", map[int]string{2: "b", 1: "a"}, `{"1":"a","2":"b"}`},
		{"a raw message", json.RawMessage(` { "a" : 1 } `), `{"a":1}`},
		{"newlines from MarshalJSON", raw("[1,\n2]"), `[1,2]`},
		{"invalid UTF-8 from MarshalJSON", raw("\"\xff\""), `"` + "\uFFFD" + `"`},
		{"a document", &document{[]problem.Member{{"abc", 1}}}, `{"abc":1}`},
		{"sixty links", links(60), strings.Repeat(`{"next":`, 59) + `{}` + strings.Repeat(`}`, 59)},

		{"a function", func() {}, ``},
		{"a channel", make(chan int), ``},
		{"NaN", math.NaN(), ``},
		{"infinity", math.Inf(1), ``},
		{"a complex number", 1i, ``},
		{"a function in a struct", struct{ F func() }{func() {}}, ``},
		{"a cycle of pointers", ring, ``},
		{"a cyclic map", cyclic, ``},
		{"too deep", nest, ``},
		{"a document that is a member of its own", own, ``},
		{"a long list of links", links(100_000), ``},
		{"a long string", strings.Repeat("a", 64<<10+1), ``},
		{"a string that grows when escaped", strings.Repeat("<", 20<<10), ``},
		{"long in pieces", make([]int, 100_000), ``},
		{"long bytes", make([]byte, 64<<10), ``},
		{"MarshalJSON fails", marshaler(func() ([]byte, error) { return nil, io.EOF }), ``},
		{"MarshalJSON panics", marshaler(func() ([]byte, error) { panic("x") }), ``},
		{"MarshalJSON writes nonsense", raw(`{"a":`), ``},
		{"MarshalJSON writes nothing", raw(``), ``},
		{"MarshalJSON names a member twice", raw(`{"a":1,"\u0061":2}`), ``},
		{"MarshalJSON is too deep", raw(strings.Repeat("[", 65) + strings.Repeat("]", 65)), ``},
		{"MarshalJSON is too long", raw(`"` + strings.Repeat("a", 64<<10) + `"`), ``},
		{"two keys with one text", map[textKey]int{{"a", "1"}: 1, {"a", "2"}: 2}, ``},
		{"a nil Marshaler pointer that panics", (*panicky)(nil), `null`},
	}
}

type panicky struct{ n int }

func (p *panicky) MarshalJSON() ([]byte, error) { return json.Marshal(p.n) }

func TestAppendJSON_values(t *testing.T) {
	for _, tt := range values() {
		t.Run(tt.name, func(t *testing.T) {
			d := problem.Document{Status: 500, Members: []problem.Member{{"before", 1}, {"value", tt.value}, {"after", 2}}}
			want := `{"status":500,"before":1,"value":` + tt.want + `,"after":2}`
			if tt.want == "" {
				want = `{"status":500,"before":1,"after":2}`
			}
			if got := string(problem.AppendJSON(nil, &d)); got != want {
				t.Errorf("AppendJSON = %.300s, want %.300s", got, want)
			}
			wellFormed(t, problem.AppendXML(nil, &d))
		})
	}
}

func TestAppendJSON_names(t *testing.T) {
	d := problem.Document{Status: 404, Members: []problem.Member{
		{"status", 200}, {"Type", "x"}, {"TITLE", "x"}, {"detail", "x"}, {"instance", "x"}, {"errors", "x"}, {"", "x"},
		{"abc", 1}, {"abc", 2}, {"ABC", 3}, {"a-b", 4}, {"__proto__", 5}, {"</x>", 6}, {"xml", 7}, {strings.Repeat("n", 257), 8},
	}}
	want := `{"status":404,"abc":1,"ABC":3,"a-b":4,"__proto__":5,"\u003c/x\u003e":6,"xml":7}`
	if got := string(problem.AppendJSON(nil, &d)); got != want {
		t.Errorf("AppendJSON = %s, want %s", got, want)
	}
	wantXML := `<status>404</status><abc>1</abc><ABC>3</ABC><a-b>4</a-b><__proto__>5</__proto__><___x_>6</___x_><_xml>7</_xml></problem>`
	got := string(problem.AppendXML(nil, &d))
	if !strings.HasSuffix(got, wantXML) {
		t.Errorf("AppendXML = %s, want …%s", got, wantXML)
	}
	wellFormed(t, []byte(got))
}

func TestValidName(t *testing.T) {
	for name, want := range map[string]bool{
		"abc": true, "Abc_1": true, "balance": true, strings.Repeat("a", 64): true,
		"": false, "ab": false, "a-b": false, "_abc": false, "1abc": false, "xml": false, "XmlThing": false, "a b": false,
		"äbc": false, "abc\n": false, "__proto__": false, "a.b": false, strings.Repeat("a", 65): false,
	} {
		if got := problem.ValidName(name); got != want {
			t.Errorf("ValidName(%q) = %v, want %v", name, got, want)
		}
	}
}

func TestReserved(t *testing.T) {
	for name, want := range map[string]bool{"type": true, "Status": true, "ERRORS": true, "instance": true, "types": false, "": false, "balance": false} {
		if got := problem.Reserved(name); got != want {
			t.Errorf("Reserved(%q) = %v, want %v", name, got, want)
		}
	}
}

func TestAppendXML(t *testing.T) {
	const head = `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<problem xmlns="urn:ietf:rfc:7807">`
	tests := []struct {
		name string
		d    problem.Document
		want string
	}{
		{"the zero document", problem.Document{}, ``},
		{"the example of RFC 9457", *full(), `<type>https://example.com/probs/out-of-credit</type><title>You do not have enough credit.</title><status>403</status>` +
			`<detail>Your current balance is 30, but that costs 50.</detail><instance>/account/12345/msgs/abc</instance><balance>30</balance>` +
			`<accounts><i>/account/12345</i><i>/account/67890</i></accounts>` +
			`<errors><i><detail>must be a positive integer</detail><pointer>/age</pointer><code>gt</code></i></errors>`},
		{"markup", problem.Document{Detail: `]]></detail><x a="1">&amp;`}, `<detail>]]&gt;&lt;/detail&gt;&lt;x a=&#34;1&#34;&gt;&amp;amp;</detail>`},
		{"characters that XML does not know", problem.Document{Detail: "a\x00\x0b\x1b\ufffe\xffb"}, "<detail>a\ufffd\ufffd\ufffd\ufffd\ufffdb</detail>"},
		{"line ends", problem.Document{Detail: "a\r\nb\tc"}, "<detail>a&#xD;&#xA;b&#x9;c</detail>"},
		{"values of every shape", problem.Document{Members: []problem.Member{
			{"one", map[string]any{"k": nil, "list": []any{1.5, true, "<"}, "xmlish": 1, "a b": 2, "": 3, "2": 4}},
			{"two", []any{}}, {"three", nil}, {"four", []any{[]any{"x"}}}}},
			`<one><_>3</_><_2>4</_2><a_b>2</a_b><k></k><list><i>1.5</i><i>true</i><i>&lt;</i></list><_xmlish>1</_xmlish></one>` +
				`<two></two><three></three><four><i><i>x</i></i></four>`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := string(problem.AppendXML(nil, &tt.d))
			if want := head + tt.want + "</problem>"; got != want {
				t.Errorf("AppendXML =\n%s, want\n%s", got, want)
			}
			wellFormed(t, []byte(got))
		})
	}
}

func wellFormed(t *testing.T, b []byte) {
	t.Helper()
	dec := xml.NewDecoder(bytes.NewReader(b))
	for {
		_, err := dec.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatalf("not well-formed: %v\n%.500s", err, b)
		}
	}
}

func TestDecode(t *testing.T) {
	tests := []struct {
		name, in string
		want     problem.Document
		fails    bool
	}{
		{"an empty object", `{}`, problem.Document{}, false},
		{"wrong types are ignored", `{"type":1,"title":[],"status":"404","detail":null,"instance":{},"errors":"x"}`, problem.Document{}, false},
		{"a status outside HTTP is ignored", `{"status":1e3,"title":"t"}`, problem.Document{Title: "t"}, false},
		{"a fraction is not a status", `{"status":404.5}`, problem.Document{}, false},
		{"unknown members are kept in their order", `{"zzz":1,"aaa":[true,null],"trace-id":"x"}`, problem.Document{Members: []problem.Member{
			{"zzz", json.Number("1")}, {"aaa", []any{true, nil}}, {"trace-id", "x"}}}, false},
		{"the last of one name counts", `{"abc":1,"abc":2,"title":"a","title":"b"}`, problem.Document{Title: "b", Members: []problem.Member{{"abc", json.Number("2")}}}, false},
		{"names differ by case", `{"Title":"x","ABC":1,"abc":2}`, problem.Document{Members: []problem.Member{{"ABC", json.Number("1")}, {"abc", json.Number("2")}}}, false},
		{"large numbers keep their digits", `{"account":9007199254740993}`, problem.Document{Members: []problem.Member{{"account", json.Number("9007199254740993")}}}, false},
		{"errors with some that are not", `{"errors":[1,{"detail":"d","pointer":2},"x",{"pointer":"/a"}]}`,
			problem.Document{Errors: []problem.FieldError{{Detail: "d"}, {Pointer: "/a"}}}, false},
		{"nothing", ``, problem.Document{}, true},
		{"an array", `[]`, problem.Document{}, true},
		{"a page", `<html>`, problem.Document{}, true},
		{"cut off", `{"title":"x"`, problem.Document{}, true},
		{"something behind it", `{} {}`, problem.Document{}, true},
		{"too deep", strings.Repeat(`{"a":`, 20_000), problem.Document{}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := problem.Decode([]byte(tt.in))
			if (err != nil) != tt.fails || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("Decode = %+v, %v; want %+v, error %v", got, err, tt.want, tt.fails)
			}
		})
	}
}

func TestDecode_bounds(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"errors":[{}` + strings.Repeat(`,{}`, 2000) + `]`)
	for i := range 2000 {
		b.WriteString(`,"m` + strconv.Itoa(i) + `":0`)
	}
	d, err := problem.Decode([]byte(b.String() + "}"))
	if err != nil || len(d.Members) != 1000 || len(d.Errors) != 2001 {
		t.Errorf("Decode has %d members and %d errors, %v; want 1000 and 2001", len(d.Members), len(d.Errors), err)
	}
}

func TestRoundTrip(t *testing.T) {
	d := full()
	got, err := problem.Decode(problem.AppendJSON(nil, d))
	d.Status = 0 // that of the response counts
	d.Members[0].Value, d.Members[1].Value = json.Number("30"), []any{"/account/12345", "/account/67890"}
	if err != nil || !reflect.DeepEqual(got, *d) {
		t.Errorf("Decode = %+v, %v; want %+v", got, err, *d)
	}
}

func TestAppendJSON_allocations(t *testing.T) {
	d := full()
	d.Members, d.Errors = nil, nil
	buf := make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(100, func() { buf = problem.AppendJSON(buf[:0], d) }); n != 0 {
		t.Errorf("AppendJSON allocates %v times without members, want 0", n)
	}
	d.Members = []problem.Member{{"balance", 30}, {"text", "x"}, {"flag", true}}
	if n := testing.AllocsPerRun(100, func() { buf = problem.AppendJSON(buf[:0], d) }); n != 0 {
		t.Errorf("AppendJSON allocates %v times with plain members, want 0", n)
	}
}

// FuzzRoundTrip writes a document made of arbitrary strings and reads it back.
func FuzzRoundTrip(f *testing.F) {
	f.Add("https://example.com/t", "Title", 404, "detail", "/x", "member", "value", "/a/0")
	f.Add("", "</script>", -1, "\x00\x0b\r\n\ufffe", "\xff", "status", "]]>", "\u2028")
	f.Add("a", "b", 599, "c", "d", "__proto__", "{}", "&#x0;")
	f.Fuzz(func(t *testing.T, typ, title string, status int, detail, instance, name, value, pointer string) {
		d := &problem.Document{Type: typ, Title: title, Status: status, Detail: detail, Instance: instance,
			Members: []problem.Member{{name, value}, {"again", []any{value, map[string]any{name: value}}}},
			Errors:  []problem.FieldError{{Detail: detail, Pointer: pointer}}}
		b := problem.AppendJSON(nil, d)
		if !json.Valid(b) || !utf8.Valid(b) || bytes.ContainsAny(b, "<>&\n") {
			t.Fatalf("bad JSON: %q", b)
		}
		for _, s := range []string{typ, title, detail} {
			want, err := json.Marshal(s)
			if err == nil && s != "" && !bytes.Contains(b, want) {
				t.Fatalf("%q is not written as %s: %s", s, want, b)
			}
		}
		got, err := problem.Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		valid := func(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
		if !strings.Contains(title, "\xff") && utf8.ValidString(title) && got.Title != title || utf8.ValidString(detail) && got.Detail != valid(detail) {
			t.Fatalf("read %+v, wrote %+v", got, d)
		}
		wellFormed(t, problem.AppendXML(nil, d))
	})
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"type":"x","errors":[{"detail":"d"}],"abc":{"a":[1]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if d, err := problem.Decode(data); err == nil {
			again, err := problem.Decode(problem.AppendJSON(nil, &d))
			if err != nil || again.Title != d.Title || len(again.Errors) != len(d.Errors) {
				t.Fatalf("read %+v, again %+v, %v", d, again, err)
			}
			wellFormed(t, problem.AppendXML(nil, &d))
		}
	})
}

func BenchmarkAppendJSON(b *testing.B) {
	d := &problem.Document{Type: "about:blank", Title: "Not Found", Status: 404, Detail: "No such order."}
	buf := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		buf = problem.AppendJSON(buf[:0], d)
	}
}
