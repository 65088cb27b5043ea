package pages

import (
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/db/text"
)

// Article is what an article's page shows.
type Article struct {
	Article db.Article
	Source  db.Source
	Sources Sources      // of More
	More    []db.Article // of its section
	Thread  *Thread      // nil: comments are off
}

// ArticleView is an article's page.
type ArticleView struct {
	Frame
	Headline  string
	Language  string
	Kicker    Link
	Author    string
	Source    Link
	When      When
	Reading   string
	Count     string // "3 comments", empty where comments are off
	Updated   When   // zero: never
	Change    string // what changed, for readers
	KeyPoints []string
	Picture   *Picture
	Body      template.HTML
	Continue  string // where the rest of the text is; empty: Body is all of it
	Files     []File
	First     Link // the source, in "First published by"
	FirstWhen When
	Original  string // address
	Tags      []Link
	More      []Item
	MoreIn    string
	Address   string // to copy
	Mail      template.URL
	Follow    []Link // the thread's feeds
	Thread    *ThreadView
}

// File is an enclosure.
type File struct{ Name, URL, Kind string }

// Article renders an article's page with its thread.
func (p *Pages) Article(in Article) ([]byte, error) {
	a := in.Article
	v := ArticleView{
		Frame: p.frame(a.Path(), headline(a)), Headline: headline(a), Language: a.Language, Author: a.Author,
		Source: Link{Text: in.Source.Name(), Href: "/source/" + a.Source}, When: p.when(a.Published),
		Reading: readingTime(a.Words), KeyPoints: a.KeyPoints, Body: p.body(a.Body),
		First: Link{Text: in.Source.Name(), Href: in.Source.FeedLink}, FirstWhen: p.when(a.SourcePublished),
		Original: a.Link, Address: p.site.Base + a.Path(),
	}
	v.SkipTo = "article"
	if v.Language == "" {
		v.Language = p.site.Language
	}
	if a.Section != "" {
		s := p.section(a.Section)
		v.Kicker = Link{Text: s.Name(), Href: "/section/" + s.ID}
		v.MoreIn = s.Name()
	}
	if in.Source.Rights == "excerpt" { // what its publisher lets us show; the rest is there
		v.Body, v.Continue = "", a.Link
		if len(a.KeyPoints) == 0 {
			v.Body = p.body(content.Text(a.Summary))
		}
	} else if pic := p.picture(a); pic != nil && !strings.Contains(string(v.Body), template.HTMLEscapeString(a.Image.URL)) {
		v.Picture = pic
	}
	for _, e := range a.Enclosures {
		v.Files = append(v.Files, file(e))
	}
	for _, tag := range a.Tags {
		v.Tags = append(v.Tags, Link{Text: tag, Href: TagPath(tag)})
	}
	for _, m := range in.More {
		more := p.item(m, in.Sources)
		more.Dated = true
		v.More = append(v.More, more)
	}
	p.changed(&v, a)
	v.Mail = template.URL("mailto:?" + mailQuery(headline(a), v.Address))
	p.describe(&v, in)
	if in.Thread != nil {
		v.Count = plural(a.Comments, "comment")
		v.Thread = p.thread(a, *in.Thread)
		// They stand under /article/…, whose page is the thread.
		v.Alternates = p.feeds(a.Path(), "Comments on: "+headline(a))
		v.Follow = p.briefly(a.Path())
	}
	v.Data = p.newsArticle(in)
	return p.render("article", v)
}

// changed tells what became of the article since its publication.
func (p *Pages) changed(v *ArticleView, a db.Article) {
	switch {
	case !a.Corrected.IsZero():
		v.Updated, v.Change = p.when(a.Corrected), a.Correction
	case a.Updated.Sub(a.Published) >= time.Minute:
		v.Updated = p.when(a.Updated)
	}
}

// describe fills what search engines and previews elsewhere read.
func (p *Pages) describe(v *ArticleView, in Article) {
	a := in.Article
	v.Description = text.Cut(a.Summary, 300)
	if v.Description == "" && len(a.KeyPoints) > 0 {
		v.Description = text.Cut(strings.Join(a.KeyPoints, " "), 300)
	}
	if in.Source.Canonical == "source" && a.Link != "" {
		v.Canonical = a.Link
	}
	add := func(name, content string) {
		if content != "" {
			v.Graph = append(v.Graph, Property{name, content})
		}
	}
	add("og:type", "article")
	add("og:site_name", p.site.Title)
	add("og:title", headline(a))
	add("og:description", v.Description)
	add("og:url", p.site.Base+a.Path())
	if a.Image.URL != "" {
		add("og:image", a.Image.URL)
		add("og:image:alt", a.Image.Alt)
	}
	add("article:published_time", v.When.Stamp)
	add("article:modified_time", p.when(a.Updated).Stamp)
	add("article:section", v.Kicker.Text)
	for _, tag := range a.Tags {
		add("article:tag", tag)
	}
}

// TagPath is the address of a tag's list.
func TagPath(tag string) string { return "/tag/" + url.PathEscape(tag) }

// mailQuery writes a subject and a body as a mailto: address wants them, where
// "+" is no space.
func mailQuery(subject, body string) string {
	return strings.ReplaceAll(url.Values{"subject": {subject}, "body": {body}}.Encode(), "+", "%20")
}

func file(e db.Enclosure) File {
	f := File{Name: e.Title, URL: e.URL, Kind: e.Type}
	if f.Name == "" {
		if u, err := url.Parse(e.URL); err == nil {
			f.Name = u.Path[strings.LastIndexByte(u.Path, '/')+1:]
		}
	}
	if f.Name == "" {
		f.Name = "File"
	}
	if e.Length > 0 {
		f.Kind = strings.TrimPrefix(f.Kind+", "+byteSize(e.Length), ", ")
	}
	return f
}

// byteSize is n bytes in a unit that gives a small number: "12 MB".
func byteSize(n int64) string {
	units := []string{"bytes", "kB", "MB", "GB", "TB"}
	i := 0
	for ; n >= 1000 && i < len(units)-1; i++ {
		n = (n + 500) / 1000
	}
	return fmt.Sprintf("%d %s", n, units[i])
}
