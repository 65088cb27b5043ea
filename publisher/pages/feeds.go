package pages

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"courant/db/text"
)

// FeedRow is a scope with its feeds.
type FeedRow struct {
	Name    string
	Strange bool // the name is a stranger's
	Page    string
	Feeds   []Link // one in each format
	Copy    string // the first of them: an absolute address
}

// Scope is something that has feeds.
type Scope struct {
	Name    string
	Path    string // of its page
	Strange bool   // the name is a stranger's
}

// Choice is what the form of the feeds page was asked for.
type Choice struct {
	Scope  string // a path of Scopes
	Format string // the ID of a Format
	Full   bool
	Items  int    // 0: as many as the feed has
	Words  string // that its entries have; empty: any
	Asked  string // the same as a search in the scope writes it
}

// FeedsView is the page that explains feeds.
type FeedsView struct {
	Frame
	Groups []FeedGroup
	Scopes []Option
	Form   []Option // formats
	Full   bool
	Items  string
	Words  string
	Built  string // the address that was asked for, or empty
}

// FeedGroup is a table of feeds.
type FeedGroup struct {
	Name   string
	Folded bool // there are many
	Rows   []FeedRow
}

// Option is a choice of a form.
type Option struct {
	Value, Text string
	Selected    bool
}

// Feeds is what the feeds page shows.
type Feeds struct {
	Groups []Group // as Add fills them
	Choice *Choice // nil: nothing was asked for
	Follow Follow  // the whole site
}

// Group is what scopes are listed together as.
type Group struct {
	Heading string
	Scopes  []Scope
}

// Add lists s under heading, after what is listed there.
func (f *Feeds) Add(heading string, s Scope) {
	i := slices.IndexFunc(f.Groups, func(g Group) bool { return g.Heading == heading })
	if i < 0 {
		i = len(f.Groups)
		f.Groups = append(f.Groups, Group{Heading: heading})
	}
	f.Groups[i].Scopes = append(f.Groups[i].Scopes, s)
}

// Knows reports whether a scope of f has its page at path.
func (f *Feeds) Knows(path string) bool {
	return slices.ContainsFunc(f.Groups, func(g Group) bool {
		return slices.ContainsFunc(g.Scopes, func(s Scope) bool { return s.Path == path })
	})
}

// feedsUnfolded is how many feeds of a kind are shown at once.
const feedsUnfolded = 12

// Feeds renders the page that explains feeds and builds their addresses.
func (p *Pages) Feeds(f Feeds) ([]byte, error) {
	v := FeedsView{Frame: p.frame("/feeds", p.words.Say("feeds")), Full: true}
	v.Description = p.words.Say("feeds_of", "Site", p.site.Title)
	v.Alternates = p.alternates(f.Follow)
	chosen := Choice{Scope: "/", Format: p.site.Formats[0].ID, Full: true}
	if f.Choice != nil {
		chosen = *f.Choice
		v.Built, v.Full, v.Words = p.feedAddress(chosen), chosen.Full, chosen.Words
		if chosen.Items > 0 {
			v.Items = strconv.Itoa(chosen.Items)
		}
	}
	for _, g := range f.Groups {
		group := FeedGroup{Name: g.Heading, Folded: len(g.Scopes) > feedsUnfolded}
		for _, s := range g.Scopes {
			group.Rows = append(group.Rows, p.feedRow(s))
			v.Scopes = append(v.Scopes, Option{s.Path, s.Name, s.Path == chosen.Scope})
		}
		v.Groups = append(v.Groups, group)
	}
	for _, o := range p.site.Formats {
		v.Form = append(v.Form, Option{o.ID, o.Name, o.ID == chosen.Format})
	}
	return p.render("feeds", v)
}

func (p *Pages) feedRow(s Scope) FeedRow {
	row := FeedRow{Name: s.Name, Strange: s.Strange, Page: s.Path, Feeds: p.briefly(p.site.Base + s.Path)}
	row.Copy = row.Feeds[0].Href
	return row
}

// briefly are the feeds under a page, named where there is little room.
func (p *Pages) briefly(page string) []Link {
	var list []Link
	for _, f := range p.site.Formats {
		list = append(list, Link{Text: f.Brief, Href: strings.TrimSuffix(page, "/") + "/" + f.File})
	}
	return list
}

// format is the one called id; the zero Format where there is none.
func (p *Pages) format(id string) Format {
	for _, f := range p.site.Formats {
		if f.ID == id {
			return f
		}
	}
	return Format{}
}

func (p *Pages) feedAddress(c Choice) string {
	var q []string // in the order in which the feed names itself
	if c.Asked != "" {
		c.Scope = "/search"
		q = append(q, "q="+url.QueryEscape(c.Asked))
	}
	if c.Items > 0 {
		q = append(q, "n="+strconv.Itoa(c.Items))
	}
	if !c.Full {
		q = append(q, "full=0")
	}
	address := p.site.Base + strings.TrimSuffix(c.Scope, "/") + "/" + p.format(c.Format).File
	if len(q) > 0 {
		address += "?" + strings.Join(q, "&")
	}
	return address
}

// FeedPage is what a person sees who opens a feed in a browser.
type FeedPage struct {
	Title   string
	Strange bool   // the title has words of strangers
	Page    string // path of the page whose feed it is
	Words   string // what is searched for on that page, or empty
	Format  string // the ID of a Format
	Query   string // the feed's parameters, without "?"
	Items   []FeedEntry
}

// FeedEntry is an entry of a feed, for that page.
type FeedEntry struct {
	Title, Href, Summary string
	At                   time.Time
}

// FeedPageView is that page.
type FeedPageView struct {
	Frame
	Title   string
	Strange bool
	Kind    string // "Atom"
	Address string // of the feed, to copy
	Page    string
	Others  []Link
	Raw     string // the feed as XML, or empty for JSON
	Items   []FeedItem
	Empty   string
}

// FeedItem is an entry, ready to show.
type FeedItem struct {
	Title, Href, Summary string
	When                 When
}

// Feed renders the page about one feed.
func (p *Pages) Feed(f FeedPage) ([]byte, error) {
	format, root := p.format(f.Format), p.site.Base+strings.TrimSuffix(f.Page, "/")+"/"
	query := ""
	if f.Query != "" {
		query = "?" + f.Query
	}
	address := root + format.File + query
	v := FeedPageView{
		Frame: p.frame("", p.words.Say("feed_title", "Title", f.Title)), Title: f.Title, Strange: f.Strange, Kind: format.Name,
		Address: address, Page: f.Page,
	}
	if v.Canonical = p.site.Base + f.Page; f.Words != "" {
		v.Page = SearchPath(f.Words)
	}
	view := func(name string) string {
		if query == "" {
			return address + "?view=" + name
		}
		return address + "&view=" + name
	}
	v.Alternates = []Alternate{{format.Type, f.Title, view("feed")}}
	for _, o := range p.site.Formats {
		v.Others = append(v.Others, Link{o.Name, root + o.File + query, o.ID == f.Format})
	}
	if format.XML {
		v.Raw = view("raw")
	}
	for _, e := range f.Items[:min(feedPageItems, len(f.Items))] {
		v.Items = append(v.Items, FeedItem{e.Title, e.Href, text.Cut(e.Summary, summaryChars), p.when(e.At)})
	}
	if len(f.Items) == 0 {
		v.Empty = p.words.Say("feed_empty")
	}
	return p.render("feed", v)
}

// feedPageItems is how many of a feed's entries its page shows.
const feedPageItems = 10
