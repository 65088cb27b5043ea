package main

import (
	"bufio"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"courant/aggregator/feed"
	"courant/aggregator/normalise"
	"courant/db"
)

// parseBase is where a file counts as fetched from when nobody says.
const parseBase = "http://feed.invalid/dir/"

func parseCommand(a *app) *cobra.Command {
	var base string
	c := &cobra.Command{
		Use:   "parse [FILE...]",
		Short: "Show what a feed file reads as, without store, network or clock",
		Long: `Reads feed files and prints a line of JSON for each: the entries as they arrived,
relative addresses resolved against where the file counts as fetched from, and
under "article" what normalising makes of them, which trusts the address that a
feed gives itself. With no FILE, reads paths from standard input, one a line. A
file that is no feed is a line with its error.`,
		Example: `  courant parse feed.xml
  find feeds -type f | courant parse`,
		RunE: func(cmd *cobra.Command, args []string) error {
			out := bufio.NewWriterSize(a.stdout, 1<<16)
			quiet := *a
			quiet.stdout = out
			print := func(path string) error { return quiet.printJSON(parseFile(path, base)) }
			if err := eachPath(args, a.stdin, print); err != nil {
				return err
			}
			return out.Flush()
		},
	}
	c.Flags().StringVar(&base, "base", "", "`URL` that the files count as fetched from (default "+parseBase+"NAME)")
	return c
}

// eachPath calls f with each argument, or each line of in where there is none.
func eachPath(args []string, in io.Reader, f func(string) error) error {
	for _, path := range args {
		if err := f(path); err != nil {
			return err
		}
	}
	if len(args) > 0 {
		return nil
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if path := strings.TrimSpace(lines.Text()); path != "" {
			if err := f(path); err != nil {
				return err
			}
		}
	}
	return lines.Err()
}

// parsedFile is what `courant parse` prints of a file.
type parsedFile struct {
	File    string        `json:"file"`
	Error   *string       `json:"error"`
	Version string        `json:"version"`
	Title   *string       `json:"title"`
	Link    *string       `json:"link"`
	N       int           `json:"n"`
	Repairs []string      `json:"repairs,omitempty"`
	Entries []parsedEntry `json:"entries"`
}

// parsedEntry is an entry as it arrived and the article it makes.
type parsedEntry struct {
	ID           *string        `json:"id"`
	Title        *string        `json:"title"`
	Link         *string        `json:"link"`
	Published    *string        `json:"published"`
	Updated      *string        `json:"updated"`
	Date         *string        `json:"date"`
	Authors      []string       `json:"authors"`
	Content      string         `json:"content_html"`
	Enclosures   []string       `json:"enclosures"`
	Comments     *string        `json:"comments"`
	CommentsFeed *string        `json:"wfw_commentrss"`
	CommentCount *int           `json:"slash_comments"`
	InReplyTo    *string        `json:"thr_in_reply_to"`
	Article      *parsedArticle `json:"article"`
}

// parsedArticle is what normalising makes of an entry.
type parsedArticle struct {
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

func parseFile(path, base string) parsedFile {
	p := parsedFile{File: filepath.Base(path), Entries: []parsedEntry{}}
	if base == "" {
		base = parseBase + url.PathEscape(p.File)
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
	for i, a := range normalise.Each(doc, normalise.Source{}, time.Time{}) {
		if a != nil {
			p.Entries[i].Article = parsedOf(*a)
		}
	}
	return p
}

// parsed is an entry in the form the command prints.
func parsed(e feed.Entry) parsedEntry {
	p := parsedEntry{
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

func parsedOf(a db.Article) *parsedArticle {
	p := &parsedArticle{
		GUID: a.GUID, Headline: a.Headline, Link: a.Link, Author: a.Author,
		Published: stamp(a.SourcePublished), Updated: stamp(a.SourceUpdated), Body: a.Body.String(), KeyPoints: a.KeyPoints,
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

func moment(t time.Time) *string { return orNull(stamp(t)) }
