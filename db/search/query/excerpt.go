package query

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Piece is a part of an excerpt.
type Piece struct {
	Text   string
	Marked bool // it was looked for
}

// span is a place in a text, in bytes.
type span struct{ from, to, term int }

// Mark is s in pieces, those marked that q looks for.
func (q Query) Mark(s string) []Piece { return pieced(s, 0, len(s), q.spans(s)) }

// Excerpt is the part of s, about as many characters as told, that has most of
// what q looks for, marked. It is the beginning of s where that has none of it.
func (q Query) Excerpt(s string, chars int) []Piece {
	found := q.spans(s)
	from, to := 0, len(s)
	if utf8.RuneCountInString(s) > chars {
		if len(found) > 0 {
			// Some of it before the first mark, so that it reads as a sentence.
			from = back(s, densest(found, chars), chars/4)
		}
		to = forth(s, from, chars)
	}
	list := pieced(s, from, to, found)
	if from > 0 {
		list = slices.Insert(list, 0, Piece{Text: "…"})
	}
	if to < len(s) {
		list = append(list, Piece{Text: "…"})
	}
	return list
}

// spans are the places in s of what q looks for, in their order, none within
// another.
func (q Query) spans(s string) []span {
	t := read(s)
	var list []span
	for i, term := range q.Terms {
		if term.Not {
			continue
		}
		t.find(term, func(from, to int) bool {
			list = append(list, span{from, to, i})
			return true
		})
	}
	slices.SortFunc(list, func(a, b span) int {
		if a.from != b.from {
			return a.from - b.from
		}
		return b.to - a.to
	})
	out := list[:0]
	for _, f := range list {
		if len(out) > 0 && f.from < out[len(out)-1].to {
			out[len(out)-1].to = max(out[len(out)-1].to, f.to)
			continue
		}
		out = append(out, f)
	}
	return out
}

// densest is where the stretch of so many characters begins that has most
// different terms, of several the first.
func densest(found []span, chars int) int {
	best, most := found[0].from, 0
	for i, f := range found {
		var terms uint64
		for _, g := range found[i:] {
			if g.to-f.from > chars {
				break
			}
			terms |= 1 << g.term
		}
		n := 0
		for ; terms != 0; terms &= terms - 1 {
			n++
		}
		if n > most {
			best, most = f.from, n
		}
	}
	return best
}

// back is a place in s at most n characters before i: where a word begins, if
// one does.
func back(s string, i, n int) int {
	start := i
	for ; n > 0 && start > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(s[:start])
		start -= size
	}
	if start == 0 {
		return 0
	}
	if space := strings.IndexByte(s[start:i], ' '); space >= 0 {
		return start + space + 1
	}
	return start
}

// forth is a place in s at most n characters after i: where a word ends, if one
// does in the second half.
func forth(s string, i, n int) int {
	end := i
	for ; n > 0 && end < len(s); n-- {
		_, size := utf8.DecodeRuneInString(s[end:])
		end += size
	}
	if end == len(s) {
		return end
	}
	if space := strings.LastIndexByte(s[i:end], ' '); space > (end-i)/2 {
		return i + space
	}
	return end
}

// pieced is s from one byte until before another, with what was found marked.
func pieced(s string, from, to int, found []span) []Piece {
	var list []Piece
	for _, f := range found {
		if f.from < from || f.to > to {
			continue
		}
		if f.from > from {
			list = append(list, Piece{Text: s[from:f.from]})
		}
		list = append(list, Piece{Text: s[f.from:f.to], Marked: true})
		from = f.to
	}
	if from < to {
		list = append(list, Piece{Text: s[from:to]})
	}
	return list
}
