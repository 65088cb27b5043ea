package publisher_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"courant/aggregator/feed"
	"courant/aggregator/normalise"
	"courant/db"
	"courant/db/content"
	"courant/db/state"
)

// pokeScript does to what strangers wrote whatever may set off a handler there, and
// gives what has run.
const pokeScript = `{
	addEventListener("click", e => e.preventDefault(), true);
	for (const e of document.querySelectorAll("[data-untrusted], [data-untrusted] *")) {
		for (const kind of ["mouseover", "mouseenter", "focus", "click", "toggle", "load", "error", "animationstart", "pointerrawupdate"])
			e.dispatchEvent(new Event(kind, {cancelable: true, bubbles: kind == "click"}));
		if (e.localName == "details") e.open = true;
	}
	String(document.documentElement.dataset.pwned ?? "") +
		[...document.querySelectorAll("[href], [action], [formaction]")].map(e => new URL(e.getAttribute("href") ?? e.getAttribute("formaction") ?? e.getAttribute("action"), location).href).filter(at => !/^(https?|mailto):/.test(at)).join(" ");
}`

// What feeds and comments that attack have in them does not run in a browser that
// runs scripts and that no policy holds back.
func TestHostileInABrowser(t *testing.T) {
	s := newSite(t, nil)
	b := browser{s, openWindow(t)}
	if _, err := chromedp.Call(b.ctx, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true}); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../aggregator/normalise/testdata/hostile/h*")
	if err != nil || len(files) < 50 {
		t.Fatal(len(files), err)
	}
	var list []db.Article
	for _, name := range files {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := feed.Parse(body, feed.Options{URL: "http://feed.invalid/dir/" + filepath.Base(name)})
		if err != nil {
			continue // it is told of where feeds are read
		}
		for i := range doc.Entries {
			e, ok := normalise.Make(&doc.Entries[i], normalise.Source{ID: "echo"}, nil)
			if !ok {
				continue
			}
			e.Article.GUID, e.Article.SourcePublished = fmt.Sprint(filepath.Base(name), i), time.Time{}
			list = append(list, e.Article)
		}
	}
	s.add(true, list...)
	a := s.newest()
	for i, text := range []string{
		`<script>document.documentElement.dataset.pwned=1</script>`, `<img src=x onerror="document.documentElement.dataset.pwned=1">`,
		`[here](javascript:document.documentElement.dataset.pwned=1)`, "`<svg onload=document.documentElement.dataset.pwned=1>`",
		`![x](data:text/html,<script>document.documentElement.dataset.pwned=1</script>)`, `<a href="https://a.example/" onmouseover="document.documentElement.dataset.pwned=1">there</a>`,
	} {
		if _, _, err := s.store.AddComment(t.Context(), db.Comment{
			Article: a.ID, Name: fmt.Sprint(`<b onclick="document.documentElement.dataset.pwned=1">`, i), Text: text, Body: content.Comment(text), Status: state.Approved,
		}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.store.Articles(t.Context(), db.ArticleQuery{Limit: 500})
	if err != nil || len(all) < 100 {
		t.Fatalf("%d articles: %v", len(all), err)
	}
	paths := []string{"/", "/latest", "/comments", "/source/echo", "/search?q=script", "/search?q=onerror+in:comments"}
	for _, a := range all {
		paths = append(paths, a.Path())
	}
	for _, path := range paths {
		b.do(chromedp.Navigate(s.url + path))
		if got := b.text(pokeScript); got != "" {
			t.Errorf("%s: %q", path, got)
		}
	}
	// It would have run: nothing but what we made of the documents stood in its way.
	b.text(`document.querySelector("[data-untrusted]").insertAdjacentHTML("beforeend", '<img src=x: onerror="document.documentElement.dataset.pwned = 1">'); ""`)
	b.await(b.ctx, `document.documentElement.dataset.pwned == "1"`)
}
