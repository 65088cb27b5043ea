package feed

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/mmcdole/gofeed/atom"
	"github.com/mmcdole/gofeed/rss"
)

// maxList is how many authors, categories or enclosures of one entry are kept.
const maxList = 32

// Parse reads a document. It never panics; the error says in plain words why
// the document cannot be read.
func Parse(body []byte, o Options) (doc *Document, err error) {
	defer func() {
		if r := recover(); r != nil {
			doc, err = nil, fmt.Errorf("the parser gave up: %v", r)
		}
	}()
	if len(body) > maxDocument {
		return nil, fmt.Errorf("a document of more than %d MiB", maxDocument>>20)
	}
	base, err := url.Parse(o.URL)
	if err != nil || !base.IsAbs() {
		base = nil
	}
	text, repairs := UTF8(body, o.ContentType)
	begin := bytes.TrimLeft(text, " \t\r\n\ufeff")
	if len(begin) == 0 {
		return nil, errEmpty
	}
	doc, err = parse(begin, base, o)
	if err == nil && len(doc.Unchanged) > 0 && (doc.Context != o.Known.Context || doc.Context == Mark{}) {
		o.Known = Known{} // what was left out may mean something else now
		doc, err = parse(begin, base, o)
	}
	switch {
	case isClosed(o.Done):
		return nil, errStopped
	case err != nil:
		return nil, err
	}
	doc.bound()
	doc.Repairs = append(repairs, doc.Repairs...)
	return doc, nil
}

func parse(text []byte, base *url.URL, o Options) (*Document, error) {
	if text[0] == '{' {
		return parseJSON(text, base, o)
	}
	return parseXML(text, base, o)
}

// parseXML reads RSS and Atom: our scanner mends, gofeed parses, and what it
// found is translated.
func parseXML(text []byte, base *url.URL, o Options) (*Document, error) {
	s, err := scan(text, base, o)
	if err != nil {
		return nil, err
	}
	doc := &Document{Format: s.format, Self: s.self, Repairs: s.repairs, Unchanged: s.unchanged}
	t := translator{doc: doc, base: s.docBase, response: base, texts: s.texts, stop: o.Done}
	if s.docBase != nil {
		t.baseText = s.docBase.String()
	}
	if s.atom {
		f, err := (&atom.Parser{}).Parse(patient{&s.out, o.Done})
		if err != nil {
			return nil, plainError(err)
		}
		t.atomFeed(f)
	} else {
		f, err := (&rss.Parser{}).Parse(patient{&s.out, o.Done})
		if err != nil {
			return nil, plainError(err)
		}
		t.rssFeed(f)
	}
	if doc.Marks = s.marks; len(doc.Marks) != len(doc.Entries) {
		doc.Marks = make([]Mark, len(doc.Entries)) // gofeed counts otherwise: none can be said to be its bytes
	}
	return doc, nil
}

// patient reads on until it is told to stop.
type patient struct {
	io.Reader
	stop <-chan struct{}
}

// Read implements io.Reader.
func (p patient) Read(b []byte) (int, error) {
	if isClosed(p.stop) {
		return 0, errStopped
	}
	return p.Reader.Read(b)
}

func plainError(err error) error {
	return fmt.Errorf("cannot be read as XML: %s", strings.TrimPrefix(err.Error(), "XML syntax error "))
}
