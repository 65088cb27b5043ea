package channels

import (
	"context"

	"courant/publisher/feeds"
)

// Values tells what stands in an address in place of a name of its pattern.
type Values func(name string) string

// Scope is something that has feeds.
type Scope struct {
	Pattern string // of the page that the feeds stand under, as http.ServeMux reads it
	// Find tells which channel the values of an address name.
	Find func(context.Context, Values) (*Channel, error)
	// Rows are the channels that lists of feeds name; nil: there are too many.
	Rows func(context.Context) ([]Row, error)
}

// Row is a channel in a list of feeds.
type Row struct {
	Group   Group
	Name    string // within the site
	Title   string // where the site is not seen around it (F1)
	Page    string // path of its page
	Strange bool   // the name is a stranger's
	Within  Within // how to search in it
}

// Within is how to search in what a channel holds: what to write before the words
// that are looked for.
type Within struct {
	Words string // "section:world", empty for the whole
	None  bool   // there is no search in it
}

// Group is what rows are listed together as.
type Group struct {
	Heading string // over them, on a page
	Folder  string // in a subscription list; empty: none
}

// group is one that a page and a subscription list name in their own words;
// folder is empty where a subscription list has none.
func (c *Channels) group(heading, folder string) Group {
	g := Group{Heading: c.site.Words.Say(heading)}
	if folder != "" {
		g.Folder = c.site.Words.Say(folder)
	}
	return g
}

// Scopes is the table of all that has feeds, in the order in which lists of
// feeds name them.
func (c *Channels) Scopes() []Scope {
	return []Scope{
		{"/", c.front, c.one("all_articles", "", "/", Within{})},
		{"/comments", c.latestComments, c.commentRow},
		{"/corrections", c.corrections, c.one("corrections", "corrections_link", "/corrections", Within{None: true})},
		{"/section/{id}", c.articles(c.Section), c.sectionRows},
		{"/source/{id}", c.articles(c.Source), c.sourceRows},
		{"/tag/{tag}", c.articles(c.Tag), nil},
		{"/search", c.search, nil},
		{"/archive/{yyyy}/{mm}", c.articles(c.Month), nil},
		{"/archive/{yyyy}/{mm}/{dd}", c.articles(c.Day), nil},
		{"/article/{name}", c.thread, nil},
		{"/comment/{id}", c.replies, nil},
	}
}

// Rows are the channels that lists of feeds name, in their order.
func (c *Channels) Rows(ctx context.Context) ([]Row, error) {
	var list []Row
	for _, s := range c.Scopes() {
		if s.Rows == nil {
			continue
		}
		rows, err := s.Rows(ctx)
		if err != nil {
			return nil, err
		}
		list = append(list, rows...)
	}
	return list, nil
}

// one is the row of what there is one of; name and title are messages.
func (c *Channels) one(name, title, page string, in Within) func(context.Context) ([]Row, error) {
	return func(context.Context) ([]Row, error) {
		if title != "" {
			title = c.site.Words.Say(title)
		}
		return []Row{{Group: c.group("whole_site", ""), Name: c.site.Words.Say(name), Title: c.title(title), Page: page, Within: in}}, nil
	}
}

func (c *Channels) commentRow(ctx context.Context) ([]Row, error) {
	if !c.site.Comments {
		return nil, nil
	}
	return c.one("all_comments", "comments", "/comments", Within{Words: "in:comments"})(ctx)
}

func (c *Channels) sectionRows(context.Context) ([]Row, error) {
	var list []Row
	for _, s := range c.Sections() {
		list = append(list, Row{Group: c.group("by_section", "sections"), Name: s.Name(), Title: c.title(s.Name()), Page: "/section/" + s.ID, Within: Within{Words: "section:" + s.ID}})
	}
	return list, nil
}

func (c *Channels) sourceRows(ctx context.Context) ([]Row, error) {
	all, err := c.store.Sources(ctx)
	if err != nil {
		return nil, err
	}
	var list []Row
	for _, s := range all {
		s = c.named(s)
		list = append(list, Row{Group: c.group("by_source", "sources"), Name: s.Name(), Title: c.title(s.Name()), Page: "/source/" + s.ID, Strange: true, Within: Within{Words: "source:" + s.ID}})
	}
	return list, nil
}

// title is what is called name within the site, where the site is not seen
// around it (F1); empty is the site itself.
func (c *Channels) title(name string) string {
	if name == "" {
		return c.site.Title
	}
	return c.site.Title + " – " + name
}

// Below is a page's path as what stands under it begins.
func Below(page string) string {
	if page == "/" {
		return ""
	}
	return page
}

// Path is that of the feed in a format under a page.
func Path(page string, format feeds.Format) string { return Below(page) + "/" + format.File() }
