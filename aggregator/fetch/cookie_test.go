package fetch

import (
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

// step is what a server answers to a request that shows the given cookies.
type step struct {
	url, cookie string
	to          string // "": the document
	status      int    // of a redirect, 302 where it is 0
	set         []string
}

// walk fetches url from servers that know the steps, and says what came of it.
func walk(t *testing.T, url string, headers map[string]string, steps []step) (asked []string, hops []Hop, err error) {
	t.Helper()
	k, err := New(Config{
		Timeout: time.Minute, MaxBody: 1 << 20, Workers: 1,
		Transport: transport(func(r *http.Request) (*http.Response, error) {
			line := strings.TrimSpace(r.URL.String() + " " + r.Header.Get("Cookie"))
			asked = append(asked, line)
			for _, s := range steps {
				if s.url != r.URL.String() || s.cookie != r.Header.Get("Cookie") && s.cookie != "*" {
					continue
				}
				res := &http.Response{StatusCode: 200, Header: http.Header{"Set-Cookie": s.set}, Body: io.NopCloser(strings.NewReader("<rss/>")), Request: r}
				if s.to != "" {
					res.StatusCode = max(s.status, 302)
					res.Header.Set("Location", s.to)
				}
				return res, nil
			}
			return &http.Response{StatusCode: 403, Body: http.NoBody, Request: r}, nil
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := k.Get(t.Context(), Request{URL: url, Headers: headers})
	a.Release()
	first := len(asked)
	again, err2 := k.Get(t.Context(), Request{URL: url, Headers: headers})
	again.Release()
	if len(asked) > first && asked[first] != asked[0] || (err == nil) != (err2 == nil) {
		t.Errorf("the next fetch asked %q (%v), the one before %q (%v)", asked[first:], err2, asked[:first], err)
	}
	return asked[:first], a.Hops, err
}

// A cookie that a redirect sets goes back to its own origin for as long as the
// fetch lasts (P106), and nowhere else (P04).
func TestCookiesWithinAFetch(t *testing.T) {
	const a, b = "http://a.example/feed", "http://b.example/feed"
	for _, c := range []struct {
		name    string
		headers map[string]string
		steps   []step
		asked   []string
		hops    []Hop
		ok      bool
	}{
		{
			"to itself", nil,
			[]step{{a, "", a, 0, []string{"s=1; Path=/; HttpOnly"}}, {url: a, cookie: "s=1"}},
			[]string{a, a + " s=1"},
			nil, true,
		},
		{
			"to itself for good, which is no move", nil,
			[]step{{a, "", "/feed", 301, []string{"s=1"}}, {url: a, cookie: "s=1"}},
			[]string{a, a + " s=1"},
			nil, true,
		},
		{
			"two cookies in two steps", nil,
			[]step{{a, "", a, 0, []string{"s=1"}}, {a, "s=1", a, 0, []string{"t=2"}}, {url: a, cookie: "s=1; t=2"}},
			[]string{a, a + " s=1", a + " s=1; t=2"},
			nil, true,
		},
		{
			"by way of a check on the same origin", nil,
			[]step{{a, "", "/check", 0, []string{"s=1; Path=/"}}, {"http://a.example/check", "s=1", "/feed", 0, []string{"ok=1; Path=/"}}, {url: a, cookie: "s=1; ok=1"}},
			[]string{a, "http://a.example/check s=1", a + " s=1; ok=1"},
			nil, true,
		},
		{
			"by way of another origin, which does not get it", nil,
			[]step{{a, "", b, 0, []string{"s=1"}}, {b, "", a, 0, []string{"theirs=1"}}, {url: a, cookie: "s=1"}},
			[]string{a, b, a + " s=1"},
			nil, true,
		},
		{
			"another origin has no part in it", nil,
			[]step{{a, "", b, 0, []string{"s=1; Domain=example"}}, {url: b}},
			[]string{a, b},
			[]Hop{{302, b}},
			true,
		},
		{
			"nor has another port or scheme", nil,
			[]step{{a, "", "http://a.example:81/feed", 0, []string{"s=1"}}, {"http://a.example:81/feed", "", "https://a.example/feed", 0, nil}, {url: "https://a.example/feed"}},
			[]string{a, "http://a.example:81/feed", "https://a.example/feed"},
			[]Hop{{302, "http://a.example:81/feed"}, {302, "https://a.example/feed"}},
			true,
		},
		{
			"beside the source's own",
			map[string]string{"Cookie": "own=1"},
			[]step{{a, "own=1", a, 0, []string{"s=1"}}, {url: a, cookie: "own=1; s=1"}},
			[]string{a + " own=1", a + " own=1; s=1"},
			nil, true,
		},
		{
			"one that is for another path", nil,
			[]step{{a, "", "/other", 0, []string{"s=1; Path=/feed"}}, {url: "http://a.example/other"}},
			[]string{a, "http://a.example/other"},
			[]Hop{{302, "http://a.example/other"}},
			true,
		},
		{
			"one that is taken back", nil,
			[]step{{a, "", a, 0, []string{"s=1"}}, {a, "s=1", "/b", 0, []string{"s=; Max-Age=0"}}, {url: "http://a.example/b"}},
			[]string{a, a + " s=1", "http://a.example/b"},
			[]Hop{{302, "http://a.example/b"}},
			true,
		},
		{"a circle without a cookie", nil, []step{{a, "", a, 0, nil}}, []string{a}, []Hop{{302, a}}, false},
		{"a circle with a cookie that does not help", nil, []step{{a, "*", a, 0, []string{"s=1"}}}, []string{a, a + " s=1"}, []Hop{{302, a}}, false},
		{"one too large to be carried", nil, []step{{a, "*", a, 0, []string{"s=" + strings.Repeat("x", maxCookie)}}}, []string{a}, []Hop{{302, a}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked, hops, err := walk(t, a, c.headers, c.steps)
			if !reflect.DeepEqual(asked, c.asked) || (err == nil) != c.ok {
				t.Errorf("asked %q (%v), want %q", asked, err, c.asked)
			}
			if len(hops) != len(c.hops) || len(hops) > 0 && !reflect.DeepEqual(hops, c.hops) {
				t.Errorf("the redirects are %v, want %v", hops, c.hops)
			}
		})
	}
}

// A server that always has another cookie comes to an end too (P64).
func TestEndlessCookies(t *testing.T) {
	n := 0
	k, err := New(Config{
		Timeout: time.Minute, MaxBody: 1 << 20, Workers: 1,
		Transport: transport(func(r *http.Request) (*http.Response, error) {
			n++
			return &http.Response{StatusCode: 302, Header: http.Header{"Location": {"/"}, "Set-Cookie": {fmt.Sprintf("n=%d", n)}}, Body: http.NoBody, Request: r}, nil
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Get(t.Context(), Request{URL: "http://a.example/"}); err == nil || n != maxHops+1 {
		t.Errorf("%d requests (%v), want %d", n, err, maxHops+1)
	}
}
