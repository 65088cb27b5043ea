package rules

import (
	"bytes"
	"encoding/binary"
	"sync"
	"unicode"
	"unicode/utf8"

	"courant/db/content"
)

// subject is a text that patterns look through. What it takes to look is made when
// it is first wanted, once for all rules, in room that the next text takes over.
type subject struct {
	raw    string       // the text, or
	points []string     // key points, and
	body   content.HTML // the body below them, that it is made of

	finder *finder
	plain  []byte // the text
	folded []byte
	found  []int // by finder
	has    struct{ plain, folded, found bool }
	even   bool // what folded has stands where plain has it
	inFold bool // found is of folded
}

// set makes s the subject of another text.
func (s *subject) set(raw string) { s.setOf(raw, nil, content.HTML{}) }

// setOf is set of a text, or where there is none of what it is made of.
func (s *subject) setOf(raw string, points []string, body content.HTML) {
	s.raw, s.points, s.body = raw, points, body
	s.has.plain, s.has.folded, s.has.found = false, false, false
}

// bytes is the text. Who keeps it copies it.
func (s *subject) bytes() []byte {
	if s.has.plain {
		return s.plain
	}
	s.has.plain = true
	s.plain = append(s.plain[:0], s.raw...)
	if s.raw == "" {
		for _, p := range s.points {
			s.plain = append(append(s.plain, p...), '\n')
		}
		s.plain = s.body.AppendPlain(s.plain)
	}
	if len(s.plain) > maxText {
		s.plain = bytes.ToValidUTF8(s.plain[:maxText], nil)
	}
	return s.plain
}

// fold is the text in one case.
func (s *subject) fold() []byte {
	if !s.has.folded {
		s.has.folded = true
		s.folded, s.even = fold(s.folded[:0], s.bytes())
	}
	return s.folded
}

// holds reports whether the folded text holds a folded needle.
func (s *subject) holds(n *needle) bool {
	if n.id == 0 {
		return bytes.Contains(s.fold(), n.folded)
	}
	if !s.has.found {
		s.has.found = true
		text := s.bytes()
		if s.inFold = s.finder.needsFold(text); s.inFold {
			text = s.fold()
		}
		s.found = s.finder.find(s.found[:0], text)
	}
	return s.found[n.id] >= 0
}

// place is where the text holds a folded needle, one place of maybe several; -1 where
// that is not known.
func (s *subject) place(n *needle) int {
	if n.id == 0 || !s.holds(n) || s.inFold && !s.even {
		return -1
	}
	return s.found[n.id]
}

// cost is what it costs to look through the text, in the meter's units.
func (s *subject) cost() int { return 1 + len(s.bytes())/32 }

// fold appends text to b, so that all texts are one that differ in case alone, as
// (?i) takes it. even: each character stands where it did.
func fold(b, text []byte) (folded []byte, even bool) {
	const atOnce = 64 // few are appended in vain where others than ASCII are among them
	even = true
	for len(text) > 0 {
		if text[0] < utf8.RuneSelf {
			from := len(b)
			b = append(b, text[:min(len(text), atOnce)]...)
			n := lower(b[from:])
			b, text = b[:from+n], text[n:]
			continue
		}
		r, n := utf8.DecodeRune(text)
		from := len(b)
		b, text = utf8.AppendRune(b, foldRune(r)), text[n:]
		even = even && len(b)-from == n
	}
	return b, even
}

// lower puts the ASCII that b begins with into lower case, eight bytes at once, and
// returns how much that is.
func lower(b []byte) (n int) {
	const each, high = 0x0101010101010101, 0x8080808080808080
	for ; n+8 <= len(b); n += 8 {
		v := binary.LittleEndian.Uint64(b[n:])
		if v&high != 0 {
			break
		}
		capital := (v + each*(0x80-'A')) &^ (v + each*(0x80-'Z'-1)) & high
		binary.LittleEndian.PutUint64(b[n:], v|capital>>2)
	}
	for ; n < len(b) && b[n] < utf8.RuneSelf; n++ {
		if 'A' <= b[n] && b[n] <= 'Z' {
			b[n] |= 0x20
		}
	}
	return n
}

// foldRune is the least of the characters that differ from r in case alone, of
// letters of ASCII the lower one.
func foldRune(r rune) rune {
	if r < foldsEnd {
		return rune(folds()[r])
	}
	return leastCase(r)
}

// foldsEnd is behind the scripts that have cases, but for a few.
const foldsEnd = 0x2E80

// folds are what leastCase makes of the characters before foldsEnd.
var folds = sync.OnceValue(func() *[foldsEnd]uint16 {
	var list [foldsEnd]uint16
	for r := range list {
		list[r] = uint16(leastCase(rune(r)))
	}
	return &list
})

func leastCase(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	if 'A' <= least && least <= 'Z' {
		least |= 0x20
	}
	return least
}
