package publisher_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"courant/publisher"
)

// look is what a browser finds on a page.
type look struct {
	Wider   int      // pixels that the page is wider than the window
	Serif   string   // the font of the body: the policy let the stylesheet through
	Small   []string // targets under 44 pixels, but for links in running text
	Scripts int      // that would run
	Unnamed []string // links and buttons without a name
}

const lookScript = `JSON.stringify({
	Wider: Math.max(0, document.documentElement.scrollWidth - innerWidth),
	Serif: getComputedStyle(document.body).fontFamily,
	Small: [...document.querySelectorAll('nav a, button, input:not([type=hidden]):not([tabindex="-1"]), textarea, select, summary, .comment footer a')]
		.filter(e => e.offsetParent && e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML.slice(0, 80)),
	Scripts: [...document.scripts].filter(s => s.type != 'application/ld+json').length,
	Unnamed: [...document.querySelectorAll('a, button')].filter(e => !e.closest('[aria-hidden]') && !(e.textContent.trim() || e.title || e.ariaLabel || e.querySelector('img[alt]:not([alt=""])'))).map(e => e.outerHTML.slice(0, 80)),
})`

// A real browser, on a narrow phone and on a desk: the stylesheet passes the
// policy, nothing scrolls sideways, whatever is touched is large enough.
func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	if _, err := exec.LookPath("chromium"); err != nil {
		if os.Getenv("COURANT_TEST_ALL") != "" {
			t.Fatal(err)
		}
		t.Skip("chromium is missing")
	}
	s := newSite(t, func(set *publisher.Settings) { set.Site.Email = "desk@news.example.org" })
	a := s.newest()
	s.post(a, s.fill(a, "text", "A comment, with `code` and https://a.example/"+strings.Repeat("long", 60)), 303)
	s.post(a, s.fill(a, "text", "An answer.", "parent", s.stored()[0].ID), 303)
	ctx, cancel := chromedp.NewContext(t.Context(), chromedp.WithAllocatorOptions(chromedp.NoSandbox))
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for _, width := range []int64{320, 390, 1280} {
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900)); err != nil {
			t.Fatalf("chromium does not start: %v", err)
		}
		for _, scheme := range []string{"light", "dark"} {
			if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
			}); err != nil {
				t.Fatal(err)
			}
			for _, path := range []string{"/", a.Path(), "/feeds", "/comments", "/section/city", "/nosuch"} {
				l := s.look(ctx, path)
				if l.Wider > 0 || len(l.Small) > 0 || l.Scripts > 0 || len(l.Unnamed) > 0 || !strings.Contains(l.Serif, "Charter") {
					t.Errorf("%s at %d, %s: %+v", path, width, scheme, l)
				}
			}
		}
	}
}

func (s *site) look(ctx context.Context, path string) (l look) {
	s.Helper()
	if err := chromedp.Do(ctx, chromedp.Navigate(s.url+path)); err != nil {
		s.Fatal(err)
	}
	found, err := chromedp.Run(ctx, chromedp.Evaluate[string](lookScript))
	if err != nil {
		s.Fatal(err)
	}
	if err := json.Unmarshal([]byte(found), &l); err != nil {
		s.Fatal(err)
	}
	return l
}
