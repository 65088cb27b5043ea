package pages

import (
	"html/template"
	"slices"
	"time"

	"courant/db"
	"courant/db/text"
)

const (
	// maxFront is the most bytes of the front page (spec: 40 KB): it shows fewer
	// articles where they would not fit.
	maxFront = 40_000
	// frontRows is how many rows its river has, and frontLeast how many it has
	// even then.
	frontRows  = 30
	frontLeast = 6
	// FrontReads is how many articles the front page is made from, so that it is
	// full even where many of one source fold.
	FrontReads = 200
	// asideRows is the length of the front page's side lists.
	asideRows = 5
)

// Front is what the front page shows.
type Front struct {
	// Articles are the newest, newest first, and one more than FrontReads where
	// there are so many.
	Articles []db.Article
	Pinned   db.Article // it leads, whether it is among Articles or not; zero: the newest does
	Sources  Sources
	Run      int // articles of one source in a row; the others fold. 0: all
	// Comments are the latest; their articles are in Headlines by id.
	Comments  []db.Comment
	Headlines map[string]db.Article
	Waiting   bool // without articles: whether some wait for an editor
	Follow    Follow
}

// FrontView is the front page.
type FrontView struct {
	Frame
	Lead      *Lead
	Days      []Day
	Discussed []Item
	Latest    []Remark
	Older     Link
	Empty     bool
	Waiting   bool
}

// Lead is the story on top.
type Lead struct {
	Item
	KeyPoints []string
}

// Remark is a comment in a list of comments.
type Remark struct {
	Name, Text string        // Text is clipped
	Body       template.HTML // the whole comment
	Href       string        // of the comment
	Article    Link
	When       When
	From       Link // the source it was made at; of one that was made here nothing
}

// Front renders the front page.
func (p *Pages) Front(f Front) ([]byte, error) {
	v := FrontView{Frame: p.frame("/", ""), Empty: len(f.Articles) == 0, Waiting: f.Waiting}
	v.Frame.Front = true
	v.Alternates = p.alternates(f.Follow)
	v.Graph = []Property{{"og:type", "website"}, {"og:title", p.site.Title}, {"og:url", p.site.Base + "/"}}
	if p.site.Description != "" {
		v.Graph = append(v.Graph, Property{"og:description", p.site.Description})
	}
	rest := f.Articles
	if len(f.Articles) > 0 {
		a := f.Pinned
		if a.ID == "" {
			a = f.Articles[lead(f.Articles)]
		}
		v.Lead = &Lead{Item: p.item(a, f.Sources), KeyPoints: points(a)}
		if len(v.Lead.KeyPoints) > 0 {
			v.Lead.Summary = ""
		}
		rest = slices.DeleteFunc(slices.Clone(rest), func(o db.Article) bool { return o.ID == a.ID })
	}
	if p.site.Comments {
		for _, a := range discussed(f.Articles, asideRows) {
			v.Discussed = append(v.Discussed, p.item(a, f.Sources))
		}
		for _, c := range f.Comments[:min(asideRows, len(f.Comments))] {
			v.Latest = append(v.Latest, p.remark(c, f.Headlines[c.Article]))
		}
	}
	for rows := frontRows; ; rows = max(frontLeast, rows*3/4) {
		var read int
		v.Days, read = p.days(rest[:min(len(rest), FrontReads-1)], river{sources: f.Sources, run: f.Run, rows: rows, section: true})
		v.Older = p.older(rest, read)
		page, err := p.render("front", v)
		if err != nil || len(page) <= maxFront || rows <= frontLeast {
			return page, err
		}
	}
}

// leadAge is how much older than the newest article the lead may be. It is
// held against that one, not against the clock, so that the page stays as it is
// while nothing happens.
const leadAge = 12 * time.Hour

// lead is which of list, newest first, leads: the newest that has a picture and
// a text, and is not old; else the newest.
func lead(list []db.Article) int {
	for i, a := range list {
		if a.Published.Before(list[0].Published.Add(-leadAge)) {
			break
		}
		if a.Image.URL != "" && a.Words > stubWords {
			return i
		}
	}
	return 0
}

// older leads to what comes after the first read articles of list, in the
// archive: to the rest of their last day, or to the day before.
func (p *Pages) older(list []db.Article, read int) Link {
	if read == 0 || read >= len(list) {
		return Link{}
	}
	last, next := list[read-1], list[read].Published.In(p.site.Zone)
	older := Link{Text: p.words.Say("older"), Href: DayPath(next)}
	if older.Href == DayPath(last.Published.In(p.site.Zone)) {
		older.Href += "?before=" + last.ID
	}
	return older
}

// remarkChars is the length of a comment in a side list.
const remarkChars = 110

func (p *Pages) remark(c db.Comment, a db.Article) Remark {
	return Remark{
		Name: c.Name, Text: text.Cut(c.Body.PlainText(), remarkChars), Body: template.HTML(c.Body.String()), Href: "/comment/" + c.ID, From: from(c),
		Article: Link{Text: p.headline(a), Href: a.Path()}, When: p.when(c.Created),
	}
}
