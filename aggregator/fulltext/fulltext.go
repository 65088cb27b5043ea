// Package fulltext makes an entry of a page: its headline, text, picture, author and
// date, found by go-readability. What it gives is a stranger's markup still, to be
// cleaned like any entry's. It is pure, and bounded: a page that would cost more than
// an article does is refused. Begin with Read.
package fulltext

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net/url"
	"strings"
	"time"

	"codeberg.org/readeck/go-readability/v2"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"

	"courant/aggregator/feed"
	"courant/aggregator/robots"
)

// Why a page gives no entry, besides robots.ErrNoArchive.
var (
	ErrNoPage = errors.New("there is no page of HTML")
	ErrNoText = errors.New("no article can be made out in the page")
	ErrLarge  = errors.New("the page is larger than an article is")
)

const (
	// maxBytes is the largest page that is read. Of 300 pages of newspapers the
	// largest had 2 MiB, most of it script.
	maxBytes = 4 << 20
	// maxElements and maxWork bound what the extraction costs: it goes over the text
	// of an element once for each that it stands in.
	maxElements = 30_000
	maxWork     = 64 << 20
	// minText is the shortest text that is an article, in bytes.
	minText = 140
)

// Page is what a request brought.
type Page struct {
	URL         string // that answered
	ContentType string
	Robots      []string // its X-Robots-Tag headers
	Body        []byte
}

// Read makes an entry of a page. Its ID is empty and its link the page's canonical
// address, where that is one of the same site.
func Read(p Page) (e feed.Entry, err error) {
	defer func() {
		if r := recover(); r != nil { // a fault of the extraction is the page's misfortune
			e, err = feed.Entry{}, fmt.Errorf("%w: %v", ErrNoText, r)
		}
	}()
	if kind, _, err := mime.ParseMediaType(p.ContentType); err == nil && kind != "text/html" && kind != "application/xhtml+xml" {
		return e, fmt.Errorf("%w: it is %s", ErrNoPage, kind)
	}
	if len(p.Body) > maxBytes {
		return e, ErrLarge
	}
	at, err := url.Parse(p.URL)
	if err != nil {
		return e, ErrNoPage
	}
	r, err := charset.NewReader(bytes.NewReader(p.Body), p.ContentType)
	if err != nil {
		return e, ErrNoPage
	}
	doc, err := html.Parse(r)
	if err != nil {
		return e, fmt.Errorf("%w: %w", ErrNoText, err)
	}
	head := look(doc)
	if err := robots.Keep(p.Robots, head.robots); err != nil {
		return e, err
	}
	if head.elements > maxElements || head.work > maxWork {
		return e, ErrLarge
	}
	parser := readability.NewParser()
	found, err := parser.ParseAndMutate(doc, at)
	if err != nil || found.Node == nil {
		return e, ErrNoText
	}
	var text, markup strings.Builder
	if err := errors.Join(found.RenderText(&text), found.RenderHTML(&markup)); err != nil {
		return e, fmt.Errorf("%w: %w", ErrNoText, err)
	}
	if len(strings.TrimSpace(text.String())) < minText {
		return e, ErrNoText
	}
	e = feed.Entry{
		Title: found.Title(), Link: head.link(at), Body: markup.String(), Base: p.URL, Language: found.Language(),
	}
	if name := strings.TrimSpace(found.Byline()); name != "" {
		e.Authors = []feed.Person{{Name: name}}
	}
	if t, err := found.PublishedTime(); err == nil {
		e.Published = t.UTC().Truncate(time.Millisecond)
	}
	if t, err := found.ModifiedTime(); err == nil {
		e.Updated = t.UTC().Truncate(time.Millisecond)
	}
	if u, err := at.Parse(found.ImageURL()); err == nil && found.ImageURL() != "" && (u.Scheme == "https" || u.Scheme == "http") {
		e.Image.URL = u.String()
	}
	return e, nil
}

// head is what a page says of itself to programs, and what it would cost.
type head struct {
	canonical string
	robots    []string
	elements  int
	work      int // bytes of text, each times the elements that it stands in
}

func look(doc *html.Node) (h head) {
	depth := 0
	for n := doc; n != nil; {
		switch n.Type {
		case html.ElementNode:
			h.elements++
			h.take(n)
		case html.TextNode:
			h.work += len(n.Data) * depth
		}
		if n.FirstChild != nil {
			n, depth = n.FirstChild, depth+1
			continue
		}
		for n != nil && n.NextSibling == nil {
			n, depth = n.Parent, depth-1
		}
		if n != nil {
			n = n.NextSibling
		}
	}
	return h
}

func (h *head) take(n *html.Node) {
	if n.DataAtom != atom.Meta && n.DataAtom != atom.Link {
		return
	}
	a := map[string]string{}
	for _, x := range n.Attr {
		a[x.Key] = x.Val
	}
	name := strings.ToLower(strings.TrimSpace(a["name"]))
	switch {
	case n.DataAtom == atom.Meta && (name == "robots" || name == robots.Agent):
		h.robots = append(h.robots, a["content"])
	case n.DataAtom == atom.Link && h.canonical == "" && strings.EqualFold(strings.TrimSpace(a["rel"]), "canonical"):
		h.canonical = strings.TrimSpace(a["href"])
	}
}

// link is the canonical address that the page at names, where it is of the same site,
// else at: a page must not say that it is another's.
func (h head) link(at *url.URL) string {
	bare := *at
	bare.Fragment, bare.User = "", nil
	u, err := at.Parse(h.canonical)
	if err != nil || h.canonical == "" || u.Scheme != "http" && u.Scheme != "https" || site(u) != site(at) {
		return bare.String()
	}
	u.Fragment, u.User = "", nil
	return u.String()
}

func site(u *url.URL) string { return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.") }
