// Package discover finds the feeds of a site: those that its page names, in its
// text or beside it, those of the page that it leads on to, those that it links
// to, and only where there are none, politely one after the other, those at the
// addresses where feeds usually are. Links reads a page; Find asks the site.
package discover

import (
	"bytes"
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"
)

const (
	maxToken = 1 << 20 // bytes of a page between two tags
	maxWords = 60      // bytes of a link that only says that it is a feed
)

// Page is what a request brought.
type Page struct {
	URL         string // that answered
	ContentType string
	Links       []string // its Link headers
	Refresh     string   // its Refresh header
	Body        []byte
}

// Getter makes one polite request.
type Getter func(ctx context.Context, address string) (Page, error)

// Link is a feed that a page names.
type Link struct {
	URL   string // absolute
	Title string // as the page calls it, often empty
}

// Web is the address on the web that raw stands for. Programs make feed: and
// names of their own of http: and https:, people leave both out.
func Web(raw string) string {
	raw = strings.TrimSpace(raw)
	if address, ok := fromFeedScheme(raw); ok {
		return address
	}
	switch {
	case strings.HasPrefix(raw, "//"):
		return "https:" + raw
	case strings.Contains(raw, "://") || strings.ContainsAny(raw, " @"):
		return raw
	}
	host, _, _ := strings.Cut(raw, "/")
	if name, _, _ := strings.Cut(host, ":"); strings.Contains(strings.Trim(name, "."), ".") {
		return "https://" + raw
	}
	return raw
}

// fromFeedScheme is the address of the web that one with a scheme of feeds
// stands for; ok is false where raw has none.
func fromFeedScheme(raw string) (address string, ok bool) {
	scheme, rest, _ := strings.Cut(raw, ":")
	scheme = strings.ToLower(scheme)
	if !slices.Contains([]string{"feed", "feeds", "rss", "atom", "podcast", "pcast", "itpc"}, scheme) {
		return "", false
	}
	rest = strings.TrimPrefix(rest, "//")
	low := strings.ToLower(rest)
	switch {
	case strings.HasPrefix(low, "http:"), strings.HasPrefix(low, "https:"):
		return rest, true
	case scheme == "feeds":
		return "https://" + rest, true
	}
	return "http://" + rest, true
}

// feedTypes are the media types of feeds in link rel=alternate.
func feedTypes() []string {
	return []string{
		"application/rss+xml", "application/atom+xml", "application/feed+json", "application/json", "application/rdf+xml", "application/xml", "text/xml",
		"application/x-rss+xml", "application/x-atom+xml", "application/rss", "application/atom", "text/rss+xml", "text/atom+xml", "text/rss", "text/atom",
	}
}

// Links reads a page: the feeds that it names, in its Link headers (RFC 8288)
// and anywhere in its text (WHATWG HTML section 4.6.7.1), comment feeds last, and
// the links of its body that look like feeds of the same site.
func Links(page Page) (named, linked []Link) {
	base, err := url.Parse(page.URL)
	if err != nil {
		return nil, nil
	}
	r, err := charset.NewReader(bytes.NewReader(page.Body), page.ContentType)
	if err != nil { // it is empty
		r = bytes.NewReader(nil)
	}
	c := collector{base: base, seen: map[string]bool{}}
	for _, l := range headerLinks(page.Links) {
		c.header(l)
	}
	z := html.NewTokenizer(r)
	z.SetMaxBuf(maxToken)
	for {
		switch z.Next() {
		case html.ErrorToken:
			slices.SortStableFunc(c.named, func(a, b Link) int { return rank(a) - rank(b) })
			return c.named, c.linked
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			if t.DataAtom == atom.Noscript {
				z.NextIsNotRawText() // we are who it is for
			}
			c.start(t)
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == "a" {
				c.closeLink()
			}
		case html.TextToken:
			if c.open != nil && len(c.words) < maxWords {
				text := z.Text()
				c.words += string(text[:min(len(text), maxWords+1)])
			}
		}
	}
}

// Refresh is where a page sends its readers by meta refresh or by the header of
// that name, "" for nowhere.
func Refresh(page Page) string {
	base, err := url.Parse(page.URL)
	if err != nil {
		return ""
	}
	if u := resolve(base, refreshTarget(page.Refresh)); u != nil {
		return u.String()
	}
	z := html.NewTokenizer(bytes.NewReader(page.Body))
	z.SetMaxBuf(maxToken)
	for {
		switch z.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken, html.SelfClosingTagToken:
		default:
			continue
		}
		t := z.Token()
		a := attributes(t)
		switch {
		case t.DataAtom == atom.Noscript:
			z.NextIsNotRawText()
		case t.DataAtom == atom.Base:
			if b := resolve(base, a["href"]); b != nil {
				base = b
			}
		case t.DataAtom == atom.Meta && strings.EqualFold(a["http-equiv"], "refresh"):
			if u := resolve(base, refreshTarget(a["content"])); u != nil {
				return u.String()
			}
		}
	}
}

// refreshTarget is the address in what a refresh says (WHATWG HTML section
// 4.2.5.3): seconds, a semicolon, a comma or space, and the address, mostly
// behind "url=" and sometimes in quotes.
func refreshTarget(s string) string {
	const space = " \t\r\n\f"
	s = strings.TrimLeft(strings.TrimLeft(s, space), "0123456789.")
	rest := strings.TrimLeft(s, space+";,")
	if rest == s {
		return "" // no time and no border
	}
	if len(rest) > 3 && strings.EqualFold(rest[:3], "url") {
		if value, ok := strings.CutPrefix(strings.TrimLeft(rest[3:], space), "="); ok {
			rest = strings.TrimLeft(value, space)
		}
	}
	if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
		rest, _, _ = strings.Cut(rest[1:], rest[:1])
	}
	return strings.TrimSpace(rest)
}

func attributes(t html.Token) map[string]string {
	a := make(map[string]string, len(t.Attr))
	for _, x := range t.Attr {
		if _, twice := a[x.Key]; !twice {
			a[x.Key] = x.Val
		}
	}
	return a
}

func namesFeed(a map[string]string) bool {
	rels := strings.Fields(strings.ToLower(a["rel"]))
	if slices.Contains(rels, "feed") || slices.Contains(rels, "service.feed") {
		return true
	}
	return slices.Contains(rels, "alternate") && !slices.Contains(rels, "stylesheet") && isFeedType(a["type"])
}

// isFeedType reports whether a media type is one that feeds have.
func isFeedType(kind string) bool {
	kind, _, _ = strings.Cut(strings.ToLower(kind), ";")
	return slices.Contains(feedTypes(), strings.TrimSpace(kind))
}

// rank puts feeds of comments behind those of articles.
func rank(l Link) int {
	if strings.Contains(strings.ToLower(l.URL+" "+l.Title), "comment") {
		return 1
	}
	return 0
}

func resolve(base *url.URL, ref string) *url.URL {
	ref = strings.TrimSpace(ref)
	if ref == "" {
		return nil
	}
	if address, ok := fromFeedScheme(ref); ok {
		ref = address
	}
	u, err := base.Parse(ref)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil
	}
	u.Fragment, u.User = "", nil
	return u
}

// looksLikeFeed judges an address by its last part.
func looksLikeFeed(u *url.URL) bool {
	path := strings.ToLower(strings.TrimSuffix(u.Path, "/"))
	last := path[strings.LastIndexByte(path, '/')+1:]
	switch last {
	case "feed", "rss", "atom", "feeds", "rdf":
		return true
	}
	for _, end := range []string{".rss", ".atom", ".rdf", "rss.xml", "atom.xml", "feed.xml", "index.xml", "feed.json"} {
		if strings.HasSuffix(last, end) {
			return true
		}
	}
	return false
}

func sameSite(a, b *url.URL) bool {
	bare := func(u *url.URL) string { return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.") }
	return bare(a) == bare(b)
}

// Usual are the addresses at which feeds usually are: below the page and beside
// it first, then those of its site.
func Usual(page string) []Link {
	base, err := url.Parse(page)
	if err != nil {
		return nil
	}
	folder := base.EscapedPath()
	folder = folder[:strings.LastIndexByte(folder, '/')+1]
	folders := []string{folder, "/"}
	if last := base.EscapedPath()[len(folder):]; last != "" && !strings.Contains(last, ".") {
		folders = []string{folder + last + "/", folder, "/"} // a folder whose slash was left out, perhaps
	}
	var list []Link
	seen := map[string]bool{}
	for _, folder := range folders {
		for _, name := range []string{"feed", "feed.xml", "rss.xml", "atom.xml", "index.xml", "rss", "feed.json", "feed.atom", "index.rdf"} {
			if u := resolve(base, cmp.Or(folder, "/")+name); u != nil && !seen[u.String()] {
				seen[u.String()] = true
				list = append(list, Link{URL: u.String()})
			}
		}
	}
	return list
}
