package feed

import (
	"bytes"
	"fmt"
)

// closeTag closes the element of that name and what was left open inside it.
// An end tag with no start is nothing.
func (s *scanner) closeTag(raw []byte) {
	for i := len(s.frames) - 1; i >= 0; i-- {
		if !bytes.EqualFold(s.frames[i].raw, raw) {
			continue
		}
		switch {
		case i < len(s.frames)-1:
			s.repair("elements that were not closed")
		case s.frames[i].what == entryLevel:
			s.closed()
		}
		s.closeTo(i)
		if i == 0 {
			s.done = true // what follows the root is not of the feed
		}
		return
	}
}

// closeTo closes all frames above and including the i-th.
func (s *scanner) closeTo(i int) {
	for len(s.frames) > i {
		f := s.frames[len(s.frames)-1]
		s.frames = s.frames[:len(s.frames)-1]
		switch f.what {
		case personLevel:
			s.writePerson()
		case entryLevel:
			clear(s.seen)
			s.fields, s.entryAt = 0, -1
		}
		s.leave(f.outer)
		s.out.WriteString(f.end)
	}
}

// finish closes what the end of the document left open. An entry that was cut
// is left out: it would come back whole, but with other content, next time.
// One that lacks nothing but end tags, as far as can be told, is complete.
func (s *scanner) finish() {
	if !s.done {
		atEnd := !s.torn && s.titled && s.named && s.frames[len(s.frames)-1].what == entryLevel
		if s.entryAt >= 0 && !atEnd && !s.closesLater() {
			s.out.Truncate(s.entryAt)
			s.entries--
			s.marks = s.marks[:len(s.marks)-1]
			for len(s.frames) > 0 && s.frames[len(s.frames)-1].what != feedLevel {
				s.frames = s.frames[:len(s.frames)-1]
			}
			s.repair("the document was cut short: its last entry is left out")
		} else {
			s.repair("the document was cut short")
		}
		s.closeTo(0)
	}
	if s.entries > maxEntries {
		s.repair(fmt.Sprintf("only the first %d of %d entries were read", maxEntries, s.entries))
	}
	if s.atom {
		s.out.WriteString("</feed>")
	} else {
		s.out.WriteString("</channel></rss>")
	}
}

// closesLater reports whether the document, though broken, has its end.
func (s *scanner) closesLater() bool {
	tail := s.src[max(0, len(s.src)-256):]
	for _, end := range []string{"</rss>", "</feed>", "</rdf:rdf>", "</channel>"} {
		if bytes.Contains(bytes.ToLower(tail), []byte(end)) {
			return true
		}
	}
	return false
}

// nearby is how far ahead the end of a person is looked for, in bytes.
const nearby = 4 << 10

// endsSoon reports whether the end tag of the open element is ahead, before
// that of the entry around it: some publishers give persons titles.
func (s *scanner) endsSoon(raw []byte) bool {
	ahead := s.src[s.pos:min(len(s.src), s.pos+nearby)]
	end := bytes.Index(ahead, append([]byte("</"), raw...))
	if end < 0 {
		return false
	}
	for i := range s.frames {
		if s.frames[i].what == entryLevel {
			return !bytes.Contains(ahead[:end], append([]byte("</"), s.frames[i].raw...))
		}
	}
	return true
}
