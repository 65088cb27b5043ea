package query

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// minStem is the shortest word, in characters, that also stands for how it may
	// end: what is shorter begins too many others.
	minStem = 4
	// endingChars is how much longer a word may be that counts as the same with
	// another ending: storm and storms, election and elections, климат and климата.
	endingChars = 3
)

// Stands reports whether the word of a text is one that the last word of t stands
// for.
func (t Term) Stands(word string) bool {
	last := t.Words[len(t.Words)-1]
	switch {
	case word == last:
		return true
	case t.Exact && !t.Open || !strings.HasPrefix(word, last):
		return false
	case t.Open:
		return true
	}
	ending := word[len(last):]
	return utf8.RuneCountInString(ending) <= endingChars && strings.IndexFunc(ending, unicode.IsDigit) < 0
}

// at reports whether t stands in list from its word i on.
func (t Term) at(list []Word, i int) bool {
	if i+len(t.Words) > len(list) {
		return false
	}
	last := len(t.Words) - 1
	for k, w := range t.Words[:last] {
		if list[i+k].Text != w {
			return false
		}
	}
	return t.Stands(list[i+last].Text)
}

// text is a text as terms are looked for in it.
type text struct {
	words []Word // but for what repeats the last of a run
	tails []Word
}

func read(s string) text {
	var t text
	for w := range Words(s) {
		if w.Tail {
			t.tails = append(t.tails, w)
		} else {
			t.words = append(t.words, w)
		}
	}
	return t
}

// find calls yield with each place of term in t, in no order, until it returns
// false.
func (t text) find(term Term, yield func(from, to int) bool) {
	for i := range t.words {
		if term.at(t.words, i) && !yield(t.words[i].From, t.words[i+len(term.Words)-1].From+term.reach(t.words[i+len(term.Words)-1])) {
			return
		}
	}
	if len(term.Words) != 1 {
		return
	}
	for _, w := range t.tails {
		if w.Text == term.Words[0] && !yield(w.From, w.To) {
			return
		}
	}
}

// reach is how many bytes of w, the last word that t was found in, belong to it:
// of a pair that one character was found in, that character.
func (t Term) reach(w Word) int {
	if r, n := utf8.DecodeRuneInString(t.Words[0]); len(t.Words) == 1 && n == len(t.Words[0]) && kindOf(r) == dense {
		return min(n, w.To-w.From)
	}
	return w.To - w.From
}

func (t text) has(term Term) bool {
	found := false
	t.find(term, func(int, int) bool { found = true; return false })
	return found
}

// Careful reports whether q has phrases: an index of words tells only that their
// words are there, and Matches tells the rest.
func (q Query) Careful() bool {
	return slices.ContainsFunc(q.Terms, func(t Term) bool { return len(t.Words) > 1 })
}

// Matches reports whether the texts of an article together have what q's phrases
// want, and nothing of what they exclude. Single words are the index's to find.
func (q Query) Matches(texts ...string) bool {
	list := make([]text, len(texts))
	for i, s := range texts {
		list[i] = read(s)
	}
	for _, term := range q.Terms {
		if len(term.Words) > 1 && slices.ContainsFunc(list, func(t text) bool { return t.has(term) }) == term.Not {
			return false
		}
	}
	return true
}

// Weights of where a term stands, for Score.
const (
	inHeadline = 3.0
	inLead     = 1.0
)

// Score says how much of q stands where it counts: 0 where all of it stands
// deeper, 1 where all stands in the headline.
func (q Query) Score(headline, lead string) float64 {
	top, under := read(headline), read(lead)
	sum, n := 0.0, 0
	for _, term := range q.Terms {
		if term.Not {
			continue
		}
		n++
		switch {
		case top.has(term):
			sum += inHeadline
		case under.has(term):
			sum += inLead
		}
	}
	if n == 0 {
		return 0
	}
	return sum / (inHeadline * float64(n))
}
