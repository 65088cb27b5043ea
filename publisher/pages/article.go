package pages

import (
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/db/newsroom"
	"courant/db/text"
)

// Article is what an article's page shows.
type Article struct {
	Article db.Article
	Source  db.Source
	Sources Sources           // of More and Also
	Also    []newsroom.Report // the same from others, for which it stands
	More    []db.Article      // of its section
	Thread  *Thread           // nil: comments are off
	Follow  Follow            // its comments, where Thread is
}

// ArticleView is an article's page.
type ArticleView struct {
	Frame
	Headline     string
	Language     string
	TextDir      string // of its text: "ltr" or "rtl"
	Kicker       Link
	Host         string // that it is about, where that is not its source's
	Author       string
	Source       Link
	When         When
	Reading      string // empty: too little to read
	Original     string // address
	At           string // host of Original, where nearly all of it is there; or empty
	Count        string // "3 comments", empty where comments are off
	Updated      When   // zero: never
	Change       string // what changed, for readers
	KeyPoints    []string
	Note         string // from the desk, or empty
	Picture      *Picture
	Film         bool // the picture leads to Original, which is a film
	OriginalHost string
	Player       *Player
	Body         template.HTML
	Continue     string // where the rest of the text is; empty: Body is all of it
	Files        []File
	First        Link // the source, in "First published by"
	FirstWhen    When
	Tags         []Link
	Also         []Elsewhere
	More         []Item
	MoreIn       string
	Address      string // to copy
	Mail         template.URL
	Follow       []Link // the thread's feeds
	Thread       *ThreadView
}

// Elsewhere is the same article from another source.
type Elsewhere struct {
	Headline string
	Href     string // empty: it is nowhere to be read
	Source   Link
	When     When
}

// File is an enclosure.
type File struct{ Name, URL, Kind string }

// Article renders an article's page with its thread.
func (p *Pages) Article(in Article) ([]byte, error) {
	a := in.Article
	v := ArticleView{
		Frame: p.frame(a.Path(), p.headline(a)), Headline: spaced(a.Language, p.headline(a)), Language: a.Language, Author: a.Author,
		Source: Link{Text: in.Source.Name(), Href: "/source/" + a.Source}, When: p.when(a.Published),
		KeyPoints: points(a), Note: a.Note, Files: p.files(a.Enclosures),
		First: Link{Text: in.Source.Name(), Href: in.Source.FeedLink}, FirstWhen: p.when(a.SourcePublished),
		Original: a.Link, Address: p.site.Base + a.Path(),
	}
	if a.Source == newsroom.Source { // an editor added it: it was first published where it leads to, or here
		v.First = Link{Text: host(a.Link), Href: a.Link}
	}
	v.SkipTo = "article"
	if v.Language == "" {
		v.Language = p.site.Language
	}
	v.TextDir = textDirection(a)
	if strings.EqualFold(v.Author, v.Source.Text) {
		v.Author = ""
	}
	if a.Section != "" {
		s := p.section(a.Section)
		v.Kicker = Link{Text: s.Name(), Href: "/section/" + s.ID}
		v.MoreIn = s.Name()
	}
	p.text(&v, in)
	for _, tag := range text.ToldTags(a.Tags) {
		v.Tags = append(v.Tags, Link{Text: tag, Href: TagPath(tag)})
	}
	for _, r := range in.Also {
		v.Also = append(v.Also, Elsewhere{Headline: r.Headline, Href: r.Link, Source: Link{Text: in.Sources.Name(r.Source), Href: "/source/" + r.Source}, When: p.when(r.At)})
	}
	for _, m := range in.More {
		more := p.item(m, in.Sources)
		more.Dated, more.Kicker = true, Link{}
		v.More = append(v.More, more)
	}
	p.changed(&v, a)
	v.Mail = template.URL("mailto:?" + mailQuery(p.headline(a), v.Address))
	p.describe(&v, in)
	if in.Thread != nil {
		v.Count = p.words.Count("comment_count", a.Comments)
		v.Thread = p.thread(a, *in.Thread)
		v.Alternates = p.alternates(in.Follow)
		v.Follow = p.briefly(a.Path())
	}
	v.Data = p.newsArticle(in)
	return p.render("article", v)
}

// text fills in what there is to read, to see and to hear, and where it is if
// it is not here.
func (p *Pages) text(v *ArticleView, in Article) {
	a := in.Article
	pic := p.picture(a)
	v.Player = p.player(a.Enclosures, pic)
	v.Film, v.OriginalHost = film(a) && v.Player == nil, host(a.Link)
	switch {
	case in.Source.Rights == "excerpt": // what its publisher lets us show; the rest is there
		v.Continue, pic = a.Link, nil
		if len(a.KeyPoints) == 0 {
			v.Body = p.body(content.Text(a.Summary), a)
		}
	case !a.Body.Hollow():
		v.Body = p.body(a.Body, a)
	}
	if pic != nil && !strings.Contains(string(v.Body), template.HTMLEscapeString(string(pic.URL))) && (v.Player == nil || !v.Player.Video) {
		v.Picture = pic
	}
	if stub(a) {
		v.At = host(a.Link)
	} else {
		v.Reading = p.readingTime(a.Words)
		v.Host = elsewhere(a, in.Source)
	}
}

// points are a's key points that say anything.
func points(a db.Article) []string {
	var list []string
	for _, p := range a.KeyPoints {
		if !content.Hollow(p) {
			list = append(list, spaced(a.Language, p))
		}
	}
	return list
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
	v.Description = text.Cut(summary(a), 300)
	if v.Description == "" {
		v.Description = text.Cut(strings.Join(points(a), " "), 300)
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
	add("og:title", p.headline(a))
	add("og:description", v.Description)
	add("og:url", p.site.Base+a.Path())
	if a.Image.URL != "" {
		add("og:image", secure(a.Image.URL))
		add("og:image:alt", a.Image.Alt)
	}
	add("article:published_time", v.When.Stamp)
	add("article:modified_time", p.when(a.Updated).Stamp)
	add("article:section", v.Kicker.Text)
	for _, tag := range text.ToldTags(a.Tags) {
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

func (p *Pages) file(e db.Enclosure) File {
	f := File{Name: e.Title, URL: e.URL, Kind: e.Type}
	if f.Name == "" {
		if u, err := url.Parse(e.URL); err == nil {
			f.Name = u.Path[strings.LastIndexByte(u.Path, '/')+1:]
		}
	}
	if f.Name == "" {
		f.Name = p.words.Say("file")
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
