package pages

import (
	"html/template"
	"slices"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/db/state"
	"courant/db/text"
)

// Item is an article in a list.
type Item struct {
	Headline, Href string
	Host           string // that it is about, where that is not its source's
	Lang           string // where it is not the page's
	Tall           bool   // its script wants high lines
	Summary        string
	Source         Link
	Kicker         Link // its section
	When           When
	Dated          bool   // no heading names its day
	Film           bool   // the picture is of one
	Fold           Link   // in place of an article: leads to more of the same source
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
		Headline: spaced(a.Language, p.headline(a)), Href: a.Path(), Summary: text.Cut(summary(a), summaryChars),
		Host: elsewhere(a, sources[a.Source]), Tall: textDirection(a) == "rtl",
		Source: Link{Text: sources.Name(a.Source), Href: "/source/" + a.Source},
		When:   p.when(a.Published), Picture: p.picture(a), Film: film(a), CommentsHref: a.Path() + "#comments",
	}
	if a.Language != p.site.Language {
		it.Lang = a.Language
	}
	if list := points(a); it.Summary == "" && len(list) > 0 {
		it.Summary = text.Cut(list[0], summaryChars)
	}
	if a.Section != "" {
		s := p.section(a.Section)
		it.Kicker = Link{Text: s.Name(), Href: "/section/" + s.ID}
	}
	if p.site.Comments && a.Comments > 0 && a.Thread != state.ThreadOff {
		it.Comments = p.words.Count("comment_count", a.Comments)
	}
	return it
}

// headline is a's headline, or a word in its place: a link needs something to
// click on.
func (p *Pages) headline(a db.Article) string {
	if a.Headline == "" {
		return p.words.Say("untitled")
	}
	return a.Headline
}

// summary is a's summary where it says anything.
func summary(a db.Article) string {
	if content.Hollow(a.Summary) {
		return ""
	}
	return spaced(a.Language, a.Summary)
}

func (p *Pages) picture(a db.Article) *Picture {
	src := secure(a.Image.URL)
	if !p.showable(src) {
		return nil
	}
	return &Picture{
		URL: template.URL(src), Alt: a.Image.Alt, Credit: a.Image.Credit,
		Width: a.Image.Width, Height: a.Image.Height,
	}
}

// Day is a day of a list.
type Day struct {
	Name  string
	Items []Item
}

// river says how articles are listed.
type river struct {
	sources Sources
	run     int  // articles of one source in a row; the others fold. 0: all
	rows    int  // at most so many; 0: all
	section bool // each names its section
	own     bool // all are of one source, which none names
}

// days lists articles by their days, and tells how many it has read of list.
// What one source brings in a row stands folded after the first r.run, so that
// it does not hide the others; where there are none, nothing folds.
func (p *Pages) days(list []db.Article, r river) (days []Day, read int) {
	rows, run := 0, 0
	if !slices.ContainsFunc(list, func(a db.Article) bool { return a.Source != list[0].Source }) {
		r.run = 0
	}
	for i, a := range list {
		name := p.day(a.Published)
		begins := len(days) == 0 || days[len(days)-1].Name != name
		if run++; begins || list[i-1].Source != a.Source {
			run = 1
		}
		folded := r.run > 0 && run > r.run
		if r.rows > 0 && rows == r.rows && (!folded || run == r.run+1) {
			return days, i
		}
		if begins {
			days = append(days, Day{Name: name})
		}
		d := &days[len(days)-1]
		switch {
		case !folded:
			d.Items = append(d.Items, r.shown(p.item(a, r.sources)))
			rows++
		case run == r.run+1:
			d.Items = append(d.Items, Item{Fold: Link{Href: "/source/" + a.Source + "?before=" + list[i-1].ID}})
			rows++
			fallthrough
		default:
			d.Items[len(d.Items)-1].Fold.Text = p.words.Say("more_of", "Source", r.sources.Name(a.Source), "N", p.words.Number(run-r.run))
		}
	}
	return days, len(list)
}

// shown is it without what goes without saying in r.
func (r river) shown(it Item) Item {
	if !r.section {
		it.Kicker = Link{}
	}
	if r.own {
		it.Source = Link{}
	}
	return it
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
	Run      int  // articles of one source in a row; the others fold. 0: all
	Own      bool // all are of one source, which is the page's
	InOne    bool // all are of one section, which is the page's
	Older    Link // zero: none
	Newer    Link
	Follow   Follow
}

// List renders a list of articles.
func (p *Pages) List(l List) ([]byte, error) {
	v := ListView{
		Frame: p.frame(l.Path, l.Heading), Heading: l.Heading, Strange: l.Strange, Intro: l.Intro, Origin: l.Origin,
		Older: l.Older, Newer: l.Newer,
	}
	v.Days, _ = p.days(l.Articles, river{sources: l.Sources, run: l.Run, section: !l.InOne, own: l.Own})
	if l.Intro != "" {
		v.Description = l.Intro
	}
	v.Alternates = p.alternates(l.Follow)
	if len(v.Days) == 0 {
		v.Empty = p.words.Say("nothing_here")
	}
	return p.render("list", v)
}

// SectionHeading and its like are the names of lists, alike on pages and in
// what links to them.
func (p *Pages) SectionHeading(id string) (name, description string) {
	s := p.section(id)
	return s.Name(), s.Description
}

// DayPath is the page of what was published on t's day, in t's zone.
func DayPath(t time.Time) string { return "/archive/" + t.Format("2006/01/02") }

// MonthPath is the page of what was published in t's month, in t's zone.
func MonthPath(t time.Time) string { return "/archive/" + t.Format("2006/01") }

// discussed returns the articles with the most comments, at most n.
func discussed(list []db.Article, n int) []db.Article {
	var with []db.Article
	for _, a := range list {
		if a.Comments > 0 && a.Thread != state.ThreadOff {
			with = append(with, a)
		}
	}
	slices.SortStableFunc(with, func(a, b db.Article) int { return b.Comments - a.Comments })
	return with[:min(n, len(with))]
}
