package feeds

import (
	"cmp"
	"encoding/xml"
	"slices"
	"strconv"
	"strings"
	"time"

	gorilla "github.com/gorilla/feeds"

	"courant/db/text"
)

const (
	nsContent = "http://purl.org/rss/1.0/modules/content/"
	nsDC      = "http://purl.org/dc/elements/1.1/"
	nsWFW     = "http://wellformedweb.org/CommentAPI/"
	nsSlash   = "http://purl.org/rss/1.0/modules/slash/"
	nsMedia   = "http://search.yahoo.com/mrss/"
	nsSource  = "http://source.scripting.com/"

	rssDocs = "https://www.rssboard.org/rss-specification"
	// rssTTL is in minutes: what Cache-Control allows anyway (C4).
	rssTTL = 5
)

// rssTime is RFC 822 with a year of four digits.
func rssTime(t time.Time) string { return t.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT") }

type rss struct {
	XMLName xml.Name    `xml:"rss"`
	Version string      `xml:"version,attr"`
	Atom    string      `xml:"xmlns:atom,attr"`
	Content string      `xml:"xmlns:content,attr"`
	DC      string      `xml:"xmlns:dc,attr"`
	WFW     string      `xml:"xmlns:wfw,attr"`
	Slash   string      `xml:"xmlns:slash,attr"`
	Thread  string      `xml:"xmlns:thr,attr"`
	History string      `xml:"xmlns:fh,attr"`
	Media   string      `xml:"xmlns:media,attr"`
	Source  string      `xml:"xmlns:source,attr,omitempty"` // where it is used: validators know it not
	ITunes  string      `xml:"xmlns:itunes,attr,omitempty"`
	Podcast string      `xml:"xmlns:podcast,attr,omitempty"`
	Channel *rssChannel `xml:"channel"`
}

// FeedXml implements gorilla/feeds' XmlFeed.
func (r *rss) FeedXml() any { return r }

type rssChannel struct {
	Title plainText `xml:"title"`
	*gorilla.RssFeed
	Editor   *plainText `xml:"managingEditor"`
	About    plainText  `xml:"description"`
	Image    *rssImage  `xml:"image"`
	Links    []atomLink `xml:"atom:link"`
	Complete *empty     `xml:"fh:complete"`
	Archive  *empty     `xml:"fh:archive"`
	Blogroll string     `xml:"source:blogroll,omitempty"`
}

// What RSS allows of a channel's image (R9).
const (
	maxImageWidth  = 144
	maxImageHeight = 400
)

type rssImage struct {
	URL    string    `xml:"url"`
	Title  plainText `xml:"title"`
	Link   string    `xml:"link"`
	Width  int       `xml:"width"`
	Height int       `xml:"height"`
}

type rssItem struct {
	Title plainText `xml:"title"`
	About plainText `xml:"description"`
	*gorilla.RssItem
	Rest []byte `xml:",innerxml"`
}

type rssWriter struct{ *xmlWriter }

func (w *rssWriter) entry(f Feed, e Entry) (span, error) {
	item := &rssItem{
		RssItem: &gorilla.RssItem{Link: e.Link, Guid: &gorilla.RssGuid{Id: e.ID, IsPermaLink: "false"}, PubDate: rssTime(e.Published)},
		Title:   plain(e.Title),
	}
	rest := w.children()
	if e.Author != "" {
		rest.add("dc:creator", plain(e.Author).Text)
	}
	if e.License != "" {
		rest.add("dc:rights", plain(e.License).Text)
	}
	if e.Section.ID != "" {
		rest.add("category", plain(e.Section.Title).Text, "domain", e.Section.Scheme)
	}
	for _, tag := range e.Tags {
		rest.add("category", plain(tag).Text)
	}
	if e.ReplyTo == nil && !e.Body.Empty() {
		item.About.Text = escapedMarkup(e.brief()) // there even if empty: validators want it before content (R5)
		rest.add("content:encoded", escapedMarkup(e.whole(f.Words)))
	} else { // a comment is its own summary
		item.About.Text = escapedMarkup(e.whole(f.Words))
	}
	if s := e.Source; s != nil {
		rest.add("source", plain(s.Title).Text, "url", s.URL)
	}
	if r := e.Replies; r != nil {
		item.Comments = r.Page
		rest.add("wfw:commentRss", quoted(r.RSS))
		if !r.Uncounted {
			rest.add("slash:comments", strconv.Itoa(r.Count))
		}
	}
	if e.Via != "" {
		rest.add("atom:link", "", "rel", "via", "href", e.Via)
	}
	for _, page := range e.Through {
		rest.add("atom:link", "", "rel", "via", "href", page)
	}
	e.alsoLinks("atom:link", rest)
	if r := e.ReplyTo; r != nil {
		rest.add("thr:in-reply-to", "", "ref", r.Ref, "href", r.Page, "type", "text/html", "source", r.Source)
	}
	item.files(e.Files, rest)
	e.episode(rest)
	item.Rest = rest.Bytes()
	return w.element(item)
}

// publicHost fits addresses that a reader elsewhere can follow: a domain with a
// dot, or an IP address.
var publicHost = text.Pattern(`^(?i:https?)://([a-zA-Z0-9-]+\.)+([a-zA-Z]{2,}|xn--[a-zA-Z0-9-]+|[0-9]+)(:[0-9]+)?(/|$)`)

// unknownType is what a file is of which nobody says what it is (RFC 2046
// section 4.5.1).
const unknownType = "application/octet-stream"

// files makes the first file whose type is known, else the first, the
// enclosure, and media:content of the others (R8).
func (item *rssItem) files(list []Media, x *elements) {
	reachable := func(m Media) bool { return publicHost().MatchString(m.URL) }
	chosen := slices.IndexFunc(list, func(m Media) bool { return m.Type != "" && reachable(m) })
	if chosen < 0 {
		chosen = slices.IndexFunc(list, reachable)
	}
	for i, m := range list {
		if i == chosen {
			item.Enclosure = &gorilla.RssEnclosure{Url: m.URL, Type: cmp.Or(m.Type, unknownType), Length: strconv.FormatInt(m.Length, 10)}
			continue
		}
		medium, _, _ := strings.Cut(m.Type, "/")
		switch medium {
		case "image", "audio", "video":
		default:
			medium = ""
		}
		length := ""
		if m.Length > 0 {
			length = strconv.FormatInt(m.Length, 10)
		}
		x.add("media:content", "", "url", m.URL, "type", m.Type, "fileSize", length, "medium", medium)
	}
}

func (w *rssWriter) frame(f Feed) (head, tail []byte, between string, err error) {
	channel := &rssChannel{
		RssFeed: &gorilla.RssFeed{
			Link: f.Page, Language: f.Language, LastBuildDate: rssTime(f.Updated),
			Generator: generator, Docs: rssDocs, Ttl: rssTTL,
		},
		Title: plain(f.Title),
		About: inert(f.Description),
		Links: append(f.hub([]atomLink{{Rel: "self", Type: RSS.Type(), Href: f.Self}}), f.neighbours(RSS)...),
	}
	if f.Description == "" {
		channel.About = inert(f.Title) // RSS wants one
	}
	if f.Author.Email != "" {
		editor := f.Author.Email
		if f.Author.Name != "" {
			editor += " (" + f.Author.Name + ")"
		}
		channel.Editor = plainOrNone(editor)
	}
	if i := f.Image; i.URL != "" && 0 < i.Width && i.Width <= maxImageWidth && 0 < i.Height && i.Height <= maxImageHeight {
		channel.Image = &rssImage{URL: i.URL, Title: plain(f.Title), Link: f.Page, Width: i.Width, Height: i.Height}
	}
	if f.Complete {
		channel.Complete = &empty{}
	}
	if f.History.Archive {
		channel.Archive = &empty{}
	}
	ns := ""
	if channel.Blogroll = f.Blogroll; f.Blogroll != "" {
		ns = nsSource
	}
	itunes, podcast := f.podcasts()
	return frameXML(f, &rss{
		Version: "2.0", Atom: nsAtom, Content: nsContent, DC: nsDC, WFW: nsWFW, Slash: nsSlash, Thread: nsThread,
		History: nsHistory, Media: nsMedia, Source: ns, ITunes: itunes, Podcast: podcast, Channel: channel,
	}, "\n"+indent+"</channel>\n</rss>")
}
