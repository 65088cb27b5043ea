package publisher_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"courant/db"
	"courant/db/content"
	"courant/publisher"
)

// look is what a browser finds on a page.
type look struct {
	Wider   int      // pixels that the page is wider than the window
	Serif   string   // the font of the body: the policy let the stylesheet through
	Small   []string // targets under 44 pixels, but for links in running text
	Scripts int      // that would run
	Unnamed []string // links and buttons without a name
	Axe     []string // what axe-core objects to
	Fixed   int      // tables wider than the window that cannot be scrolled to their end
}

const lookScript = `JSON.stringify({
	Wider: Math.max(0, document.documentElement.scrollWidth - innerWidth),
	Serif: getComputedStyle(document.body).fontFamily,
	Small: [...document.querySelectorAll('nav a, button, input:not([type=hidden]):not([tabindex="-1"]), textarea, select, summary, .comment footer a, .comment header a, .meta a, .dateline a, .kicker a, .item h3 a, .fold a, .at a, .rows a, .dates a, .tags a, .follow a')]
		.filter(e => e.offsetParent && e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML.slice(0, 80)),
	Scripts: [...document.scripts].filter(s => s.type != 'application/ld+json').length,
	Fixed: [...document.querySelectorAll('table')].filter(e => e.offsetWidth > innerWidth && !(e.closest('.scroll') && e.closest('.scroll').scrollWidth >= e.offsetWidth && getComputedStyle(e.closest('.scroll')).overflowX == 'auto')).length,
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
	extremes := s.addExtremes()
	ctx, cancel := chromedp.NewContext(t.Context(), chromedp.WithAllocatorOptions(chromedp.NoSandbox))
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, 4*time.Minute)
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
			paths := []string{"/", a.Path(), "/feeds", "/feed.atom", "/comments", "/corrections", "/section/city", "/source/echo", "/archive", "/archive/2026", "/archive/2026/11/22", "/nosuch", "/search", "/search?q=tidal+plant", "/search?q=answer+in:comments", "/search?q=-tidal"}
			for _, path := range append(paths, extremes...) {
				l := s.look(ctx, path)
				if width != 320 && scheme == map[int64]string{390: "light", 1280: "dark"}[width] {
					l.Axe = s.axe(ctx)
				}
				if l.Wider > 0 || l.Fixed > 0 || len(l.Small) > 0 || l.Scripts > 0 || len(l.Unnamed) > 0 || len(l.Axe) > 0 || !strings.Contains(l.Serif, "Charter") {
					t.Errorf("%s at %d, %s: %+v", path, width, scheme, l)
				}
			}
		}
	}
}

// addExtremes publishes articles of what no page may be widened or broken by
// (U21, U22), and returns where they are.
func (s *site) addExtremes() (paths []string) {
	s.Helper()
	const word = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetzesänderungsverordnung"
	address := "https://a.example/" + strings.Repeat("q", 400)
	text := strings.Repeat("A sentence that fills the line. ", 30)
	var tags []string
	for i := range 39 {
		tags = append(tags, fmt.Sprint("tag number ", i))
	}
	list := []db.Article{
		{Headline: word, Summary: word, KeyPoints: []string{word}, Author: word, Body: content.Clean("<p>"+word+"</p><ul><li>"+word+"</li></ul><h2>"+word+"</h2><pre>"+strings.Repeat("x", 300)+"</pre>", "")},
		{Headline: strings.Repeat("words that go on ", 11)[:180], Summary: text, Body: content.Text(text)},
		{Headline: "A long address", Summary: address, Body: content.Clean("<p>"+address+` <a href="`+address+`">`+address+"</a> <code>"+address+"</code></p>", "")},
		{Headline: strings.Repeat("海港城潮汐发电厂", 12), Language: "zh", Body: content.Text(strings.Repeat("海港城潮汐发电厂。", 60))},
		{Headline: strings.Repeat("افتتاح محطة المد والجزر ", 6), Language: "ar", Body: content.Text(strings.Repeat("بدأت التوربينات ", 60))},
		{Headline: "A wide table", Body: content.Clean("<table><thead><tr>"+strings.Repeat("<th>Column heading</th>", 12)+"</tr></thead><tbody><tr>"+strings.Repeat("<td>of this cell "+word[:20]+"</td>", 12)+"</tr></tbody></table>", "")},
		{Headline: "Tags", Tags: append(tags, word), Body: content.Text(text)},
		{Headline: "Of a picture", Image: db.Image{URL: "https://127.0.0.1:1/x.jpg", Width: 4000, Height: 3000}, Body: content.Clean(`<p><a href="https://a.example/"><img src="https://127.0.0.1:1/y.jpg" width="3000" height="20"></a></p>`, "")},
	}
	for i := range list {
		list[i].GUID, list[i].Section, list[i].Link, list[i].Words = fmt.Sprint("extreme ", i), "city", fmt.Sprint("https://", strings.Repeat("long", 12), ".example/", i), 20*i
	}
	s.add(true, list...)
	all, err := s.store.Articles(s.Context(), db.ArticleQuery{Limit: len(list)})
	if err != nil || len(all) != len(list) {
		s.Fatalf("%d extremes: %v", len(all), err)
	}
	for _, a := range all {
		paths = append(paths, a.Path())
	}
	return paths
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

// axe is what axe-core finds on the page that is open, where $COURANT_AXE names
// its axe.min.js (U35).
func (s *site) axe(ctx context.Context) (found []string) {
	s.Helper()
	file := os.Getenv("COURANT_AXE")
	if file == "" {
		return nil
	}
	script, err := os.ReadFile(file)
	if err != nil {
		s.Fatal(err)
	}
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[int](string(script)+";0")); err != nil {
		s.Fatal(err)
	}
	found, err = chromedp.Run(ctx, chromedp.Evaluate[[]string](
		`axe.run().then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.html.slice(0, 120))))`, chromedp.EvalAwaitPromise))
	if err != nil {
		s.Fatal(err)
	}
	return found
}
