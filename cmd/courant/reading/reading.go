// Package reading says what a feed file reads as, in the form that `courant parse`
// prints and that readings are compared by: the entries as they arrived, and what
// normalising makes of them. It touches no store, network or clock. Begin with Of.
package reading

import (
	"net/url"
	"os"
	"path/filepath"
	"time"

	"courant/aggregator/feed"
	"courant/aggregator/normalise"
	"courant/db"
)

// Base is where a file counts as fetched from when nobody says.
const Base = "http://feed.invalid/dir/"

// File is what a feed file reads as.
type File struct {
	File    string   `json:"file"`
	Error   *string  `json:"error"`
	Version string   `json:"version"`
	Title   *string  `json:"title"`
	Link    *string  `json:"link"`
	N       int      `json:"n"`
	Repairs []string `json:"repairs,omitempty"`
	Entries []Entry  `json:"entries"`
}

// Entry is an entry as it arrived and the article it makes.
type Entry struct {
	ID           *string  `json:"id"`
	Title        *string  `json:"title"`
	Link         *string  `json:"link"`
	Published    *string  `json:"published"`
	Updated      *string  `json:"updated"`
	Date         *string  `json:"date"`
	Authors      []string `json:"authors"`
	Content      string   `json:"content_html"`
	Enclosures   []string `json:"enclosures"`
	Comments     *string  `json:"comments"`
	CommentsFeed *string  `json:"wfw_commentrss"`
	CommentCount *int     `json:"slash_comments"`
	InReplyTo    *string  `json:"thr_in_reply_to"`
	Article      *Article `json:"article"`
}

// Article is what normalising makes of an entry.
type Article struct {
	GUID      string    `json:"guid"`
	Headline  string    `json:"headline"`
	Link      string    `json:"link"`
	Author    string    `json:"author"`
	Published string    `json:"published"`
	Updated   string    `json:"updated"`
	Body      string    `json:"body_html"`
	KeyPoints []string  `json:"key_points"`
	Summary   string    `json:"summary"`
	Image     *db.Image `json:"image"`
	Language  string    `json:"language"`
	Words     int       `json:"words"`
	Tags      []string  `json:"tags"`
}

// Of reads the feed file at path, which counts as fetched from base; where that is
// empty, from its name under Base. What is wrong with it is in Error.
func Of(path, base string) File {
	p := File{File: filepath.Base(path), Entries: []Entry{}}
	if base == "" {
		base = Base + url.PathEscape(p.File)
	}
	body, err := os.ReadFile(path)
	if err != nil {
		p.Error = orNull(err.Error())
		return p
	}
	doc, err := feed.Parse(body, feed.Options{URL: base, Fixed: true})
	if err != nil {
		p.Error = orNull(err.Error())
		return p
	}
	p.Version, p.Title, p.Link, p.N, p.Repairs = doc.Format, orNull(doc.Title), orNull(doc.Link), len(doc.Entries), doc.Repairs
	for _, e := range doc.Entries {
		p.Entries = append(p.Entries, parsed(e))
	}
	if doc.Self != "" { // as the aggregator reads it
		if doc, err = feed.Parse(body, feed.Options{URL: base}); err != nil {
			p.Error = orNull(err.Error())
			return p
		}
	}
	for i, a := range normalise.Each(doc, normalise.Source{}) {
		if a != nil {
			p.Entries[i].Article = parsedOf(*a)
		}
	}
	return p
}

// parsed is an entry in the form the command prints.
func parsed(e feed.Entry) Entry {
	p := Entry{
		ID: orNull(e.ID), Title: orNull(e.Title), Link: orNull(e.Link),
		Published: moment(e.Published), Updated: moment(e.Updated), Date: moment(e.Date()),
		Authors: []string{}, Content: e.Body, Enclosures: []string{}, Comments: orNull(e.Comments),
		CommentsFeed: orNull(e.CommentsFeed), CommentCount: e.CommentsCount, InReplyTo: orNull(e.InReplyTo),
	}
	for _, who := range e.Authors {
		p.Authors = append(p.Authors, who.String())
	}
	for _, f := range e.Enclosures {
		p.Enclosures = append(p.Enclosures, f.URL)
	}
	return p
}

func parsedOf(a db.Article) *Article {
	p := &Article{
		GUID: a.GUID, Headline: a.Headline, Link: a.Link, Author: a.Author,
		Published: instant(a.SourcePublished), Updated: instant(a.SourceUpdated), Body: a.Body.String(), KeyPoints: a.KeyPoints,
		Summary: a.Summary, Language: a.Language, Words: a.Words, Tags: a.Tags,
	}
	if a.Image.URL != "" {
		p.Image = &a.Image
	}
	return p
}

// orNull is s, or null where it is empty.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func moment(t time.Time) *string { return orNull(instant(t)) }

// instant is t in RFC 3339 UTC, "" for none.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
