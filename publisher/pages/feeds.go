package pages

import (
	"strconv"
	"strings"
	"time"

	"courant/db/text"
)

// FeedRow is a scope with its feeds.
type FeedRow struct {
	Name            string
	Strange         bool // the name is a stranger's
	Page            string
	Atom, RSS, JSON string // absolute addresses, to copy
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
	Format string // atom, rss or json
	Full   bool
	Items  int // 0: as many as the feed has
}

// FeedsView is the page that explains feeds.
type FeedsView struct {
	Frame
	Groups []FeedGroup
	Scopes []Option
	Form   []Option // formats
	Full   bool
	Items  string
	Built  string // the address that was asked for, or empty
}

// FeedGroup is a table of feeds.
type FeedGroup struct {
	Name string
	Rows []FeedRow
}

// Option is a choice of a form.
type Option struct {
	Value, Text string
	Selected    bool
}

// Feeds is what the feeds page shows.
type Feeds struct {
	Site, Sections, Sources []Scope
	Choice                  *Choice // nil: nothing was asked for
}

// Feeds renders the page that explains feeds and builds their addresses.
func (p *Pages) Feeds(f Feeds) ([]byte, error) {
	v := FeedsView{Frame: p.frame("/feeds", "Feeds"), Full: true}
	v.Description = "Every feed of " + p.site.Title + ", and how to follow it."
	v.Alternates = p.feeds("/", p.site.Title)
	chosen := Choice{Scope: "/", Format: "atom", Full: true}
	if f.Choice != nil {
		chosen = *f.Choice
		v.Built, v.Full = p.feedAddress(chosen), chosen.Full
		if chosen.Items > 0 {
			v.Items = strconv.Itoa(chosen.Items)
		}
	}
	for _, g := range []struct {
		name string
		list []Scope
	}{{"The whole site", f.Site}, {"By section", f.Sections}, {"By source", f.Sources}} {
		if len(g.list) == 0 {
			continue
		}
		group := FeedGroup{Name: g.name}
		for _, s := range g.list {
			group.Rows = append(group.Rows, p.feedRow(s))
			v.Scopes = append(v.Scopes, Option{s.Path, s.Name, s.Path == chosen.Scope})
		}
		v.Groups = append(v.Groups, group)
	}
	for _, o := range []Option{{Value: "atom", Text: "Atom"}, {Value: "rss", Text: "RSS"}, {Value: "json", Text: "JSON Feed"}} {
		o.Selected = o.Value == chosen.Format
		v.Form = append(v.Form, o)
	}
	return p.render("feeds", v)
}

func (p *Pages) feedRow(s Scope) FeedRow {
	root := p.site.Base
	if s.Path != "/" {
		root += s.Path
	}
	return FeedRow{Name: s.Name, Strange: s.Strange, Page: s.Path, Atom: root + "/feed.atom", RSS: root + "/feed.rss", JSON: root + "/feed.json"}
}

func (p *Pages) feedAddress(c Choice) string {
	root := p.site.Base
	if c.Scope != "/" {
		root += c.Scope
	}
	var q []string // in the order in which the feed names itself
	if c.Items > 0 {
		q = append(q, "n="+strconv.Itoa(c.Items))
	}
	if !c.Full {
		q = append(q, "full=0")
	}
	address := root + "/feed." + c.Format
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
	Format  string // "atom", "rss" or "json"
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

var kinds = map[string]string{"atom": "Atom", "rss": "RSS", "json": "JSON Feed"}

// Feed renders the page about one feed.
func (p *Pages) Feed(f FeedPage) ([]byte, error) {
	row := p.feedRow(Scope{Path: f.Page})
	addresses := map[string]string{"atom": row.Atom, "rss": row.RSS, "json": row.JSON}
	query := ""
	if f.Query != "" {
		query = "?" + f.Query
	}
	address := addresses[f.Format] + query
	v := FeedPageView{
		Frame: p.frame("", "Feed: "+f.Title), Title: f.Title, Strange: f.Strange, Kind: kinds[f.Format],
		Address: address, Page: f.Page,
	}
	v.Canonical = p.site.Base + f.Page
	view := func(name string) string {
		if query == "" {
			return address + "?view=" + name
		}
		return address + "&view=" + name
	}
	v.Alternates = []Alternate{{feedType[f.Format], f.Title, view("feed")}}
	for _, format := range []string{"atom", "rss", "json"} {
		v.Others = append(v.Others, Link{kinds[format], addresses[format] + query, format == f.Format})
	}
	if f.Format != "json" {
		v.Raw = view("raw")
	}
	for _, e := range f.Items[:min(feedPageItems, len(f.Items))] {
		v.Items = append(v.Items, FeedItem{e.Title, e.Href, text.Cut(e.Summary, summaryChars), p.when(e.At)})
	}
	if len(f.Items) == 0 {
		v.Empty = "This feed is empty so far."
	}
	return p.render("feed", v)
}

// feedPageItems is how many of a feed's entries its page shows.
const feedPageItems = 10

var feedType = map[string]string{"atom": "application/atom+xml", "rss": "application/rss+xml", "json": "application/feed+json"}
