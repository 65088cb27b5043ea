package rules

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"
)

// subject is a text that patterns look through. What it takes to look is made when
// it is first wanted, once for all rules.
type subject struct {
	raw    string
	folded []byte // of raw
	has    bool   // folded is made
	sieved bool   // sieve is
	sieve  sieve
}

// set makes s the subject of another text.
func (s *subject) set(raw string) { s.raw, s.has, s.sieved = raw, false, false }

// sieveFrom is the length of text from which a sieve costs less than to look for a
// few needles.
const sieveFrom = 512

// holds reports whether the folded text holds a folded needle.
func (s *subject) holds(needle []byte) bool {
	if !s.has {
		s.folded, s.has = fold(s.folded[:0], s.raw), true
	}
	if len(s.folded) >= sieveFrom {
		if !s.sieved {
			s.sieve.fill(s.folded)
			s.sieved = true
		}
		if !s.sieve.passes(needle) {
			return false
		}
	}
	return bytes.Contains(s.folded, needle)
}

// cost is what it costs to look for a needle, in the meter's units.
func (s *subject) cost() int { return 1 + len(s.raw)/32 }

// sieve is which trigrams a text has: a needle with another one is not in it.
type sieve [1 << 10]uint64

// sieveBit is the bit of a trigram.
func sieveBit(trigram uint32) uint32 { return trigram * 2654435761 >> 16 }

func (s *sieve) fill(text []byte) {
	clear(s[:])
	h := uint32(text[0])<<8 | uint32(text[1])
	for i := 2; i < len(text); i++ {
		h = h<<8&0xFFFFFF | uint32(text[i])
		bit := sieveBit(h)
		s[bit>>6] |= 1 << (bit & 63)
	}
}

func (s *sieve) passes(needle []byte) bool {
	for i := 0; i+2 < len(needle); i++ {
		bit := sieveBit(uint32(needle[i])<<16 | uint32(needle[i+1])<<8 | uint32(needle[i+2]))
		if s[bit>>6]&(1<<(bit&63)) == 0 {
			return false
		}
	}
	return true
}

// fold appends s to b, so that all texts are one that differ in case alone, as
// (?i) takes it.
func fold(b []byte, s string) []byte {
	b = append(b, s...)
	for i, c := range b {
		if c >= utf8.RuneSelf {
			return foldRest(b[:i], s[i:])
		}
		if 'A' <= c && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	return b
}

// foldRest is fold where not all is ASCII.
func foldRest(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				c |= 0x20
			}
			b = append(b, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		b = utf8.AppendRune(b, foldRune(r))
		i += n
	}
	return b
}

// foldRune is the least of the characters that differ from r in case alone, of
// letters of ASCII the lower one.
func foldRune(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	if 'A' <= least && least <= 'Z' {
		least |= 0x20
	}
	return least
}

// needle is a text that is looked for as it stands.
type needle struct {
	raw    string
	folded []byte
}

func newNeedle(s string) *needle { return &needle{s, fold(nil, s)} }

// contains is the function behind the operator: contains(meter, where, what).
func contains(args ...any) (any, error) {
	m := args[0].(*meter)
	where, _ := args[1].(string)
	if s, ok := args[1].(*subject); ok {
		if n, ok := args[2].(*needle); ok {
			if !m.spend(s.cost()) {
				return nil, ErrSlow
			}
			return s.holds(n.folded) && strings.Contains(s.raw, n.raw), nil
		}
		where = s.raw
	}
	if !m.spend(len(where)) {
		return nil, ErrSlow
	}
	if n, ok := args[2].(*needle); ok {
		return strings.Contains(where, n.raw), nil
	}
	what, _ := args[2].(string)
	return strings.Contains(where, what), nil
}

// pattern is a regular expression that is compiled.
type pattern struct {
	re   *regexp.Regexp
	size int      // of its program
	any  [][]byte // folded; a text that it matches holds one of them. None: nothing is known
}

// maxPattern bounds a pattern, in bytes.
const maxPattern = 10_000

func newPattern(s string) (*pattern, error) {
	if len(s) > maxPattern {
		return nil, fmt.Errorf("a pattern of more than %d bytes is too long", maxPattern)
	}
	re, err := regexp.Compile(s)
	if err != nil {
		return nil, err
	}
	tree, err := syntax.Parse(s, syntax.Perl)
	if err != nil {
		return nil, err
	}
	tree = tree.Simplify()
	program, err := syntax.Compile(tree)
	if err != nil {
		return nil, err
	}
	return &pattern{re, len(program.Inst), needed(tree)}, nil
}

// shortNeedle is the least length of a needle that is worth to look for, in bytes.
const shortNeedle = 3

// needed are folded texts of which whatever matches has one; nil where there are
// no such.
func needed(t *syntax.Regexp) [][]byte {
	switch t.Op {
	case syntax.OpLiteral:
		if s := fold(nil, string(t.Rune)); len(s) >= shortNeedle {
			return [][]byte{s}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return needed(t.Sub[0])
	case syntax.OpRepeat:
		if t.Min > 0 {
			return needed(t.Sub[0])
		}
	case syntax.OpConcat:
		var best [][]byte
		for _, sub := range t.Sub {
			if list := needed(sub); shortest(list) > shortest(best) {
				best = list
			}
		}
		return best
	case syntax.OpAlternate:
		var all [][]byte
		for _, sub := range t.Sub {
			list := needed(sub)
			if list == nil {
				return nil
			}
			all = append(all, list...)
		}
		return all
	}
	return nil
}

// shortest is the length of the shortest of list, 0 of none.
func shortest(list [][]byte) (n int) {
	for _, s := range list {
		if n == 0 || len(s) < n {
			n = len(s)
		}
	}
	return n
}

// quick is what a match may cost to be made in one go, in states of the program
// times bytes: less than a millisecond, of all but long texts. What is read rune by rune
// takes several times as long.
const quick = 128 << 10

// matches is the function behind the operator: matches(meter, where, pattern).
func matches(args ...any) (any, error) {
	m, p := args[0].(*meter), args[2].(*pattern)
	text, _ := args[1].(string)
	if s, ok := args[1].(*subject); ok {
		if !m.spend(s.cost() * len(p.any)) {
			return nil, ErrSlow
		}
		if text = s.raw; !p.may(s) {
			return false, nil
		}
	}
	if len(text)*p.size <= quick {
		if !m.spend(len(text)) {
			return nil, ErrSlow
		}
		return p.re.MatchString(text), nil
	}
	r := &metered{text: text, meter: m, cost: 1 + p.size/8}
	found := p.re.MatchReader(r)
	if r.over {
		return nil, ErrSlow
	}
	return found, nil
}

// may reports whether s holds what the pattern needs.
func (p *pattern) may(s *subject) bool {
	for _, n := range p.any {
		if s.holds(n) {
			return true
		}
	}
	return len(p.any) == 0
}

// metered reads a text for a pattern, and ends when the meter says so: a pattern
// that is run cannot be stopped otherwise.
type metered struct {
	text  string
	at    int
	meter *meter
	cost  int // of a character
	over  bool
}

// ReadRune implements io.RuneReader.
func (r *metered) ReadRune() (c rune, size int, err error) {
	if r.at >= len(r.text) {
		return 0, 0, io.EOF
	}
	if !r.meter.spend(r.cost) {
		r.over = true
		return 0, 0, io.EOF
	}
	c, size = utf8.DecodeRuneInString(r.text[r.at:])
	r.at += size
	return c, size, nil
}
