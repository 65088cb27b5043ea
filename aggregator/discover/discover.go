// Package discover finds the feeds of a site: those that its page names, then
// those that its page links to, and only where there are none, politely one
// after the other, those at the addresses where feeds usually are. Links reads
// a page; Find asks the site.
package discover

import (
	"bytes"
	"context"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"

	"courant/aggregator/feed"
)

const (
	// maxCandidates bounds the feeds of one page that are looked at: a page
	// that names more is a directory.
	maxCandidates = 10
	maxToken      = 1 << 20 // bytes of a page between two tags
)

// Page is what a request brought.
type Page struct {
	URL         string // that answered
	ContentType string
	Body        []byte
}

// Getter makes one polite request.
type Getter func(ctx context.Context, address string) (Page, error)

// Link is a feed that a page names.
type Link struct {
	URL   string // absolute
	Title string // as the page calls it, often empty
}

// Feed is a feed that was found and could be read.
type Feed struct {
	URL     string
	Title   string
	Format  string
	Entries int
	From    string // where it was found: "the address itself", "the page", "a link of the page", "a usual address"
}

// Find returns the feeds of the site at address, the likeliest first. It is an
// error when the address cannot be had; no feed at all is an empty list.
func Find(ctx context.Context, get Getter, address string) ([]Feed, error) {
	page, err := get(ctx, address)
	if err != nil {
		return nil, err
	}
	if doc, err := feed.Parse(page.Body, feed.Options{URL: page.URL, ContentType: page.ContentType}); err == nil {
		return []Feed{found(page.URL, doc, "", "the address itself")}, nil
	}
	named, linked := Links(page)
	for _, group := range []struct {
		from  string
		links []Link
	}{{"the page", named}, {"a link of the page", linked}, {"a usual address", Usual(page.URL)}} {
		list, err := try(ctx, get, group.links, group.from)
		if err != nil || len(list) > 0 {
			return list, err
		}
	}
	return nil, nil
}

// try reads each link and keeps those that are feeds. Only a cancelled context
// is an error.
func try(ctx context.Context, get Getter, links []Link, from string) ([]Feed, error) {
	var list []Feed
	for _, l := range links[:min(len(links), maxCandidates)] {
		page, err := get(ctx, l.URL)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			continue
		}
		doc, err := feed.Parse(page.Body, feed.Options{URL: page.URL, ContentType: page.ContentType})
		if err != nil || slices.ContainsFunc(list, func(f Feed) bool { return f.URL == page.URL }) {
			continue
		}
		list = append(list, found(page.URL, doc, l.Title, from))
		if from == "a usual address" {
			break // one will do: the others are guesses
		}
	}
	return list, nil
}

func found(address string, doc *feed.Document, title, from string) Feed {
	if doc.Title != "" {
		title = doc.Title
	}
	return Feed{URL: address, Title: title, Format: doc.Format, Entries: len(doc.Entries), From: from}
}

// feedTypes are the media types of feeds in link rel=alternate.
func feedTypes() []string {
	return []string{"application/rss+xml", "application/atom+xml", "application/feed+json", "application/json", "application/rdf+xml", "application/xml", "text/xml"}
}

// Links reads a page: the feeds that its head names (WHATWG HTML section
// 4.6.7.1), comment feeds last, and links of its body that look like feeds of
// the same site.
func Links(page Page) (named, linked []Link) {
	r, err := charset.NewReader(bytes.NewReader(page.Body), page.ContentType)
	if err != nil {
		return nil, nil
	}
	base, err := url.Parse(page.URL)
	if err != nil {
		return nil, nil
	}
	z := html.NewTokenizer(r)
	z.SetMaxBuf(maxToken)
	seen := map[string]bool{}
	for {
		switch z.Next() {
		case html.ErrorToken:
			slices.SortStableFunc(named, func(a, b Link) int { return rank(a) - rank(b) })
			return named, linked
		case html.StartTagToken, html.SelfClosingTagToken:
		default:
			continue
		}
		t := z.Token()
		a := attributes(t)
		switch t.DataAtom {
		case atom.Base:
			if b := resolve(base, a["href"]); b != nil {
				base = b
			}
		case atom.Link:
			if u := resolve(base, a["href"]); u != nil && namesFeed(a) && !seen[u.String()] {
				seen[u.String()] = true
				named = append(named, Link{u.String(), strings.TrimSpace(a["title"])})
			}
		case atom.A:
			u := resolve(base, a["href"])
			if u != nil && looksLikeFeed(u) && sameSite(u, base) && !seen[u.String()] {
				seen[u.String()] = true
				linked = append(linked, Link{URL: u.String()})
			}
		}
	}
}

// Refresh is where a page sends its readers by meta refresh, "" for nowhere.
func Refresh(page Page) string {
	base, err := url.Parse(page.URL)
	if err != nil {
		return ""
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
		if t.DataAtom != atom.Meta || !strings.EqualFold(a["http-equiv"], "refresh") {
			continue
		}
		_, target, _ := strings.Cut(a["content"], ";")
		name, target, _ := strings.Cut(target, "=")
		if u := resolve(base, strings.Trim(strings.TrimSpace(target), `'"`)); u != nil && strings.EqualFold(strings.TrimSpace(name), "url") {
			return u.String()
		}
	}
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
	if slices.Contains(rels, "feed") {
		return true
	}
	kind, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(a["type"])), ";")
	return slices.Contains(rels, "alternate") && !slices.Contains(rels, "stylesheet") && slices.Contains(feedTypes(), kind)
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

// Usual are the addresses at which feeds usually are, beside the page first.
func Usual(page string) []Link {
	base, err := url.Parse(page)
	if err != nil {
		return nil
	}
	var list []Link
	for _, name := range []string{"feed", "feed.xml", "rss.xml", "atom.xml", "index.xml", "feed.json"} {
		if u := resolve(base, "/"+name); u != nil {
			list = append(list, Link{URL: u.String()})
		}
	}
	return list
}
