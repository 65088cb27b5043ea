package pages

import (
	"strings"
	"testing"

	"courant/db"
	"courant/db/content"
)

// articlePage renders the test's article as change leaves it.
func articlePage(t *testing.T, change func(*Article)) string {
	t.Helper()
	in := testArticle()
	change(&in)
	body, err := testPages(t, nil).Article(in)
	return rendered(t, body, err)
}

// U25: what stands elsewhere leads there, above all else, and promises no
// reading here.
func TestStub(t *testing.T) {
	short := func(a *Article) { a.Article.Words = 79 }
	page := articlePage(t, short)
	has(t, page, `class="dateline"`, `<p class="at" lang="en"><a class="main" href="https://echo.example/tidal" rel="nofollow noopener external">Read it at <bdi data-untrusted>echo.example</bdi> →</a></p>`, `class="body`)
	lacks(t, page, "min read")
	lacks(t, articlePage(t, func(a *Article) { a.Article.Words = 80 }), "Read it at")
	lacks(t, articlePage(t, func(a *Article) { short(a); a.Article.Link = "" }), "Read it at")

	page = articlePage(t, func(a *Article) {
		short(a)
		a.Article.Body = content.Clean(`<a href="https://news.ycombinator.com/item?id=1">Comments</a>`, "")
		a.Article.Summary, a.Article.KeyPoints = "Comments", []string{"Comments"}
	})
	has(t, page, "Read it at")
	lacks(t, page, "ycombinator", "Key points", `content="Comments"`)
}

func TestElsewhere(t *testing.T) {
	source := db.Source{ID: "echo", URL: "https://feeds.echo.example/rss", FeedLink: "https://www.echo.example/"}
	for link, want := range map[string]string{
		"https://blog.echo.example/x": "", "https://www.echo.example/x": "", "https://www.other.example/x": "other.example", "": "", "mailto:x": "",
		"https://a.co.uk/": "a.co.uk",
	} {
		if got := elsewhere(db.Article{Link: link}, source); got != want {
			t.Errorf("%s is about %q, want %q", link, got, want)
		}
	}
	if got := elsewhere(db.Article{Link: "https://x.example/"}, db.Source{URL: "https://feedburner.example/x"}); got != "" {
		t.Errorf("of a source whose site is not known: %q", got)
	}
	p := testPages(t, nil)
	a := testArticle().Article
	a.Link = "https://www.other.example/x"
	list := []db.Article{a}
	body, err := p.List(List{Path: "/section/city", Heading: "City", Articles: list, Sources: Sources{"echo": source}})
	has(t, rendered(t, body, err), `Plant</a> <small class="host"><bdi data-untrusted>other.example</bdi></small></h3>`)
	has(t, articlePage(t, func(in *Article) { in.Article, in.Source = a, source }), `<bdi class="host" data-untrusted>other.example</bdi> ·`)
}

// U36: that nobody gave a tag is no tag.
func TestTags(t *testing.T) {
	page := articlePage(t, func(a *Article) { a.Article.Tags = []string{"Uncategorized", "energy", "Sin categoría"} })
	has(t, page, "/tag/energy")
	lacks(t, strings.ToLower(page), "uncategorized", "sin categor")
}

// U36: French signs stay with their word, and other languages as they are.
func TestSpaced(t *testing.T) {
	for _, c := range [][3]string{
		{"fr", "Quoi ? Non ! Oui : « peut-être » ; bien", "Quoi\u00a0? Non\u00a0! Oui\u00a0: «\u00a0peut-être\u00a0»\u00a0; bien"},
		{"fr-CA", "Vrai !", "Vrai\u00a0!"},
		{"en", "What ? :)", "What ? :)"},
		{"fr", "à 10:30, http://a.example/ ?x", "à 10:30, http://a.example/ ?x"},
	} {
		if got := spaced(c[0], c[1]); got != c[2] {
			t.Errorf("spaced(%s, %q) = %q", c[0], c[1], got)
		}
	}
	has(t, articlePage(t, func(a *Article) {
		a.Article.Language, a.Article.Body = "fr", content.Clean("<p>Quoi ? <code>a ? b</code></p>", "")
	}), "Quoi\u00a0?", "<code>a ? b</code>")
}
