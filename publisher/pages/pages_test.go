package pages

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"courant/db"
	"courant/db/content"
	"courant/db/state"
	"courant/publisher/comments"
	"courant/publisher/threads"
)

var morning = time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)

func testPages(t *testing.T, change func(*Site)) *Pages {
	t.Helper()
	s := Site{
		Title: "The Harbour Courant", Base: "https://news.example.org", Description: "News of the harbour", Language: "en",
		Email: "desk@news.example.org", Comments: true, Sections: []Section{{ID: "city", Title: "City", Description: "The city"}},
		Formats: []Format{
			{"atom", "Atom", "Atom", "feed.atom", "application/atom+xml", true},
			{"rss", "RSS", "RSS", "feed.rss", "application/rss+xml", true},
			{"json", "JSON Feed", "JSON", "feed.json", "application/feed+json", false},
		},
	}
	if change != nil {
		change(&s)
	}
	p, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func testArticle() Article {
	return Article{
		Article: db.Article{
			ID: "abc123defg", Slug: "tidal-plant", Status: state.Published, Headline: "Harbour City Opens Its Tidal Power Plant", Source: "echo",
			Link: "https://echo.example/tidal", Author: "Mara Lindqvist", Language: "en", Section: "city", Tags: []string{"energy", "a/b"},
			KeyPoints: []string{"Five turbines now feed the grid.", "It cost a third more."}, Summary: "The turbines turn.", Words: 440,
			Published: morning, Updated: morning, SourcePublished: morning.Add(-time.Hour),
			Image: db.Image{URL: "https://echo.example/tidal.jpg", Alt: "Turbines", Credit: "Echo", Width: 1200, Height: 800},
			Body:  content.Clean("<p>One.</p><h1>Part</h1><p>Two, <a href=\"https://a.example/\">a link</a>.</p><blockquote><p>Said.</p></blockquote>", ""),
		},
		Source: db.Source{ID: "echo", Title: "Harbour Echo", FeedLink: "https://echo.example/", Canonical: "self"},
		Thread: &Thread{Place: threads.Place{Page: 1}, Form: &Form{Stamp: "s.mac", MaxLength: 5000}},
		Follow: Follow{"/article/tidal-plant-abc123defg", "Comments on: Harbour City Opens"},
	}
}

// thread makes n comments; parent gives the number of the one that number i
// answers, from 1, or 0.
func testThread(n int, parent func(i int) int) []db.Comment {
	var list []db.Comment
	for i := 1; i <= n; i++ {
		c := db.Comment{
			Seq: int64(i), ID: fmt.Sprintf("c%d", i), Name: fmt.Sprintf("Reader %d", i), Status: state.Approved,
			Body: content.Comment(fmt.Sprintf("Comment %d.", i)), Created: morning.Add(time.Duration(i) * time.Minute),
		}
		if p := parent(i); p > 0 {
			c.Parent = fmt.Sprintf("c%d", p)
			list[p-1].Replies++
		}
		list = append(list, c)
	}
	return list
}

// fillThread makes t show the part of a thread that is at place.
func fillThread(t *Thread, list []db.Comment, place threads.Place) {
	var o threads.Outline
	t.Place, t.Whole, t.Comments = place, len(list), map[int64]db.Comment{}
	seqs := map[string]int64{}
	for _, c := range list {
		o.Seqs, o.Parents = append(o.Seqs, c.Seq), append(o.Parents, seqs[c.Parent])
		t.Comments[c.Seq], seqs[c.ID] = c, c.Seq
	}
	t.Tree = threads.New(o, seqs[place.Root], place.Newest)
}

func rendered(t *testing.T, body []byte, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	wellFormed(t, body)
	return string(body)
}

// wellFormed checks what holds for every page: one h1, headings that skip no
// level, landmarks, labelled fields, no script, no inline style, ids once.
func wellFormed(t *testing.T, body []byte) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	level, ones, seen, labelled := 0, 0, map[string]bool{}, map[string]bool{}
	landmarks := map[string]int{}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		landmarks[n.Data]++
		if l := headingLevel(n); l > 0 {
			if l > level+1 {
				t.Errorf("h%d follows h%d", l, level)
			}
			if level = l; l == 1 {
				ones++
			}
		}
		for _, a := range n.Attr {
			switch {
			case a.Key == "id":
				if seen[a.Val] {
					t.Errorf("id %s stands twice", a.Val)
				}
				seen[a.Val] = true
			case a.Key == "for":
				labelled[a.Val] = true
			case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
				t.Errorf("%s has %s", n.Data, a.Key)
			}
		}
		if n.Data == "script" && attribute(n, "type") != "application/ld+json" {
			t.Error("a script")
		}
		if n.Data == "img" && !strings.Contains(string(body), "alt=") {
			t.Error("a picture with no alt")
		}
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && (n.Data == "input" || n.Data == "textarea" || n.Data == "select") && attribute(n, "type") != "hidden" {
			if id := attribute(n, "id"); !labelled[id] && attribute(n, "aria-label") == "" {
				t.Errorf("%s %s has no label", n.Data, attribute(n, "name"))
			}
		}
	}
	if ones != 1 || landmarks["main"] != 1 || landmarks["header"] < 1 || landmarks["footer"] < 1 || landmarks["nav"] < 1 {
		t.Errorf("%d h1, landmarks %v", ones, landmarks)
	}
}

func has(t *testing.T, page string, parts ...string) {
	t.Helper()
	rest := page
	for _, p := range parts {
		i := strings.Index(rest, p)
		if i < 0 {
			t.Errorf("%q is missing, or out of order, in\n%s", p, page[strings.Index(page, "<body"):])
			return
		}
		rest = rest[i+len(p):]
	}
}

func lacks(t *testing.T, page string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if strings.Contains(page, p) {
			t.Errorf("the page has %q", p)
		}
	}
}

// The order of an article's page (spec: pages, 1).
func TestArticle(t *testing.T) {
	p := testPages(t, nil)
	body, err := p.Article(testArticle())
	page := rendered(t, body, err)
	has(t, page, `href="#article">Skip to article</a>`, `<header class="site">`, `<article id="article"`, `lang="en"`,
		`<a href="/section/city">City</a>`, `<h1`, `data-untrusted>Harbour City Opens`, `By <bdi`, `Mara Lindqvist`, `Harbour Echo`,
		`<time class="dt-published" datetime="2026-11-22T09:30:00Z">Sunday 22 November 2026, 09:30</time>`, `2 min read`, `0 comments ↓`,
		`aria-labelledby="points"`, `Key points</h2>`, `<li>Five turbines`, `<figure`, `width="1200" height="800" fetchpriority="high"`, `referrerpolicy="no-referrer"`,
		`Echo</figcaption>`, `<p id="p1"`, `<h2>Part</h2>`, `<p id="p2"`, `<blockquote>`, `First published by`, `Read the original`,
		`href="/tag/energy"`, `Share`, `Follow this thread`, `<section id="comments"`, `Comments (0)`, `No comments yet. Be the first to comment!`,
		`Leave a Comment`, `name="name" autocomplete="name" required`, `name="email"`, `name="text"`, `value="preview"`, `value="post"`, `<footer class="site">`)
	has(t, page, `<link rel="canonical" href="https://news.example.org/article/tidal-plant-abc123defg">`)
	has(t, page, `rel="alternate" type="application/atom+xml" title="Comments on: Harbour`, `application/rss+xml`, `application/feed+json`)
	has(t, page, `property="og:type" content="article"`, `article:published_time`)
	has(t, page, `"@type":"NewsArticle"`, `"isBasedOn":"https://echo.example/tidal"`, `"commentCount":0`)
	lacks(t, page, "Updated <time")
}

func TestArticleStates(t *testing.T) {
	p := testPages(t, nil)
	render := func(change func(*Article)) string {
		a := testArticle()
		change(&a)
		body, err := p.Article(a)
		return rendered(t, body, err)
	}
	t.Run("no key points", func(t *testing.T) {
		lacks(t, render(func(a *Article) { a.Article.KeyPoints = nil }), "Key points")
	})
	t.Run("one", func(t *testing.T) {
		has(t, render(func(a *Article) { a.Article.KeyPoints = []string{"One."} }), "Key points", "<li>One.</li></ul>")
	})
	t.Run("five", func(t *testing.T) {
		has(t, render(func(a *Article) { a.Article.KeyPoints = []string{"1", "2", "3", "4", "5"} }), "<li>1</li>", "<li>5</li></ul>")
	})
	t.Run("no image", func(t *testing.T) {
		lacks(t, render(func(a *Article) { a.Article.Image = db.Image{} }), "<figure", "og:image")
	})
	t.Run("an image that pages may not load", func(t *testing.T) {
		lacks(t, render(func(a *Article) { a.Article.Image.URL = "http://echo.example:8000/tidal.jpg" }), "<figure")
	})
	t.Run("the image is in the body", func(t *testing.T) {
		page := render(func(a *Article) {
			a.Article.Body = content.Clean(`<p>One.</p><p><img src="https://echo.example/tidal.jpg" alt="Turbines" width="1200" height="800"></p>`, "")
		})
		if n := strings.Count(page, `src="https://echo.example/tidal.jpg"`); n != 1 {
			t.Errorf("it is shown %d times", n)
		}
	})
	t.Run("a headline of 180 characters", func(t *testing.T) {
		long := strings.TrimSpace(strings.Repeat("headline ", 20))
		has(t, render(func(a *Article) { a.Article.Headline = long }), "<h1", long+"</h1>")
	})
	t.Run("no headline", func(t *testing.T) {
		has(t, render(func(a *Article) { a.Article.Headline, a.Article.Slug = "", "" }), "Untitled</h1>", `action="/article/abc123defg/comments"`)
	})
	t.Run("right to left", func(t *testing.T) {
		page := render(func(a *Article) {
			a.Article.Language, a.Article.Headline = "ar", "افتتاح محطة المد والجزر"
			a.Article.Body = content.Clean("<p>بدأت التوربينات.</p>", "")
		})
		has(t, page, `<html lang="en">`, `<article id="article" class="full h-entry tall" lang="ar" dir="rtl"`, `dir="auto" data-untrusted>افتتاح`, `<p class="dateline" lang="en" dir="ltr">`, `<p id="p1" dir="auto" data-untrusted>بدأت`)
	})
	t.Run("comments closed", func(t *testing.T) {
		page := render(func(a *Article) { a.Thread.Form, a.Thread.OpenFor = nil, 14*24*time.Hour })
		has(t, page, "Comments (0)", "Comments closed after 14 days.")
		lacks(t, page, "Leave a Comment", `<form method="post"`, "Be the first to comment!", ">Reply")
	})
	t.Run("comments off", func(t *testing.T) {
		page := render(func(a *Article) { a.Thread = nil })
		lacks(t, page, "Comments (", "Leave a Comment", `id="comments"`, "comments ↓", "commentCount", `rel="alternate"`)
	})
	t.Run("1 comment", func(t *testing.T) {
		has(t, render(func(a *Article) {
			a.Article.Comments = 1
			fillThread(a.Thread, testThread(1, func(int) int { return 0 }), a.Thread.Place)
		}), "1 comment ↓", "Comments (1)", `id="c-c1"`, "Comment 1.")
	})
	t.Run("corrected", func(t *testing.T) {
		has(t, render(func(a *Article) {
			a.Article.Corrected, a.Article.Correction = morning.Add(35*time.Minute), "The cost is right now."
		}), "Updated <time", "22 November 2026, 10:05", "The cost is right now.", `href="/corrections"`)
	})
	t.Run("canonical at the source", func(t *testing.T) {
		has(t, render(func(a *Article) { a.Source.Canonical = "source" }), `<link rel="canonical" href="https://echo.example/tidal">`)
	})
	t.Run("an excerpt is all that may be shown", func(t *testing.T) { // rights, as in the feeds
		excerpt := func(a *Article) {
			a.Source.Rights, a.Article.KeyPoints = "excerpt", nil
			a.Article.Summary = "The first sentence & no more."
			a.Article.Body = content.Clean("<p>The first sentence &amp; no more.</p><p>The whole story.</p>", "")
		}
		page := render(excerpt)
		has(t, page, `data-untrusted>The first sentence &amp; no more.</p>`, `<a href="https://echo.example/tidal" rel="nofollow noopener external">Continue reading</a>`)
		lacks(t, page, "The whole story.", "<figure")
		lacks(t, render(func(a *Article) { excerpt(a); a.Article.Link = "" }), "The whole story.", "Continue reading")
		page = render(func(a *Article) { excerpt(a); a.Article.KeyPoints = []string{"One."} })
		has(t, page, "<li>One.</li>", "Continue reading")
		lacks(t, page, `data-untrusted>The first sentence`)
	})
	t.Run("the source's own time differs", func(t *testing.T) {
		has(t, render(func(*Article) {}), "First published by", "22 November 2026, 08:30", "Read the original")
	})
	t.Run("enclosures", func(t *testing.T) {
		has(t, render(func(a *Article) {
			a.Article.Enclosures = []db.Enclosure{{URL: "https://echo.example/a/talk.mp3", Type: "audio/mpeg", Length: 12_300_000}}
		}), "Files</h2>", `rel="nofollow noopener">talk.mp3</a>`, "audio/mpeg, 12 MB")
	})
}

func TestFront(t *testing.T) {
	p := testPages(t, nil)
	t.Run("empty", func(t *testing.T) {
		body, err := p.Front(Front{})
		has(t, rendered(t, body, err), "Nothing published yet.", "courant.toml", "courant article publish")
		body, err = p.Front(Front{Waiting: true})
		has(t, rendered(t, body, err), "Nothing published yet.", "wait to be published", "courant article publish --source ID")
	})
	one := testArticle().Article
	one.Comments = 3
	t.Run("lead and river", func(t *testing.T) {
		two, three := one, one
		two.ID, two.Published, two.Headline, two.KeyPoints = "b", morning.Add(-time.Hour), "Second", nil
		three.ID, three.Published, three.Headline = "c", morning.Add(-24*time.Hour), "Third"
		body, err := p.Front(Front{
			Articles: []db.Article{one, two, three}, Sources: Sources{"echo": {ID: "echo", Title: "Harbour Echo"}},
			Comments: testThread(1, func(int) int { return 0 }), Headlines: map[string]db.Article{"": one},
			Follow: Follow{"/", "The Harbour Courant"},
		})
		page := rendered(t, body, err)
		has(t, page, "The Harbour Courant</h1>", "Harbour City Opens", "<li>Five turbines", "Sunday 22 November 2026</h2>", "Second", "Harbour Echo", "08:30", "3 comments",
			"Saturday 21 November 2026</h2>", "Third", "Most discussed", "Latest comments", "Sections")
		has(t, page, `type="application/atom+xml" title="The Harbour Courant (Atom)" href="https://news.example.org/feed.atom"`)
	})
	t.Run("at most 40 KB", func(t *testing.T) {
		var list []db.Article
		for i := range 30 {
			a := one
			a.ID, a.Headline, a.Summary = fmt.Sprint(i), strings.Repeat("المد والجزر ", 15), strings.Repeat("المد والجزر ", 30)
			list = append(list, a)
		}
		body, err := p.Front(Front{Articles: list})
		if rendered(t, body, err); len(body) > 40_000 {
			t.Errorf("%d bytes", len(body))
		}
	})
}

func TestOtherPages(t *testing.T) {
	p := testPages(t, func(s *Site) { s.About, s.Privacy = true, true })
	a := testArticle().Article
	gone := a
	gone.Status, gone.Withdrawn, gone.Reason = state.Withdrawn, morning, "A source lied to us."
	scopes := Feeds{}
	scopes.Add("The whole site", Scope{Name: "All articles", Path: "/"})
	scopes.Add("By section", Scope{Name: "City", Path: "/section/city"})
	scopes.Add("By source", Scope{Name: "Echo", Path: "/source/echo", Strange: true})
	chosen := scopes
	chosen.Choice = &Choice{Scope: "/section/city", Format: "rss", Items: 20}
	for name, c := range map[string]struct {
		render func() ([]byte, error)
		want   []string
	}{
		"404":        {func() ([]byte, error) { return p.Message(404, "There is nothing here.") }, []string{"404", "Page not found", "There is nothing here."}},
		"500":        {func() ([]byte, error) { return p.Message(500, "") }, []string{"Something went wrong"}},
		"withdrawn":  {func() ([]byte, error) { return p.Withdrawn(gone) }, []string{"410", "withdrawn", "A source lied to us.", "Withdrawn on"}},
		"text":       {func() ([]byte, error) { return p.Text("/about", "About", content.Markdown("Who we *are*.", "")) }, []string{"About</h1>", "<em>are</em>", `href="/privacy"`}},
		"no remarks": {func() ([]byte, error) { return p.Remarks(nil, nil, Link{}, Follow{}) }, []string{"No comments yet."}},
		"corrections": {func() ([]byte, error) {
			return p.Corrections([]db.Notice{{Kind: state.Withdrawal, Text: gone.Reason, Updated: gone.Withdrawn, Article: gone}}, Follow{})
		}, []string{"Withdrawn", "A source lied to us."}},
		"none": {func() ([]byte, error) { return p.Corrections(nil, Follow{}) }, []string{"Nothing was corrected or withdrawn so far."}},
		"list": {func() ([]byte, error) {
			return p.List(List{Path: "/tag/x", Heading: "x", Articles: []db.Article{a}, Follow: Follow{"/tag/x", "x"}})
		}, []string{"x</h1>", `href="https://news.example.org/tag/x/feed.rss"`, "Harbour City"}},
		"empty list": {func() ([]byte, error) { return p.List(List{Path: "/section/city", Heading: "City"}) }, []string{"Nothing published here yet."}},
		"feeds":      {func() ([]byte, error) { return p.Feeds(scopes) }, []string{"A feed is a list", "https://news.example.org/section/city/feed.atom", "/sources.opml"}},
		"built":      {func() ([]byte, error) { return p.Feeds(chosen) }, []string{"https://news.example.org/section/city/feed.rss?n=20&amp;full=0"}},
		"feed": {func() ([]byte, error) {
			return p.Feed(FeedPage{Title: "All", Page: "/", Format: "atom", Items: []FeedEntry{{Title: "One", Href: "/article/x", At: morning}}})
		}, []string{"Atom feed", "https://news.example.org/feed.atom", "?view=raw", "One"}},
	} {
		t.Run(name, func(t *testing.T) {
			body, err := c.render()
			has(t, rendered(t, body, err), c.want...)
		})
	}
}

// The stylesheet is small and the policy allows it alone.
func TestStyle(t *testing.T) {
	p := testPages(t, nil)
	if n := len(p.style); n > 8<<10 {
		t.Errorf("the stylesheet has %d bytes", n)
	}
	if !strings.Contains(p.Policy(), "default-src 'none'; style-src 'sha256-") || strings.Contains(p.Policy(), "unsafe") {
		t.Errorf("policy %q", p.Policy())
	}
	if _, err := New(Site{CSS: "a{}</style><script>"}); err == nil {
		t.Error("a stylesheet that ends its element is taken")
	}
}

// Text and furniture keep a contrast of 4.5:1 on their ground, edges of fields
// 3:1, in both themes (WCAG 2.2, 1.4.3 and 1.4.11).
func TestContrast(t *testing.T) {
	hex := func(name, block string) [3]float64 {
		m := regexp.MustCompile(`--` + name + `: #([0-9a-f]{6})`).FindStringSubmatch(block)
		if m == nil {
			t.Fatalf("no --%s", name)
		}
		var r, g, b int
		fmt.Sscanf(m[1], "%02x%02x%02x", &r, &g, &b)
		return [3]float64{float64(r), float64(g), float64(b)}
	}
	share := func(name string) float64 {
		m := regexp.MustCompile(`--` + name + `: color-mix\(in srgb, var\(--ink\) (\d+)%`).FindStringSubmatch(styleSheet)
		if m == nil {
			t.Fatalf("no --%s", name)
		}
		var n float64
		fmt.Sscan(m[1], &n)
		return n / 100
	}
	light, dark, _ := strings.Cut(styleSheet, "@media (prefers-color-scheme: dark)")
	for theme, block := range map[string]string{"light": light, "dark": dark} {
		ink, paper, accent := hex("ink", block), hex("paper", block), hex("accent", block)
		tint := mix(ink, paper, share("tint"))
		for name, c := range map[string]struct {
			on, of [3]float64
			least  float64
		}{
			"ink": {paper, ink, 7}, "accent": {paper, accent, 4.5}, "accent on tint": {tint, accent, 4.5},
			"soft": {paper, mix(ink, paper, share("soft")), 4.5}, "edge": {paper, mix(ink, paper, share("edge")), 3}, "button": {accent, paper, 4.5},
		} {
			if got := contrast(c.on, c.of); got < c.least {
				t.Errorf("%s, %s: %.2f, want %.1f", theme, name, got, c.least)
			}
		}
	}
}

func mix(a, b [3]float64, share float64) (m [3]float64) {
	for i := range m {
		m[i] = a[i]*share + b[i]*(1-share)
	}
	return m
}

// Strangers' words stay words on every page. Where the checker is at hand it
// judges the regions that hold them, too.
func TestUntrusted(t *testing.T) {
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>`
	p := testPages(t, nil)
	in := testArticle()
	a := &in.Article
	a.Headline, a.Author, a.KeyPoints, a.Tags, a.Summary = evil, evil, []string{evil}, []string{evil}, evil
	a.Image.Alt, a.Image.Credit = evil, evil
	in.Source.Title = evil
	in.More = []db.Article{*a}
	in.Sources = Sources{"echo": in.Source}
	a.Body = content.Clean("<p>"+evil+`<a href="javascript:alert(1)">x</a></p><p onclick=x>y</p>`, "")
	said := testThread(2, func(i int) int { return i - 1 })
	for i := range said {
		c := &said[i]
		c.Name, c.Body = evil, content.Comment(evil+"\n\n[x](javascript:alert(1)) https://a.example/'onx='")
	}
	fillThread(in.Thread, said, in.Thread.Place)
	in.Thread.First = said
	pages := map[string]func() ([]byte, error){
		"article": func() ([]byte, error) { return p.Article(in) },
		"front": func() ([]byte, error) {
			return p.Front(Front{Articles: []db.Article{*a, *a}, Sources: in.Sources, Comments: said, Headlines: map[string]db.Article{"": *a}, Follow: Follow{"/", evil}})
		},
		"list": func() ([]byte, error) {
			return p.List(List{Path: "/tag/x", Heading: evil, Strange: true, Articles: []db.Article{*a}, Sources: in.Sources, Follow: Follow{"/tag/x", evil}})
		},
		"remarks": func() ([]byte, error) {
			return p.Remarks(said, map[string]db.Article{"": *a}, Link{}, Follow{"/comments", evil})
		},
		"form": func() ([]byte, error) {
			return p.FormPage(*a, Form{Parent: &said[0], Filled: comments.Submission{Name: evil, Email: evil, Text: evil}, Preview: &comments.Draft{Name: evil, Body: content.Comment(evil)}})
		},
		"feeds": func() ([]byte, error) {
			return p.Feeds(Feeds{Groups: []Group{{"By source", []Scope{{Name: evil, Path: "/source/x", Strange: true}}}}})
		},
		"feed": func() ([]byte, error) {
			return p.Feed(FeedPage{Title: evil, Strange: true, Page: "/", Format: "atom", Items: []FeedEntry{{Title: evil, Href: "/x", Summary: evil}}})
		},
	}
	checker := buildChecker(t)
	for name, render := range pages {
		body, err := render()
		page := rendered(t, body, err)
		lacks(t, page, "<script>alert", "<img src=x", `href="javascript:`)
		if checker == "" {
			continue
		}
		file := filepath.Join(t.TempDir(), name+".html")
		if err := os.WriteFile(file, body, 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(checker, "-region", "data-untrusted", "-origin", "https://news.example.org", file).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// buildChecker builds the HTML checker that may lie beside the repository.
func buildChecker(t *testing.T) string {
	dir, err := filepath.Abs("../../../shared/tools/xsscheck")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil || testing.Short() {
		return ""
	}
	file := filepath.Join(t.TempDir(), "xsscheck")
	build := exec.Command("go", "build", "-o", file, ".")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the checker: %v\n%s", err, out)
	}
	return file
}
