package discover

import (
	"context"
	"slices"
	"strings"

	"courant/aggregator/feed"
)

const (
	// maxCandidates bounds the feeds of one page that are looked at: a page
	// that names more is a directory.
	maxCandidates = 10
	// maxRefreshes is how often a page may lead on to another, as from a front
	// door to the page in a reader's language.
	maxRefreshes = 3
)

// Feed is a feed that was found and could be read.
type Feed struct {
	URL      string
	Title    string
	Format   string
	Entries  int
	From     string // where it was found: "the address itself", "the page", "a link of the page", "a usual address"
	SameAs   string // the feed, before it in the list, that has the same entries and is the one to take; empty: none
	Comments bool   // it has comments, and is not the only one
}

// Find returns the feeds of the site at address, the likeliest first. It is an
// error when the address cannot be had; no feed at all is an empty list.
func Find(ctx context.Context, get Getter, address string) ([]Feed, error) {
	s := search{get: get, asked: map[string]bool{}}
	page, err := get(ctx, address)
	if err != nil {
		return nil, err
	}
	var linked, usual []Link
	for n := 0; ; n++ {
		s.asked[page.URL] = true
		if c := read(page, "", "the address itself"); c != nil {
			return []Feed{c.Feed}, nil
		}
		named, links := Links(page)
		if list, err := s.try(ctx, named[:min(len(named), maxCandidates)], "the page", false); err != nil || len(list) > 0 {
			return list, err
		}
		linked, usual = append(linked, links...), append(usual, Usual(page.URL)...)
		next := Refresh(page)
		if next == "" || s.asked[next] || n == maxRefreshes {
			break
		}
		if page, err = get(ctx, next); err != nil {
			break // where it leads is nothing: what it has itself may be enough
		}
	}
	if list, err := s.try(ctx, linked[:min(len(linked), maxCandidates)], "a link of the page", false); err != nil || len(list) > 0 {
		return list, err
	}
	return s.try(ctx, usual, "a usual address", true) // one will do: the others are guesses
}

// search is one look for feeds. Nothing is asked for twice.
type search struct {
	get   Getter
	asked map[string]bool
}

// candidate is a feed with what it is compared by.
type candidate struct {
	Feed
	entries map[string]bool // their links and titles
	text    int             // bytes of bodies
}

// try reads each link and keeps those that are feeds, with one only the first.
// Only a cancelled context is an error.
func (s *search) try(ctx context.Context, links []Link, from string, one bool) ([]Feed, error) {
	var list []*candidate
	for _, l := range links {
		if s.asked[l.URL] {
			continue
		}
		s.asked[l.URL] = true
		page, err := s.get(ctx, l.URL)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			continue
		}
		c := read(page, l.Title, from)
		if c == nil || slices.ContainsFunc(list, func(f *candidate) bool { return f.URL == c.URL }) {
			continue
		}
		c.Comments = rank(Link{l.URL, l.Title + " " + c.Title}) > 0
		if list = append(list, c); one {
			break
		}
	}
	return sorted(list), nil
}

// read is the feed that a page is, nil where it is none.
func read(page Page, title, from string) *candidate {
	doc, err := feed.Parse(page.Body, feed.Options{URL: page.URL, ContentType: page.ContentType})
	if err != nil {
		return nil
	}
	if doc.Title != "" {
		title = doc.Title
	}
	c := &candidate{
		Feed:    Feed{URL: page.URL, Title: title, Format: doc.Format, Entries: len(doc.Entries), From: from},
		entries: map[string]bool{},
	}
	for _, e := range doc.Entries {
		c.entries[e.Link+" "+strings.ToLower(e.Title)] = true
		c.text += len(e.Body)
	}
	return c
}

// sorted puts the feeds that have the same entries behind the best of them,
// each group where its first was.
func sorted(list []*candidate) (feeds []Feed) {
	for len(list) > 0 {
		var same, others []*candidate
		best := list[0]
		for _, c := range list {
			if !list[0].like(c) {
				others = append(others, c)
				continue
			}
			if same = append(same, c); c.better(best) {
				best = c
			}
		}
		best.Comments = best.Comments && len(feeds)+len(others) > 0
		feeds = append(feeds, best.Feed)
		for _, c := range same {
			if c != best {
				c.SameAs = best.URL
				feeds = append(feeds, c.Feed)
			}
		}
		list = others
	}
	return feeds
}

// like reports whether most entries of one feed are in the other.
func (c *candidate) like(o *candidate) bool {
	if c == o || c.Title == o.Title && len(c.entries)+len(o.entries) == 0 {
		return true
	}
	both := 0
	for e := range c.entries {
		if o.entries[e] {
			both++
		}
	}
	return both > 0 && 2*both >= min(len(c.entries), len(o.entries))
}

// better reports whether c is the one to take of two with the same entries: the
// one with much more text in each, else more of them, else the format that says
// most of what we read.
func (c *candidate) better(o *candidate) bool {
	mine, theirs := c.text*max(o.Entries, 1), o.text*max(c.Entries, 1)
	switch {
	case 2*mine > 3*theirs:
		return true
	case 2*theirs > 3*mine:
		return false
	case c.Entries != o.Entries:
		return c.Entries > o.Entries
	}
	order := func(format string) int {
		return slices.IndexFunc([]string{"json", "rss", "atom"}, func(name string) bool { return strings.HasPrefix(format, name) })
	}
	return order(c.Format) > order(o.Format)
}
