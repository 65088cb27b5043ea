package fulltext_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"courant/aggregator/fulltext"
	"courant/aggregator/robots"
)

func page(t testing.TB) fulltext.Page {
	t.Helper()
	body, err := os.ReadFile("testdata/page.html") // made for this test
	if err != nil {
		t.Fatal(err)
	}
	return fulltext.Page{URL: "https://echo.example/2026/tidal?utm_source=x#top", ContentType: "text/html; charset=utf-8", Body: body}
}

func TestRead(t *testing.T) {
	e, err := fulltext.Read(page(t))
	if err != nil {
		t.Fatal(err)
	}
	if e.Title != "Tidal plant opens" || e.Link != "https://echo.example/2026/tidal" || len(e.Authors) != 1 || e.Authors[0].Name != "Mara Lindqvist" ||
		e.Published.Format("2006-01-02T15:04Z") != "2026-11-22T05:11Z" || e.Image.URL != "https://echo.example/tide.jpg" || e.Language != "en-GB" || e.Base != "https://echo.example/2026/tidal?utm_source=x#top" {
		t.Errorf("it is %+v", e)
	}
	for _, want := range []string{"for the first time", "for the third time", "the plan</a>", "gates.jpg"} {
		if !strings.Contains(e.Body, want) {
			t.Errorf("the text lacks %q", want)
		}
	}
	for _, bad := range []string{"Horoscope", "Accept all", "All rights reserved", "Sport", "<script"} {
		if strings.Contains(e.Body, bad) {
			t.Errorf("the text has %q", bad)
		}
	}
}

// What is no page, has no article, may not be kept or would cost too much gives none.
func TestRefused(t *testing.T) {
	whole := page(t)
	with := func(change func(*fulltext.Page)) fulltext.Page {
		p := whole
		change(&p)
		return p
	}
	head := func(meta string) fulltext.Page {
		return with(func(p *fulltext.Page) {
			p.Body = bytes.Replace(whole.Body, []byte("<title>"), []byte(meta+"<title>"), 1)
		})
	}
	for name, c := range map[string]struct {
		page fulltext.Page
		want error
	}{
		"a picture":      {with(func(p *fulltext.Page) { p.ContentType = "image/png" }), fulltext.ErrNoPage},
		"nothing":        {with(func(p *fulltext.Page) { p.Body = nil }), fulltext.ErrNoPage},
		"a login":        {with(func(p *fulltext.Page) { p.Body = []byte("<form><input name=user><button>Sign in</button></form>") }), fulltext.ErrNoText},
		"a header":       {with(func(p *fulltext.Page) { p.Robots = []string{"otherbot: all", "NoArchive"} }), robots.ErrNoArchive},
		"meta":           {head(`<meta name="ROBOTS" content="follow, noarchive">`), robots.ErrNoArchive},
		"meta for us":    {head(`<meta name="courant" content="none">`), robots.ErrNoArchive},
		"too many bytes": {with(func(p *fulltext.Page) { p.Body = append(bytes.Clone(whole.Body), make([]byte, 5<<20)...) }), fulltext.ErrLarge},
		"too many elements": {with(func(p *fulltext.Page) {
			p.Body = append(bytes.Clone(whole.Body), strings.Repeat("<i>x</i>", 40_000)...)
		}), fulltext.ErrLarge},
		"too deep for words": {with(func(p *fulltext.Page) {
			p.Body = []byte(strings.Repeat("<div>", 400) + strings.Repeat("word ", 300_000))
		}), fulltext.ErrLarge},
		"too deep": {with(func(p *fulltext.Page) { p.Body = []byte(strings.Repeat("<div>", 4000) + "x") }), fulltext.ErrNoText},
	} {
		if e, err := fulltext.Read(c.page); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, %q, want %v", name, err, e.Title, c.want)
		}
	}
	for name, p := range map[string]fulltext.Page{
		"meta for another":   head(`<meta name="otherbot" content="noarchive">`),
		"header for another": with(func(p *fulltext.Page) { p.Robots = []string{"otherbot: noarchive, noindex"} }),
		"another directive":  with(func(p *fulltext.Page) { p.Robots = []string{"unavailable_after: 25 Jun 2030 15:00:00 PST, nofollow"} }),
	} {
		if _, err := fulltext.Read(p); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A page cannot say that it is another site's.
func TestCanonical(t *testing.T) {
	for href, want := range map[string]string{
		"https://www.echo.example/x#y": "https://www.echo.example/x",
		"https://rival.example/x":      "https://echo.example/2026/tidal?utm_source=x",
		"javascript:alert(1)":          "https://echo.example/2026/tidal?utm_source=x",
	} {
		p := page(t)
		p.Body = bytes.Replace(p.Body, []byte(`href="/2026/tidal"`), []byte(`href="`+href+`"`), 1)
		if e, err := fulltext.Read(p); err != nil || e.Link != want {
			t.Errorf("%s gives %s, %v, want %s", href, e.Link, err, want)
		}
	}
}

// Whatever a page holds, reading it ends well, and what comes of it has a text.
func FuzzRead(f *testing.F) {
	f.Add(page(f).Body)
	f.Add([]byte("<article>" + strings.Repeat("<p>Words and words that go on for a while. ", 20)))
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := fulltext.Read(fulltext.Page{URL: "https://echo.example/", ContentType: "text/html", Body: body})
		if err == nil && (e.Body == "" || e.Link == "") {
			t.Errorf("it gave %+v", e)
		}
	})
}
