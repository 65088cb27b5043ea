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
	switch {
	case len(begin) == 0:
		return nil, errEmpty
	case begin[0] == '{':
		doc, err = parseJSON(begin, base, o)
	default:
		doc, err = parseXML(begin, base, o)
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

// parseXML reads RSS and Atom: our scanner mends, gofeed parses, and what it
// found is translated.
func parseXML(text []byte, base *url.URL, o Options) (*Document, error) {
	s, err := scan(text, base, o)
	if err != nil {
		return nil, err
	}
	doc := &Document{Format: s.format, Self: s.self, Repairs: s.repairs}
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
