package robots

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// What robots.txt says holds for us by our name, else for all; one that there is not
// allows everything, and one that cannot be had nothing (RFC 9309 section 2.3).
func TestMay(t *testing.T) {
	const both = "User-agent: *\nDisallow: /\n\nUser-agent: Courant\nDisallow: /private\nAllow: /private/open\n"
	for _, c := range []struct {
		name   string
		status int
		body   string
		path   string
		may    bool
	}{
		{"none", 404, "", "/x", true},
		{"not for us to see", 403, "Disallow: /", "/x", true},
		{"the server fails", 500, "", "/x", false},
		{"too many requests", 429, "", "/x", false},
		{"no answer", 0, "", "/x", false},
		{"empty", 200, "", "/x", true},
		{"for all", 200, "User-agent: *\nDisallow: /private\n", "/private/x", false},
		{"for all, elsewhere", 200, "User-agent: *\nDisallow: /private\n", "/x", true},
		{"our group instead of all", 200, both, "/x", true},
		{"our group", 200, both, "/private/x", false},
		{"the longer rule", 200, both, "/private/open/x", true},
		{"another's group", 200, "User-agent: otherbot\nDisallow: /\n", "/x", true},
		{"a query", 200, "User-agent: *\nDisallow: /*?print=\n", "/x?print=1", false},
		{"rules before anybody is named", 200, "Disallow: /\nUser-agent: *\nDisallow: /private\n", "/private", false},
		{"rules for nobody at all", 200, "Disallow: /\n", "/x", true},
		{"a page of HTML", 200, "<html><body>Welcome</body></html>", "/x", true},
		{"beyond what is read", 200, strings.Repeat("# comment\n", 60_000) + "User-agent: *\nDisallow: /\n", "/x", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := New(func(_ context.Context, address string) (int, []byte, error) {
				if address != "https://echo.example:8443/robots.txt" {
					t.Errorf("asked for %s", address)
				}
				return c.status, []byte(c.body), nil
			}, time.Now)
			want := ErrDisallowed
			if c.status != http.StatusOK {
				want = ErrUnknown
			}
			err := b.May(t.Context(), "https://Echo.example:8443"+c.path)
			if may := err == nil; may != c.may || err != nil && !errors.Is(err, want) {
				t.Errorf("May = %v", err)
			}
		})
	}
}

// A robots.txt is believed for hours, and asked for again soon where it could not be
// had. The book stays small.
func TestBook(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	asked, status := 0, 200
	b := New(func(context.Context, string) (int, []byte, error) { asked++; return status, nil, nil }, func() time.Time { return now })
	may := func(address string) error { return b.May(t.Context(), address) }
	for range 3 {
		if err := may("https://a.example/x"); err != nil {
			t.Fatal(err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	now = now.Add(kept)
	status = 503
	for range 2 {
		if may("https://a.example/x") == nil {
			t.Error("it may be asked while nobody knows")
		}
	}
	if asked != 2 {
		t.Errorf("asked %d times", asked)
	}
	now = now.Add(unreachable)
	status = 200
	if err := may("https://a.example/x"); err != nil || asked != 3 {
		t.Errorf("asked %d times: %v", asked, err)
	}
	for i := range mostKept + 10 {
		if err := may("https://" + strings.Repeat("x", i+1) + ".example/"); err != nil {
			t.Fatal(err)
		}
	}
	if len(b.pages) > mostKept {
		t.Errorf("%d are kept", len(b.pages))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.May(ctx, "https://new.example/"); !errors.Is(err, context.Canceled) {
		t.Errorf("cut off: %v", err)
	}
}
