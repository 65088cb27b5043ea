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
	"courant/db/content"
	"courant/db/dbtest/cluster"
	"courant/db/likeness"
	"courant/db/state"
	"courant/publisher"
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

// A list is worked off by the mouse without scripts, and by single keys: one action a
// row, the same article once, and the focus on the next row, which alone has the access
// keys.
func TestBrowserDesk(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	cluster.SQLiteOnly(t, "a browser sees the same of either")
	if _, err := exec.LookPath("chromium"); err != nil {
		if os.Getenv("COURANT_TEST_ALL") != "" {
			t.Fatal(err)
		}
		t.Skip("chromium is missing")
	}
	s := newSite(t, func(set *publisher.Settings) { withDesk(set); set.Site.URL = "http://127.0.0.1:8080" })
	ctx, cancel := chromedp.NewContext(t.Context(), chromedp.WithAllocatorOptions(chromedp.NoSandbox))
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	do := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatal(err)
		}
	}
	text := func(script string) string {
		t.Helper()
		got, err := chromedp.Run(ctx, chromedp.Evaluate[string](script))
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	// loaded does something that leads to another page, and waits for it.
	loaded := func(act chromedp.Action[chromedp.Void]) {
		t.Helper()
		const when = `String(performance.timeOrigin)`
		before := text(when)
		do(act)
		for text(`document.readyState`) != "complete" || text(when) == before {
			if ctx.Err() != nil {
				t.Fatal("no other page came")
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(s.url+"/desk/login"),
		chromedp.SendKeys("#name", "ann"), chromedp.SendKeys("#password", deskPassword))
	loaded(chromedp.Click("button.main"))
	for _, way := range []struct {
		name     string
		act      chromedp.Action[chromedp.Void]
		noScript bool
	}{
		{"mouse", chromedp.Click("tr.current .do button.main"), true},
		{"single keys", chromedp.KeyEvent("p"), false},
	} {
		t.Run(way.name, func(t *testing.T) {
			rows := s.waiting(way.name, 20)
			if err := s.pub.TendDesk(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: way.noScript}); err != nil {
				t.Fatal(err)
			}
			do(chromedp.Navigate(s.url + "/desk/incoming"))
			if got := text(`String(document.querySelectorAll("tr[id]").length) + " " + document.querySelectorAll("tr[data-similar='1']").length`); got != fmt.Sprint(rows, " 4") {
				t.Fatalf("the rows and groups are %s, want %d and 4", got, rows)
			}
			for i := range rows {
				next := text(`document.querySelectorAll("tr[id]")[1]?.id ?? ""`)
				loaded(way.act)
				// What bears autofocus is focused when it is first drawn.
				for until := time.Now().Add(10 * time.Second); text(`document.activeElement.id`) != next; time.Sleep(5 * time.Millisecond) {
					if time.Now().After(until) {
						t.Fatalf("after %d actions the focus is on %q, want %q", i+1, text(`document.activeElement.id`), next)
					}
				}
				if got := text(`[...document.querySelectorAll("tr [accesskey]")].map(e => e.accessKey + (e.closest("tr").id == document.activeElement.id)).join(" ")`); next != "" && got != "etrue strue ptrue rtrue btrue" {
					t.Errorf("the access keys are %s", got)
				}
				if i == 0 && !strings.HasPrefix(text(`document.querySelector("form.did").textContent`), "Published: ") {
					t.Error("it is not said what was done")
				}
			}
			if got := text(`document.querySelector(".empty")?.textContent ?? ""`); !strings.HasPrefix(got, "Nothing waits") {
				t.Errorf("after %d actions: %q", rows, got)
			}
			list, err := s.store.Articles(t.Context(), db.ArticleQuery{Status: state.Incoming})
			if err != nil || len(list) != 0 {
				t.Errorf("%d are left, %v", len(list), err)
			}
		})
	}
}
