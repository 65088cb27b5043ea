// Package opml reads and writes subscription lists in OPML 2.0
// (http://opml.org/spec2.opml). Read takes what other programs export, broken as
// it may be; Write makes what they import.
package opml

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"
)

// Document is a subscription list.
type Document struct {
	Title    string
	Modified time.Time // zero: not said
	Feeds    []Feed    // in the order of the document, groups opened up
	Left     []Left    // what Read found and could not make a feed of
}

// Left is something that may be a subscription and was left out.
type Left struct {
	Title string // what is known of it
	Why   string // in plain words
}

// Feed is a subscription.
type Feed struct {
	Title       string // plain text
	Description string
	URL         string // of the feed
	Page        string // of the site, may be empty
	Language    string
	Groups      []string // the folders it stands in, outermost first
}

type document struct {
	XMLName xml.Name  `xml:"opml"`
	Version string    `xml:"version,attr"`
	Head    head      `xml:"head"`
	Body    []outline `xml:"body>outline"`
}

type head struct {
	Title    string `xml:"title"`
	Modified string `xml:"dateModified,omitempty"`
	Docs     string `xml:"docs,omitempty"`
}

type outline struct {
	Text        string    `xml:"text,attr"`
	Title       string    `xml:"title,attr,omitempty"`
	Type        string    `xml:"type,attr,omitempty"`
	URL         string    `xml:"xmlUrl,attr,omitempty"`
	Page        string    `xml:"htmlUrl,attr,omitempty"`
	Description string    `xml:"description,attr,omitempty"`
	Language    string    `xml:"language,attr,omitempty"`
	Outlines    []outline `xml:"outline"`
}

// Write returns d as OPML 2.0. Feeds that follow each other in the same groups
// share their outlines. The same d always gives the same bytes.
func Write(d Document) ([]byte, error) {
	out := document{Version: "2.0", Head: head{Title: legal(d.Title), Docs: "http://opml.org/spec2.opml"}}
	if !d.Modified.IsZero() {
		out.Head.Modified = d.Modified.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT") // RFC 822
	}
	for _, f := range d.Feeds {
		o := outline{
			Text: legal(f.Title), Title: legal(f.Title), Type: "rss", URL: f.URL, Page: f.Page,
			Description: legal(f.Description), Language: f.Language,
		}
		place(&out.Body, f.Groups, o)
	}
	b, err := xml.MarshalIndent(out, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write opml: %w", err)
	}
	return append(append([]byte(xml.Header), b...), '\n'), nil
}

// place puts o into the last outline of list that is called like its group.
func place(list *[]outline, groups []string, o outline) {
	if len(groups) == 0 {
		*list = append(*list, o)
		return
	}
	name := legal(groups[0])
	if n := len(*list); n == 0 || (*list)[n-1].URL != "" || (*list)[n-1].Text != name {
		*list = append(*list, outline{Text: name, Title: name})
	}
	place(&(*list)[len(*list)-1].Outlines, groups[1:], o)
}

// legal is s without what an XML attribute cannot hold.
func legal(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\t' || r == 0xFFFE || r == 0xFFFF {
			return ' '
		}
		return r
	}, s)
}
