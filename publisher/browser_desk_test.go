package publisher_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"courant/db"
	"courant/db/content"
	"courant/db/dbtest/cluster"
	"courant/db/likeness"
	"courant/db/newsroom"
	"courant/db/state"
	"courant/publisher"
	"courant/publisher/desk"
	"courant/publisher/editing"
)

// waiting takes in n articles of which every fifth is the one before, from another
// source, and returns how many rows they make.
func (s *site) waiting(name string, n int) (rows int) {
	s.Helper()
	if err := s.store.SetSources(s.Context(), func(yield func(db.Source) bool) {
		_ = yield(db.Source{ID: "echo", URL: "https://echo.example/feed", Title: "Harbour Echo"}) && yield(db.Source{ID: "gull", URL: "https://gull.example/feed", Title: "Gull"})
	}); err != nil {
		s.Fatal(err)
	}
	passes := map[string]*db.Pass{}
	for _, id := range []string{"echo", "gull"} {
		passes[id] = &db.Pass{Source: id, At: s.clock(), Feed: &db.Feed{Title: id}}
	}
	for i := range n {
		link := likeness.Hash(fmt.Sprint(name, i))
		source := "echo"
		if i%5 == 4 {
			source, link = "gull", likeness.Hash(fmt.Sprint(name, i-1))
		} else {
			rows++
		}
		title := fmt.Sprint("Story of the ", name, ", number ", link)
		passes[source].Entries = append(passes[source].Entries, db.Entry{
			Fingerprint: fmt.Append(nil, i), Raw: []byte("{}"), Link: link, Title: likeness.Hash(title), Sketch: likeness.Of(title),
			Article: db.Article{GUID: fmt.Sprint(name, i), Headline: title, Section: "city", Body: content.Text(title)},
		})
	}
	results, err := s.store.Ingest(s.Context(), []db.Pass{*passes["echo"], *passes["gull"]})
	if err != nil || results[0].Err != nil || results[1].Err != nil {
		s.Fatal(err, results)
	}
	return rows
}

// browser is a real one, with a site.
type browser struct {
	*site
	ctx context.Context
}

// openWindow opens a window of a browser that closes with the test, which is skipped
// where there is none.
func openWindow(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	cluster.SQLiteOnly(t, "a browser sees the same of either")
	t.Parallel() // most of it is waiting for the browser
	if _, err := exec.LookPath("chromium"); err != nil {
		if os.Getenv("COURANT_TEST_ALL") != "" {
			t.Fatal(err)
		}
		t.Skip("chromium is missing")
	}
	ctx, cancel := chromedp.NewContext(t.Context(), chromedp.WithAllocatorOptions(chromedp.NoSandbox))
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 8*time.Minute)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900)); err != nil { // it lives as long as ctx
		t.Fatal(err)
	}
	return ctx
}

// atDesk opens a browser that is signed in as ann.
func atDesk(t *testing.T, change func(*publisher.Settings)) browser {
	t.Helper()
	ctx := openWindow(t)
	s := newSite(t, func(set *publisher.Settings) {
		withDesk(set)
		set.Site.URL = "http://127.0.0.1:8080"
		if change != nil {
			change(set)
		}
	})
	b := browser{s, ctx}
	b.enter("/desk/login")
	return b
}

// enter signs in on the page at path.
func (b browser) enter(path string) {
	b.Helper()
	b.do(chromedp.Navigate(b.url + path))
	b.fillLogin()
}

func (b browser) fillLogin() {
	b.Helper()
	b.do(chromedp.SendKeys("#name", "ann"), chromedp.SendKeys("#password", deskPassword))
	b.loaded(chromedp.Click("button.main"))
}

func (b browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute) // what never comes is a failure of this step
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.Fatal(err)
	}
}

// text is what an expression gives.
func (b browser) text(script string) string {
	b.Helper()
	got, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](script))
	if err != nil {
		b.Fatal(err)
	}
	return got
}

// loaded does something that leads to another page, and waits for it.
func (b browser) loaded(act chromedp.Action[chromedp.Void]) {
	b.Helper()
	const when = `String(performance.timeOrigin) + " " + (document.readyState == "complete")`
	before := strings.Fields(b.text(when))[0]
	b.do(act)
	for until := time.Now().Add(time.Minute); ; time.Sleep(betweenLooks) {
		got, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](when)) // fails while a page goes
		if at, done, _ := strings.Cut(got, " "); err == nil && at != before && done == "true" {
			return
		}
		if time.Now().After(until) || b.ctx.Err() != nil {
			b.Fatalf("no other page came: %v", err)
		}
	}
}

// press clicks the button of a form that has a value, in the first element that fits.
func (b browser) press(within, value string) {
	b.Helper()
	b.loaded(chromedp.Click(within + ` button[value="` + value + `"]`))
}

// open clicks the triangle of a row.
func (b browser) open(row string) {
	b.Helper()
	var x, y float64
	at := b.text(fmt.Sprintf(`(r => (r.left + 6) + " " + (r.top + r.height / 2))(document.querySelector(%q).getBoundingClientRect())`, row+" summary"))
	if _, err := fmt.Sscan(at, &x, &y); err != nil {
		b.Fatal(at, err)
	}
	b.do(chromedp.MouseClickXY(x, y))
}

// fill puts a text into a field, as a person who clears it first.
func (b browser) fill(field, text string) {
	b.Helper()
	b.text(fmt.Sprintf(`document.querySelector(%q).value = ""; ""`, field))
	b.do(chromedp.SendKeys(field, text))
}

// without has pages run no script of their own, or run them again.
func (b browser) without(script bool) {
	b.Helper()
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: script}); err != nil {
		b.Fatal(err)
	}
}

// mostActions is how many may be needed to work off a hundred articles (desk.md,
// Figures).
const mostActions = 120

// accessKey presses one.
func accessKey(key string) chromedp.Action[chromedp.Void] {
	return chromedp.KeyEvent(key, func(p *input.DispatchKeyEventParams) {
		p.Modifiers, p.UnmodifiedText = int64(chromedp.ModifierAlt), key // which the browser looks for
	})
}

// A hundred articles of which twenty are duplicates are worked off by keyboard alone,
// with the script and without, and some of them by the mouse without scripts: one action a
// row, the same article once, and the focus on the next row, which alone has the access
// keys.
func TestBrowserDesk(t *testing.T) {
	b := atDesk(t, nil)
	for _, way := range []struct {
		name     string
		act      chromedp.Action[chromedp.Void]
		noScript bool
		width    int64
		scheme   string
		articles int
	}{
		{"mouse", chromedp.Click("tr.current .do button.main"), true, 1280, "light", 20},
		{"single keys", chromedp.KeyEvent("p"), false, 1280, "dark", 100},
		{"access keys", accessKey("p"), true, 390, "light", 100},
		{"on a phone", chromedp.Click("tr.current .do button.main"), true, 390, "dark", 20},
	} {
		t.Run(way.name, func(t *testing.T) {
			b.as(way.width, way.scheme)
			rows, actions := b.waiting(way.name, way.articles), 0
			if err := b.pub.TendDesk(t.Context()); err != nil {
				t.Fatal(err)
			}
			b.without(way.noScript)
			b.do(chromedp.Navigate(b.url + "/desk/incoming"))
			if got := b.text(`String(document.querySelectorAll("tr[data-similar='1']").length)`); rows != way.articles*4/5 || got == "0" {
				t.Fatalf("%d rows, of which %s on the first page stand for another", rows, got)
			}
			for ; b.text(`String(document.querySelectorAll("tr[id]").length)`) != "0"; actions++ {
				next := b.text(`document.querySelectorAll("tr[id]")[1]?.id ?? ""`)
				b.loaded(way.act)
				// What bears autofocus is focused when it is first drawn.
				b.await(b.ctx, fmt.Sprintf(`document.activeElement.id == %q`, next))
				if got := b.text(`[...document.querySelectorAll("tr [accesskey]")].map(e => e.accessKey + (e.closest("tr").id == document.activeElement.id)).join(" ")`); next != "" && got != "xtrue etrue otrue strue ptrue rtrue btrue" {
					t.Errorf("the access keys are %s", got)
				}
				if actions == 0 && !strings.HasPrefix(b.text(`document.querySelector("form.did").textContent`), "Published: ") {
					t.Error("it is not said what was done")
				}
				if actions > mostActions {
					t.Fatal("it takes too many actions")
				}
			}
			if got := b.text(`document.querySelector(".empty")?.textContent ?? ""`); actions != rows || !strings.HasPrefix(got, "Nothing waits") {
				t.Errorf("after %d actions: %q", actions, got)
			}
			list, err := b.store.Articles(t.Context(), db.ArticleQuery{Status: state.Incoming})
			if err != nil || len(list) != 0 {
				t.Errorf("%d are left, %v", len(list), err)
			}
			t.Logf("%d articles, a fifth of them duplicates: %d actions", way.articles, actions)
		})
	}
}

// In single keys: down and up, preview, choose, bin, reject, undo, edit, schedule, help.
func TestBrowserKeys(t *testing.T) {
	b := atDesk(t, nil)
	b.waiting("key", 5)
	if err := b.pub.TendDesk(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.Navigate(b.url + "/desk/incoming"))
	key := func(k string) { t.Helper(); b.do(chromedp.KeyEvent(k)) }
	holds := func(what, expression string) {
		t.Helper()
		if b.text(`String(`+expression+`)`) != "true" {
			t.Errorf("%s: not %s", what, expression)
		}
	}
	const row = `document.querySelectorAll("tr[id]")`
	key("j")
	holds("j", row+`[1] == document.activeElement && `+row+`[1].classList.contains("current")`)
	key("k")
	holds("k", row+`[0] == document.activeElement`)
	key("o")
	holds("o", row+`[0].querySelector("details").open`)
	key("x")
	holds("x", row+`[0].querySelector("[type=checkbox]").checked`)
	key("?")
	holds("?", `document.getElementById("keys").open`)
	key("s")
	holds("s", `document.activeElement.name == "at"`)
	b.do(chromedp.KeyEvent("r")) // in a field it is a letter
	holds("in a field", `location.pathname == "/desk/incoming" && document.querySelectorAll("tr[id]").length == 4`)
	b.text(`document.activeElement.blur(); ""`)
	for _, m := range []int64{int64(chromedp.ModifierCtrl), int64(chromedp.ModifierMeta)} { // those are the browser's; Alt has the access keys
		b.do(chromedp.KeyEvent("r", func(p *input.DispatchKeyEventParams) { p.Modifiers, p.Text, p.UnmodifiedText = m, "", "" }))
		holds("with a modifier", `location.pathname == "/desk/incoming" && document.querySelectorAll("tr[id]").length == 4`)
	}
	first := b.text(row + `[0].id`)
	for _, k := range []string{"r", "b"} {
		b.loaded(chromedp.KeyEvent(k))
		holds(k, `document.getElementById("`+first+`") == null`)
		b.loaded(chromedp.KeyEvent("u"))
		b.await(b.ctx, fmt.Sprintf(`document.activeElement.id == %q`, first)) // it is focused when it is first drawn
	}
	b.loaded(chromedp.KeyEvent("e"))
	holds("e", `location.pathname == "/desk/article/`+strings.TrimPrefix(first, "a-")+`"`)
}

// The same by access keys, where no script runs.
func TestBrowserAccessKeys(t *testing.T) {
	b := atDesk(t, nil)
	b.waiting("key", 5)
	if err := b.pub.TendDesk(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.as(390, "dark")
	b.do(chromedp.Navigate(b.url + "/desk/incoming"))
	holds := func(what, expression string) {
		t.Helper()
		b.await(b.ctx, expression)
		if b.text(`String(`+expression+`)`) != "true" {
			t.Errorf("%s: not %s", what, expression)
		}
	}
	const row = `document.querySelectorAll("tr[id]")`
	b.loaded(accessKey("j"))
	holds("j", row+`[1] == document.activeElement`)
	b.loaded(accessKey("k"))
	holds("k", row+`[0] == document.activeElement`)
	for key, want := range map[string]string{
		"o": row + `[0].querySelector("details").open`, "x": row + `[0].querySelector("[type=checkbox]").checked`, "?": `document.getElementById("keys").open`,
	} {
		b.do(accessKey(key))
		holds(key, want)
	}
	first := b.text(row + `[0].id`)
	for _, k := range []string{"r", "b", "p", "s"} { // what lies in a row that is open
		if k == "s" {
			b.do(accessKey("o"))
		}
		b.loaded(accessKey(k))
		holds(k, `document.getElementById("`+first+`") == null`)
		b.loaded(accessKey("u"))
		holds("u after "+k, fmt.Sprintf(`document.activeElement.id == %q`, first))
	}
	b.loaded(accessKey("e"))
	holds("e", `location.pathname == "/desk/article/`+strings.TrimPrefix(first, "a-")+`"`)
}

// Two editors at one article: the second sees what the first did, and loses nothing. A
// session that ends during an edit loses nothing either.
func TestBrowserEditors(t *testing.T) {
	b := atDesk(t, nil)
	a := b.newest()
	at := "/desk/article/" + a.ID
	b.as(390, "light") // one sits in a train, the other at a desk
	b.do(chromedp.Navigate(b.url + at))
	other := b
	ctx, cancel := chromedp.NewContext(b.ctx)
	defer cancel()
	other.ctx = ctx
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(b.url+at)); err != nil { // it lives as long as ctx
		t.Fatal(err)
	}
	b.fill("#headline", "The first headline")
	b.press(".edit", "save")
	other.fill("#headline", "The second headline")
	other.fill("#summary", "Typed with care.")
	other.press(".edit", "save")
	if got := other.text(`document.querySelector(".wrong").textContent`); !strings.Contains(got, "Changed by ann at") || !strings.Contains(got, "first second headline") {
		t.Errorf("the second sees %q", got)
	}
	if got := other.text(`document.querySelector("#headline").value + "|" + document.querySelector("#summary").value`); got != "The second headline|Typed with care." {
		t.Errorf("of the second is left %q", got)
	}
	other.press(".edit", "save")
	if got := b.newest(); got.Headline != "The second headline" {
		t.Errorf("the headline is %q", got.Headline)
	}

	b.do(chromedp.Navigate(b.url + at))
	b.fill("#summary", "Typed for an hour.")
	b.pass(13 * time.Hour)
	b.press(".edit", "save")
	if got := b.text(`location.pathname`); got != "/desk/login" {
		t.Fatalf("after the end of the session it leads to %s", got)
	}
	b.fillLogin()
	if got := b.text(`location.pathname + "|" + document.querySelector("#summary").value`); got != at+"|Typed for an hour." {
		t.Errorf("after signing in again: %s", got)
	}
	b.press(".edit", "save")
	if got := b.newest(); got.Summary != "Typed for an hour." {
		t.Errorf("the summary is %q", got.Summary)
	}
	b.loaded(chromedp.Click("form.did button"))
	if got := b.newest(); got.Summary != "Typed with care." {
		t.Errorf("after an undo the summary is %q", got.Summary)
	}

	// A note is typed in a list as the session ends.
	b.waiting("session", 1)
	id := b.newest().ID
	b.do(chromedp.Navigate(b.url + "/desk/incoming"))
	b.open("#a-" + id)
	b.do(chromedp.SendKeys("#a-"+id+` [name="note"]`, "Ask them first.\r")) // Enter says nothing of what to do
	if got := b.text(`location.search`) + string(b.status(id)); got != "incoming" {
		t.Errorf("Enter did something: %s", got)
	}
	b.pass(13 * time.Hour)
	b.loaded(chromedp.SendKeys("#a-"+id+` [value="note"]`, "\r"))
	b.fillLogin()
	if got := b.text(`location.pathname + "|" + document.querySelector("form.again [name=note]").value`); got != "/desk/incoming|Ask them first." {
		t.Errorf("after signing in again: %s", got)
	}
	b.press("form.again", "note")
	if got := b.text(`document.querySelector("form.did").textContent`); !strings.HasPrefix(got, "Left a note on: ") {
		t.Errorf("the note: %q", got)
	}
}

// From the list one article is scheduled, published, corrected, withdrawn, and each of it
// undone, in at most three actions.
func TestBrowserLife(t *testing.T) {
	b := atDesk(t, nil)
	b.waiting("life", 1)
	a := b.newest()
	b.as(390, "dark")
	stands := func(want state.Article) {
		t.Helper()
		if got := b.status(a.ID); got != want {
			t.Fatalf("it is %s, want %s", got, want)
		}
	}
	undo := func(want state.Article) {
		t.Helper()
		b.loaded(chromedp.Click("form.did button"))
		stands(want)
	}
	row := "#a-" + a.ID
	b.do(chromedp.Navigate(b.url + "/desk/incoming"))
	b.open(row)
	b.press(row+" .more", "schedule")
	stands(state.Scheduled)
	undo(state.Incoming)
	b.press(row+" .do", "publish")
	stands(state.Published)
	b.do(chromedp.Navigate(b.url + "/desk/article/" + a.ID))
	b.fill("#headline", "Corrected headline")
	b.do(chromedp.Click(`[value="correction"]`), chromedp.SendKeys("#correction", "The headline was wrong."))
	b.press(".edit", "save")
	if page := b.get("/corrections", 200).body; !strings.Contains(page, "The headline was wrong.") {
		t.Error("readers are not told of the correction")
	}
	b.pass(time.Second)
	b.loaded(chromedp.Click("form.did button"))
	if page := b.get(b.newest().Path(), 200).body; strings.Contains(b.get("/corrections", 200).body, "The headline was wrong.") || strings.Contains(page, "Corrected headline") {
		t.Error("a correction that was undone stays")
	}
	b.do(chromedp.Navigate(b.url + "/desk/published"))
	b.open(row)
	b.do(chromedp.SendKeys(row+` [name="reason"]`, "All wrong."))
	b.press(row+" .more", "withdraw")
	stands(state.Withdrawn)
	if page := b.get(b.newest().Path(), 410).body; !strings.Contains(page, "All wrong.") {
		t.Error("its page does not say why it was withdrawn")
	}
	undo(state.Published)
}

// Comments are chosen and removed together, for a reason.
func TestBrowserComments(t *testing.T) {
	b := atDesk(t, nil)
	a := b.newest()
	for i := range 12 {
		if _, _, err := b.store.AddComment(t.Context(), db.Comment{Article: a.ID, Name: "Bea", Text: fmt.Sprint("Words ", i), Body: content.Comment("Words."), Status: state.Pending}); err != nil {
			t.Fatal(err)
		}
	}
	b.as(1280, "light")
	b.do(chromedp.Navigate(b.url + "/desk/comments"))
	for i := range 10 {
		b.do(chromedp.Click(fmt.Sprintf(`.remark:nth-of-type(%d) [type=checkbox]`, i+1)))
	}
	b.do(chromedp.SendKeys(`[name="reason"]`, "selling\r")) // Enter says nothing of what to do
	b.press(".bar", "remove")
	for status, want := range map[state.Comment]int{state.Removed: 10, state.Pending: 2} {
		list, err := b.store.Comments(t.Context(), db.CommentQuery{Status: status})
		if err != nil || len(list) != want {
			t.Errorf("%d are %s, %v", len(list), status, err)
		}
	}
	if got := b.text(`document.querySelector("main").textContent`); !strings.Contains(got, "and 9 more") || !strings.Contains(got, "selling (10)") {
		t.Error("it is not said what was done")
	}
	b.loaded(chromedp.Click(".did button"))
	if list, err := b.store.Comments(t.Context(), db.CommentQuery{Status: state.Pending}); err != nil || len(list) != 12 {
		t.Errorf("after an undo %d wait, %v", len(list), err)
	}
}

// Every page of the desk fits a phone and a desk, in light and in dark, is large enough
// to touch, and axe-core finds nothing in it.
func TestBrowserDeskLook(t *testing.T) {
	b := atDesk(t, func(set *publisher.Settings) {
		set.Desk.Filters = []desk.Filter{{Name: "The city", Query: "section=city"}}
	})
	b.fit(b.deskPages()...)
	if _, err := chromedp.Call(b.ctx, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	b.fit("/desk/login", "/desk/incoming")
}

// fit fails the test where a page of the desk does not fit, cannot be touched, or is
// objected to by axe-core.
func (b browser) fit(paths ...string) {
	b.Helper()
	for _, width := range []int64{390, 1280} {
		b.do(chromedp.EmulateViewport(width, 900))
		for _, scheme := range []string{"light", "dark"} {
			if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
			}); err != nil {
				b.Fatal(err)
			}
			for _, path := range paths {
				l := b.look(b.ctx, path)
				if judged(width, scheme) {
					l.Axe = b.axe(b.ctx)
				}
				if width != 390 {
					l.Small = nil // a mouse hits what is smaller
				}
				if l.Wider > 0 || l.Fixed > 0 || len(l.Small) > 0 || l.Scripts > 1 || len(l.Unnamed) > 0 || len(l.Shown) > 0 || len(l.Axe) > 0 {
					b.Errorf("%s at %d, %s: %+v", path, width, scheme, l)
				}
			}
		}
	}
}

// deskPages are pages of the desk of all kinds, with something on each.
func (b browser) deskPages() []string {
	b.Helper()
	b.add(false, db.Article{GUID: "long", Headline: strings.Repeat("Harbour, ferries and the council ", 12), Section: "city"})
	b.waiting("look", 10)
	if err := b.pub.TendDesk(b.Context()); err != nil {
		b.Fatal(err)
	}
	list, err := b.store.Articles(b.Context(), db.ArticleQuery{Status: state.Incoming})
	if err != nil || len(list) < 8 {
		b.Fatal(len(list), err)
	}
	for i, o := range []editing.Order{
		{Action: editing.Publish}, {Action: editing.Reject, Reason: "dull"}, {Action: editing.Schedule, At: b.clock().Add(48 * time.Hour)}, {Action: editing.Bin}, {Action: editing.Nominate},
	} {
		o.IDs = []string{list[i].ID}
		if _, err := editing.New(b.store, "ann", nil).Do(b.Context(), o); err != nil {
			b.Fatal(err)
		}
	}
	published, err := b.store.Articles(b.Context(), db.ArticleQuery{})
	if err != nil || len(published) < 2 {
		b.Fatal(len(published), err)
	}
	if _, err := editing.New(b.store, "ann", nil).Do(b.Context(), editing.Order{Action: editing.Withdraw, IDs: []string{published[1].ID}, Reason: "All wrong."}); err != nil {
		b.Fatal(err)
	}
	for i := range 3 {
		if _, _, err := b.store.AddComment(b.Context(), db.Comment{Article: published[0].ID, Name: "Bea", Text: fmt.Sprint("Words ", i), Body: content.Comment("Words."), Status: state.Pending}); err != nil {
			b.Fatal(err)
		}
	}
	room := newsroom.New(b.store.DB, b.clock)
	for page, form := range map[string]string{"list": "action=schedule&at=2026-11-30T09%3A30&note=Ask+them+first.&reason=x&id=" + list[5].ID, "comments": "action=remove&reason=Sells+things.&id=0"} {
		if err := room.SaveSheet(b.Context(), "ann", page, form); err != nil {
			b.Fatal(err)
		}
	}
	_, deed, err := editing.New(b.store, "ann", nil).Edit(b.Context(), list[6].ID, editing.Change{Headline: &list[5].Headline})
	if err != nil {
		b.Fatal(err)
	}
	return []string{
		"/desk/incoming?typed=1", "/desk/comments?typed=1&before=0-2", "/desk/article/" + list[6].ID + "?did=" + deed.ID, "/desk/incoming", "/desk/incoming?q=nothing+fits", "/desk/scheduled", "/desk/published", "/desk/rejected", "/desk/bin", "/desk/withdrawn", "/desk/article/" + published[0].ID,
		"/desk/add", "/desk/add?url=https%3A%2F%2Ffar.example%2Ftide", "/desk/add?url=https%3A%2F%2Fclosed.example%2F", "/desk/write", "/desk/sources", "/desk/log", "/desk/account",
		"/desk/article/0000000000", "/desk/incoming?sort=nonsense",
	}
}
