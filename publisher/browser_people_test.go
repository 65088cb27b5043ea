package publisher_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"courant/db"
	"courant/publisher"
)

// as has the window that wide, with that colour scheme, and no script of a page run.
func (b browser) as(width int64, scheme string) {
	b.Helper()
	b.do(chromedp.EmulateViewport(width, 900))
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	}); err != nil {
		b.Fatal(err)
	}
	b.without(true)
}

// shows is the text of the first element that a selector finds, "" where there is none.
func (b browser) shows(selector string) string {
	b.Helper()
	return b.text(fmt.Sprintf(`document.querySelector(%q)?.textContent.trim() ?? ""`, selector))
}

// fits fails the test where the page is wider than the window.
func (b browser) fits() {
	b.Helper()
	if wide := b.text(`String(document.documentElement.scrollWidth - innerWidth)`); wide != "0" {
		b.Errorf("%s is %s pixels wider than the window", b.text(`location.href`), wide)
	}
}

// mouse presses the mouse on the first element that a selector finds.
func (b browser) mouse(selector string) chromedp.Action[chromedp.Void] {
	b.Helper()
	where := b.text(fmt.Sprintf(`{
		const e = document.querySelector(%q);
		e.scrollIntoView({block: "center", behavior: "instant"});
		const r = e.getClientRects()[0];
		(r.x + r.width / 2) + " " + (r.y + r.height / 2)
	}`, selector))
	var x, y float64
	if _, err := fmt.Sscan(where, &x, &y); err != nil {
		b.Fatalf("%s is at %q: %v", selector, where, err)
	}
	return chromedp.MouseClickXY(x, y)
}

// click presses the mouse on what leads to another page.
func (b browser) click(selector string) {
	b.Helper()
	b.loaded(b.mouse(selector))
	b.fits()
}

// write types text into a field in the place of what is there.
func (b browser) write(selector, text string) {
	b.Helper()
	b.text(fmt.Sprintf(`document.querySelector(%q).value = ""`, selector))
	b.do(b.mouse(selector), chromedp.KeyEvent(text))
}

// What a reader does, by mouse and keyboard alone, without scripts, on a phone and on
// a desk, in the dark and by day, in words of four scripts: read, preview, comment,
// reply, edit, delete, search.
func TestPeopleInABrowser(t *testing.T) {
	ctx := openWindow(t)
	for _, in := range []struct{ lang, dir, leave, post string }{
		{"en", "ltr", "Leave a Comment", "Post"},
		{"de", "ltr", "Kommentar hinterlassen", "Absenden"},
		{"ar", "rtl", "اترك تعليقًا", "نشر"},
		{"ja", "ltr", "コメントを残す", "投稿"},
	} {
		t.Run(in.lang, func(t *testing.T) {
			s := newSite(t, func(set *publisher.Settings) {
				set.Site.URL, set.Site.Language = "http://127.0.0.1:8080", in.lang
			}, numbered(4)...)
			list, err := s.store.Articles(t.Context(), db.ArticleQuery{Limit: 4})
			if err != nil {
				t.Fatal(err)
			}
			b := browser{s, ctx}
			looks := []struct {
				width  int64
				scheme string
			}{{390, "dark"}, {1280, "light"}, {390, "light"}, {1280, "dark"}}
			if in.lang != "en" {
				looks = looks[:2]
			}
			for i, look := range looks {
				b.as(look.width, look.scheme)
				b.converse(list[i])
			}
			if got := b.text(`document.documentElement.lang + " " + getComputedStyle(document.body).direction`); got != in.lang+" "+in.dir {
				t.Errorf("the page is %s, want %s, %s", got, in.lang, in.dir)
			}
			if leave, post := b.shows("#write"), b.shows("button[value=post]"); leave != in.leave || post != in.post {
				t.Errorf("the form says %q and %q, want %q and %q", leave, post, in.leave, in.post)
			}
		})
	}
}

// converse has a person read an article, talk under it and find it again.
func (b browser) converse(a db.Article) {
	b.Helper()
	unique := "zephyr" + a.ID
	b.do(chromedp.Navigate(b.url + a.Path()))
	b.fits()
	if got := b.shows("h1"); got != a.Headline {
		b.Fatalf("the headline is %q", got)
	}
	before := b.shows("#comments-heading")

	b.write("#name", "Ann")
	b.write("#text", "It is *"+unique+"*.")
	b.pass(10 * time.Second)
	b.click("button[value=preview]")
	if got := b.shows(".preview em"); got != unique {
		b.Errorf("the preview has %q", got)
	}
	b.pass(10 * time.Second)
	b.click("button[value=post]")
	if got := b.shows(".thread .e-content em"); got != unique {
		b.Fatalf("the comment shows %q", got)
	}

	b.click(".thread footer a") // the first of them replies
	b.write("#name", "Ben")
	b.write("#text", "So it is.")
	b.pass(10 * time.Second)
	b.click("button[value=post]")
	if got := b.shows(".thread ol .e-content"); got != "So it is." {
		b.Fatalf("the reply shows %q", got)
	}
	if got := b.shows("#comments-heading"); got == before || !strings.ContainsAny(got, "2٢") {
		b.Errorf("%q counts two comments", got)
	}

	b.click(".thread ol a[href$='/edit']")
	b.write("#text", "So it was.")
	b.click("button[value=save]")
	if got := b.shows(".thread ol .e-content"); got != "So it was." {
		b.Errorf("the edited reply shows %q", got)
	}
	b.click(".thread ol a[href$='/delete']")
	b.click("button.main")
	if got := b.shows(".thread"); strings.Contains(got, "So it was.") || !strings.Contains(got, unique) {
		b.Errorf("once a reply was deleted, the thread is %q", got)
	}

	b.index()
	b.write("form.find input", unique+" in:comments")
	b.loaded(chromedp.KeyEvent("\r"))
	if got := b.shows("article.item mark"); got != unique {
		b.Errorf("a search marks %q", got)
	}
	b.click("article.item h2 a")
	if got := b.shows(".thread .e-content em"); got != unique {
		b.Errorf("a search leads to %q", got)
	}
	b.pass(time.Minute) // one address may write so often
}
