// Package diff says what changed between two texts: how much (Distance), which
// decides whether readers are told, and what (Words), which editors are shown.
// It is pure, and what it costs is bounded by how far the texts differ, up to a
// limit: Eugene W. Myers, An O(ND) Difference Algorithm (1986).
package diff

import (
	"slices"
	"strings"
	"unicode"
)

// Distance is how many characters must be taken out of a and put in to make b,
// white space folded; most+1 where it is more than most, so that two texts that
// have nothing in common cost no more than two that differ by most.
func Distance(a, b string, most int) int {
	x, y := folded(a), folded(b)
	for len(x) > 0 && len(y) > 0 && x[0] == y[0] {
		x, y = x[1:], y[1:]
	}
	for len(x) > 0 && len(y) > 0 && x[len(x)-1] == y[len(y)-1] {
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	if len(x)-len(y) > most || len(y)-len(x) > most {
		return most + 1
	}
	d, _ := shortest(x, y, most, false)
	return d
}

// folded is text with each run of white space as one space, and none around it.
func folded(s string) []rune {
	list := make([]rune, 0, len(s))
	gap := false
	for _, r := range s {
		if unicode.IsSpace(r) {
			gap = len(list) > 0
			continue
		}
		if gap {
			list = append(list, ' ')
			gap = false
		}
		list = append(list, r)
	}
	return list
}

// Op says what became of a piece of text.
type Op byte

// What becomes of a piece of text.
const (
	Same    Op = '='
	Deleted Op = '-'
	Added   Op = '+'
)

// Piece is a run of words with the white space after them.
type Piece struct {
	Op   Op
	Text string
}

// mostEdits is how many words two texts may differ by before they are no longer
// held against each other word by word: the memory that takes grows with the
// square of it (4 MiB here).
const mostEdits = 1000

// Words is how a becomes b, word by word: the pieces that are not Added make a,
// those that are not Deleted make b. Where more than a thousand words differ,
// what they begin and end with alike is left, and all between is one change.
func Words(a, b string) []Piece {
	x, y := words(a), words(b)
	head := 0
	for head < len(x) && head < len(y) && x[head] == y[head] {
		head++
	}
	tail := 0
	for tail < len(x)-head && tail < len(y)-head && x[len(x)-1-tail] == y[len(y)-1-tail] {
		tail++
	}
	var out pieces
	out.add(Same, x[:head]...)
	mx, my := x[head:len(x)-tail], y[head:len(y)-tail]
	if d, steps := shortest(mx, my, mostEdits, true); d <= mostEdits {
		out.steps(mx, my, steps)
	} else {
		out.add(Deleted, mx...)
		out.add(Added, my...)
	}
	out.add(Same, x[len(x)-tail:]...)
	return out
}

// words parts text after each run of white space; of scripts that part no words,
// after each character.
func words(s string) []string {
	var list []string
	from, space, alone := 0, false, false
	for i, r := range s {
		is := unicode.IsSpace(r)
		if i > from && !is && (space || alone || unspaced(r)) {
			list = append(list, s[from:i])
			from = i
		}
		space, alone = is, unspaced(r) || alone && is
	}
	if from < len(s) {
		list = append(list, s[from:])
	}
	return list
}

func unspaced(r rune) bool {
	return r >= 0x0E00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai)
}

type pieces []Piece

// add puts texts at the end, to the last piece where that has the same fate.
func (p *pieces) add(op Op, texts ...string) {
	if len(texts) == 0 {
		return
	}
	text := strings.Join(texts, "")
	if n := len(*p); n > 0 && (*p)[n-1].Op == op {
		(*p)[n-1].Text += text
		return
	}
	*p = append(*p, Piece{op, text})
}

// steps adds what the steps say of x and y, what is taken out before what is put
// in.
func (p *pieces) steps(x, y []string, steps []Op) {
	var out, in []string
	flush := func() {
		p.add(Deleted, out...)
		p.add(Added, in...)
		out, in = nil, nil
	}
	for _, op := range steps {
		switch op {
		case Deleted:
			out, x = append(out, x[0]), x[1:]
		case Added:
			in, y = append(in, y[0]), y[1:]
		default:
			flush()
			p.add(Same, y[0])
			x, y = x[1:], y[1:]
		}
	}
	flush()
}

// shortest is the least number of deletions and additions that make y of x, at
// most most+1, which stands for more; and, where asked for, one such list of
// steps.
func shortest[T comparable](x, y []T, most int, steps bool) (int, []Op) {
	most = min(most, len(x)+len(y))
	reach := make([]int, 2*most+3) // by diagonal k at k+most+1: how far along x
	var trail [][]int              // reach after each d, from -d to d
	for d := 0; d <= most; d++ {
		for k := -d; k <= d; k += 2 {
			i := reach[k+most] + 1 // from the left: one of x is taken out
			if k == -d || k != d && reach[k+most+2] > reach[k+most] {
				i = reach[k+most+2] // from above: one of y is put in
			}
			if d == 0 {
				i = 0
			}
			for i < len(x) && i-k < len(y) && x[i] == y[i-k] {
				i++
			}
			reach[k+most+1] = i
			if i >= len(x) && i-k >= len(y) {
				if !steps {
					return d, nil
				}
				return d, back(x, trail, d, k)
			}
		}
		if steps {
			trail = append(trail, slices.Clone(reach[most+1-d:most+2+d]))
		}
	}
	return most + 1, nil
}

// back follows the trail from the end to the beginning.
func back[T comparable](x []T, trail [][]int, d, k int) []Op {
	var list []Op
	i := len(x)
	for ; d > 0; d-- {
		before := trail[d-1] // diagonals -(d-1) to d-1
		at := func(k int) int {
			if n := k + d - 1; n >= 0 && n < len(before) {
				return before[n]
			}
			return -1
		}
		op, from, next := Deleted, at(k-1)+1, k-1
		if k == -d || k != d && at(k+1) > at(k-1) {
			op, from, next = Added, at(k+1), k+1
		}
		for ; i > from; i-- {
			list = append(list, Same)
		}
		list = append(list, op)
		if op == Deleted {
			i--
		}
		k = next
	}
	for ; i > 0; i-- {
		list = append(list, Same)
	}
	slices.Reverse(list)
	return list
}
