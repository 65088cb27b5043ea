package opml

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"courant/db/text"
)

// maxDepth is how deep folders may nest before the list is refused: no reader
// makes more than three.
const maxDepth = 64

// ErrNoOPML says that a document is something else.
var ErrNoOPML = errors.New("this is not an OPML file")

var errDepth = errors.New("its folders nest too deep")

// Read returns the feeds of an OPML document of any version, given as UTF-8:
// aggregator/feed.UTF8 makes that of whatever arrives. It forgives what files of
// this world have: attributes in any case, bare ampersands and brackets, quotes
// inside quotes or never closed, elements never closed, no root. An outline with
// an xmlUrl is a feed whatever its type; those without an address are groups.
// Nothing that may be a subscription is lost in silence: it is in Left.
func Read(b []byte) (Document, error) {
	r := reader{src: string(b)}
	r.scan()
	if !r.opml {
		return Document{}, fmt.Errorf("read opml: %w", ErrNoOPML)
	}
	if err := r.build(); err != nil {
		return Document{}, fmt.Errorf("read opml: %w", err)
	}
	if r.begun && !r.ended {
		r.leave("whatever came next", "the file ends before its end")
	}
	return r.doc, nil
}

// reader goes through a document twice: scan lists what its outlines are, build
// finds out which stand in which.
type reader struct {
	src    string
	pos    int
	absent map[string]bool // what is nowhere in the rest
	next   int             // where the next tag of OPML's own is, as far as known

	doc   Document
	opml  bool   // there is a root, or an outline with an address
	begun bool   // there is a root that wants an end
	ended bool   // and it has one
	field string // the head's element that we are in
	marks []mark
}

// mark is the start or the end tag of an outline.
type mark struct {
	end    bool
	closed bool // a start that is its own end
	attrs  map[string]string
}

// short is what is told of a piece of a document.
func short(s string) string { return text.Cut(text.Line(legal(s)), 100) }

func (r *reader) leave(title, why string) {
	r.doc.Left = append(r.doc.Left, Left{short(title), why})
}

// build makes feeds of the outlines in the groups that are open around them.
func (r *reader) build() error {
	open, ends := 0, 0
	for _, m := range r.marks {
		switch {
		case m.end:
			ends++
		case !m.closed:
			open++
		}
	}
	// Where ends are missing it is those of feeds, which hold nothing: with one
	// for each, feeds may be nested as well.
	holds := open == ends
	var groups []string // of each open outline; empty: it is no group
	for i, m := range r.marks {
		if m.end {
			if len(groups) > 0 {
				groups = groups[:len(groups)-1]
			}
			continue
		}
		leaf := m.closed || i+1 == len(r.marks) || r.marks[i+1].end
		name := r.outline(m.attrs, groups, leaf)
		ownEnd := i+1 < len(r.marks) && r.marks[i+1].end
		if m.closed || name == "" && address(m.attrs) != "" && !holds && !ownEnd {
			continue
		}
		if len(groups) >= maxDepth {
			return errDepth
		}
		groups = append(groups, name)
	}
	return nil
}

// outline takes one outline: a feed, or a group, of which it returns the name.
func (r *reader) outline(a map[string]string, groups []string, leaf bool) (group string) {
	name := a["title"]
	if name == "" {
		name = a["text"]
	}
	u := address(a)
	switch {
	case u != "":
		f := Feed{Title: name, Description: a["description"], URL: u, Page: clean(a["htmlurl"]), Language: a["language"]}
		for _, g := range groups {
			if g != "" {
				f.Groups = append(f.Groups, g)
			}
		}
		r.doc.Feeds = append(r.doc.Feeds, f)
		return ""
	case !leaf:
		return name
	}
	// A leaf without an address may be an empty folder or a note; but who gives
	// it a page or calls it a feed meant more.
	if page := first(a["url"], a["htmlurl"]); page != "" {
		r.leave(first(name, page), "it names no feed, only "+short(page))
	} else if isFeed(a["type"]) {
		r.leave(first(name, "an outline without a name"), "it names no address")
	}
	return name
}

// address is the feed's own, in OPML 1.0 as url.
func address(a map[string]string) string {
	if u := clean(a["xmlurl"]); u != "" {
		return u
	}
	if isFeed(a["type"]) {
		return clean(a["url"])
	}
	return ""
}

// isFeed reports whether an outline's type is that of a subscription.
func isFeed(kind string) bool {
	kind = strings.ToLower(kind)
	for _, word := range []string{"rss", "atom", "rdf", "feed", "podcast"} {
		if strings.Contains(kind, word) {
			return true
		}
	}
	return false
}

// clean is an address whose ampersands were escaped once too often, or not.
func clean(u string) string { return strings.ReplaceAll(u, "&amp;", "&") }

// first is the first of its arguments that says something.
func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// headText takes character data: of the head only.
func (r *reader) headText(s string) {
	switch r.field {
	case "title":
		r.doc.Title += s
	case "datemodified":
		for _, layout := range []string{time.RFC1123, time.RFC1123Z, time.RFC3339, "Mon, 2 Jan 2006 15:04:05 MST"} {
			if at, err := time.Parse(layout, strings.TrimSpace(s)); err == nil {
				r.doc.Modified = at.UTC()
				return
			}
		}
	}
}
