package pages

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/db/scope"
)

// row makes articles of a river, a minute apart, the newest first: "aaab" are
// three of the source a and then one of b.
func row(sources string) []db.Article {
	var list []db.Article
	for i, s := range sources {
		list = append(list, db.Article{
			ID: fmt.Sprintf("id%d", i), Headline: fmt.Sprintf("Number %d.", i), Source: string(s), Section: "city", Published: morning.Add(-time.Duration(i) * time.Minute),
		})
	}
	return list
}

// U31: a run of one source folds, and leads to the rest of it.
func TestFold(t *testing.T) {
	p := testPages(t, nil)
	render := func(list []db.Article, run int, own bool) string {
		body, err := p.List(List{Path: "/tag/x", Heading: "x", Articles: list, Run: run, Own: own, Sources: Sources{"a": {Title: "Science"}}})
		return rendered(t, body, err)
	}
	page := render(row("b"+strings.Repeat("a", 21)+"b"), 3, false)
	has(t, page, "Number 3.", `<p class="fold"><a href="/source/a?before=id3"><bdi data-untrusted>Science: 18 more</bdi></a></p>`, "Number 22.")
	lacks(t, page, "Number 4.", "Number 21.")
	has(t, render(row("aaaab"), 0, false), "Number 3.", "Number 4.")
	has(t, render(row("aaaaa"), 3, false), "Number 3.", "Number 4.") // there is nobody to hide
	if page := render(row("aabaab"), 3, false); strings.Contains(page, `class="fold"`) {
		t.Error("no run is longer than three")
	}
	has(t, page, `<a href="/source/a"><bdi data-untrusted>Science</bdi></a> · <a href="/section/city">City</a> · <time`)
	lacks(t, render(row("aa"), 0, true), `<a href="/source/a"`)
	// The next day begins anew: its heading parts the run.
	days := row("aaaaaab")
	for i := range days[3:] {
		days[3+i].Published = days[3+i].Published.Add(-24 * time.Hour)
	}
	lacks(t, render(days, 3, false), `class="fold"`)
}

// U31: the newest that has a picture and a text leads, if it is of the last 12
// hours.
func TestLead(t *testing.T) {
	full := func(a *db.Article) { a.Image.URL, a.Words = "https://a.example/x.jpg", 81 }
	for name, c := range map[string]struct {
		change func([]db.Article)
		want   int
	}{
		"none has both":  {func(l []db.Article) { l[1].Words, l[2].Image.URL = 500, "https://a.example/x.jpg" }, 0},
		"the third":      {func(l []db.Article) { full(&l[2]) }, 2},
		"the newer":      {func(l []db.Article) { full(&l[1]); full(&l[2]) }, 1},
		"a stub":         {func(l []db.Article) { full(&l[2]); l[2].Words = 80 }, 0},
		"after 12 hours": {func(l []db.Article) { full(&l[2]); l[2].Published = morning.Add(-12*time.Hour - time.Second) }, 0},
	} {
		list := row("abc")
		c.change(list)
		if got := lead(list); got != c.want {
			t.Errorf("%s: number %d leads, want %d", name, got, c.want)
		}
	}
	list := row("abc")
	full(&list[2])
	body, err := testPages(t, nil).Front(Front{Articles: list})
	page := rendered(t, body, err)
	has(t, page, `class="lead`, "Number 2.", "Number 0.", "Number 1.")
	if strings.Count(page, "Number 2.") != 1 {
		t.Error("what leads stands in the river too")
	}
}

// U23: "Older" leads to what comes after the last row, in the zone of the site.
func TestOlder(t *testing.T) {
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	p := testPages(t, func(s *Site) { s.Zone = rome })
	front := func(list []db.Article) string {
		body, err := p.Front(Front{Articles: list, Run: 3})
		return rendered(t, body, err)
	}
	list := row(strings.Repeat("ab", 30))
	has(t, front(list), "Number 30.", `href="/archive/2026/11/22?before=id30" rel="next">Older`)
	for i := range list {
		if i > 30 {
			list[i].Published = time.Date(2026, 11, 21, 22, 59, 0, 0, time.UTC) // 23:59 in Rome
		}
	}
	has(t, front(list), "Number 30.", `href="/archive/2026/11/21" rel="next">Older`)
	lacks(t, front(list[:31]), "Older")
	// What is folded is told of, and need not be older.
	has(t, front(row("b"+strings.Repeat("a", 150)+strings.Repeat("bc", 20))), "147 more", `rel="next">Older`)
}

// U24: the archive leads to the years, their months and their days.
func TestArchivePages(t *testing.T) {
	p := testPages(t, nil)
	var days []time.Time
	for _, d := range []string{"2026-11-22", "2026-11-20", "2026-10-01", "2025-12-31"} {
		at, err := time.Parse(time.DateOnly, d)
		if err != nil {
			t.Fatal(err)
		}
		days = append(days, at)
	}
	body, err := p.Archive(0, days, Follow{})
	has(t, rendered(t, body, err), "Archive</h1>", `<h2><a href="/archive/2026">2026</a></h2>`, `<a href="/archive/2026/11">November</a></li><li><a href="/archive/2026/10">October</a></li></ul>`, `<a href="/archive/2025">2025</a>`)
	body, err = p.Archive(2026, days, Follow{})
	page := rendered(t, body, err)
	has(t, page, "2026</h1>", `<a href="/archive/2026/11">November 2026</a>`, `<a href="/archive/2026/11/22">Sunday 22</a>`, `<a href="/archive/2026/11/20">Friday 20</a>`, "October 2026")
	lacks(t, page, "2025")
	body, err = p.Archive(0, nil, Follow{})
	has(t, rendered(t, body, err), "Nothing published yet.")
}

// U32: a section with nothing in it is not led to, but for from itself.
func TestBareSections(t *testing.T) {
	p := testPages(t, nil).WithSections([]Section{{ID: "city", Title: "City"}, {ID: "sea", Title: "Sea", Bare: true}})
	body, err := p.Front(Front{Articles: row("ab")})
	page := rendered(t, body, err)
	has(t, page, `<a href="/section/city">City</a>`)
	lacks(t, page, "/section/sea")
	body, err = p.List(List{Path: "/section/sea", Heading: "Sea"})
	has(t, rendered(t, body, err), `<a href="/section/sea" aria-current="page">Sea</a>`)
	if !p.Fills(nil) || !p.Fills([]string{scope.Section("sea")}) || p.Fills([]string{scope.Section("city"), scope.Site}) {
		t.Error("Fills")
	}
}

// U36: the operator's page has one heading, and its tables are tables.
func TestOwnText(t *testing.T) {
	p := testPages(t, nil)
	body, err := p.Text("/about", "About", content.Markdown("# Who we are\n\nWe *are*.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n", ""))
	page := rendered(t, body, err)
	has(t, page, "<title>Who we are", "<h1>Who we are</h1>", "<em>are</em>", `<div class="scroll"`, "<th>a</th>", "<td>2</td>")
	if strings.Count(page, ">Who we are<") != 1 {
		t.Error("its heading stands twice")
	}
}

// U36: pages name their feed where it can be seen, and /feeds is a line each.
func TestFeedsNamed(t *testing.T) {
	p := testPages(t, nil)
	const named = `Follow this page: <a href="https://news.example.org`
	body, err := p.Front(Front{Articles: row("ab"), Follow: Follow{"/", "News"}})
	has(t, rendered(t, body, err), named+`/feed.atom">Atom</a>`)
	body, err = p.Remarks(nil, nil, Link{}, Follow{"/comments", "News – Comments"})
	has(t, rendered(t, body, err), named+`/comments/feed.atom">Atom</a>`)
	body, err = p.Corrections(nil, Follow{"/corrections", "News – Corrections"})
	has(t, rendered(t, body, err), named+`/corrections/feed.atom">Atom</a>`)
	var many []Scope
	for i := range 13 {
		many = append(many, Scope{Name: fmt.Sprint("Source ", i), Path: fmt.Sprint("/source/s", i)})
	}
	body, err = p.Feeds(Feeds{Groups: []Group{{"The whole site", many[:1]}, {"By source", many}}})
	page := rendered(t, body, err)
	has(t, page, "The whole site</h2>\n<ul", "By source</h2>\n<details><summary>Show 13 feeds</summary>", `value="https://news.example.org/source/s12/feed.atom"`, "</details>")
}
