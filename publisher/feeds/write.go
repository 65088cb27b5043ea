package feeds

import (
	"bytes"
	"encoding/xml"
	"fmt"

	gorilla "github.com/gorilla/feeds"

	"courant/db/content"
)

// MaxBytes is the size up to which entries are written with their whole text
// (X37): readers on a phone fetch the feed again and again.
const MaxBytes = 512 << 10

// Write returns f in the given format.
func Write(f Feed, format Format) ([]byte, error) {
	k := format.kind()
	if k.writer == nil {
		return nil, fmt.Errorf("write feed: no format %q", format)
	}
	out, err := write(k.writer(), sanitised(f))
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", f.Self, err)
	}
	return out, nil
}

// writer is a format. Entries are written one by one, so that their sizes are
// known before it is settled which of them keep their whole text.
type writer interface {
	// entry writes e into buffer and tells where it stands there.
	entry(f Feed, e Entry) (span, error)
	buffer() []byte
	grow(n int)
	// frame is what stands before and after the entries, and between two.
	frame(f Feed) (head, tail []byte, between string, err error)
}

// span is a part of a buffer.
type span struct{ from, to int }

func (s span) size() int { return s.to - s.from }

func write(w writer, f Feed) ([]byte, error) {
	head, tail, between, err := w.frame(f)
	if err != nil {
		return nil, err
	}
	spans, err := fit(w, f, MaxBytes-len(head)-len(tail), len(between))
	if err != nil {
		return nil, err
	}
	size := len(head) + len(tail) + 1
	for _, s := range spans {
		size += s.size() + len(between)
	}
	out, written := append(make([]byte, 0, size), head...), w.buffer()
	for i, s := range spans {
		if i > 0 {
			out = append(out, between...)
		} else {
			out = append(out, '\n')
		}
		out = append(out, written[s.from:s.to]...)
	}
	return append(out, tail...), nil
}

// entryBytes is about what an entry takes beside its body.
const entryBytes = 2 << 10

// fit writes the entries so that together they stay within room: as many of
// the newest as possible whole, the rest as summaries; and where that is too
// much still, without the oldest of those beyond f.MinItems.
func fit(w writer, f Feed, room, between int) ([]span, error) {
	total := 0
	for _, e := range f.Entries {
		total += len(e.Body.String()) + entryBytes
	}
	w.grow(total + total/8) // escaping lengthens
	// The entries from begin on are written as summaries first, the others whole.
	// It decides how many are written twice, not what comes out: most feeds have
	// room for all, and a full one for few.
	begin := 0
	if total <= room {
		begin = len(f.Entries)
	}
	spans := make([]span, len(f.Entries))
	total = 0
	for i, e := range f.Entries {
		if i >= begin {
			e = e.shortened()
		}
		s, err := w.entry(f, e)
		if err != nil {
			return nil, err
		}
		spans[i] = s
		total += s.size() + between
	}
	for i := begin - 1; i >= 0 && total > room; i-- {
		begin = i
		s, err := w.entry(f, f.Entries[i].shortened())
		if err != nil {
			return nil, err
		}
		total -= spans[i].size() - s.size()
		spans[i] = s
	}
	for i := len(spans) - 1; i >= max(f.MinItems, 1) && total > room; i-- {
		total -= spans[i].size() + between
		spans = spans[:i]
	}
	if len(spans) < len(f.Entries) {
		return spans, nil // there is no room for any whole one
	}
	for i := begin; i < len(spans); i++ {
		if !f.Entries[i].hasText() {
			continue // it is whole
		}
		s, err := w.entry(f, f.Entries[i])
		if err != nil {
			return nil, err
		}
		if total -= spans[i].size() - s.size(); total > room {
			break
		}
		spans[i] = s
	}
	return spans, nil
}

// hasText reports whether e has more than its summary.
func (e Entry) hasText() bool { return !e.Body.Empty() || e.Image.URL != "" }

// shortened is e to be read on, where it has more than its summary.
func (e Entry) shortened() Entry {
	if !e.hasText() {
		return e
	}
	return e.Short(e.More)
}

// Short is e with its summary in place of its text, to be read on at more, or
// at its own page where that is empty.
func (e Entry) Short(more string) Entry {
	if more == "" {
		more = e.Link
	}
	e.Summary, e.More = e.summary(), more
	e.Body, e.Image = content.HTML{}, Media{}
	return e
}

// indent is how the XML formats indent, as gorilla/feeds does.
const indent = "  "

// xmlWriter writes elements one after the other into one buffer.
type xmlWriter struct {
	out     bytes.Buffer
	encoder *xml.Encoder
	inner   elements // of the entry that is written
}

func newXMLWriter(prefix string) *xmlWriter {
	w := &xmlWriter{}
	w.encoder = xml.NewEncoder(&w.out)
	w.encoder.Indent(prefix, indent)
	w.inner.indent = prefix + indent
	return w
}

func (w *xmlWriter) buffer() []byte { return w.out.Bytes() }
func (w *xmlWriter) grow(n int)     { w.out.Grow(n) }

// children begins the children of another entry.
func (w *xmlWriter) children() *elements {
	w.inner.Reset()
	return &w.inner
}

func (w *xmlWriter) element(v any) (span, error) {
	s := span{from: w.out.Len()}
	if err := w.encoder.Encode(v); err != nil {
		return s, err
	}
	if s.to = w.out.Len(); s.from < s.to && w.out.Bytes()[s.from] == '\n' {
		s.from++ // between this element and the one before
	}
	return s, nil
}

// frameXML writes a document without its entries, with its stylesheet where it
// is written for eyes, in two parts: what goes before the tags in end, and them.
func frameXML(f Feed, x gorilla.XmlFeed, end string) (head, tail []byte, between string, err error) {
	var b bytes.Buffer
	if err := gorilla.WriteXML(x, &b); err != nil {
		return nil, nil, "", err
	}
	// WriteXML puts no line break after the declaration.
	declaration := []byte(xml.Header[:len(xml.Header)-1])
	body, ok := bytes.CutSuffix(bytes.TrimPrefix(b.Bytes(), declaration), []byte(end))
	if !ok {
		return nil, nil, "", fmt.Errorf("the document does not end with %q", end)
	}
	head = []byte(xml.Header)
	if f.Style != "" {
		head = append(head, `<?xml-stylesheet type="text/css" href="`...)
		head = append(head, plainEscaper.Replace(f.Style)...)
		head = append(head, `"?>`+"\n"...)
	}
	return append(head, body...), []byte(end + "\n"), "\n", nil
}
