package publisher_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"courant/db"
	"courant/db/content"
	"courant/db/dbtest/cluster"
	"courant/db/state"
	"courant/publisher"
)

// look is what a browser finds on a page.
type look struct {
	Wider   int      // pixels that the page is wider than the window
	Serif   string   // the font of the body: the policy let the stylesheet through
	Small   []string // targets under 44 pixels, but for links in running text (U35)
	Scripts int      // that would run
	Unnamed []string // links and buttons without a name
	Axe     []string // what axe-core objects to
	Shown   []string // what is only to be heard, and can be seen
	Fixed   int      // tables wider than the window that cannot be scrolled to their end
}

const lookScript = `JSON.stringify({
	Wider: Math.max(0, document.documentElement.scrollWidth - innerWidth),
	Serif: getComputedStyle(document.body).fontFamily,
	Small: [...document.querySelectorAll('a[href]:not(.skip):not([tabindex="-1"]), button, input:not([type=hidden]):not([tabindex="-1"]), textarea, select, summary')]
		.filter(e => e.offsetParent && !e.closest('.body, .e-content, .provenance') && Math.max(...[e, ...e.querySelectorAll('img')].map(e => (/checkbox|radio/.test(e.type) && e.closest('label') || e).getBoundingClientRect().height)) < 43.5).map(e => e.outerHTML.slice(0, 80)),
	Scripts: [...document.scripts].filter(s => s.type != 'application/ld+json').length,
	Shown: [...document.querySelectorAll('.vh')].filter(e => e.getBoundingClientRect().right > 0).map(e => e.outerHTML.slice(0, 80)),
	Fixed: [...document.querySelectorAll('table')].filter(e => e.offsetWidth > innerWidth && !(e.closest('.scroll') && e.closest('.scroll').scrollWidth >= e.offsetWidth && getComputedStyle(e.closest('.scroll')).overflowX == 'auto')).length,
	Unnamed: [...document.querySelectorAll('a, button')].filter(e => !e.closest('[aria-hidden]') && !(e.textContent.trim() || e.title || e.ariaLabel || e.querySelector('img[alt]:not([alt=""])'))).map(e => e.outerHTML.slice(0, 80)),
})`

// A real browser, on a narrow phone and on a desk: the stylesheet passes the
// policy, nothing scrolls sideways, whatever is touched is large enough.
func TestBrowser(t *testing.T) {
	cluster.SQLiteOnly(t, "the pages are the same")
	t.Parallel() // as those of openWindow
	if testing.Short() {
		t.Skip("starts a browser")
	}
	if _, err := exec.LookPath("chromium"); err != nil {
		if os.Getenv("COURANT_TEST_ALL") != "" {
			t.Fatal(err)
		}
		t.Skip("chromium is missing")
	}
	about := filepath.Join(t.TempDir(), "about.md")
	if err := os.WriteFile(about, []byte("# Who we are\n\nWe [are](/).\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n\tcode\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, func(set *publisher.Settings) {
		set.Site.Email, set.Site.About, set.Site.Privacy = "desk@news.example.org", about, about
	})
	a := s.newest()
	s.post(a, s.fill(a, "text", "A comment, with `code` and https://a.example/"+strings.Repeat("long", 60)), 303)
	s.post(a, s.fill(a, "text", "An answer.", "parent", s.stored()[0].ID), 303)
	s.add(true, db.Article{GUID: "gone", Headline: "Gone", Body: content.Text("Gone.")})
	gone := s.newest()
	if gone.ID == a.ID {
		t.Fatal("there is nothing to withdraw")
	}
	if _, err := s.store.SetStatus(t.Context(), gone.ID, state.Withdrawn, "shell", "It was wrong."); err != nil {
		t.Fatal(err)
	}
	extremes := s.addExtremes()
	ctx, cancel := chromedp.NewContext(t.Context(), chromedp.WithAllocatorOptions(chromedp.NoSandbox))
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, 8*time.Minute)
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
			paths := []string{
				"/", a.Path(), a.Path() + "?reply=" + s.stored()[0].ID, "/feeds", "/feed.atom", a.Path() + "/feed.rss", "/comments", "/corrections", "/section/city",
				"/source/echo", "/tag/energy", "/archive", "/archive/2026", "/archive/2026/11/22", "/about", "/privacy", "/nosuch", gone.Path(),
				"/search", "/search?q=tidal+plant", "/search?q=answer+in:comments", "/search?q=-tidal", a.Path() + " preview", a.Path() + " post",
			}
			for _, path := range append(paths, extremes...) {
				l := s.look(ctx, path)
				if judged(width, scheme) {
					l.Axe = s.axe(ctx)
				}
				if l.Wider > 0 || l.Fixed > 0 || len(l.Small) > 0 || l.Scripts > 0 || len(l.Unnamed) > 0 || len(l.Axe) > 0 || !strings.Contains(l.Serif, "Charter") {
					t.Errorf("%s at %d, %s: %+v", path, width, scheme, l)
				}
			}
		}
	}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	s.look(ctx, a.Path())
	left, err := chromedp.Run(ctx, chromedp.Evaluate[string](
		`[...document.querySelectorAll('nav, form, button, .share a')].filter(e => e.checkVisibility()).map(e => e.outerHTML.slice(0, 80)).join("\n")`))
	if err != nil || left != "" {
		t.Errorf("an article is printed with %s, %v", left, err)
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

// look opens path. One that ends in a space and "preview" or "post" is what the
// form there answers: a preview, or what is wrong with one that is empty.
func (s *site) look(ctx context.Context, path string) (l look) {
	s.Helper()
	path, action, _ := strings.Cut(path, " ")
	if err := chromedp.Do(ctx, chromedp.Navigate(s.url+path)); err != nil {
		s.Fatal(err)
	}
	if action != "" {
		name, text, answer := "", "", ".errors"
		if action == "preview" {
			name, text, answer = "Ann", "A *preview* of ``code``.\n\n> Quoted.", ".preview"
		}
		post := fmt.Sprintf(`form.noValidate = true; document.getElementById("name").value = %q; document.getElementById("text").value = %q;
			document.querySelector('button[value=%s]').click(); 0`, name, text, action)
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[int](post)); err != nil {
			s.Fatal(err)
		}
		s.await(ctx, `document.querySelector("`+answer+`") != null`)
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

// betweenLooks is how long a page is left alone that is asked whether it is there: to
// answer costs it more than to get there.
const betweenLooks = 20 * time.Millisecond

// await waits until an expression holds, on whatever page is open by then.
func (s *site) await(ctx context.Context, expression string) {
	s.Helper()
	for until := time.Now().Add(30 * time.Second); ; time.Sleep(betweenLooks) {
		holds, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression)) // fails while a page goes
		if err == nil && holds {
			return
		}
		if time.Now().After(until) || ctx.Err() != nil {
			s.Fatalf("never: %s: %v", expression, err)
		}
	}
}

// judged reports whether axe-core is asked in a window like that: it takes longer than
// all else, and finds the same of each width in either colours.
func judged(width int64, scheme string) bool {
	return width == 390 && scheme == "light" || width == 1280 && scheme == "dark"
}

// axe is what axe-core finds on the page that is open, where $COURANT_AXE names
// its axe.min.js; .ci/run does.
func (s *site) axe(ctx context.Context) (found []string) {
	s.Helper()
	file := os.Getenv("COURANT_AXE")
	if file == "" {
		if os.Getenv("COURANT_TEST_ALL") != "" {
			s.Fatal("COURANT_AXE names no axe.min.js")
		}
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
