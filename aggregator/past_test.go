package aggregator

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"courant/db"
	"courant/db/lease"
	"courant/db/past"
	"courant/db/state"
)

// pastFeed is an Atom document with links, and entries of the given numbers, each a
// day older than the one before.
func pastFeed(links string, numbers ...int) string {
	var b strings.Builder
	b.WriteString(`<feed xmlns="http://www.w3.org/2005/Atom" xmlns:fh="http://purl.org/syndication/history/1.0"><title>Past</title><id>tag:a.example,2026:feed</id>` + links)
	for _, n := range numbers {
		at := time.Date(1995, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n).Format(time.RFC3339)
		fmt.Fprintf(&b, `<entry><title>Entry %d</title><id>tag:a.example,2026:%d</id><link href="http://a.example/%d"/><published>%s</published><updated>%s</updated><content>Text %d</content></entry>`, n, n, n, at, at, n)
	}
	return b.String() + `</feed>`
}

func prevArchive(address string) string {
	return `<link rel="prev-archive" href="http://a.example` + address + `"/>`
}

// archived serves a feed with three archives.
func archived(r *http.Request) reply {
	if r.Header.Get("If-None-Match") == `"`+r.URL.Path+`"` {
		return answer(304, "", "ETag", `"`+r.URL.Path+`"`)
	}
	switch r.URL.Path {
	case "/feed":
		return answer(200, pastFeed(prevArchive("/a3"), 100, 99, 98), "ETag", `"/feed"`)
	case "/a3":
		return answer(200, pastFeed(`<fh:archive/>`+prevArchive("/a2"), 98, 97, 96), "ETag", `"/a3"`)
	case "/a2":
		return answer(200, pastFeed(`<fh:archive/>`+prevArchive("/a1"), 95, 94, 93), "ETag", `"/a2"`)
	case "/a1":
		return answer(200, pastFeed(`<fh:archive/>`, 92, 91, 90), "ETag", `"/a1"`)
	}
	return answer(404, "")
}

// backfill asks for the past of source "a" and follows it to the end of that way.
func (s *sim) backfill(most int) past.Way {
	s.t.Helper()
	ways := past.New(s.store.DB, s.store.Now)
	if err := ways.Ask(s.t.Context(), "a", most); err != nil {
		s.t.Fatal(err)
	}
	if err := s.a.Backfill(s.t.Context(), "a", func(past.Way) {}); err != nil {
		s.t.Fatal(err)
	}
	w, err := ways.Of(s.t.Context(), "a")
	if err != nil {
		s.t.Fatal(err)
	}
	return w
}

// headlines are those of the published articles, in the order of lists.
func (s *sim) headlines() string {
	s.t.Helper()
	list, err := s.store.Articles(s.t.Context(), db.ArticleQuery{})
	if err != nil {
		s.t.Fatal(err)
	}
	var names []string
	for _, a := range list {
		names = append(names, strings.TrimPrefix(a.Headline, "Entry "))
	}
	return strings.Join(names, " ")
}

// asked are the paths that were asked for, with their queries.
func (s *sim) asked() string {
	var paths []string
	for _, r := range s.seen() {
		paths = append(paths, strings.TrimPrefix(r.URL, "http://a.example"))
	}
	return strings.Join(paths, " ")
}

// TestBackfill follows sources into their past (RFC 5005 as a client).
func TestBackfill(t *testing.T) {
	for name, test := range map[string]func(*testing.T){
		"archives": testBackfillArchives, "bounded": testBackfillBounded, "restart": testBackfillRestart, "pages": testBackfillPages, "cursors": testBackfillCursors,
		"WordPress": testBackfillWordPress, "loops": testBackfillLoops, "failures": testBackfillFailures, "configured": testBackfillConfigured, "review": testBackfillReview,
		"elsewhere": testBackfillElsewhere, "refused": testBackfillRefused,
	} {
		t.Run(name, bubble(test))
	}
}

// pastSim is a sim of source "a" that publishes by itself and was pulled once.
func pastSim(t *testing.T, serve func(*http.Request) reply, change ...func(*SourceConfig)) *sim {
	t.Helper()
	s := newSim(t, serve, "a")
	s.list[0].Publish = "auto"
	for _, f := range change {
		f(&s.list[0])
	}
	s.start()
	s.fetch(Select{All: true})
	s.forget()
	return s
}

func testBackfillArchives(t *testing.T) {
	s := pastSim(t, archived)
	defer s.stop()
	before := s.source("a")
	time.Sleep(time.Hour)
	w := s.backfill(0)
	if w.Why != atItsEnd || w.Articles != 8 {
		t.Errorf("it ended because %q, with %d articles", w.Why, w.Articles)
	}
	if got, want := s.headlines(), "100 99 98 97 96 95 94 93 92 91 90"; got != want {
		t.Errorf("published %s, want %s", got, want)
	}
	list, err := s.store.Articles(t.Context(), db.ArticleQuery{})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		if !a.Published.Equal(a.SourcePublished) || a.Updated.Sub(a.Published) > time.Second {
			t.Errorf("%s is dated %v and %v", a.Headline, a.Published, a.Updated)
		}
	}
	if got := s.asked(); got != "/feed /a3 /a2 /a1" {
		t.Errorf("it asked for %s", got)
	}
	for i, r := range s.seen() {
		if i > 0 && r.At.Sub(s.seen()[i-1].Done) < s.c.PerHostGap.Duration {
			t.Errorf("request %d came %s after the one before", i, r.At.Sub(s.seen()[i-1].Done))
		}
	}
	// Nothing of its polling has changed, and the next poll is conditional as ever.
	after := s.source("a")
	if !after.NextDue.Equal(before.NextDue) || !after.LastPass.Equal(before.LastPass) || after.ETag != before.ETag || after.Entries != 11 {
		t.Errorf("its polling stands at %+v, was %+v", after.Poll, before.Poll)
	}
	s.forget()
	if r := s.poll(); !r.conditional() {
		t.Error("the poll after it has no validators")
	}
	// Asked for again, the documents are asked for conditionally, and nothing comes twice.
	s.forget()
	if w = s.backfill(0); w.Articles != 8 || w.Why != atItsEnd {
		t.Errorf("the second time it brought %d in all and ended because %q", w.Articles, w.Why)
	}
	for _, r := range s.seen()[1:] {
		if !r.conditional() {
			t.Errorf("%s was asked for without its validators", r.URL)
		}
	}
}

func testBackfillBounded(t *testing.T) {
	s := pastSim(t, archived)
	defer s.stop()
	if w := s.backfill(3); w.Articles != 3 || w.Why != enough {
		t.Errorf("%d articles, ended because %q", w.Articles, w.Why)
	}
	if got := s.headlines(); got != "100 99 98 97 96 95" {
		t.Errorf("published %s", got)
	}
	if w := s.backfill(2); w.Articles != 5 || w.Why != enough {
		t.Errorf("then %d articles, ended because %q", w.Articles, w.Why)
	}
	if got := s.headlines(); got != "100 99 98 97 96 95 94 93" {
		t.Errorf("then published %s", got)
	}
	if got := s.asked(); got != "/feed /a3 /a2 /a2" {
		t.Errorf("it asked for %s", got)
	}
}

func testBackfillRestart(t *testing.T) {
	s := pastSim(t, archived)
	ways := past.New(s.store.DB, s.store.Now)
	if err := ways.Ask(t.Context(), "a", 0); err != nil {
		t.Fatal(err)
	}
	ctx, stop := contextOf(t)
	steps := 0
	if err := s.a.Backfill(ctx, "a", func(past.Way) {
		if steps++; steps == 3 {
			stop()
		}
	}); err == nil {
		t.Fatal("it did not stop")
	}
	s.restart()
	defer s.stop()
	if err := s.a.Backfill(t.Context(), "a", func(past.Way) {}); err != nil {
		t.Fatal(err)
	}
	if got := s.asked(); got != "/feed /a3 /a2 /a1" {
		t.Errorf("over a restart it asked for %s", got)
	}
	if got := s.headlines(); got != "100 99 98 97 96 95 94 93 92 91 90" {
		t.Errorf("published %s", got)
	}
}

func testBackfillPages(t *testing.T) {
	next := func(page int) string { return fmt.Sprintf(`<link rel="next" href="?page=%d"/>`, page) }
	s := pastSim(t, func(r *http.Request) reply {
		switch r.URL.RawQuery {
		case "":
			return answer(200, pastFeed(next(2), 100))
		case "page=2":
			return answer(200, pastFeed(next(3), 99))
		}
		return answer(200, pastFeed("", 98))
	})
	defer s.stop()
	if w := s.backfill(0); w.Why != atItsEnd || s.headlines() != "100 99 98" {
		t.Errorf("ended because %q, published %s", w.Why, s.headlines())
	}
}

// What names a page may look like a secret, and is left out of what we keep.
func testBackfillCursors(t *testing.T) {
	const second, third = "cursor=Zk3vQ9xLr7Tb2NwYp5Hc8JdM", "cursor=Uw6sXa1eKf4Gn0RiVq7Bt3Lz"
	s := pastSim(t, func(r *http.Request) reply {
		switch r.URL.RawQuery {
		case "":
			return answer(200, pastFeed(`<link rel="next" href="?`+second+`"/>`, 100))
		case second:
			return answer(200, pastFeed(`<link rel="next" href="?`+third+`"/>`, 99))
		}
		return answer(200, pastFeed("", 98))
	})
	defer s.stop()
	if w := s.backfill(0); w.Why != atItsEnd || s.headlines() != "100 99 98" {
		t.Errorf("ended because %q, published %s", w.Why, s.headlines())
	}
	var kept int
	if err := s.store.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM backfill_document WHERE address LIKE '%Zk3vQ9%' OR address LIKE '%Uw6sXa%'`).Scan(&kept); err != nil || kept != 0 {
		t.Errorf("%d addresses are kept with what looks like a secret; %v", kept, err)
	}
}

// A past that we may not read is no end of it.
func testBackfillRefused(t *testing.T) {
	status := 403
	s := pastSim(t, func(r *http.Request) reply {
		if r.URL.Path != "/feed" && status != 0 {
			return answer(status, "")
		}
		return archived(r)
	})
	defer s.stop()
	for _, status = range []int{403, 401} {
		if w := s.backfill(0); w.Ended.IsZero() || w.Failures == 0 || w.Why == atItsEnd {
			t.Errorf("%d: it stands at %+v", status, w)
		}
	}
	status = 0
	if w := s.backfill(0); w.Failures != 0 || w.Why != atItsEnd || w.Articles != 8 {
		t.Errorf("asked for again it stands at %+v", w)
	}
}

func testBackfillWordPress(t *testing.T) {
	for _, c := range []struct{ generator, asked, published string }{
		{`<generator>https://wordpress.org/?v=6.4.2</generator>`, "/feed /feed?paged=2 /feed?paged=3", "100 99 98"},
		{`<generator>https://example.org/wordpress-like</generator>`, "/feed", "100"},
	} {
		s := pastSim(t, func(r *http.Request) reply {
			switch r.URL.RawQuery {
			case "":
				return answer(200, pastFeed(c.generator, 100))
			case "paged=2":
				return answer(200, pastFeed(c.generator, 99, 98))
			}
			return answer(404, "not found")
		})
		w := s.backfill(0)
		if got := s.asked(); got != c.asked || w.Why != atItsEnd || s.headlines() != c.published {
			t.Errorf("%s: asked for %s, ended because %q, published %s", c.generator, got, w.Why, s.headlines())
		}
		s.stop()
	}
}

func testBackfillLoops(t *testing.T) {
	endless := 0
	for name, c := range map[string]struct {
		serve func(*http.Request) reply
		why   string
		most  int // requests
	}{
		"circle": {func(r *http.Request) reply {
			switch r.URL.Path {
			case "/feed", "/a1":
				return answer(200, pastFeed(prevArchive("/a2"), 100))
			}
			return answer(200, pastFeed(prevArchive("/a1"), 99))
		}, inCircles, 4},
		"itself": {func(*http.Request) reply { return answer(200, pastFeed(prevArchive("/a1"), 100)) }, inCircles, 2},
		"the same entries for ever": {func(r *http.Request) reply {
			endless++
			return answer(200, pastFeed(prevArchive(fmt.Sprint("/a", endless)), 100))
		}, repeating, 3},
		"?paged= is nothing to it": {func(r *http.Request) reply {
			return answer(200, pastFeed(`<generator uri="https://wordpress.org/" version="6">WordPress</generator>`, 100))
		}, repeating, 3},
	} {
		s := pastSim(t, c.serve)
		if w := s.backfill(0); w.Why != c.why || len(s.seen()) > c.most {
			t.Errorf("%s: ended because %q after %d requests", name, w.Why, len(s.seen()))
		}
		s.stop()
	}
}

func testBackfillFailures(t *testing.T) {
	broken, status := 0, 503
	var header []string
	s := pastSim(t, func(r *http.Request) reply {
		if r.URL.Path != "/feed" && broken > 0 {
			broken--
			return answer(status, "", header...)
		}
		return archived(r)
	})
	defer s.stop()
	broken = 3
	start := time.Now()
	if w := s.backfill(5); w.Why != enough || len(s.seen()) != 6 {
		t.Errorf("ended because %q after %d requests", w.Why, len(s.seen()))
	}
	if took := time.Since(start); took < 7*firstPastWait {
		t.Errorf("three failures were over after %s", took)
	}
	s.forget()
	broken, status, header = 1, 429, []string{"Retry-After", "7200"}
	start = time.Now()
	s.backfill(1)
	if took := time.Since(start); took < 2*time.Hour {
		t.Errorf("Retry-After was over after %s", took)
	}
	broken, status, header = 1000, 500, nil
	s.forget()
	if w := s.backfill(0); len(s.seen()) != maxPastFailures || w.Next == "" || w.Ended.IsZero() {
		t.Errorf("%d requests to a document that fails, it stands at %+v", len(s.seen()), w)
	}
	broken = 0
	if w := s.backfill(0); w.Why != atItsEnd || s.headlines() != "100 99 98 97 96 95 94 93 92 91 90" {
		t.Errorf("asked for again it ended because %q, with %s", w.Why, s.headlines())
	}
}

func testBackfillConfigured(t *testing.T) {
	s := pastSim(t, archived, func(c *SourceConfig) { c.Backfill = 4 })
	defer s.stop()
	d := s.lookout.engine.digger()
	for range 20 {
		if err := d.round(t.Context(), s.now()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(pastEvery)
	}
	if got := s.headlines(); got != "100 99 98 97 96 95 94" {
		t.Errorf("published %s", got)
	}
	if got := s.asked(); got != "/feed /a3 /a2" {
		t.Errorf("it asked for %s", got)
	}
	if d.wanted["a"] != 4 {
		t.Errorf("the store is asked each second what came of %v", d.wanted)
	}
}

func testBackfillReview(t *testing.T) {
	s := pastSim(t, archived, func(c *SourceConfig) { c.Publish = "review" })
	defer s.stop()
	s.backfill(0)
	if got := s.headlines(); got != "" {
		t.Errorf("published %s", got)
	}
	list, err := s.store.Articles(t.Context(), db.ArticleQuery{All: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		if a.Headline != "Entry 95" && a.Headline != "Entry 100" {
			continue
		}
		p, err := s.store.SetStatus(t.Context(), a.ID, state.Published, "shell", "")
		if err != nil {
			t.Fatal(err)
		}
		if past := a.Headline == "Entry 95"; p.Published.Equal(a.SourcePublished) != past {
			t.Errorf("%s is published as of %v", a.Headline, p.Published)
		}
	}
}

// A source's past is read by the worker that polls the source, and by no other (M4, M5).
func testBackfillElsewhere(t *testing.T) {
	s := pastSim(t, archived, func(c *SourceConfig) { c.Backfill = 4 })
	defer s.stop()
	ways, d := past.New(s.store.DB, s.store.Now), s.lookout.engine.digger()
	others := lease.All()
	others[s.source("a").Shard] = false
	if err := s.a.Hold(t.Context(), others, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := d.round(t.Context(), s.now()); err != nil {
		t.Fatal(err)
	}
	if w, err := ways.Of(t.Context(), "a"); !errors.Is(err, past.ErrNotFound) {
		t.Errorf("the past of another's source is asked for: %+v, %v", w, err)
	}
	if err := ways.Ask(t.Context(), "a", 0); err != nil {
		t.Fatal(err)
	}
	if err := d.round(t.Context(), s.now()); err != nil {
		t.Fatal(err)
	}
	if err := s.a.Backfill(t.Context(), "a", func(past.Way) {}); !errors.Is(err, lease.ErrLost) || len(s.seen()) > 0 {
		t.Errorf("it asked for %s of another's source: %v", s.asked(), err)
	}
	// One that was given away while its document was under way stores nothing of it.
	if err := s.a.Hold(t.Context(), lease.All(), time.Time{}); err != nil {
		t.Fatal(err)
	}
	lost := map[string]error{"a": lease.ErrLost}
	s.store.Fence(func(context.Context, *sql.Tx, []string) (map[string]error, error) { return lost, nil })
	before, err := ways.Of(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.a.Backfill(t.Context(), "a", func(past.Way) {}); !errors.Is(err, lease.ErrLost) {
		t.Errorf("a document was stored for another: %v", err)
	}
	if after, err := ways.Of(t.Context(), "a"); err != nil || after != before {
		t.Errorf("the way stands at %+v, stood at %+v: %v", after, before, err)
	}
	lost = nil
	if w := s.backfill(0); w.Why != atItsEnd || s.headlines() != "100 99 98 97 96 95 94 93 92 91 90" {
		t.Errorf("back here it ended because %q, with %s", w.Why, s.headlines())
	}
}
