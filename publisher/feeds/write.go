package feeds

import (
	"bytes"
	"encoding/xml"
	"fmt"

	gorilla "github.com/gorilla/feeds"

	"courant/db/content"
	"courant/publisher/words"
)

// MaxBytes is the size up to which entries are written with their whole text
// (X37): readers on a phone fetch the feed again and again.
const MaxBytes = 512 << 10

// maxArchive is MaxBytes of an archive document: it is fetched once, by whoever wants
// all that there is, and a text that is not in it is in no other.
const maxArchive = 4 << 20

// Write returns f in the given format, and how many of its entries, the newest,
// had room for all that they have.
func Write(f Feed, format Format) (out []byte, whole int, err error) {
	k := format.kind()
	if k.writer == nil {
		return nil, 0, fmt.Errorf("write feed: no format %q", format)
	}
	if f.Words == nil {
		f.Words = words.English()
	}
	out, whole, err = write(k.writer(), sanitised(f))
	if err != nil {
		return nil, 0, fmt.Errorf("write %s: %w", f.Self, err)
	}
	return out, whole, nil
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

func write(w writer, f Feed) (out []byte, whole int, err error) {
	head, tail, between, err := w.frame(f)
	if err != nil {
		return nil, 0, err
	}
	most := MaxBytes
	if f.History.Archive {
		most = maxArchive
	}
	spans, whole, err := fit(w, f, most-len(head)-len(tail), len(between))
	if err != nil {
		return nil, 0, err
	}
	size := len(head) + len(tail) + 1
	for _, s := range spans {
		size += s.size() + len(between)
	}
	out = append(make([]byte, 0, size), head...)
	written := w.buffer()
	for i, s := range spans {
		if i > 0 {
			out = append(out, between...)
		} else {
			out = append(out, '\n')
		}
		out = append(out, written[s.from:s.to]...)
	}
	return append(out, tail...), whole, nil
}

// entryBytes is about what an entry takes beside its body.
const entryBytes = 2 << 10

// forTexts is the part of a feed that is kept free for texts, however many
// entries there are: no feed is without any. It is small, for a title that a
// reader never got is a worse loss than a text that he can go and read.
const forTexts = 16

// form is how much of an entry is written.
type form int

const (
	whole form = iota // its text
	short             // its summary, to be read on
	none              // neither: it is told of, and where it stands
	forms
)

func (e Entry) as(f form) Entry {
	switch f {
	case short:
		return e.shortened()
	case none:
		return e.told()
	}
	return e
}

// fitting writes the entries of a feed in the forms that there is room for.
type fitting struct {
	w       writer
	f       Feed
	between int
	spans   [forms][]span // what was written so far; zero: not yet
}

// size is what entry i takes in that form.
func (t *fitting) size(i int, as form) (int, error) {
	s := &t.spans[as][i]
	if s.to == 0 {
		var err error
		if *s, err = t.w.entry(t.f, t.f.Entries[i].as(as)); err != nil {
			return 0, err
		}
	}
	return s.size() + t.between, nil
}

// fit writes the entries so that together they stay within room: the newest
// whole, those after them as summaries, the rest as no more than a title; and
// where that is too much still, without the oldest of those beyond f.MinItems. It
// returns where they are written, and how many are whole.
func fit(w writer, f Feed, room, between int) ([]span, int, error) {
	t := &fitting{w: w, f: f, between: between}
	for as := range t.spans {
		t.spans[as] = make([]span, len(f.Entries))
	}
	guess := 0
	for _, e := range f.Entries {
		guess += len(e.Body.String()) + entryBytes
	}
	w.grow(guess + guess/8) // escaping lengthens
	if guess <= room {
		total, err := t.total(len(f.Entries), whole)
		if err != nil || total <= room {
			return t.spans[whole], len(f.Entries), err
		}
	}
	total, err := t.total(len(f.Entries), none)
	if err != nil {
		return nil, 0, err
	}
	kept := len(f.Entries)
	for ; kept > max(f.MinItems, 1) && total > room-room/forTexts; kept-- {
		total -= t.spans[none][kept-1].size() + between
	}
	return t.fill(kept, total, room)
}

func (t *fitting) total(n int, as form) (total int, err error) {
	for i := 0; i < n && err == nil; i++ {
		var size int
		size, err = t.size(i, as)
		total += size
	}
	return total, err
}

// fill gives the first kept entries, which take total bytes without texts, as
// much of theirs as room has: two thirds of it to whole ones, what is left to
// summaries, and what those leave to whole ones again.
func (t *fitting) fill(kept, total, room int) ([]span, int, error) {
	// raise turns entries from one form into another while limit allows it, and
	// returns the first that stays as it was.
	raise := func(i, end int, from, to form, limit int) (int, error) {
		for ; i < end; i++ {
			before, err := t.size(i, from)
			if err != nil {
				return i, err
			}
			after, err := t.size(i, to)
			if err != nil {
				return i, err
			}
			if grown := total + after - before; grown <= limit || after <= before || i == 0 && grown <= room {
				total = grown
				continue
			}
			break
		}
		return i, nil
	}
	wholes, err := raise(0, kept, none, whole, total+(room-total)*2/3)
	if err != nil {
		return nil, 0, err
	}
	shorts, err := raise(wholes, kept, none, short, room)
	if err != nil {
		return nil, 0, err
	}
	if wholes, err = raise(wholes, shorts, short, whole, room); err != nil {
		return nil, 0, err
	}
	spans := append(t.spans[whole][:wholes:wholes], t.spans[short][wholes:shorts]...)
	return append(spans, t.spans[none][shorts:kept]...), wholes, nil
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

// told is e without text and summary, to be read at its page.
func (e Entry) told() Entry {
	e = e.shortened()
	if e.More == "" {
		e.More = e.Link
	}
	e.KeyPoints, e.Summary = nil, ""
	return e
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
