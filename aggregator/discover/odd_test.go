package discover

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"courant/db/dbtest/linear"
)

const rssFeed = `<rss version="2.0"><channel><title>Tidal</title><item><title>One</title><guid>1</guid></item></channel></rss>`

// What a page names is found wherever and however it stands there.
func TestNamed(t *testing.T) {
	const to = "https://a.example/f"
	for _, c := range []struct {
		name, body string
		headers    []string
		want       string // the feed, "" for none
	}{
		{"link", `<link rel="alternate" type="application/rss+xml" href="/f">`, nil, to},
		{"anchor", `<a rel="alternate" type="application/rss+xml" href="/f">Subscribe</a>`, nil, to},
		{"anchor with several relations", `<a class=x rel="nofollow Alternate" type="application/atom+xml;charset=utf-8" href=/f>x</a>`, nil, to},
		{"area", `<map><area rel=alternate type=application/feed+json href=/f></map>`, nil, to},
		{"rel=feed", `<a rel="feed" href="/f">x</a>`, nil, to},
		{"a link in the body", `<body><p>x<link rel=alternate type=text/xml href=f></body>`, nil, to},
		{"in noscript", `<noscript><link rel=alternate type=application/rss+xml href=/f></noscript>`, nil, to},
		{"against the base", `<base href="/x/"><link rel=alternate type=application/rss+xml href=../f>`, nil, to},
		{"feed: and slashes", `<link rel=alternate type=application/rss+xml href="feed://a.example/f">`, nil, "http://a.example/f"},
		{"feed: before https:", `<link rel=alternate type=application/rss+xml href="feed:https://a.example/f">`, nil, to},
		{"feed: in an anchor", `<a href="FEED:https://a.example/f">x</a>`, nil, to},
		{"feed: and slashes before https:", `<a href="feed://https://a.example/f">x</a>`, nil, to},
		{"podcast programs' own", `<a href="itpc://a.example/f">x</a>`, nil, "http://a.example/f"},
		{"an old type", `<link rel=alternate type=application/x-rss+xml href=/f>`, nil, to},
		{"header", "", []string{`</f>; rel="alternate"; type="application/atom+xml"`}, to},
		{"header without quotes", "", []string{`</f>;rel=alternate;type=application/rss+xml`}, to},
		{"header with others", "", []string{`<https://a.example/wp-json/>; rel="https://api.w.org/", </f>; title="a, b; c"; Type="application/rss+xml"; REL="alternate home"`}, to},
		{"several headers", "", []string{`</s.css>; rel=preload; as=style`, `<f>; rel=alternate; type="application/rss+xml"`}, to},
		{"header of this very page", "", []string{`</f>; rel=alternate; type="application/rss+xml"; anchor=""`, `</g>; rel=alternate; type="application/rss+xml"; anchor="/other"`}, ""},
		{"header with a feed: address", "", []string{`<feed:https://a.example/f>; rel=alternate; type="application/rss+xml"`}, to},

		{"another language", `<link rel=alternate hreflang=de href=/de><a rel=alternate type=text/html href=/m>x</a>`, nil, ""},
		{"a style sheet", `<link rel="alternate stylesheet" type=text/xml href=/f>`, nil, ""},
		{"commented out", `<!-- <link rel=alternate type=application/rss+xml href=/f> -->`, nil, ""},
		{"in a script", `<script>"<link rel=alternate type=application/rss+xml href=/f>"</script>`, nil, ""},
		{"embedding", `<link rel=alternate type=application/json+oembed href=/f>`, nil, ""},
		{"a scheme that is none", `<link rel=alternate type=application/rss+xml href="mailto:f@a.example">`, nil, ""},
		{"a header's other relation", "", []string{`</f>; rel=next; type="application/rss+xml"`, `<`, `</f`, `>;;`, ``}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			named, _ := Links(Page{URL: "https://a.example/", ContentType: "text/html", Body: []byte(c.body), Links: c.headers})
			if got := addresses(named); got != c.want {
				t.Errorf("named %s, want %s", got, c.want)
			}
		})
	}
}

func addresses(links []Link) string {
	var list []string
	for _, l := range links {
		list = append(list, l.URL)
	}
	return strings.Join(list, " ")
}

// Links of the body that look or sound like feeds are tried when none is named.
func TestLinked(t *testing.T) {
	for body, want := range map[string]string{
		`<a href="/syndication?type=7">RSS</a>`:                                                      "https://a.example/syndication?type=7",
		`<a href="/x"><img src=i.png alt="Atom feed"></a>`:                                           "https://a.example/x",
		`<a href="/x" title="RSS">★</a>`:                                                             "https://a.example/x",
		`<a href="/x"><span>Our</span> feed</a>`:                                                     "https://a.example/x",
		`<a type="application/rss+xml" href="https://b.example/x">x</a>`:                             "https://b.example/x",
		`<a href="https://feeds.example/a">RSS</a>`:                                                  "https://feeds.example/a",
		`<link rel=alternate href=/rss.xml>`:                                                         "https://a.example/rss.xml",
		`<a href="/about">We feedback and progress</a>`:                                              "",
		`<a href="https://b.example/x">RSS</a>`:                                                      "",
		`<a href="/essay">What an RSS feed is, how it came about and why we still have it today</a>`: "",
		`<a href="/x">one</a> RSS`:                                                                   "",
		`<p>RSS<a href="/x"></a>`:                                                                    "",
	} {
		if _, linked := Links(Page{URL: "https://a.example/", Body: []byte(body)}); addresses(linked) != want {
			t.Errorf("%s: linked %s, want %s", body, addresses(linked), want)
		}
	}
}

func TestRefresh(t *testing.T) {
	for content, want := range map[string]string{
		"0; url=/en/": "https://a.example/en/", "0;URL='/en/'": "https://a.example/en/", `5, Url = "en/"`: "https://a.example/en/", "0 url=/en/": "https://a.example/en/",
		"0; /en/": "https://a.example/en/", ".5;url=/en/": "https://a.example/en/", "; url=/en/": "https://a.example/en/", "0;url=https://b.example/?url=x": "https://b.example/?url=x",
		"0;url='/en/' and more": "https://a.example/en/", "300": "", "": "", "0;": "", "0; url=": "", "0;url=javascript:x": "", "url=/en/": "",
	} {
		page := Page{URL: "https://a.example/", Body: fmt.Appendf(nil, `<meta name=refresh content="0;url=/no"><META HTTP-EQUIV=Refresh CONTENT="%s">`, strings.ReplaceAll(content, `"`, "&quot;"))}
		if got := Refresh(page); got != want {
			t.Errorf("Refresh of %q = %q, want %q", content, got, want)
		}
		if got := Refresh(Page{URL: "https://a.example/", Refresh: content}); got != want {
			t.Errorf("Refresh of the header %q = %q, want %q", content, got, want)
		}
	}
	if got := Refresh(Page{URL: "https://a.example/", Body: []byte(`<base href="/x/"><noscript><meta http-equiv=refresh content="0;url=y"></noscript>`)}); got != "https://a.example/x/y" {
		t.Errorf("against the base it is %q", got)
	}
}

func TestWeb(t *testing.T) {
	for raw, want := range map[string]string{
		"https://a.example/f": "https://a.example/f", " http://a.example ": "http://a.example", "feed:https://a.example/f": "https://a.example/f",
		"feed://a.example/f": "http://a.example/f", "FEED:a.example/f": "http://a.example/f", "feeds://a.example/f": "https://a.example/f",
		"feed://http://a.example/f": "http://a.example/f", "pcast://a.example/f": "http://a.example/f", "//a.example/f": "https://a.example/f",
		"www.a.example/f": "https://www.a.example/f", "a.example:8080/f": "https://a.example:8080/f",
		"mailto:a@b.example": "mailto:a@b.example", "file:///etc/passwd": "file:///etc/passwd", "javascript:alert(1)": "javascript:alert(1)", "nothing": "nothing", "../up": "../up", "/x.y": "/x.y", "": "",
	} {
		if got := Web(raw); got != want {
			t.Errorf("Web(%q) = %q, want %q", raw, got, want)
		}
	}
}

// find is what Find finds on a site, each feed as "URL from where", and what it
// asked for.
func find(t *testing.T, pages map[string]string, address string) (found string, asked []string) {
	t.Helper()
	s := &site{pages: pages}
	list, err := Find(t.Context(), s.get, address)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, f := range list {
		line := f.URL + " from " + f.From
		if f.SameAs != "" {
			line += " as " + f.SameAs
		}
		if f.Comments {
			line += " comments"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n"), s.asked
}

func TestFindOdd(t *testing.T) {
	const link = `<link rel=alternate type=application/rss+xml href=/f>`
	for _, c := range []struct {
		name, address string
		pages         map[string]string
		want          string
	}{
		{"in the page's folder", "http://a.example/blog/", map[string]string{"http://a.example/blog/": "<p>", "http://a.example/blog/feed.xml": rssFeed}, "http://a.example/blog/feed.xml from a usual address"},
		{"in it before the site's", "http://a.example/blog/", map[string]string{"http://a.example/blog/": "<p>", "http://a.example/blog/rss.xml": rssFeed, "http://a.example/feed": rssFeed}, "http://a.example/blog/rss.xml from a usual address"},
		{"below a page without a slash", "http://a.example/blog", map[string]string{"http://a.example/blog": "<p>", "http://a.example/blog/feed": rssFeed}, "http://a.example/blog/feed from a usual address"},
		{"beside a file", "http://a.example/blog/index.html", map[string]string{"http://a.example/blog/index.html": "<p>", "http://a.example/blog/atom.xml": atomFeed}, "http://a.example/blog/atom.xml from a usual address"},
		{"else the site's", "http://a.example/x/y/", map[string]string{"http://a.example/x/y/": "<p>", "http://a.example/index.xml": rssFeed}, "http://a.example/index.xml from a usual address"},
		{"where the page leads", "http://a.example/", map[string]string{"http://a.example/": `<meta http-equiv=refresh content="0; url=/en/">`, "http://a.example/en/": link, "http://a.example/f": rssFeed}, "http://a.example/f from the page"},
		{"where it leads in two steps", "http://a.example/", map[string]string{"http://a.example/": `<meta http-equiv=refresh content="0; url=/en">`, "http://a.example/en": `<meta http-equiv=refresh content="0; url=/en/">`, "http://a.example/en/": link, "http://a.example/f": rssFeed}, "http://a.example/f from the page"},
		{"it leads to the feed itself", "http://a.example/", map[string]string{"http://a.example/": `<meta http-equiv=refresh content="0; url=/f">`, "http://a.example/f": rssFeed}, "http://a.example/f from the address itself"},
		{"it leads nowhere", "http://a.example/", map[string]string{"http://a.example/": `<meta http-equiv=refresh content="0; url=/en/"><a href=/f.rss>x</a>`, "http://a.example/f.rss": rssFeed}, "http://a.example/f.rss from a link of the page"},
		{"it leads to itself", "http://a.example/", map[string]string{"http://a.example/": `<meta http-equiv=refresh content="300; url=/"><a href=/f.rss>x</a>`, "http://a.example/f.rss": rssFeed}, "http://a.example/f.rss from a link of the page"},
		{"what it names goes first", "http://a.example/", map[string]string{"http://a.example/": `<meta http-equiv=refresh content="0; url=/en/">` + link, "http://a.example/en/": "<p>", "http://a.example/f": rssFeed}, "http://a.example/f from the page"},
		{"feed:", "http://a.example/", map[string]string{"http://a.example/": `<a href="feed://a.example/f">x</a>`, "http://a.example/f": rssFeed}, "http://a.example/f from the page"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, asked := find(t, c.pages, c.address)
			if got != c.want {
				t.Errorf("Find = %s, want %s", got, c.want)
			}
			slices.Sort(asked)
			if len(slices.Compact(slices.Clone(asked))) != len(asked) {
				t.Errorf("something was asked for twice: %q", asked)
			}
		})
	}
}

// Of feeds with the same entries the best one comes first, and the others say so.
func TestSameEntries(t *testing.T) {
	const links = `<link rel=alternate type=application/rss+xml href=/rss><link rel=alternate type=application/feed+json href=/json><link rel=alternate type=application/atom+xml href=/atom>`
	rss := func(bodies ...string) string {
		var b strings.Builder
		for i, body := range bodies {
			fmt.Fprintf(&b, `<item><title>Item %d</title><link>http://a.example/%d</link><description>%s</description></item>`, i, i, body)
		}
		return `<rss version="2.0"><channel><title>Tidal</title>` + b.String() + `</channel></rss>`
	}
	entry := `<entry><id>u:0</id><title>Item 0</title><link href="http://a.example/0"/><updated>2026-01-02T03:04:05Z</updated><content>x</content></entry>`
	atom := `<feed xmlns="http://www.w3.org/2005/Atom"><id>u:x</id><title>Tidal</title><updated>2026-01-02T03:04:05Z</updated>` + entry + `</feed>`
	json := `{"version":"https://jsonfeed.org/version/1.1","title":"Tidal","items":[{"id":"0","url":"http://a.example/0","title":"Item 0","content_text":"x"}]}`
	for _, c := range []struct {
		name  string
		pages map[string]string
		want  []string
	}{
		{"all alike: Atom", map[string]string{"/": links, "/rss": rss("x"), "/json": json, "/atom": atom}, []string{"/atom", "/rss as /atom", "/json as /atom"}},
		{"the one with the texts", map[string]string{"/": links, "/rss": rss(strings.Repeat("long ", 50)), "/json": json, "/atom": atom}, []string{"/rss", "/json as /rss", "/atom as /rss"}},
		{"the one with more", map[string]string{"/": links, "/rss": rss("x", "y"), "/json": json, "/atom": atom}, []string{"/rss", "/json as /rss", "/atom as /rss"}},
		{
			"others are others",
			map[string]string{
				"/": links, "/rss": rss("x"), "/json": json,
				"/atom": strings.NewReplacer("Item 0", "Else", "example/0", "example/else").Replace(atom),
			},
			[]string{"/rss", "/json as /rss", "/atom"},
		},
		{
			"comments behind",
			map[string]string{
				"/":    `<link rel=alternate type=application/rss+xml title="Comments" href=/c><link rel=alternate type=application/rss+xml href=/rss>`,
				"/rss": rss("x"), "/c": strings.NewReplacer("Item 0", "Re", "example/0", "example/0#c1").Replace(rss("y")),
			},
			[]string{"/rss", "/c comments"},
		},
		{"comments alone", map[string]string{"/": `<link rel=alternate type=application/rss+xml title="Comments" href=/c>`, "/c": rss("y")}, []string{"/c"}},
		{"empty ones", map[string]string{"/": links, "/rss": rss(), "/json": `{"version":"https://jsonfeed.org/version/1","title":"Tidal","items":[]}`, "/atom": "<p>"}, []string{"/rss", "/json as /rss"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			pages := map[string]string{}
			for path, body := range c.pages {
				pages["http://a.example"+path] = body
			}
			got, _ := find(t, pages, "http://a.example/")
			got = strings.NewReplacer("http://a.example", "", " from the page", "").Replace(got)
			if want := strings.Join(c.want, "\n"); got != want {
				t.Errorf("Find =\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// A page that does not answer after its address did is no reason to fail, a
// cancelled search is.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	get := func(_ context.Context, address string) (Page, error) {
		if address != "http://a.example/" {
			cancel()
			return Page{}, context.Canceled
		}
		return Page{URL: address, Body: []byte("<p>")}, nil
	}
	if _, err := Find(ctx, get, "http://a.example/"); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

func TestHeaderLinks(t *testing.T) {
	got := headerLinks([]string{`</a>; rel="x y"; title="a \"b\", c"; rel=z;flag , <b>`, `junk, </c>`, `</d>;rel="never closed`})
	want := []headerLink{
		{"/a", map[string]string{"rel": "x y", "title": `a "b", c`, "flag": ""}},
		{"b", map[string]string{}},
		{"/d", map[string]string{"rel": "never closed"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("headerLinks = %v, want %v", got, want)
	}
}

// Twice the page costs at most so much more, whatever it is made of.
func TestLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("it measures, and takes a while under the race detector")
	}
	for _, piece := range []string{
		`<link rel=alternate type=application/rss+xml href=/f>`, `<a href=/x>RSS</a>`, `<a href=/x>`, `<a href=/x>RSS`, `<`, `<!--`, `<![CDATA[`, `<!`, `<?`, `<a `, `<a x="`, `"`, `&`, `&amp`,
		`<meta http-equiv=refresh content="`, `<noscript>`, `<script>`, `</a>`, `<base href=/x/y/>`, `</`, `;`, `,</f>`, `;a="`, `\`, `</f>;a=b,`, `RSS `,
	} {
		t.Run(piece, func(t *testing.T) {
			linear.Check(t, func(n int) string { return strings.Repeat(piece, n) }, func(b []byte) {
				for _, p := range []Page{
					{URL: "https://a.example/", Body: b},
					{URL: "https://a.example/", Links: []string{"</f>;x" + string(b)}, Refresh: "0;" + string(b)},
				} {
					Links(p)
					Refresh(p)
				}
			})
		})
	}
}
