package feeds

import (
	"strconv"
	"time"

	gorilla "github.com/gorilla/feeds"
)

// The namespaces, with the prefixes that readers expect of them (X20).
const (
	nsAtom    = "http://www.w3.org/2005/Atom"
	nsThread  = "http://purl.org/syndication/thread/1.0"
	nsHistory = "http://purl.org/syndication/history/1.0"
	nsDeleted = "http://purl.org/atompub/tombstones/1.0"
	generator = "courant"
)

// atomTime is RFC 3339 with milliseconds: no two entries of a feed are alike.
func atomTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// atomFeed shadows what gorilla/feeds has once or as text.
type atomFeed struct {
	Title    plainText  `xml:"title"`
	Subtitle *plainText `xml:"subtitle"`
	*gorilla.AtomFeed
	Thread    string         `xml:"xmlns:thr,attr"`
	History   string         `xml:"xmlns:fh,attr"`
	DeletedNS string         `xml:"xmlns:at,attr,omitempty"` // where it is used: validators know it not
	ITunes    string         `xml:"xmlns:itunes,attr,omitempty"`
	Podcast   string         `xml:"xmlns:podcast,attr,omitempty"`
	Lang      string         `xml:"xml:lang,attr"`
	Author    *atomPerson    `xml:"author"`
	Generator string         `xml:"generator"`
	Links     []atomLink     `xml:"link"`
	Complete  *empty         `xml:"fh:complete"`
	Archive   *empty         `xml:"fh:archive"`
	Deleted   []atomDeletion `xml:"at:deleted-entry"`
}

type empty struct{}

// FeedXml implements gorilla/feeds' XmlFeed.
func (f *atomFeed) FeedXml() any { return f }

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomDeletion struct {
	Ref  string `xml:"ref,attr"`
	When string `xml:"when,attr"`
}

type atomEntry struct {
	Title plainText `xml:"title"`
	*gorilla.AtomEntry
	Lang string `xml:"xml:lang,attr,omitempty"`
	Rest []byte `xml:",innerxml"`
}

type atomPerson struct {
	Name  plainText `xml:"name"`
	Email string    `xml:"email,omitempty"`
}

type atomWriter struct{ *xmlWriter }

func (w *atomWriter) entry(f Feed, e Entry) (span, error) {
	rest := w.children()
	if e.Author != "" {
		rest.add("author", "<name>"+plain(e.Author).Text+"</name>")
	}
	if e.Section.ID != "" {
		rest.add("category", "", "term", e.Section.ID, "label", e.Section.Title, "scheme", e.Section.Scheme)
	}
	for _, tag := range e.Tags {
		rest.add("category", "", "term", tag, "label", tag)
	}
	e.atomLinks(rest)
	if r := e.ReplyTo; r != nil {
		rest.add("thr:in-reply-to", "", "ref", r.Ref, "href", r.Page, "type", "text/html", "source", r.Source)
	} else if brief := e.brief(); brief != "" { // a comment is as short as its summary
		rest.add("summary", escapedMarkup(brief), "type", "html")
	}
	rest.add("content", escapedMarkup(e.whole(f.Words)), "type", "html")
	if e.License != "" {
		rest.add("rights", plain(e.License).Text)
	}
	if s := e.Source; s != nil { // the feed that it came from (RFC 4287 section 4.2.11)
		rest.add("source", "<id>"+quoted(s.ID)+"</id><title>"+plain(s.Title).Text+"</title><updated>"+atomTime(s.Updated)+
			`</updated><link rel="self" href="`+quoted(s.URL)+`"/>`)
	}
	a := &atomEntry{
		AtomEntry: &gorilla.AtomEntry{Id: e.ID, Published: atomTime(e.Published), Updated: atomTime(e.Updated)},
		Title:     plain(e.Title), Rest: rest.Bytes(),
	}
	if e.Language != f.Language {
		a.Lang = e.Language
	}
	return w.element(a)
}

// atomLinks writes an entry's links: its page, the original, its thread, its
// files.
func (e Entry) atomLinks(x *elements) {
	x.add("link", "", "rel", "alternate", "type", "text/html", "href", e.Link)
	if e.Via != "" {
		x.add("link", "", "rel", "via", "type", "text/html", "href", e.Via)
	}
	for _, page := range e.Through {
		x.add("link", "", "rel", "via", "type", "text/html", "href", page)
	}
	e.alsoLinks("link", x)
	if r := e.Replies; r != nil {
		updated, count := "", ""
		if !r.Uncounted {
			count = strconv.Itoa(r.Count)
			if !r.Updated.IsZero() {
				updated = atomTime(r.Updated)
			}
		}
		x.add("link", "", "rel", "replies", "type", "text/html", "href", r.Page, "thr:count", count, "thr:updated", updated)
		x.add("link", "", "rel", "replies", "type", Atom.Type(), "href", r.Atom, "thr:count", count, "thr:updated", updated)
		if !r.Uncounted {
			x.add("thr:total", count)
		}
	}
	e.episode(x)
	for _, m := range e.Files {
		length := ""
		if m.Length > 0 {
			length = strconv.FormatInt(m.Length, 10)
		}
		x.add("link", "", "rel", "enclosure", "type", m.Type, "href", m.URL, "title", m.Title, "length", length)
	}
}

// alsoLinks writes where else the same article is, in elements of the given name.
func (e Entry) alsoLinks(name string, x *elements) {
	for _, a := range e.Also {
		if a.Link != "" {
			x.add(name, "", "rel", "related", "type", "text/html", "href", a.Link, "title", a.Source+": "+a.Title)
		}
	}
}

func (w *atomWriter) frame(f Feed) (head, tail []byte, between string, err error) {
	a := &atomFeed{
		AtomFeed: &gorilla.AtomFeed{
			Xmlns: nsAtom, Id: f.ID, Updated: atomTime(f.Updated), Logo: f.Image.URL,
		},
		Title: plain(f.Title), Subtitle: plainOrNone(f.Description),
		Thread: nsThread, History: nsHistory, Lang: f.Language, Generator: generator,
		Links: append(f.hub([]atomLink{
			{Rel: "self", Type: Atom.Type(), Href: f.Self},
			{Rel: "alternate", Type: "text/html", Href: f.Page},
		}), f.neighbours(Atom)...),
	}
	a.ITunes, a.Podcast = f.podcasts()
	if f.Author.Name != "" {
		a.Author = &atomPerson{Name: plain(f.Author.Name), Email: f.Author.Email}
	}
	if f.Complete {
		a.Complete = &empty{}
	}
	if f.History.Archive {
		a.Archive = &empty{}
	}
	if len(f.Deleted) > 0 {
		a.DeletedNS = nsDeleted
		for _, d := range f.Deleted {
			a.Deleted = append(a.Deleted, atomDeletion{Ref: d.Ref, When: atomTime(d.When)})
		}
	}
	return frameXML(f, a, "\n</feed>")
}

// hub adds to links the one that leads to the WebSub hub (W1).
func (f Feed) hub(links []atomLink) []atomLink {
	if f.Hub == "" {
		return links
	}
	return append(links, atomLink{Rel: "hub", Href: f.Hub})
}

// neighbours are the links of a paged feed, and of an archived one (RFC 5005
// sections 3 and 4).
func (f Feed) neighbours(format Format) (links []atomLink) {
	for _, n := range []struct{ rel, href string }{
		{"first", f.First},
		{"previous", f.Prev},
		{"next", f.Next},
		{"last", f.Last},
		{"current", f.History.Current},
		{"prev-archive", f.History.Prev},
		{"next-archive", f.History.Next},
	} {
		if n.href != "" {
			links = append(links, atomLink{Rel: n.rel, Type: format.Type(), Href: n.href})
		}
	}
	return links
}
