// Package opml reads and writes subscription lists in OPML 2.0
// (http://opml.org/spec2.opml). Read takes what other programs export; Write
// makes what they import.
package opml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/net/html/charset"
)

// Document is a subscription list.
type Document struct {
	Title    string
	Modified time.Time // zero: not said
	Feeds    []Feed    // in the order of the document, groups opened up
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

// maxDepth is how deep folders may nest before the list is refused: no reader
// makes more than three, and each level is a call.
const maxDepth = 64

// ErrNoOPML says that a document is something else.
var ErrNoOPML = errors.New("this is not an OPML file")

// Read returns the feeds of an OPML document of any version and encoding,
// whatever case its attributes have. Outlines without an address are groups;
// those of a type that is no feed are left out. It never reads more than b.
func Read(b []byte) (Document, error) {
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))))
	d.Strict = false // bare ampersands in addresses are common
	d.Entity = xml.HTMLEntity
	d.CharsetReader = charset.NewReaderLabel
	r := reader{}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			if len(r.doc.Feeds) > 0 {
				break // what came before the break is worth having
			}
			return Document{}, fmt.Errorf("read opml: %w", err)
		}
		if err := r.token(token); err != nil {
			return Document{}, fmt.Errorf("read opml: %w", err)
		}
	}
	if !r.opml {
		return Document{}, fmt.Errorf("read opml: %w", ErrNoOPML)
	}
	return r.doc, nil
}

// reader follows a document's elements.
type reader struct {
	doc    Document
	opml   bool
	field  string   // the head's element that we are in
	groups []string // of each open outline; empty: it is no group
}

func (r *reader) token(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		switch name := strings.ToLower(t.Name.Local); name {
		case "opml":
			r.opml = true
		case "title", "datemodified":
			if len(r.groups) == 0 {
				r.field = name
			}
		case "outline":
			if !r.opml {
				return ErrNoOPML
			}
			if len(r.groups) >= maxDepth {
				return errors.New("its folders nest too deep")
			}
			r.outline(t)
		}
	case xml.EndElement:
		r.field = ""
		if strings.EqualFold(t.Name.Local, "outline") && len(r.groups) > 0 {
			r.groups = r.groups[:len(r.groups)-1]
		}
	case xml.CharData:
		switch r.field {
		case "title":
			r.doc.Title += string(t)
		case "datemodified":
			for _, layout := range []string{time.RFC1123, time.RFC1123Z, time.RFC3339, "Mon, 2 Jan 2006 15:04:05 MST"} {
				if at, err := time.Parse(layout, strings.TrimSpace(string(t))); err == nil {
					r.doc.Modified = at.UTC()
					break
				}
			}
		}
	}
	return nil
}

func (r *reader) outline(t xml.StartElement) {
	a := map[string]string{}
	for _, attr := range t.Attr {
		a[strings.ToLower(attr.Name.Local)] = strings.TrimSpace(attr.Value)
	}
	name := a["title"]
	if name == "" {
		name = a["text"]
	}
	address := a["xmlurl"]
	if address == "" && strings.EqualFold(a["type"], "rss") {
		address = a["url"]
	}
	if address == "" {
		r.groups = append(r.groups, name)
		return
	}
	switch strings.ToLower(a["type"]) {
	case "", "rss", "atom", "json", "feed", "include", "pie", "rss1", "rdf":
		f := Feed{Title: name, Description: a["description"], URL: address, Page: a["htmlurl"], Language: a["language"]}
		for _, g := range r.groups {
			if g != "" {
				f.Groups = append(f.Groups, g)
			}
		}
		r.doc.Feeds = append(r.doc.Feeds, f)
	}
	r.groups = append(r.groups, "")
}
