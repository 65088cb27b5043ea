package publisher

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"courant/db"
	"courant/db/dbtest"
	"courant/db/state"
	"courant/publisher/threads"
)

func testA1(t *testing.T) {
	b := newBusy(t)
	for _, page := range b.pages() {
		f := b.atom(page + "/feed.atom")
		author := len(f.all("atom:author/atom:name")) > 0
		for _, n := range append(f.all("atom:entry"), f) {
			for _, name := range []string{"atom:id", "atom:title", "atom:updated"} {
				if n.value(t, name) == "" {
					t.Errorf("%s: an empty %s", page, name)
				}
			}
			if n != f && !author && n.value(t, "atom:author/atom:name") == "" {
				t.Errorf("%s: an entry without an author", page)
			}
		}
	}
}

func testA2(t *testing.T) {
	b := newBusy(t)
	ids := func() (list []string) {
		for _, page := range b.pages() {
			f := b.atom(page + "/feed.atom")
			for _, n := range append(f.all("atom:entry"), f) {
				list = append(list, n.value(t, "atom:id"))
			}
		}
		return list
	}
	before := ids()
	absolute := regexp.MustCompile(`^tag:news\.example\.org,2026:(feed/|article/[a-z0-9]+$|comment/[a-z0-9]+$|notice/[a-z0-9]+$)`)
	for _, id := range before {
		if !absolute.MatchString(id) {
			t.Errorf("id %s", id)
		}
	}
	if id := b.atom(b.path+"/feed.atom").value(t, "atom:id"); id != "tag:news.example.org,2026:feed/article/"+b.tidal {
		t.Errorf("the thread's id %s has a slug", id)
	}
	headline := "Another Title"
	if _, _, err := b.store.EditArticle(t.Context(), b.tidal, db.Edit{Headline: &headline}, "shell"); err != nil {
		t.Fatal(err)
	}
	b.open(func(s *Settings) { s.Site.URL = "http://other.example:8080" })
	if after := ids(); strings.Join(after, " ") != strings.Join(before, " ") {
		t.Errorf("ids changed with host, scheme, port or title:\n%s\n%s", before, after)
	}
}

func testA3(t *testing.T) {
	s := newSite(t)
	var list []db.Article
	for range 20 {
		list = append(list, tidal()) // at one moment
	}
	a := s.publish("daily", list...)[0]
	for i := range 20 {
		s.comment(a.ID, "", "Ann", fmt.Sprint("Comment ", i)) // at one moment
	}
	for _, address := range []string{"/feed.atom", a.Path() + "/feed.atom", "/comments/feed.atom"} {
		seen := map[string]bool{}
		entries := s.atom(address).all("atom:entry")
		if len(entries) != 20 {
			t.Errorf("%s: %d entries", address, len(entries))
		}
		for _, e := range entries {
			id, updated := e.value(t, "atom:id"), e.value(t, "atom:updated")
			if seen[id] || seen[updated] {
				t.Errorf("%s: twice %s or %s", address, id, updated)
			}
			seen[id], seen[updated] = true, true
			if !regexp.MustCompile(`\.\d{3}Z$`).MatchString(updated) {
				t.Errorf("%s has no milliseconds", updated)
			}
		}
	}
}

func testA4(t *testing.T) {
	s := newSite(t)
	updated := func(page string) time.Time {
		t.Helper()
		return parsedTime(t, s.atom(page+"/feed.atom").value(t, "atom:updated"))
	}
	same := func(what string, got, want time.Time) {
		t.Helper()
		if !got.Equal(want) {
			t.Errorf("%s: updated %v, want %v", what, got, want)
		}
	}
	same("an empty feed", updated("/section/empty"), s.store.Created())
	s.wait(time.Hour)
	first := s.publish("daily", tidal())[0]
	same("an article", updated(""), first.Updated)
	same("an empty thread", updated(first.Path()), first.Published)
	s.wait(time.Hour)
	c := s.comment(first.ID, "", "Ann", "First.")
	same("a comment", updated(first.Path()), c.Updated)
	same("a comment leaves the list alone", updated(""), first.Updated)
	s.wait(time.Hour)
	removed, err := dbtest.Moderate(t.Context(), s.store, c.ID, state.Removed, "shell", "")
	if err != nil {
		t.Fatal(err)
	}
	same("its removal", updated(first.Path()), removed.Removed)
	same("its removal, in all comments", updated("/comments"), removed.Removed)

	s.wait(time.Hour)
	second := s.publish("daily", tidal())[0]
	s.wait(time.Hour)
	if _, err := s.store.SetStatus(t.Context(), second.ID, state.Withdrawn, "shell", ""); err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"", "/section/coast", "/source/daily", "/tag/Energy", "/archive/2026/11", "/archive/2026/11/22", "/corrections"} {
		same("a withdrawal, "+page, updated(page), s.clock.now)
	}
	// An article that leaves a section takes no time with it.
	s.wait(time.Hour)
	third := s.publish("daily", tidal())[0]
	before := updated("/section/coast")
	other := ""
	if _, _, err := s.store.EditArticle(t.Context(), third.ID, db.Edit{Section: &other}, "shell"); err != nil {
		t.Fatal(err)
	}
	if after := updated("/section/coast"); after.Before(before) {
		t.Errorf("updated went back from %v to %v", before, after)
	}
}

func testA5(t *testing.T) {
	b := newBusy(t)
	for _, page := range b.pages() {
		f := b.atom(page + "/feed.atom")
		if self := f.links("self"); len(self) != 1 || self[0].attr["href"] != base+page+"/feed.atom" || self[0].attr["type"] != "application/atom+xml" {
			t.Errorf("%s: self %+v", page, self)
		}
		for _, n := range append(f.all("atom:entry"), f) {
			kinds := map[string]int{}
			for _, l := range n.links("alternate") {
				kinds[l.attr["type"]+" "+l.attr["hreflang"]]++
				if !strings.HasPrefix(l.attr["href"], base+"/") {
					t.Errorf("%s: alternate %s", page, l.attr["href"])
				}
			}
			if kinds["text/html "] != 1 || len(kinds) != 1 {
				t.Errorf("%s: alternates %v", page, kinds)
			}
		}
	}
}

func testA6(t *testing.T) {
	b := newBusy(t)
	e := b.atom("/feed.atom").all("atom:entry")[0]
	c := e.all("atom:category")
	if len(c) != 2 || c[0].attr["term"] != "coast" || c[0].attr["label"] != "Coast" || c[0].attr["scheme"] != base+"/section/" ||
		c[1].attr["term"] != "Energy" || c[0].text+c[1].text != "" {
		t.Errorf("categories %+v %+v", c[0], c[1])
	}
}

func testA7(t *testing.T) {
	b := newBusy(t)
	e := b.atom("/feed.atom").all("atom:entry")
	c := e[0].one(t, "atom:content")
	if c.attr["type"] != "html" || len(c.children) > 0 || !strings.Contains(c.text, "<p>The gates") {
		t.Errorf("content %+v", c)
	}
	title := e[1].one(t, "atom:title")
	if kind := title.attr["type"]; (kind != "" && kind != "text") || title.text != "AT&T <b> sells" || len(title.children) > 0 {
		t.Errorf("title %+v", title)
	}
}

func testA8(t *testing.T) {
	b := newBusy(t)
	s := b.atom("/feed.atom").all("atom:entry")[0].one(t, "atom:source")
	if s.value(t, "atom:id") != "https://daily.example/id" || s.value(t, "atom:title") != "Source Daily" ||
		!parsedTime(t, s.value(t, "atom:updated")).Equal(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)) ||
		s.links("self")[0].attr["href"] != "https://source.example/feed.xml" {
		t.Errorf("source %+v", s)
	}
}

func testA9(t *testing.T) {
	b := newBusy(t)
	f := b.atom("/feed.atom")
	e := f.all("atom:entry")
	if f.attr["xml:lang"] != "en" || e[0].attr["xml:lang"] != "" || e[1].attr["xml:lang"] != "fr" {
		t.Errorf("languages %q %q %q", f.attr["xml:lang"], e[0].attr["xml:lang"], e[1].attr["xml:lang"])
	}
}

func testA10(t *testing.T) {
	b := newBusy(t)
	updated := func() string { return b.atom("/feed.atom").all("atom:entry")[0].value(t, "atom:updated") }
	before := updated()
	b.wait(time.Hour)
	headline := "Harbour City Opens Its Tidal Power Plant After Eleven Years"
	if _, _, err := b.store.EditArticle(t.Context(), b.tidal, db.Edit{Headline: &headline}, "shell"); err != nil {
		t.Fatal(err)
	}
	contains(t, "after a typo", b.get("/feed.atom"), headline)
	if after := updated(); after != before {
		t.Errorf("a typo moved updated from %s to %s", before, after)
	}
	if _, _, err := b.store.EditArticle(t.Context(), b.tidal, db.Edit{Correction: "It was eleven years."}, "shell"); err != nil {
		t.Fatal(err)
	}
	if after := updated(); !parsedTime(t, after).Equal(b.clock.now) {
		t.Errorf("after a correction updated is %s", after)
	}
}

func testT1(t *testing.T) {
	b := newBusy(t)
	for _, parent := range []*node{b.atom(b.path + "/feed.atom"), b.rss(b.path + "/feed.rss")} {
		entries := append(parent.all("atom:entry"), parent.all("item")...)
		r := entries[1].one(t, "thr:in-reply-to")
		if r.attr["ref"] != "tag:news.example.org,2026:article/"+b.tidal || r.attr["href"] != base+b.path || r.attr["type"] != "text/html" ||
			r.attr["source"] != base+"/feed.atom" {
			t.Errorf("in-reply-to %+v", r)
		}
	}
}

func testT2(t *testing.T) {
	b := newBusy(t)
	check := func(what string) {
		t.Helper()
		r := b.atom(b.path + "/feed.atom").all("atom:entry")[0].one(t, "thr:in-reply-to")
		if r.attr["ref"] != "tag:news.example.org,2026:comment/"+b.ann || r.attr["href"] != base+b.path+"#c-"+b.ann || r.attr["source"] != base+b.path+"/feed.atom" {
			t.Errorf("%s: in-reply-to %+v", what, r)
		}
	}
	check("a reply")
	if _, err := dbtest.Moderate(t.Context(), b.store, b.ann, state.Removed, "shell", ""); err != nil {
		t.Fatal(err)
	}
	check("after the parent was removed")
	if text := b.get(b.path + "/feed.atom"); strings.Contains(text, "Ann") || strings.Contains(text, "First.") {
		t.Errorf("a removed comment shows:\n%s", text)
	}
}

// The link of a comment leads to where it stands: the first page of its article
// shows not all of a long thread, and none that is deep in it.
func testT2Link(t *testing.T) {
	s := newSite(t)
	links := func(a db.Article) (list []string) {
		for _, e := range s.atom(a.Path() + "/feed.atom?n=500").all("atom:entry") {
			list = append(list, e.one(t, "atom:link").attr["href"])
		}
		slices.Reverse(list)
		return list
	}
	deep := s.publish("daily", tidal())[0]
	parent := ""
	for range threads.MaxIndent + 2 {
		s.wait(time.Second)
		parent = s.comment(deep.ID, parent, "Ann", "Deeper "+parent).ID
	}
	got := links(deep)
	for i, l := range got {
		if onPage := strings.HasPrefix(l, base+deep.Path()+"#c-"); onPage != (i < threads.MaxIndent) {
			t.Errorf("depth %d: %s", i, l)
		}
		if w := s.ask("GET", strings.TrimPrefix(l, base)); w.Code == 302 {
			l = base + w.Header().Get("Location")
		}
		page, id, _ := strings.Cut(l, "#")
		contains(t, page, s.get(strings.TrimPrefix(page, base)), `id="`+id+`"`)
	}
	if len(got) != threads.MaxIndent+2 {
		t.Errorf("%d comments", len(got))
	}
	long := s.publish("daily", tidal())[0]
	for i := range threads.PerPage + 1 {
		s.wait(time.Second)
		s.comment(long.ID, "", "Ann", fmt.Sprint("Comment ", i))
	}
	if l := links(long)[threads.PerPage]; !strings.HasPrefix(l, base+"/comment/") {
		t.Errorf("the last of a long thread: %s", l)
	}
}

func testT3(t *testing.T) {
	b := newBusy(t)
	e := b.atom("/feed.atom").all("atom:entry")
	r := e[0].links("replies")
	if len(r) != 2 || r[0].attr["type"] != "text/html" || r[0].attr["href"] != base+b.path+"#comments" ||
		r[1].attr["type"] != "application/atom+xml" || r[1].attr["href"] != base+b.path+"/feed.atom" {
		t.Fatalf("replies %+v", r)
	}
	for _, l := range r {
		if l.attr["thr:count"] != "2" || l.attr["thr:updated"] != "2026-11-22T10:05:00.000Z" {
			t.Errorf("replies %+v", l)
		}
	}
	if e[0].value(t, "thr:total") != "2" || e[1].value(t, "thr:total") != "0" || e[1].links("replies")[0].attr["thr:count"] != "0" {
		t.Error("totals")
	}
}

func testT4(t *testing.T) {
	b := newBusy(t)
	check := func(want int) {
		t.Helper()
		f := b.atom(b.path + "/feed.atom")
		count := b.atom("/feed.atom").all("atom:entry")[0].links("replies")[1].attr["thr:count"]
		if n := len(f.all("atom:entry")); fmt.Sprint(n) != count || n != want || len(f.all("fh:complete")) != 1 {
			t.Errorf("%d entries, thr:count %s, want %d", n, count, want)
		}
	}
	check(2)
	if _, err := dbtest.Moderate(t.Context(), b.store, b.ann, state.Spam, "shell", ""); err != nil {
		t.Fatal(err)
	}
	check(1)
}

func testT5(t *testing.T) {
	b := newBusy(t)
	before := b.get("/feed.atom")
	b.wait(time.Hour)
	b.comment(b.tidal, "", "Cid", "Third.")
	after := b.get("/feed.atom")
	if before == after {
		t.Error("the count did not change")
	}
	for _, path := range []string{"atom:updated", "atom:entry/atom:updated"} {
		if x, y := parseXML(t, before).all(path)[0].text, parseXML(t, after).all(path)[0].text; x != y {
			t.Errorf("a comment moved %s from %s to %s", path, x, y)
		}
	}
}

func testH1(t *testing.T) {
	s := newSite(t, func(s *Settings) { s.Publisher.FeedItems = 10 })
	a := s.publish("daily", tidal())[0]
	address := a.Path() + "/feed."
	for i := 0; i <= 25; i++ {
		if i > 0 {
			s.wait(time.Minute)
			s.comment(a.ID, "", "Ann", fmt.Sprint("Comment ", i))
		}
		complete := []bool{len(s.atom(address+"atom").all("fh:complete")) == 1, len(s.rss(address+"rss").all("fh:complete")) == 1, s.json(address + "json").Courant.Complete}
		for _, got := range complete {
			if got != (i <= 10) {
				t.Errorf("%d comments: complete %v", i, complete)
			}
		}
	}
	seen := map[string]bool{}
	next := address + "atom"
	for page := 1; next != ""; page++ {
		f := s.atom(next)
		for _, e := range f.all("atom:entry") {
			seen[e.value(t, "atom:id")] = true
		}
		at := func(n int) string {
			switch {
			case n < 1 || n > 3:
				return ""
			case n == 1:
				return base + address + "atom"
			}
			return base + address + "atom?page=" + fmt.Sprint(n)
		}
		for rel, want := range map[string]string{"first": at(1), "last": at(3), "previous": at(page - 1), "next": at(page + 1), "self": at(page)} {
			got := ""
			if l := f.links(rel); len(l) > 0 {
				got = l[0].attr["href"]
			}
			if got != want {
				t.Errorf("page %d: %s is %q, want %q", page, rel, got, want)
			}
		}
		if page == 1 && s.json(address+"json").NextURL != base+address+"json?page=2" {
			t.Error("JSON's next_url")
		}
		next = ""
		if l := f.links("next"); len(l) > 0 {
			next = strings.TrimPrefix(l[0].attr["href"], base)
		}
	}
	if len(seen) != 25 {
		t.Errorf("the pages hold %d of 25 comments", len(seen))
	}
	for page, want := range map[string]int{"4": 404, "0": 400, "-1": 400, "NaN": 400, "9223372036854775808": 400, "1000000000": 404} {
		if w := s.ask("GET", address+"atom?page="+page); w.Code != want {
			t.Errorf("page %s: %d, want %d", page, w.Code, want)
		}
	}
	// Replies to one comment are paged alike, and tell of none that never was among them.
	root := s.comment(a.ID, "", "Ann", "A question")
	for i := range 12 {
		s.wait(time.Minute)
		s.comment(a.ID, root.ID, "Bob", fmt.Sprint("Answer ", i))
	}
	if _, err := dbtest.Moderate(t.Context(), s.store, root.ID, state.Removed, "shell", ""); err != nil {
		t.Fatal(err)
	}
	if f := s.atom("/comment/" + root.ID + "/feed.atom"); len(f.links("next")) != 1 || len(f.all("at:deleted-entry")) != 0 {
		t.Errorf("%d links to the next page, deletions %+v", len(f.links("next")), f.all("at:deleted-entry"))
	}
	if _, err := dbtest.Moderate(t.Context(), s.store, root.ID, state.Approved, "shell", ""); err != nil {
		t.Fatal(err)
	}
	// The pages tell of what is gone; a complete feed need not.
	c := s.comment(a.ID, "", "Ann", "Regretted")
	if _, err := dbtest.Moderate(t.Context(), s.store, c.ID, state.Removed, "shell", ""); err != nil {
		t.Fatal(err)
	}
	if d := s.atom(address + "atom").all("at:deleted-entry"); len(d) != 1 || d[0].attr["ref"] != "tag:news.example.org,2026:comment/"+c.ID {
		t.Errorf("deletions %+v", d)
	}
}

func testN3(t *testing.T) {
	b := newBusy(t)
	id := "tag:news.example.org,2026:article/" + b.gone
	for _, page := range []string{"", "/section/coast", "/source/daily", "/tag/Energy", "/archive/2026/11", "/archive/2026/11/22"} {
		text := b.get(page + "/feed.atom")
		contains(t, page, text, `xmlns:at="http://purl.org/atompub/tombstones/1.0"`)
		d := parseXML(t, text).all("at:deleted-entry")
		if len(d) != 1 || d[0].attr["ref"] != id || d[0].attr["when"] != "2026-11-22T10:10:00.000Z" {
			t.Errorf("%s: deletions %+v", page, d)
		}
		for _, format := range []string{"atom", "rss", "json"} {
			text := b.get(page + "/feed." + format)
			if strings.Contains(text, "Soon Gone") || (format != "atom" && strings.Contains(text, id)) {
				t.Errorf("%s/feed.%s still has it", page, format)
			}
		}
	}
	for _, page := range []string{"/source/excerpts", "/section/empty", "/comments"} {
		if text := b.get(page + "/feed.atom"); strings.Contains(text, "tombstones") {
			t.Errorf("%s tells of what it never had", page)
		}
	}
	gone, err := b.store.Article(t.Context(), b.gone)
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{gone.Path(), gone.Path() + "/feed.atom", gone.Path() + "/feed.json"} {
		w := b.ask("GET", address)
		if w.Code != 410 {
			t.Errorf("%s: %d", address, w.Code)
		}
		contains(t, address, w.Body.String(), "The numbers were wrong.")
	}
	contains(t, "/corrections", b.get("/corrections"), "The numbers were wrong.")
	for _, format := range []string{"atom", "rss", "json"} {
		contains(t, "/corrections/feed."+format, b.get("/corrections/feed."+format), "Withdrawn: Soon Gone", "The numbers were wrong.")
	}
	// A correction moves updated, is said on the page and listed.
	if _, _, err := b.store.EditArticle(t.Context(), b.tidal, db.Edit{Correction: "It cost 220 million."}, "shell"); err != nil {
		t.Fatal(err)
	}
	contains(t, "the page", b.get(b.path), "It cost 220 million.")
	contains(t, "/corrections", b.get("/corrections"), "It cost 220 million.")
	contains(t, "its feed", b.get("/corrections/feed.atom"), "Correction: Harbour City", "It cost 220 million.")
	// The way back: the same id, no mark.
	if _, err := b.store.SetStatus(t.Context(), b.gone, state.Published, "shell", ""); err != nil {
		t.Fatal(err)
	}
	text := b.get("/feed.atom")
	contains(t, "/feed.atom", text, "<id>"+id+"</id>")
	if strings.Contains(text, "deleted-entry") || strings.Contains(b.get("/corrections/feed.atom"), "Soon Gone") {
		t.Error("the mark stayed")
	}
	// A list that it was the last of has a page still: readers of its feed go there.
	only := tidal()
	only.Tags, only.Section = []string{"Only"}, ""
	if _, err := b.store.SetStatus(t.Context(), b.publish("excerpts", only)[0].ID, state.Withdrawn, "shell", ""); err != nil {
		t.Fatal(err)
	}
	contains(t, "/tag/Only/feed.atom", b.get("/tag/Only/feed.atom"), "at:deleted-entry", `href="`+base+`/tag/Only"`)
	contains(t, "/tag/Only", b.get("/tag/Only"), "/tag/Only/feed.atom")
}
