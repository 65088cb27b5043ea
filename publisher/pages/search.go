package pages

import (
	"bytes"
	"encoding/xml"
	"net/url"
	"strconv"
	"time"

	"courant/db"
	"courant/db/search/query"
	"courant/db/text"
)

const (
	// SearchItems is how many results a page of a search shows.
	SearchItems = 20
	// excerptChars is the length of the part of a text that shows why it was found:
	// three lines on a desk.
	excerptChars = 240
	// excerptBytes is how much of a text is looked through for it: enough for all but
	// books.
	excerptBytes = 32 << 10
)

// Search is what the page of a search shows.
type Search struct {
	Query   query.Query // what is looked for; empty: nothing yet
	Problem string      // why it cannot be answered, a sentence; empty: it can
	Follow  Follow      // what is found
	// What of it is shown: articles with their bodies, or comments.
	Articles []db.Article
	Comments []db.Comment
	Sources  Sources
	Found    int       // how many there are to be shown in all
	Page     int       // from 1
	Cut      bool      // there may be older ones, which were not looked at
	Oldest   time.Time // of those that were
}

// SearchView is that page.
type SearchView struct {
	Frame
	Query   string
	Problem string
	Told    string // how many were found
	Kinds   []Link
	Items   []Result
	Newer   Link
	Older   Link
	Help    bool
}

// Result is an article or a comment that was found.
type Result struct {
	Href, Lang, Dir string
	Title           []query.Piece
	Excerpt         []query.Piece
	Source, Kicker  Link
	On              Link // the article of a comment
	When            When
}

// SearchPath is the page of a search for what was written.
func SearchPath(written string) string { return "/search?q=" + url.QueryEscape(written) }

// Search renders the page of a search.
func (p *Pages) Search(s Search) ([]byte, error) {
	path, title := "/search", p.words.Say("search")
	if s.Query.Text != "" { // what is found is for people alone (F4)
		path, title = "", p.words.Say("search_for", "Words", s.Query.Text)
	}
	v := SearchView{Frame: p.frame(path, title), Query: s.Query.Text, Problem: s.Problem, Help: s.Query.Text == "" || s.Problem != "" || s.Found == 0}
	v.Frame.Query = s.Query.Text
	if s.Query.Text == "" || s.Problem != "" {
		v.Description = p.words.Say("search_site", "Site", p.site.Title)
		return p.render("search", v)
	}
	address := SearchPath(s.Query.Text)
	v.Alternates = p.alternates(s.Follow)
	for i := range v.Alternates {
		v.Alternates[i].Href += address[len("/search"):]
	}
	if p.site.Comments {
		other := s.Query.Elsewhere()
		here, there := Link{p.words.Say("articles"), address, true}, Link{p.words.Say("comments"), SearchPath(other), false}
		if s.Query.Comments {
			here, there = Link{p.words.Say("articles"), SearchPath(other), false}, Link{p.words.Say("comments"), address, true}
		}
		v.Kinds = []Link{here, there}
	}
	for _, a := range s.Articles {
		v.Items = append(v.Items, p.result(s.Query, a, s.Sources))
	}
	for _, c := range s.Comments {
		v.Items = append(v.Items, p.commentResult(s.Query, c))
	}
	v.Told = p.told(s)
	page := func(n int) string {
		if n == 1 {
			return address
		}
		return address + "&page=" + strconv.Itoa(n)
	}
	if s.Page > 1 {
		v.Newer = Link{Text: p.words.Say("previous_results"), Href: page(s.Page - 1)}
	}
	switch {
	case s.Page*SearchItems < s.Found:
		v.Older = Link{Text: p.words.Say("more_results"), Href: page(s.Page + 1)}
	case s.Cut && !s.Oldest.IsZero():
		// The day itself too, which may not have been looked through to its end.
		day := s.Oldest.In(p.site.Zone).AddDate(0, 0, 1).Format(time.DateOnly)
		if further := s.Query.Until(day); further != s.Query.Text {
			v.Older = Link{Text: p.words.Say("further_back"), Href: SearchPath(further)}
		}
	}
	return p.render("search", v)
}

// told says how many were found.
func (p *Pages) told(s Search) string {
	count, none := "article_count", "no_article_found"
	if s.Query.Comments {
		count, none = "comment_count", "no_comment_found"
	}
	switch found := p.words.Count(count, s.Found); {
	case s.Found == 0 && s.Cut:
		return p.words.Say("nothing_found_yet")
	case s.Found == 0:
		return p.words.Say(none)
	case s.Cut:
		return p.words.Say("best_of_latest", "Found", found)
	default:
		return found
	}
}

func (p *Pages) result(q query.Query, a db.Article, sources Sources) Result {
	it := p.item(a, sources)
	r := Result{
		Href: it.Href, Lang: it.Lang, Dir: dirOf(it.Headline), Title: q.Mark(it.Headline), Source: it.Source, Kicker: it.Kicker, When: it.When,
	}
	for _, s := range append([]string{a.Body.Beginning(excerptBytes), summary(a)}, points(a)...) {
		list := q.Excerpt(s, excerptChars)
		if r.Excerpt == nil || marked(list) && !marked(r.Excerpt) {
			if len(list) > 0 {
				r.Excerpt = list
			}
		}
	}
	return r
}

func (p *Pages) commentResult(q query.Query, c db.Comment) Result {
	return Result{
		Href: "/comment/" + c.ID, Dir: dirOf(c.Name), Title: []query.Piece{{Text: c.Name}},
		Excerpt: q.Excerpt(c.Body.Beginning(excerptBytes), excerptChars),
		On:      Link{Text: p.headline(db.Article{Headline: text.Cut(c.Headline, summaryChars)}), Href: c.ArticlePath()}, When: p.when(c.Created),
	}
}

// OpenSearch tells browsers how to search the site (OpenSearch 1.1, the
// description document).
func (p *Pages) OpenSearch() []byte {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">`)
	element := func(name, text string) {
		b.WriteString("\n<" + name + ">")
		xml.EscapeText(&b, []byte(text)) // fails where a Buffer does: never
		b.WriteString("</" + name + ">")
	}
	// The lengths that the standard allows.
	element("ShortName", text.Cut(p.site.Title, 16))
	element("Description", text.Cut(p.words.Say("search_site", "Site", p.site.Title), 1024))
	element("InputEncoding", "UTF-8")
	b.WriteString("\n" + `<Url type="text/html" template="` + p.site.Base + `/search?q={searchTerms}"/>`)
	for _, f := range p.site.Formats {
		b.WriteString("\n" + `<Url type="` + f.Type + `" template="` + p.site.Base + "/search/" + f.File + `?q={searchTerms}"/>`)
	}
	b.WriteString("\n" + `<Image height="32" width="32" type="image/svg+xml">` + p.site.Base + "/icon.svg</Image>\n</OpenSearchDescription>\n")
	return b.Bytes()
}

// marked reports whether anything of list is what was looked for.
func marked(list []query.Piece) bool {
	for _, piece := range list {
		if piece.Marked {
			return true
		}
	}
	return false
}
