package pages

import (
	"html/template"

	"courant/db"
	"courant/db/text"
)

const (
	// maxFront is the most bytes of the front page (spec: 40 KB): it shows fewer
	// articles where they would not fit.
	maxFront = 40_000
	// frontLeast is what the front page shows even then.
	frontLeast = 6
	// asideRows is the length of the front page's side lists.
	asideRows = 5
)

// Front is what the front page shows.
type Front struct {
	Articles []db.Article // newest first; the first leads
	Sources  Sources
	// Comments are the latest; their articles are in Headlines by id.
	Comments  []db.Comment
	Headlines map[string]db.Article
	Older     Link // to the archive; zero: none
	Waiting   bool // without articles: whether some wait for an editor
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
}

// Front renders the front page.
func (p *Pages) Front(f Front) ([]byte, error) {
	v := FrontView{Frame: p.frame("/", ""), Older: f.Older, Empty: len(f.Articles) == 0, Waiting: f.Waiting}
	v.Frame.Front = true
	v.Alternates = p.feeds("/", p.site.Title)
	v.Graph = []Property{{"og:type", "website"}, {"og:title", p.site.Title}, {"og:url", p.site.Base + "/"}}
	if p.site.Description != "" {
		v.Graph = append(v.Graph, Property{"og:description", p.site.Description})
	}
	if len(f.Articles) > 0 {
		a := f.Articles[0]
		v.Lead = &Lead{Item: p.item(a, f.Sources), KeyPoints: a.KeyPoints}
		if len(a.KeyPoints) > 0 {
			v.Lead.Summary = ""
		}
	}
	if p.site.Comments {
		for _, a := range discussed(f.Articles, asideRows) {
			v.Discussed = append(v.Discussed, p.item(a, f.Sources))
		}
		for _, c := range f.Comments[:min(asideRows, len(f.Comments))] {
			v.Latest = append(v.Latest, p.remark(c, f.Headlines[c.Article]))
		}
	}
	for n := len(f.Articles); ; n = max(frontLeast, n*3/4) {
		v.Days = p.days(f.Articles[min(1, n):n], f.Sources)
		page, err := p.render("front", v)
		if err != nil || len(page) <= maxFront || n <= frontLeast {
			return page, err
		}
	}
}

// remarkChars is the length of a comment in a side list.
const remarkChars = 110

func (p *Pages) remark(c db.Comment, a db.Article) Remark {
	return Remark{
		Name: c.Name, Text: text.Cut(c.Body.PlainText(), remarkChars), Body: template.HTML(c.Body.String()), Href: "/comment/" + c.ID,
		Article: Link{Text: headline(a), Href: a.Path()}, When: p.when(c.Created),
	}
}
