package rules

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// needle is a text that is looked for as it stands.
type needle struct {
	raw    []byte
	folded []byte
	id     int // that the finder of the field has for it; 0: it is too short for one
}

func newNeedle(s string) *needle {
	folded, _ := fold(nil, []byte(s))
	return &needle{raw: []byte(s), folded: folded}
}

// contains is the function behind the operator: contains(meter, where, what).
func contains(args ...any) (any, error) {
	m := args[0].(*meter)
	where, _ := args[1].(string)
	if s, ok := args[1].(*subject); ok {
		if n, ok := args[2].(*needle); ok {
			if !m.spend(s.cost()) {
				return nil, ErrSlow
			}
			return s.holds(n) && bytes.Contains(s.bytes(), n.raw), nil
		}
		where = string(s.bytes())
	}
	if !m.spend(len(where)) {
		return nil, ErrSlow
	}
	if n, ok := args[2].(*needle); ok {
		return strings.Contains(where, string(n.raw)), nil
	}
	what, _ := args[2].(string)
	return strings.Contains(where, what), nil
}

// pattern is a regular expression that is compiled.
type pattern struct {
	re    *regexp.Regexp
	size  int       // of its program
	any   []*needle // a text that it matches holds one of them. None: nothing is known
	lead  int       // how far before one what it matches may begin, in bytes
	reach int       // how far from one what it matches may go, in bytes; 0: any distance
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
	p := &pattern{re: re, size: len(program.Inst)}
	list, lead := needed(tree)
	for _, s := range list {
		p.any = append(p.any, newNeedle(s))
	}
	if n := longest(tree); n <= maxReach {
		p.lead, p.reach = lead+utf8.UTFMax, n+2*utf8.UTFMax // and the characters beside it
	}
	return p, nil
}

// maxReach is how far a pattern is looked for around what it needs: beyond that all
// of the text is hardly more.
const maxReach = 256

// longest is how long what matches may be, in bytes; more than maxReach: that long.
func longest(t *syntax.Regexp) (n int) {
	switch t.Op {
	case syntax.OpLiteral:
		n = len(t.Rune) * utf8.UTFMax
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		n = utf8.UTFMax
	case syntax.OpStar, syntax.OpPlus:
		n = maxReach + 1
	case syntax.OpRepeat:
		if n = maxReach + 1; t.Max >= 0 {
			n = t.Max * longest(t.Sub[0])
		}
	case syntax.OpAlternate:
		for _, sub := range t.Sub {
			n = max(n, longest(sub))
		}
	case syntax.OpCapture, syntax.OpQuest, syntax.OpConcat:
		for _, sub := range t.Sub {
			n += longest(sub)
		}
	}
	return min(n, maxReach+1)
}

// shortNeedle is the least length of a needle that is worth to look for, in bytes.
const shortNeedle = 3

// needed are folded texts of which whatever matches has one, nil where there are no
// such; and how far before it the match may begin, in bytes; more than maxReach: that far.
func needed(t *syntax.Regexp) (list []string, lead int) {
	switch t.Op {
	case syntax.OpLiteral:
		if s, _ := fold(nil, []byte(string(t.Rune))); len(s) >= shortNeedle {
			return []string{string(s)}, 0
		}
	case syntax.OpCapture, syntax.OpPlus:
		return needed(t.Sub[0])
	case syntax.OpRepeat:
		if t.Min > 0 {
			return needed(t.Sub[0])
		}
	case syntax.OpConcat:
		before := 0
		for _, sub := range t.Sub {
			if of, n := needed(sub); shortest(of) > shortest(list) {
				list, lead = of, min(before+n, maxReach+1)
			}
			before += longest(sub)
		}
	case syntax.OpAlternate:
		for _, sub := range t.Sub {
			of, n := needed(sub)
			if of == nil {
				return nil, 0
			}
			list, lead = append(list, of...), max(lead, n)
		}
	}
	return list, lead
}

// shortest is the length of the shortest of list, 0 of none.
func shortest(list []string) (n int) {
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
	if s, ok := args[1].(*subject); ok {
		if !m.spend(s.cost() * len(p.any)) {
			return nil, ErrSlow
		}
		if !p.may(s) {
			return false, nil
		}
		if found, sure := p.near(s); sure {
			return found, nil
		}
		return p.match(m, s.bytes())
	}
	text, _ := args[1].(string)
	return p.match(m, []byte(text))
}

// match looks through all of a text.
func (p *pattern) match(m *meter, text []byte) (any, error) {
	if len(text)*p.size <= quick {
		if !m.spend(len(text)) {
			return nil, ErrSlow
		}
		return p.re.Match(text), nil
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

// mostNear is how many places of a text are looked at by themselves.
const mostNear = 8

// near looks where s holds what the pattern needs, as far around it as the pattern
// can reach. not sure: all of the text has to be looked through.
func (p *pattern) near(s *subject) (found, sure bool) {
	if p.reach == 0 || len(p.any) == 0 {
		return false, false
	}
	for _, n := range p.any { // most match where the finder saw it: that takes no folded text
		if at := s.place(n); at >= 0 {
			if found, sure = p.at(s.bytes(), at, len(n.folded)); found {
				return found, sure
			}
		}
	}
	folded, looks := s.fold(), 0
	if !s.even {
		return false, false
	}
	for _, n := range p.any {
		for from := 0; ; from++ {
			i := bytes.Index(folded[from:], n.folded)
			if i < 0 {
				break
			}
			if looks++; looks > mostNear {
				return false, false
			}
			from += i
			if found, sure = p.at(s.bytes(), from, len(n.folded)); found || !sure {
				return found, sure
			}
		}
	}
	return false, true
}

// at looks around a place of a text that holds what the pattern needs, of so many bytes.
func (p *pattern) at(text []byte, place, length int) (found, sure bool) {
	from, to := max(0, place-p.lead), min(len(text), place+length+p.reach)
	for from > 0 && !utf8.RuneStart(text[from]) {
		from--
	}
	for to < len(text) && !utf8.RuneStart(text[to]) {
		to++
	}
	if (to-from)*p.size > quick/mostNear {
		return false, false // nobody could end it: match is metered
	}
	is := p.re.FindIndex(text[from:to])
	if is == nil {
		return false, true
	}
	// What touches an end of the stretch may take it for one of the text, or of a word.
	return true, (is[0] > 0 || from == 0) && (from+is[1] < to || to == len(text))
}

// metered reads a text for a pattern, and ends when the meter says so: a pattern
// that is run cannot be stopped otherwise.
type metered struct {
	text  []byte
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
	c, size = utf8.DecodeRune(r.text[r.at:])
	r.at += size
	return c, size, nil
}
