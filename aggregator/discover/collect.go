package discover

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// collector gathers the feeds of a page while it is read.
type collector struct {
	base          *url.URL
	named, linked []Link
	seen          map[string]bool

	open  *url.URL // of the link that is being read and does not look like a feed
	words string   // what it says
}

// header takes one link of a Link header.
func (c *collector) header(l headerLink) {
	u := resolve(c.base, l.target)
	if u == nil || !namesFeed(l.params) {
		return
	}
	if anchor, ok := l.params["anchor"]; ok {
		if at := resolve(c.base, anchor); at == nil || at.String() != c.base.String() {
			return // it is another page's
		}
	}
	c.add(&c.named, u, l.params["title"])
}

func (c *collector) add(list *[]Link, u *url.URL, title string) {
	if address := u.String(); !c.seen[address] {
		c.seen[address] = true
		*list = append(*list, Link{address, strings.TrimSpace(title)})
	}
}

// start takes a start tag.
func (c *collector) start(t html.Token) {
	switch t.DataAtom {
	case atom.Base, atom.Link, atom.A, atom.Area:
	case atom.Img:
		if c.open != nil && len(c.words) < maxWords {
			c.words += " " + attributes(t)["alt"]
		}
		return
	default:
		return
	}
	a := attributes(t)
	u := resolve(c.base, a["href"])
	switch {
	case u == nil:
	case t.DataAtom == atom.Base:
		c.base = u
	case namesFeed(a) || isFeedScheme(a["href"]):
		c.add(&c.named, u, a["title"])
	case t.DataAtom == atom.Link:
		if a["type"] == "" && slices.Contains(strings.Fields(strings.ToLower(a["rel"])), "alternate") && looksLikeFeed(u) {
			c.add(&c.linked, u, a["title"])
		}
	case isFeedType(a["type"]), looksLikeFeed(u) && related(u, c.base):
		c.add(&c.linked, u, a["title"])
	case t.DataAtom == atom.A && related(u, c.base):
		c.open, c.words = u, a["title"]+" "+a["aria-label"]
		return
	}
	if t.DataAtom == atom.A {
		c.open = nil
	}
}

// closeLink judges a link by what it says.
func (c *collector) closeLink() {
	if c.open != nil && saysFeed(c.words) {
		c.add(&c.linked, c.open, "")
	}
	c.open = nil
}

// saysFeed reports whether a link is called RSS, Atom or Feed.
func saysFeed(words string) bool {
	if len(words) > maxWords {
		return false
	}
	list := strings.FieldsFunc(strings.ToLower(words), func(r rune) bool {
		return !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || r >= 0x80)
	})
	return slices.ContainsFunc(list, func(w string) bool { return w == "rss" || w == "atom" || w == "feed" || w == "feeds" || w == "rss2" })
}

func isFeedScheme(href string) bool {
	_, ok := fromFeedScheme(strings.TrimSpace(href))
	return ok
}

// related reports whether a feed at u may be that of a page at base: one site,
// or a host for feeds, such as many sites have or rent.
func related(u, base *url.URL) bool {
	host, _, _ := strings.Cut(strings.ToLower(u.Hostname()), ".")
	return sameSite(u, base) || host == "feeds" || host == "feed" || host == "rss"
}
