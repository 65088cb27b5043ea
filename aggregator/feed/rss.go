package feed

import (
	"strings"

	"github.com/mmcdole/gofeed/rss"
)

func (t *translator) rssFeed(f *rss.Feed) {
	d, x := t.doc, found(f.Extensions["x"])
	d.ID = strings.TrimSpace(x.first("id"))
	if d.Title = guessedText(t.kept(f.Title)); d.Title == "" {
		d.Title = guessedText(t.kept(x.first("dctitle")))
	}
	d.Description = htmlText(t.kept(f.Description))
	if d.Language = strings.TrimSpace(f.Language); d.Language == "" {
		d.Language = strings.TrimSpace(x.first("language"))
	}
	d.Rights = htmlText(t.kept(f.Copyright))
	d.NewURL = resolve(t.base, x.first("newurl"))
	d.Complete, d.Archive = len(x["complete"]) > 0, len(x["archive"]) > 0
	d.Generator = strings.TrimSpace(x.first("generator"))
	d.Deleted = deleted(x["deleted"])
	if f.LastBuildDateParsed != nil {
		d.Updated = f.LastBuildDateParsed.UTC()
	} else if f.PubDateParsed != nil {
		d.Updated = f.PubDateParsed.UTC()
	}
	for _, l := range f.Links {
		if at := resolve(t.base, l); at != "" {
			d.Link = at
		}
	}
	t.feedLinks(x["link"])
	if d.Link == "" && d.ID != d.Self {
		d.Link = permalink(d.ID)
	}
	t.hints(x, f.TTL, f.SkipHours, f.SkipDays)
	d.Context = t.context(nil)
	d.Entries = make([]Entry, len(f.Items))
	for i, item := range f.Items {
		if isClosed(t.stop) {
			return
		}
		t.rssItem(&d.Entries[i], item)
		f.Items[i] = nil // both copies of a long feed need not be held at once
	}
}

func (t *translator) rssItem(e *Entry, i *rss.Item) {
	x := found(i.Extensions["x"])
	e.Title = guessedText(t.kept(i.Title))
	if i.GUID != nil {
		e.ID = strings.TrimSpace(i.GUID.Value)
	}
	for _, l := range i.Links {
		if at := resolve(t.base, l); at != "" {
			e.Link = at
		}
	}
	t.links(e, x["link"])
	if e.Link == "" && i.GUID != nil && i.GUID.IsPermalink == "true" {
		e.Link = permalink(i.GUID.Value)
		if strings.HasPrefix(strings.TrimSpace(i.GUID.Value), "/") {
			e.Link = resolve(t.base, i.GUID.Value) // said to be a link, and looks like one
		}
	}
	if i.PubDateParsed != nil {
		e.Published = i.PubDateParsed.UTC()
	}
	e.Updated = x.lastTime("updated")
	e.Rights = htmlText(t.kept(x.first("rights")))
	if at := resolve(t.base, i.Comments); at != "" {
		e.Comments = at
	}
	if i.Source != nil {
		e.Source = Source{Title: guessedText(i.Source.Title), URL: resolve(t.base, i.Source.URL)}
	}
	for _, c := range i.Categories {
		e.Categories = addCategory(e.Categories, Category{Term: c.Value, Scheme: c.Domain})
	}
	for _, n := range i.Enclosures {
		e.Enclosures = t.addEnclosure(e.Enclosures, n.URL, n.Type, n.Length, "")
	}
	list := []body{{html: i.Content, base: "content:encoded"}, {html: i.Description, base: "description", summary: true}}
	for _, b := range x["body"] {
		list = append(list, body{html: b.Value, base: b.Attrs["base"]})
	}
	t.bodies(e, mediaBodies(list, x["media"], 0), x)
	t.common(e, x)
}

// permalink is an id that is an address of the web.
func permalink(id string) string {
	scheme, _, _ := strings.Cut(strings.TrimSpace(id), ":")
	if !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return ""
	}
	return resolve(nil, id)
}

// isPage reports whether a link of that type may lead to something people read:
// one that is no type says nothing.
func isPage(typ string) bool { return !strings.Contains(typ, "/") || isHTML(typ) }

// isHTML reports whether a type is that of pages.
func isHTML(typ string) bool {
	return strings.HasPrefix(typ, "text/html") || strings.HasPrefix(typ, "application/xhtml")
}
