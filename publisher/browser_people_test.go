package publisher_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"courant/db"
	"courant/db/dbtest/cluster"
	"courant/publisher"
)

// browser is a window of Chromium in which a test does what people do.
type browser struct {
	*testing.T
	ctx context.Context
}

// openBrowser opens a window that closes with the test, which is skipped where there
// is no Chromium.
func openBrowser(t *testing.T, atMost time.Duration) *browser {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	if _, err := exec.LookPath("chromium"); err != nil {
		if os.Getenv("COURANT_TEST_ALL") != "" {
			t.Fatal(err)
		}
		t.Skip("chromium is missing")
	}
	ctx, cancel := context.WithTimeout(t.Context(), atMost)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithAllocatorOptions(chromedp.NoSandbox))
	t.Cleanup(cancel)
	return &browser{t, ctx}
}

// as has the window that wide, with that colour scheme, and no script of a page run.
func (b *browser) as(width int64, scheme string) {
	b.Helper()
	b.do(chromedp.EmulateViewport(width, 900))
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	}); err != nil {
		b.Fatal(err)
	}
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		b.Fatal(err)
	}
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.Fatal(err)
	}
}

// says is the text of an expression.
func (b *browser) says(expression string) string {
	b.Helper()
	got, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		b.Fatal(err)
	}
	return got
}

// text is the text of the first element that a selector finds, "" where there is none.
func (b *browser) text(selector string) string {
	b.Helper()
	return b.says(fmt.Sprintf(`document.querySelector(%q)?.textContent.trim() ?? ""`, selector))
}

// leads does what leads to another page, and waits until that is there.
func (b *browser) leads(act chromedp.Action[chromedp.Void]) {
	b.Helper()
	// In one look: the first might be at the old page, and the second at the new one.
	const loaded = `document.readyState + " " + performance.timeOrigin`
	before := b.says(loaded)
	b.do(act)
	for now := before; now == before || !strings.HasPrefix(now, "complete "); {
		if b.ctx.Err() != nil {
			b.Fatal("no other page came")
		}
		time.Sleep(5 * time.Millisecond)
		if got, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](loaded)); err == nil { // fails while a page goes
			now = got
		}
	}
	if wide := b.says(`String(document.documentElement.scrollWidth - innerWidth)`); wide != "0" {
		b.Errorf("%s is %s pixels wider than the window", b.says(`location.href`), wide)
	}
}

// press presses the mouse on the first element that a selector finds.
func (b *browser) press(selector string) chromedp.Action[chromedp.Void] {
	b.Helper()
	where := b.says(fmt.Sprintf(`{
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

// click presses the mouse on what leads to another page, and waits for that.
func (b *browser) click(selector string) {
	b.Helper()
	b.leads(b.press(selector))
}

// write types text into a field in the place of what is there.
func (b *browser) write(selector, text string) {
	b.Helper()
	b.says(fmt.Sprintf(`document.querySelector(%q).value = ""`, selector))
	b.do(b.press(selector), chromedp.KeyEvent(text))
}

// What a reader does, by mouse and keyboard alone, without scripts, on a phone and on
// a desk, in the dark and by day, in words of four scripts: read, preview, comment,
// reply, edit, delete, search.
func TestPeopleInABrowser(t *testing.T) {
	cluster.SQLiteOnly(t, "the pages are the same")
	b := openBrowser(t, 6*time.Minute)
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
			b := &browser{t, b.ctx}
			for i, look := range []struct {
				width  int64
				scheme string
			}{{390, "light"}, {1280, "dark"}, {390, "dark"}, {1280, "light"}} {
				b.as(look.width, look.scheme)
				b.converse(s, list[i])
			}
			if got := b.says(`document.documentElement.lang + " " + getComputedStyle(document.body).direction`); got != in.lang+" "+in.dir {
				t.Errorf("the page is %s, want %s, %s", got, in.lang, in.dir)
			}
			if leave, post := b.text("#write"), b.text("button[value=post]"); leave != in.leave || post != in.post {
				t.Errorf("the form says %q and %q, want %q and %q", leave, post, in.leave, in.post)
			}
		})
	}
}

// converse has a person read an article, talk under it and find it again.
func (b *browser) converse(s *site, a db.Article) {
	b.Helper()
	unique := "zephyr" + a.ID
	b.leads(chromedp.Navigate(s.url + a.Path()))
	if got := b.text("h1"); got != a.Headline {
		b.Fatalf("the headline is %q", got)
	}
	before := b.text("#comments-heading")

	b.write("#name", "Ann")
	b.write("#text", "It is *"+unique+"*.")
	s.pass(10 * time.Second)
	b.click("button[value=preview]")
	if got := b.text(".preview em"); got != unique {
		b.Errorf("the preview has %q", got)
	}
	s.pass(10 * time.Second)
	b.click("button[value=post]")
	if got := b.text(".thread .e-content em"); got != unique {
		b.Fatalf("the comment shows %q", got)
	}

	b.click(".thread footer a") // the first of them replies
	b.write("#name", "Ben")
	b.write("#text", "So it is.")
	s.pass(10 * time.Second)
	b.click("button[value=post]")
	if got := b.text(".thread ol .e-content"); got != "So it is." {
		b.Fatalf("the reply shows %q", got)
	}
	if got := b.text("#comments-heading"); got == before || !strings.ContainsAny(got, "2٢") {
		b.Errorf("%q counts two comments", got)
	}

	b.click(".thread ol a[href$='/edit']")
	b.write("#text", "So it was.")
	b.click("button[value=save]")
	if got := b.text(".thread ol .e-content"); got != "So it was." {
		b.Errorf("the edited reply shows %q", got)
	}
	b.click(".thread ol a[href$='/delete']")
	b.click("button.main")
	if got := b.text(".thread"); strings.Contains(got, "So it was.") || !strings.Contains(got, unique) {
		b.Errorf("once a reply was deleted, the thread is %q", got)
	}

	s.index()
	b.write("form.find input", unique+" in:comments")
	b.leads(chromedp.KeyEvent("\r"))
	if got := b.text("article.item mark"); got != unique {
		b.Errorf("a search marks %q", got)
	}
	b.click("article.item h2 a")
	if got := b.text(".thread .e-content em"); got != unique {
		b.Errorf("a search leads to %q", got)
	}
	s.pass(time.Minute) // one address may write so often
}
