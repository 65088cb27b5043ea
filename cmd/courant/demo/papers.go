package demo

import (
	"bytes"
	"embed"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	texttemplate "text/template"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"courant/db/text"
)

// The sample feeds: articles in Markdown with a head of "key: value" lines, and
// the drawings that go with them.
//
//go:embed articles/*/*.md pictures/*.png wire.txt
var files embed.FS

const (
	// picturesAt is where the publisher itself shows the drawings: a page may
	// load pictures from its own site, but not from another over plain http.
	picturesAt                  = "/demo/"
	pictureWidth, pictureHeight = 1200, 800 // pixels of each drawing
)

// paper is a made-up periodical with a feed.
type paper struct {
	ID, Title, About, Section string
	Format                    string // rss, atom or json
	Site, Feed                string // addresses
	Articles                  []sample
}

// sample is an article of a paper.
type sample struct {
	Name, Title, Author  string
	GUID, Link           string
	At                   time.Time
	Tags                 []string
	Picture, Alt, Credit string // Picture is an address, or empty
	Body                 string // HTML
	Summary              string // plain text
}

func newsstand() []paper {
	return []paper{
		{ID: "harbour-echo", Title: "Harbour Echo", About: "The morning paper of Harbour City", Section: "city", Format: "rss"},
		{ID: "long-lens", Title: "The Long Lens", About: "Science, slowly", Section: "science", Format: "atom"},
		{ID: "second-balcony", Title: "Second Balcony", About: "Culture from the cheap seats", Section: "culture", Format: "json"},
		{ID: "hedgerow", Title: "Hedgerow", About: "Notes from the country", Section: "country", Format: "rss"},
	}
}

// readPapers reads the bundled papers, as they are at now, for a server at
// origin; pictures is the address of their drawings.
func readPapers(origin, pictures string, now time.Time) ([]paper, error) {
	list := newsstand()
	for i := range list {
		p := &list[i]
		p.Site = origin + "/" + p.ID + "/"
		p.Feed = p.Site + "feed." + p.Format
		names, err := fs.Glob(files, "articles/"+p.ID+"/*.md")
		if err != nil {
			return nil, err
		}
		for _, f := range names {
			data, err := files.ReadFile(f)
			if err != nil {
				return nil, err
			}
			s, err := readSample(string(data), now)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", f, err)
			}
			s.Name = strings.TrimSuffix(path.Base(f), ".md")
			s.GUID = "tag:" + p.ID + ".example,2026:" + s.Name
			s.Link = p.Site + s.Name
			if s.Picture != "" {
				s.Picture = pictures + s.Picture
			}
			p.Articles = append(p.Articles, s)
		}
		slices.SortFunc(p.Articles, func(a, b sample) int { return b.At.Compare(a.At) })
	}
	return list, nil
}

var (
	firstParagraph = text.Pattern(`(?s)<p>(.*?)</p>`)
	anyTag         = text.Pattern(`<[^>]*>`)
)

// readSample reads one article.
func readSample(text string, now time.Time) (sample, error) {
	head, body, ok := strings.Cut(text, "\n\n")
	if !ok {
		return sample{}, fmt.Errorf("no text")
	}
	var s sample
	for line := range strings.SplitSeq(head, "\n") {
		key, value, _ := strings.Cut(line, ": ")
		switch key {
		case "title":
			s.Title = value
		case "author":
			s.Author = value
		case "tags":
			s.Tags = strings.Split(value, ", ")
		case "picture":
			s.Picture = value
		case "alt":
			s.Alt = value
		case "credit":
			s.Credit = value
		case "ago":
			ago, err := time.ParseDuration(value)
			if err != nil {
				return sample{}, err
			}
			s.At = now.Add(-ago).UTC().Truncate(time.Second)
		default:
			return sample{}, fmt.Errorf("unknown line %q", line)
		}
	}
	s.Title = strings.ReplaceAll(s.Title, "'", "’")
	var b bytes.Buffer
	err := goldmark.New(goldmark.WithExtensions(extension.Typographer)).Convert([]byte(body), &b)
	s.Body = b.String()
	if m := firstParagraph().FindStringSubmatch(s.Body); m != nil {
		s.Summary = html.UnescapeString(anyTag().ReplaceAllString(m[1], ""))
	}
	return s, err
}

// document writes p's feed in its format, with its media type.
func (p paper) document() (body []byte, contentType string, err error) {
	switch p.Format {
	case "json":
		body, err = p.jsonFeed()
		return body, "application/feed+json", err
	case "atom":
		body, err = p.xml(atomTemplate)
		return body, "application/atom+xml; charset=utf-8", err
	default:
		body, err = p.xml(rssTemplate)
		return body, "application/rss+xml; charset=utf-8", err
	}
}

// xml fills a template whose values are all text for XML.
func (p paper) xml(text string) ([]byte, error) {
	var b bytes.Buffer
	err := xmlTemplate(text).Execute(&b, p)
	return b.Bytes(), err
}

func (p paper) jsonFeed() ([]byte, error) {
	type author struct {
		Name string `json:"name"`
	}
	type item struct {
		ID        string   `json:"id"`
		URL       string   `json:"url"`
		Title     string   `json:"title"`
		HTML      string   `json:"content_html"`
		Image     string   `json:"image,omitempty"`
		Published string   `json:"date_published"`
		Authors   []author `json:"authors"`
		Tags      []string `json:"tags"`
	}
	feed := struct {
		Version  string `json:"version"`
		Title    string `json:"title"`
		Home     string `json:"home_page_url"`
		Feed     string `json:"feed_url"`
		About    string `json:"description"`
		Language string `json:"language"`
		Items    []item `json:"items"`
	}{"https://jsonfeed.org/version/1.1", p.Title, p.Site, p.Feed, p.About, "en", nil}
	for _, s := range p.Articles {
		feed.Items = append(feed.Items, item{
			s.GUID, s.Link, s.Title, s.Body, s.Picture, s.At.Format(time.RFC3339), []author{{s.Author}}, s.Tags,
		})
	}
	return json.MarshalIndent(feed, "", "  ")
}

// papersHandler serves each paper's feed and the originals of its articles.
func papersHandler(papers []paper) http.Handler {
	m := http.NewServeMux()
	for _, p := range papers {
		body, contentType, err := p.document()
		if err != nil {
			panic("demo: " + err.Error()) // the bundled articles are tested
		}
		newest := p.Articles[0].At
		m.HandleFunc("GET /"+p.ID+"/feed."+p.Format, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.Header().Set("Cache-Control", "max-age=300")
			http.ServeContent(w, r, "", newest, bytes.NewReader(body))
		})
		m.HandleFunc("GET /"+p.ID+"/{$}", func(w http.ResponseWriter, r *http.Request) { showOriginal(w, p, nil) })
		for _, s := range p.Articles {
			m.HandleFunc("GET /"+p.ID+"/"+s.Name, func(w http.ResponseWriter, r *http.Request) { showOriginal(w, p, &s) })
		}
	}
	return m
}

// showOriginal answers with an article as its paper shows it, or with the
// paper's list of them.
func showOriginal(w http.ResponseWriter, p paper, s *sample) {
	view := struct {
		Paper paper
		*sample
		HTML template.HTML
	}{Paper: p, sample: s}
	if s != nil {
		view.HTML = template.HTML(s.Body) // our own words
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	originalTemplate().Execute(w, view) // fails when the reader has gone
}

func originalTemplate() *template.Template {
	return template.Must(template.New("original").Parse(`<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{{with .sample}}{{.Title}} – {{end}}{{.Paper.Title}}</title>
<link rel="alternate" type="application/{{.Paper.Format}}" href="{{.Paper.Feed}}">
<p><a href="{{.Paper.Site}}">{{.Paper.Title}}</a> – {{.Paper.About}}. A made-up paper of the Courant demo.</p>
{{with .sample}}<h1>{{.Title}}</h1><p>By {{.Author}}</p>{{else}}<ul>{{range .Paper.Articles}}<li><a href="{{.Link}}">{{.Title}}</a></li>{{end}}</ul>{{end}}
{{.HTML}}</html>`))
}

// pictures serves the drawings under picturesAt.
func pictures() http.Handler {
	shown, err := fs.Sub(files, "pictures")
	if err != nil {
		panic("demo: " + err.Error()) // the folder is embedded
	}
	serve := http.StripPrefix(picturesAt, http.FileServerFS(shown))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=86400")
		serve.ServeHTTP(w, r)
	})
}

// xmlTemplate is text as a template with functions that write XML.
func xmlTemplate(text string) *texttemplate.Template {
	return texttemplate.Must(texttemplate.New("feed").Funcs(texttemplate.FuncMap{
		"x": func(s string) (string, error) {
			var b strings.Builder
			err := xml.EscapeText(&b, []byte(s))
			return b.String(), err
		},
		"rfc822":  func(t time.Time) string { return t.Format("Mon, 02 Jan 2006 15:04:05 GMT") },
		"rfc3339": func(t time.Time) string { return t.Format(time.RFC3339) },
		"width":   func() int { return pictureWidth },
		"height":  func() int { return pictureHeight },
	}).Parse(text))
}

const rssTemplate = `<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">
<channel>
<title>{{x .Title}}</title>
<link>{{x .Site}}</link>
<description>{{x .About}}</description>
<language>en</language>
<atom:link rel="self" type="application/rss+xml" href="{{x .Feed}}"/>
{{range .Articles}}<item>
<title>{{x .Title}}</title>
<link>{{x .Link}}</link>
<guid isPermaLink="false">{{x .GUID}}</guid>
<pubDate>{{rfc822 .At}}</pubDate>
<dc:creator>{{x .Author}}</dc:creator>
{{range .Tags}}<category>{{x .}}</category>
{{end}}{{if .Picture}}<media:content url="{{x .Picture}}" medium="image" type="image/png" width="{{width}}" height="{{height}}"><media:description>{{x .Alt}}</media:description><media:credit>{{x .Credit}}</media:credit></media:content>
{{end}}<description>{{x .Summary}}</description>
<content:encoded>{{x .Body}}</content:encoded>
</item>
{{end}}</channel>
</rss>
`

const atomTemplate = `<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/" xml:lang="en">
<id>tag:{{x .ID}}.example,2026:feed</id>
<title>{{x .Title}}</title>
<subtitle>{{x .About}}</subtitle>
<updated>{{rfc3339 (index .Articles 0).At}}</updated>
<link rel="self" type="application/atom+xml" href="{{x .Feed}}"/>
<link rel="alternate" type="text/html" href="{{x .Site}}"/>
{{range .Articles}}<entry>
<id>{{x .GUID}}</id>
<title>{{x .Title}}</title>
<link rel="alternate" type="text/html" href="{{x .Link}}"/>
<published>{{rfc3339 .At}}</published>
<updated>{{rfc3339 .At}}</updated>
<author><name>{{x .Author}}</name></author>
{{range .Tags}}<category term="{{x .}}"/>
{{end}}{{if .Picture}}<media:content url="{{x .Picture}}" medium="image" type="image/png" width="{{width}}" height="{{height}}"><media:description>{{x .Alt}}</media:description><media:credit>{{x .Credit}}</media:credit></media:content>
{{end}}<content type="html">{{x .Body}}</content>
</entry>
{{end}}</feed>
`
