package feed

import (
	"cmp"
	"strings"

	"github.com/mmcdole/gofeed/atom"
	ext "github.com/mmcdole/gofeed/extensions"
)

func (t *translator) atomFeed(f *atom.Feed) {
	d, x := t.doc, found(f.Extensions["x"])
	d.ID = strings.TrimSpace(x.first("id"))
	if d.Title = htmlText(t.kept(f.Title)); d.Title == "" {
		d.Title = guessedText(t.kept(x.first("dctitle")))
	}
	d.Description = htmlText(t.kept(f.Subtitle))
	d.Language = strings.TrimSpace(x.first("language"))
	d.Rights = htmlText(t.kept(f.Rights))
	d.NewURL = resolve(t.base, x.first("newurl"))
	d.Complete, d.Archive = len(x["complete"]) > 0, len(x["archive"]) > 0
	d.Generator = strings.TrimSpace(x.first("generator"))
	d.Deleted = deleted(x["deleted"])
	if f.UpdatedParsed != nil {
		d.Updated = f.UpdatedParsed.UTC()
	}
	t.feedLinks(x["link"])
	if d.Link == "" && d.ID != d.Self {
		d.Link = permalink(d.ID)
	}
	t.hints(x, x.first("ttl"), nil, nil)
	var owners []Person
	for _, p := range f.Authors {
		owners = addPerson(owners, t.atomPerson(p))
	}
	d.Context = t.context(owners)
	d.Entries = make([]Entry, len(f.Entries))
	for i, entry := range f.Entries {
		if isClosed(t.stop) {
			return
		}
		t.atomEntry(&d.Entries[i], entry)
		if len(d.Entries[i].Authors) == 0 {
			d.Entries[i].Authors = owners // RFC 4287 section 4.2.1
		}
		f.Entries[i] = nil // both copies of a long feed need not be held at once
	}
}

func (t *translator) atomEntry(e *Entry, i *atom.Entry) {
	x := found(i.Extensions["x"])
	e.Title = htmlText(t.kept(i.Title))
	e.ID = strings.TrimSpace(x.last("id"))
	t.links(e, x["link"])
	if e.Link == "" {
		e.Link = permalink(e.ID)
	}
	if i.PublishedParsed != nil {
		e.Published = i.PublishedParsed.UTC()
	}
	if i.UpdatedParsed != nil {
		e.Updated = i.UpdatedParsed.UTC()
	}
	e.Rights = htmlText(t.kept(i.Rights))
	if at := resolve(t.base, x.first("comments")); at != "" {
		e.Comments = at
	}
	for _, p := range i.Authors {
		e.Authors = addPerson(e.Authors, t.atomPerson(p))
	}
	for _, p := range i.Contributors {
		e.Contributors = addPerson(e.Contributors, t.atomPerson(p))
	}
	for _, c := range i.Categories {
		e.Categories = addCategory(e.Categories, Category{Term: c.Term, Label: c.Label, Scheme: c.Scheme})
	}
	for _, n := range x["enclosure"] {
		e.Enclosures = t.addEnclosure(e.Enclosures, n.Attrs["url"], n.Attrs["type"], n.Attrs["length"], "")
	}
	if s := i.Source; s != nil {
		e.Source = Source{Title: htmlText(t.kept(s.Title)), ID: s.ID}
		for _, l := range s.Links {
			if at := resolve(t.base, l.Href); at != "" && (l.Rel == "self" || e.Source.URL == "") {
				e.Source.URL = at
			}
		}
	}
	list := []body{{}, {html: i.Summary, base: "summary", summary: true}}
	if i.Content != nil {
		list[0] = body{html: i.Content.Value, base: "content"}
	}
	for _, b := range x["body"] {
		list = append(list, body{html: b.Value, base: b.Attrs["base"]})
	}
	t.bodies(e, mediaBodies(list, x["media"], 0), x)
	t.common(e, x)
}

func (t *translator) atomPerson(p *atom.Person) Person {
	return personIn(ext.Extension{Attrs: map[string]string{"name": p.Name, "email": p.Email, "web": p.URI}}, t.base)
}

// feedLinks reads the links of a feed (RFC 4287 section 4.2.7). The site's own
// link element, where RSS has one, is what counts.
func (t *translator) feedLinks(links []ext.Extension) {
	d := t.doc
	site := d.Link
	for _, l := range links {
		href := l.Attrs["address"]
		switch l.Attrs["rel"] {
		case "hub":
			if d.Hub == "" {
				d.Hub = resolve(t.base, href)
			}
		case "prev-archive":
			d.PrevArchive = cmp.Or(d.PrevArchive, resolve(t.base, href))
		case "next":
			d.NextPage = cmp.Or(d.NextPage, resolve(t.base, href))
		case "", "alternate":
			if at := resolve(t.base, href); at != "" && isPage(l.Attrs["type"]) {
				d.Link = at
			}
		}
	}
	if site != "" {
		d.Link = site
	}
}

// links reads the links of an entry. A text link, as RSS has it, is what counts;
// else, of several alternates, the first that says it is a page, else that names
// no type, else the first.
func (t *translator) links(e *Entry, links []ext.Extension) {
	var page, untyped, other string
	for _, l := range links {
		rel, href, typ := l.Attrs["rel"], l.Attrs["address"], l.Attrs["type"]
		if rel != "" && rel != "alternate" {
			t.link(e, rel, href, typ, l)
			continue
		}
		switch at := resolve(t.base, href); {
		case at == "":
		case isHTML(typ):
			page = cmp.Or(page, at)
		case isPage(typ):
			untyped = cmp.Or(untyped, at)
		default:
			other = cmp.Or(other, at)
		}
	}
	e.Link = cmp.Or(e.Link, page, untyped, other)
}

// maxThrough is how many pages beside the last an entry may have been taken over from:
// nobody follows who follows who follows so many.
const maxThrough = 16

// link reads a link that is not where the entry itself is.
func (t *translator) link(e *Entry, rel, href, typ string, l ext.Extension) {
	switch rel {
	case "enclosure":
		e.Enclosures = t.addEnclosure(e.Enclosures, href, typ, l.Attrs["length"], l.Attrs["title"])
	case "replies":
		if at := resolve(t.base, href); at == "" {
		} else if strings.Contains(typ, "html") {
			e.Comments = at
		} else if e.CommentsFeed == "" || strings.Contains(typ, "atom") {
			e.CommentsFeed = at
		}
	case "via":
		switch at := resolve(t.base, href); {
		case e.Via == "":
			e.Via = at
		case at != "" && len(e.Through) < maxThrough:
			e.Through = append(e.Through, at)
		}
	}
}

// deleted are the ids of entries that a document says are no more (RFC 6721
// section 3).
func deleted(list []ext.Extension) (ids []string) {
	for _, e := range list {
		if id := strings.TrimSpace(e.Attrs["ref"]); id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}
