package ids_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional/internal/ids"
)

func TestRequestID(t *testing.T) {
	tests := []struct {
		name   string
		values []string
		want   string
	}{
		{"none", nil, ""},
		{"empty", []string{""}, ""},
		{"UUID", []string{"2f1a0f0e-7d5c-4a57-9e2b-0c8f8e3b1a11"}, "2f1a0f0e-7d5c-4a57-9e2b-0c8f8e3b1a11"},
		{"Echo's own", []string{"lqsWhjIGJdCvQEVzbGkDPKKoyfUMOBhc"}, "lqsWhjIGJdCvQEVzbGkDPKKoyfUMOBhc"},
		{"Amazon", []string{"1-67891233-abcdef012345678912345678"}, "1-67891233-abcdef012345678912345678"},
		{"base 64", []string{"aGVsbG8/d29ybGQ+IQ=="}, "aGVsbG8/d29ybGQ+IQ=="},
		{"base 64 for URLs", []string{"aGVsbG8_d29ybGQ-IQ=="}, "aGVsbG8_d29ybGQ-IQ=="},
		{"the first of two", []string{"a", "b"}, "a"},
		{"as long as allowed", []string{strings.Repeat("a", 128)}, strings.Repeat("a", 128)},
		{"too long", []string{strings.Repeat("a", 129)}, ""},
		{"line feed", []string{"a\nb"}, ""},
		{"markup", []string{"<script>"}, ""},
		{"quote", []string{`a"b`}, ""},
		{"space", []string{"a b"}, ""},
		{"not ASCII", []string{"ä"}, ""},
		{"NUL", []string{"a\x00"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{}
			for _, v := range tt.values {
				h.Add("x-request-id", v)
			}
			if got := ids.RequestID(h); got != tt.want {
				t.Errorf("RequestID(%q) = %q, want %q", tt.values, got, tt.want)
			}
		})
	}
	if got := ids.RequestID(nil); got != "" {
		t.Errorf("RequestID(nil) = %q", got)
	}
}

func TestTraceParent(t *testing.T) {
	const (
		trace = "0af7651916cd43dd8448eb211c80319c"
		span  = "b7ad6b7169203331"
	)
	tests := []struct {
		name   string
		values []string
		ok     bool
	}{
		{"none", nil, false},
		{"the example of the specification", []string{"00-" + trace + "-" + span + "-01"}, true},
		{"unknown flags", []string{"00-" + trace + "-" + span + "-ff"}, true},
		{"later version", []string{"01-" + trace + "-" + span + "-01"}, true},
		{"later version with more", []string{"cc-" + trace + "-" + span + "-01-what-the-future-will-be-like"}, true},
		{"later version with more, not separated", []string{"cc-" + trace + "-" + span + "-01.what"}, false},
		{"later version, too long", []string{"cc-" + trace + "-" + span + "-01-" + strings.Repeat("x", 1000)}, false},
		{"version ff", []string{"ff-" + trace + "-" + span + "-01"}, false},
		{"version 00 with more", []string{"00-" + trace + "-" + span + "-01-x"}, false},
		{"upper case", []string{"00-" + strings.ToUpper(trace) + "-" + span + "-01"}, false},
		{"zero trace id", []string{"00-" + strings.Repeat("0", 32) + "-" + span + "-01"}, false},
		{"zero parent id", []string{"00-" + trace + "-" + strings.Repeat("0", 16) + "-01"}, false},
		{"short", []string{"00-" + trace + "-" + span + "-0"}, false},
		{"no dashes", []string{"00" + trace + span + "01-----"}, false},
		{"markup", []string{"00-" + trace[:29] + "<a>" + "-" + span + "-01"}, false},
		{"flags not hexadecimal", []string{"00-" + trace + "-" + span + "-0g"}, false},
		{"version not hexadecimal", []string{"0x-" + trace + "-" + span + "-01"}, false},
		{"two headers", []string{"00-" + trace + "-" + span + "-01", "00-" + trace + "-" + span + "-01"}, false},
		{"empty", []string{""}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{}
			for _, v := range tt.values {
				h.Add("traceparent", v)
			}
			traceID, spanID, ok := ids.TraceParent(h)
			if ok != tt.ok {
				t.Fatalf("TraceParent(%q) = %t, want %t", tt.values, ok, tt.ok)
			}
			if ok && (traceID != trace || spanID != span) || !ok && traceID+spanID != "" {
				t.Errorf("TraceParent(%q) = %q, %q", tt.values, traceID, spanID)
			}
		})
	}
}

func TestIDsAllocateNothing(t *testing.T) {
	h := http.Header{"X-Request-Id": {"abc"}, "Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}
	if n := testing.AllocsPerRun(100, func() { ids.RequestID(h); ids.TraceParent(h) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzRequestID(f *testing.F) {
	for _, s := range []string{"", "a", "a\nb", "<", "é", strings.Repeat("a", 200)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := ids.RequestID(http.Header{"X-Request-Id": {s}})
		if got != "" && got != s || len(got) > 128 {
			t.Errorf("RequestID(%q) = %q", s, got)
		}
		for _, r := range got {
			if r <= ' ' || r > '~' || strings.ContainsRune(`"'<>&\,;`+"`", r) {
				t.Errorf("RequestID(%q) lets %q through", s, r)
			}
		}
	})
}

func FuzzTraceParent(f *testing.F) {
	for _, s := range []string{"", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		traceID, spanID, ok := ids.TraceParent(http.Header{"Traceparent": {s}})
		if !ok {
			if traceID+spanID != "" {
				t.Errorf("TraceParent(%q) = %q, %q, false", s, traceID, spanID)
			}
			return
		}
		if len(traceID) != 32 || len(spanID) != 16 || strings.Trim(traceID+spanID, "0123456789abcdef") != "" || strings.Trim(traceID, "0") == "" {
			t.Errorf("TraceParent(%q) = %q, %q", s, traceID, spanID)
		}
	})
}
