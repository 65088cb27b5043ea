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
	Lang      string         `xml:"xml:lang,attr"`
	Author    *atomPerson    `xml:"author"`
	Generator string         `xml:"generator"`
	Links     []atomLink     `xml:"link"`
	Complete  *empty         `xml:"fh:complete"`
	Deleted   []atomDeletion `xml:"at:deleted-entry"`
}

type empty struct{}

// FeedXml implements gorilla/feeds' XmlFeed.
func (f *atomFeed) FeedXml() any { return f }

type atomLink struct {
	Rel          string `xml:"rel,attr"`
	Type         string `xml:"type,attr,omitempty"`
	Href         string `xml:"href,attr"`
	Title        string `xml:"title,attr,omitempty"`
	Length       string `xml:"length,attr,omitempty"`
	ReplyCount   *int   `xml:"thr:count,attr"`
	ReplyUpdated string `xml:"thr:updated,attr,omitempty"`
}

type atomDeletion struct {
	Ref  string `xml:"ref,attr"`
	When string `xml:"when,attr"`
}

type atomEntry struct {
	Title plainText `xml:"title"`
	*gorilla.AtomEntry
	Summary    *markupText    `xml:"summary"`
	Content    *markupText    `xml:"content"`
	Rights     *plainText     `xml:"rights"`
	Author     *atomPerson    `xml:"author"`
	Lang       string         `xml:"xml:lang,attr,omitempty"`
	Categories []atomCategory `xml:"category"`
	Links      []atomLink     `xml:"link"`
	Total      *int           `xml:"thr:total"`
	ReplyTo    *replyTo       `xml:"thr:in-reply-to"`
	Source     *atomSource    `xml:"source"`
}

type atomPerson struct {
	Name  plainText `xml:"name"`
	Email string    `xml:"email,omitempty"`
}

type atomCategory struct {
	Term   string `xml:"term,attr"`
	Label  string `xml:"label,attr,omitempty"`
	Scheme string `xml:"scheme,attr,omitempty"`
}

// replyTo is thr:in-reply-to, alike in Atom and RSS.
type replyTo struct {
	Ref    string `xml:"ref,attr"`
	Href   string `xml:"href,attr"`
	Type   string `xml:"type,attr"`
	Source string `xml:"source,attr"`
}

func (r *ReplyTo) xml() *replyTo {
	if r == nil {
		return nil
	}
	return &replyTo{Ref: r.Ref, Href: r.Page, Type: "text/html", Source: r.Source}
}

// atomSource is the feed that an entry came from (RFC 4287 section 4.2.11).
type atomSource struct {
	ID      string     `xml:"id"`
	Title   plainText  `xml:"title"`
	Updated string     `xml:"updated"`
	Links   []atomLink `xml:"link"`
}

type atomWriter struct{ *xmlWriter }

func (w *atomWriter) entry(f Feed, e Entry) (span, error) {
	a := &atomEntry{
		AtomEntry: &gorilla.AtomEntry{
			Id: e.ID, Published: atomTime(e.Published), Updated: atomTime(e.Updated),
		},
		Title: plain(e.Title), Rights: plainOrNone(e.License),
		Links:   []atomLink{{Rel: "alternate", Type: "text/html", Href: e.Link}},
		ReplyTo: e.ReplyTo.xml(),
	}
	a.Content = markup(e.whole())
	a.Content.Type = "html"
	if e.Author != "" {
		a.Author = &atomPerson{Name: plain(e.Author)}
	}
	if e.ReplyTo == nil { // a comment is as short as its summary
		if brief := e.brief(); brief != "" {
			a.Summary = markup(brief)
			a.Summary.Type = "html"
		}
	}
	if e.Language != f.Language {
		a.Lang = e.Language
	}
	if e.Section.ID != "" {
		a.Categories = append(a.Categories, atomCategory{Term: e.Section.ID, Label: e.Section.Title, Scheme: e.Section.Scheme})
	}
	for _, tag := range e.Tags {
		a.Categories = append(a.Categories, atomCategory{Term: tag, Label: tag})
	}
	if e.Via != "" {
		a.Links = append(a.Links, atomLink{Rel: "via", Type: "text/html", Href: e.Via})
	}
	if r := e.Replies; r != nil {
		updated := ""
		if !r.Updated.IsZero() {
			updated = atomTime(r.Updated)
		}
		a.Total = &r.Count
		a.Links = append(a.Links,
			atomLink{Rel: "replies", Type: "text/html", Href: r.Page, ReplyCount: &r.Count, ReplyUpdated: updated},
			atomLink{Rel: "replies", Type: Atom.Type(), Href: r.Atom, ReplyCount: &r.Count, ReplyUpdated: updated})
	}
	for _, m := range e.Files {
		l := atomLink{Rel: "enclosure", Type: m.Type, Href: m.URL, Title: line(m.Title)}
		if m.Length > 0 {
			l.Length = strconv.FormatInt(m.Length, 10)
		}
		a.Links = append(a.Links, l)
	}
	if s := e.Source; s != nil {
		a.Source = &atomSource{ID: s.ID, Title: plain(s.Title), Updated: atomTime(s.Updated), Links: []atomLink{{Rel: "self", Href: s.URL}}}
	}
	return w.element(a)
}

func (w *atomWriter) frame(f Feed) (head, tail []byte, between string, err error) {
	a := &atomFeed{
		AtomFeed: &gorilla.AtomFeed{
			Xmlns: nsAtom, Id: f.ID, Updated: atomTime(f.Updated), Logo: f.Image.URL,
		},
		Title: plain(f.Title), Subtitle: plainOrNone(f.Description),
		Thread: nsThread, History: nsHistory, Lang: f.Language, Generator: generator,
		Links: append([]atomLink{
			{Rel: "self", Type: Atom.Type(), Href: f.Self},
			{Rel: "alternate", Type: "text/html", Href: f.Page},
		}, f.neighbours(Atom)...),
	}
	if f.Author.Name != "" {
		a.Author = &atomPerson{Name: plain(f.Author.Name), Email: f.Author.Email}
	}
	if f.Complete {
		a.Complete = &empty{}
	}
	if len(f.Deleted) > 0 {
		a.DeletedNS = nsDeleted
		for _, d := range f.Deleted {
			a.Deleted = append(a.Deleted, atomDeletion{Ref: d.Ref, When: atomTime(d.When)})
		}
	}
	return frameXML(f, a, "\n</feed>")
}

// neighbours are the links of a paged feed (RFC 5005 section 3).
func (f Feed) neighbours(format Format) (links []atomLink) {
	for _, n := range []struct{ rel, href string }{
		{"first", f.First}, {"previous", f.Prev}, {"next", f.Next}, {"last", f.Last},
	} {
		if n.href != "" {
			links = append(links, atomLink{Rel: n.rel, Type: format.Type(), Href: n.href})
		}
	}
	return links
}
