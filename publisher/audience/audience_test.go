package audience

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"courant/db/audience"
)

// What services say of themselves is read as they say it, and nothing else is.
func TestSaid(t *testing.T) {
	for _, c := range []struct{ agent, want string }{
		{"Feedbin feed-id:1373711 - 300 subscribers", "Feedbin 300"},
		{"Feedly/1.0 (+http://www.feedly.com/fetcher.html; 16 subscribers; like FeedFetcher-Google)", "Feedly 16"},
		{"NewsBlur Feed Fetcher - 1 subscriber - https://www.newsblur.com/site/8/a (Macintosh; Intel Mac OS X 10_7)", "NewsBlur 1"},
		{"Mozilla/5.0 (compatible; theoldreader.com; 3 subscribers; feed-id=54a)", "theoldreader.com 3"},
		{"Mozilla/5.0 (compatible; BazQux/2.4; +https://bazqux.com/fetcher; 5 subscribers)", "BazQux 5"},
		{"inoreader.com; 7 subscribers", "inoreader.com 7"},
		{"Feedbin - 0 subscribers", "Feedbin 0"},
		{"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140", ""},
		{"Miniflux/2.2.0", ""},
		{"12 subscribers", ""},
		{"We love our subscribers", ""},
		{"X - 999999999 subscribers", ""},
		{"X - 9999999999999999999999 subscribers", ""},
		{strings.Repeat("N", 200) + " - 2 subscribers", strings.Repeat("N", 59) + "… 2"},
		{"Odd\x00\x1b[31m - 2 subscribers", "Odd [31m 2"},
	} {
		got := ""
		if name, n, ok := Said(c.agent); ok {
			got = fmt.Sprint(name, " ", n)
		}
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.agent, got, c.want)
		}
	}
}

// A claim is kept once, again when it changes or an hour has passed, and again when it
// could not be kept; a flood of them is bounded.
func TestHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kept []string
		var fails error
		a := New(func(_ context.Context, claims []audience.Claim) error {
			for _, c := range claims {
				kept = append(kept, fmt.Sprint(c.Feed, " ", c.Fetcher, " ", c.Subscribers))
			}
			return fails
		}, time.Now)
		holds := func(want ...string) {
			t.Helper()
			time.Sleep(2 * every)
			synctest.Wait()
			if strings.Join(kept, "; ") != strings.Join(want, "; ") {
				t.Errorf("kept %q, want %q", kept, want)
			}
			kept = nil
		}
		a.Heard("/b", "F", 1)
		a.Heard("/a", "F", 2)
		a.Heard("/a", "F", 3)
		holds("/a F 3", "/b F 1")
		a.Heard("/a", "F", 3)
		holds()
		a.Heard("/a", "F", 4)
		holds("/a F 4")
		time.Sleep(again)
		fails = errors.New("the store is away")
		a.Heard("/a", "F", 4)
		holds("/a F 4")
		fails = nil
		a.Heard("/a", "F", 4)
		holds("/a F 4")
		for i := range remembered + atOnce {
			a.Heard("/a", fmt.Sprint("F", i), 1)
		}
		time.Sleep(2 * every)
		synctest.Wait()
		if len(kept) != atOnce {
			t.Errorf("%d claims were kept at once", len(kept))
		}
		if len(a.noted) > remembered || len(a.waiting) > 0 || a.busy {
			t.Errorf("%d claims are remembered, %d wait", len(a.noted), len(a.waiting))
		}
	})
}
