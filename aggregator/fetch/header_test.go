package fetch

import (
	"net/http"
	"testing"
	"time"
)

func TestFreshness(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		name    string
		headers map[string]string
		want    time.Duration
		given   bool
	}{
		{"nothing", nil, 0, false},
		{"max-age", map[string]string{"Cache-Control": "public, Max-Age=\"60\""}, time.Minute, true},
		{"less Age", map[string]string{"Cache-Control": "max-age=60", "Age": "20"}, 40 * time.Second, true},
		{"older than fresh", map[string]string{"Cache-Control": "max-age=60", "Age": "99"}, 0, true},
		{"no-store wins", map[string]string{"Cache-Control": "max-age=60, no-store"}, 0, true},
		{"Expires by our clock", map[string]string{"Expires": "Fri, 02 Jan 2026 04:04:05 GMT"}, time.Hour, true},
		{"Expires by the server's", map[string]string{"Expires": "Fri, 02 Jan 2026 04:04:05 GMT", "Date": "Fri, 02 Jan 2026 04:00:05 GMT"}, 4 * time.Minute, true},
		{"a bad max-age leaves Expires", map[string]string{"Cache-Control": "max-age=x", "Expires": "Fri, 02 Jan 2026 04:04:05 GMT"}, time.Hour, true},
	} {
		h := http.Header{}
		for name, value := range c.headers {
			h.Set(name, value)
		}
		if got := freshness(h, now); got.For != c.want || got.Given != c.given {
			t.Errorf("%s: %+v, want %s", c.name, got, c.want)
		}
	}
}

func TestValidator(t *testing.T) {
	for value, want := range map[string]string{`W/"a b"`: `W/"a b"`, "a\x01b": "", "a\tb": "a\tb", string(make([]byte, maxValidator+1)): ""} {
		if got := validator(http.Header{"Etag": {value}}, "Etag"); got != want {
			t.Errorf("validator(%.20q) = %q, want %q", value, got, want)
		}
	}
}

func TestAddresses(t *testing.T) {
	for in, want := range map[string]string{
		"HTTP://A.Example:80/x#y":     "http://a.example:80/x",
		"http://[2001:DB8::1]:81/":    "http://[2001:db8::1]:81/",
		"http://bücher.example/ä?ö=ü": "http://xn--bcher-kva.example/%C3%A4?%C3%B6=%C3%BC",
		"http://user:pass@a.example":  "http://user:pass@a.example/",
	} {
		if got := Canonical(in); got != want {
			t.Errorf("Canonical(%s) = %s, want %s", in, got, want)
		}
	}
	if !SameOrigin("http://a.example/x", "http://A.example:80/y") || SameOrigin("http://a.example/", "https://a.example/") {
		t.Error("SameOrigin")
	}
}

// No address, however broken, makes a panic or loses its scheme's check.
func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"http://a.example/", "//b", "http://[::1", "file:///x", "http://ü\x00/", "?", "http://a b/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := address(raw, nil)
		if err == nil && (u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "") {
			t.Errorf("address(%q) = %v", raw, u)
		}
	})
}
