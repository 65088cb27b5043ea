package pages

import (
	"html/template"
	"slices"
	"time"

	"courant/db"
	"courant/db/text"
)

// Item is an article in a list.
type Item struct {
	Headline, Href string
	Lang           string // where it is not the page's
	Summary        string
	Source         Link
	Kicker         Link // its section
	When           When
	Dated          bool   // no heading names its day
	Comments       string // "3 comments"; empty: none, or comments are off
	CommentsHref   string
	Picture        *Picture
}

// Picture is an article's lead picture as a page shows it.
type Picture struct {
	// URL has passed showable: https, of our own site or a data: picture.
	URL           template.URL
	Alt, Credit   string
	Width, Height int // 0: unknown
}

// summaryChars is the length of a summary in a list: two lines on a desk, four
// on a phone.
const summaryChars = 140

// Sources names the sources by their id.
type Sources map[string]db.Source

// Name is the title of a source; one that is unknown has its id.
func (s Sources) Name(id string) string {
	if src, ok := s[id]; ok {
		return src.Name()
	}
	return id
}

func (p *Pages) item(a db.Article, sources Sources) Item {
	it := Item{
		Headline: headline(a), Href: a.Path(), Summary: text.Cut(a.Summary, summaryChars),
		Source: Link{Text: sources.Name(a.Source), Href: "/source/" + a.Source},
		When:   p.when(a.Published), Picture: p.picture(a), CommentsHref: a.Path() + "#comments",
	}
	if a.Language != p.site.Language {
		it.Lang = a.Language
	}
	if it.Summary == "" && len(a.KeyPoints) > 0 {
		it.Summary = text.Cut(a.KeyPoints[0], summaryChars)
	}
	if a.Section != "" {
		s := p.section(a.Section)
		it.Kicker = Link{Text: s.Name(), Href: "/section/" + s.ID}
	}
	if p.site.Comments && a.Comments > 0 {
		it.Comments = plural(a.Comments, "comment")
	}
	return it
}

// headline is a's headline, or a word in its place: a link needs something to
// click on.
func headline(a db.Article) string {
	if a.Headline == "" {
		return "Untitled"
	}
	return a.Headline
}

func (p *Pages) picture(a db.Article) *Picture {
	if !p.showable(a.Image.URL) {
		return nil
	}
	return &Picture{
		URL: template.URL(a.Image.URL), Alt: a.Image.Alt, Credit: a.Image.Credit,
		Width: a.Image.Width, Height: a.Image.Height,
	}
}

// Day is a day of a list.
type Day struct {
	Name  string
	Items []Item
}

func (p *Pages) days(list []db.Article, sources Sources) []Day {
	var days []Day
	for _, a := range list {
		name := p.day(a.Published)
		if len(days) == 0 || days[len(days)-1].Name != name {
			days = append(days, Day{Name: name})
		}
		d := &days[len(days)-1]
		d.Items = append(d.Items, p.item(a, sources))
	}
	return days
}

// ListView is a page that lists articles.
type ListView struct {
	Frame
	Heading    string
	Strange    bool // the heading's words are a stranger's
	Intro      string
	Origin     Link // of a source: its own site
	Days       []Day
	Empty      string
	Older      Link
	Newer      Link
	FeedsTitle string
}

// List is what a list page shows.
type List struct {
	Path     string // of the page, whose feeds stand below it
	Heading  string
	Strange  bool
	Intro    string
	Origin   Link
	Articles []db.Article
	Sources  Sources
	Older    Link // zero: none
	Newer    Link
}

// List renders a list of articles.
func (p *Pages) List(l List) ([]byte, error) {
	v := ListView{
		Frame: p.frame(l.Path, l.Heading), Heading: l.Heading, Strange: l.Strange, Intro: l.Intro, Origin: l.Origin,
		Days: p.days(l.Articles, l.Sources), Older: l.Older, Newer: l.Newer,
	}
	if l.Intro != "" {
		v.Description = l.Intro
	}
	v.Alternates = p.feeds(l.Path, p.site.Title+" – "+l.Heading)
	if len(v.Days) == 0 {
		v.Empty = "Nothing published here yet."
	}
	return p.render("list", v)
}

// SectionHeading and its like are the names of lists, alike on pages and in
// what links to them.
func (p *Pages) SectionHeading(id string) (name, description string) {
	s := p.section(id)
	return s.Name(), s.Description
}

// MonthHeading is "November 2026".
func MonthHeading(t time.Time) string { return t.Format("January 2006") }

// DayHeading is "Sunday 22 November 2026".
func DayHeading(t time.Time) string { return t.Format("Monday 2 January 2006") }

// discussed returns the articles with the most comments, at most n.
func discussed(list []db.Article, n int) []db.Article {
	var with []db.Article
	for _, a := range list {
		if a.Comments > 0 {
			with = append(with, a)
		}
	}
	slices.SortStableFunc(with, func(a, b db.Article) int { return b.Comments - a.Comments })
	return with[:min(n, len(with))]
}
