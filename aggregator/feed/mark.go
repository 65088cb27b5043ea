package feed

import (
	"crypto/sha256"
	"encoding/binary"
	"net/url"
)

// Mark stands for the bytes of an entry together with what around them changes
// how they are read: two entries with one Mark, in documents with one Context,
// are read alike. The zero Mark is of an entry of which that cannot be said.
type Mark [16]byte

// Known is what somebody knows already of a document that was read before.
type Known struct {
	Context Mark          // its Document.Context
	Entries map[Mark]bool // of its Document.Marks
}

// reading is part of every Mark. It is raised when entries come to be read
// another way, so that those that are known are read once more.
const reading = 1

// maxAround bounds what is in scope around an entry that has a Mark, in bytes: it
// is looked at once for each. Feeds that mean well have less than 2 KiB.
const maxAround = 4 << 10

// marker makes Marks.
type marker struct {
	buf   []byte
	bases [2]writtenURL
}

// writtenURL is an address with what it is written as, which takes long where it
// is long, and is asked for each entry.
type writtenURL struct {
	url  *url.URL
	text string
}

func (m *marker) begin(kind string) { m.buf = append(append(m.buf[:0], reading), kind...) }

// put adds a part. Its length goes before it: no two lists of parts are alike.
func put[T string | []byte](m *marker, part T) {
	if len(m.buf) > maxAround {
		return // it is no Mark any more
	}
	m.buf = binary.AppendUvarint(m.buf, uint64(len(part)))
	m.buf = append(m.buf, part[:min(len(part), maxAround)]...)
}

// putURL adds an address, the n-th of its document's.
func (m *marker) putURL(n int, u *url.URL) {
	at := &m.bases[n]
	if at.url != u {
		at.url, at.text = u, ""
		if u != nil {
			at.text = u.String()
		}
	}
	put(m, at.text)
}

// end is the Mark of the parts, and of bytes behind them; the zero one where the
// parts are too long.
func (m *marker) end(text []byte) (mark Mark) {
	if len(m.buf) > maxAround {
		return mark
	}
	h := sha256.New()
	h.Write(m.buf)
	h.Write(text)
	var sum [sha256.Size]byte
	copy(mark[:], h.Sum(sum[:0]))
	return mark
}

// passage is an entry of which its bytes alone told where it ends.
type passage struct {
	mark   Mark
	end    int // behind its end tag
	mended int // scanner.mended, where it began
}

// nowhere is where an entry begins that began inside another one: what is in
// scope there is a guess.
const nowhere = -1

// passage finds the end of the entry that began at at, whose start tag t was just
// read: the next end tag of its name, where no other such entry begins before. So
// the passages of one name do not overlap, and each byte is looked at once. Its
// Mark is the zero one where that cannot be told.
//
// What the scanner makes of an entry depends on its bytes and on what is in scope
// around it, which the Mark is made of: the open elements, namespaces, xml:base
// and xml:lang. Whether it is the whole entry, and its end is where the scanner
// finds it too, is only known when it was read: see closed.
func (s *scanner) passage(t startTag, at int, outer scope) passage {
	p := passage{mended: s.mended}
	if t.closed || at == nowhere {
		return p
	}
	end := s.next("</"+string(t.raw), s.pos)
	if end == len(s.src) || s.next("<"+string(t.raw), s.pos) < end {
		return p
	}
	_, p.end = endTag(s.src, end)
	m := &s.marker
	m.begin("rss")
	if s.atom {
		m.begin("atom")
	}
	m.putURL(0, s.docBase)
	m.putURL(1, outer.base)
	put(m, outer.lang)
	put(m, s.rootLang)
	for i := range s.frames {
		put(m, s.frames[i].raw)
	}
	put(m, "")
	for _, b := range s.bindings[:outer.bindings] {
		put(m, b.prefix)
		put(m, b.known)
	}
	p.mark = m.end(s.src[at:p.end])
	return p
}

// passOver leaves out an entry that is known by its bytes.
func (s *scanner) passOver(p passage) {
	s.unchanged = append(s.unchanged, p.mark)
	s.pos = p.end
}

// closed takes note of the open entry's Mark where the entry was read from its
// first to its last byte and to none beyond: nothing in it had to be mended, and
// its end is where its bytes said. Then it is the same wherever the bytes are.
func (s *scanner) closed() {
	if p := s.whole; s.pos == p.end && s.mended == p.mended {
		s.marks[len(s.marks)-1] = p.mark
	}
}

// context is the Mark of what of the whole document its entries depend on, as far
// as that is only known at its end: what addresses are relative to, and what an
// entry takes from the feed where it has none of its own.
func (t *translator) context(owners []Person) Mark {
	var m marker
	m.begin("feed")
	m.putURL(0, t.response)
	for _, part := range [...]string{t.baseText, t.doc.Link, t.doc.Self, t.doc.Language} {
		put(&m, part)
	}
	for _, p := range owners {
		put(&m, p.Name)
		put(&m, p.Email)
		put(&m, p.URL)
	}
	return m.end(nil)
}
