package keypoints

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode"

	"courant/db/content"
	"courant/db/text"
)

// Limits on what Extract makes points of.
const (
	extracted      = 3    // points
	leastExtracted = 2    // of them: one alone sums nothing up
	maxSentences   = 2000 // of a body that are read
	minExtract     = 7    // sentences of a text: a shorter one is its own summary
	minSentence    = 40   // characters
	maxSentence    = 240  // characters
)

// Extract returns two or three sentences of a body that say most of what it is
// about, in their order: those whose words come up most in the text, and in its
// headline. Only sentences of prose that say something by themselves are taken
// (stands); a body that has fewer than two, and a short one, has none. The body
// keeps them: they are quotations.
func Extract(d *content.Draft, headline string) []string {
	var all []sentence
	for _, block := range blocks(d.Root()) {
		first := true
		for _, s := range text.Sentences(block) {
			if len(all) < maxSentences {
				all = append(all, sentence{text: s, place: len(all), first: first, words: wordsOf(s)})
			}
			first = false
		}
	}
	if len(all) < minExtract {
		return nil
	}
	title := wordsOf(headline)
	list := candidates(all, title)
	slices.SortStableFunc(list, func(a, b sentence) int { return cmp.Compare(b.score, a.score) })
	var chosen []sentence
	for _, c := range list {
		if len(chosen) < extracted && c.score > 0 && !slices.ContainsFunc(chosen, func(o sentence) bool { return alike(o.words, c.words) }) {
			chosen = append(chosen, c)
		}
	}
	if len(chosen) < leastExtracted {
		return nil
	}
	slices.SortFunc(chosen, func(a, b sentence) int { return a.place - b.place })
	var points []string
	for _, c := range chosen {
		points = append(points, c.text)
	}
	return points
}

// sentence is one of a body.
type sentence struct {
	text  string
	place int
	first bool // of its paragraph: it needs none before it
	words map[string]bool
	score float64
}

// candidates are the sentences that can stand alone, each with how much it says
// of the whole.
func candidates(all []sentence, title map[string]bool) []sentence {
	weight := map[string]float64{}
	for _, s := range all {
		for w := range s.words {
			weight[w]++
		}
	}
	for w := range title {
		weight[w] *= 2
	}
	var list []sentence
	for i, s := range all {
		if !stands(s.text) || len(title) > 2 && covers(s.words, title) {
			continue
		}
		sum := 0.0
		for _, w := range slices.Sorted(maps.Keys(s.words)) { // in one order, for sums of floats
			if weight[w] > 1 { // a word that comes once tells nothing of the whole
				sum += weight[w]
			}
		}
		s.score = sum / (8 + float64(len(s.words)))
		if i < len(all)/5+1 {
			s.score *= 1.3 // the news comes first
		}
		if s.first {
			s.score *= 1.15
		}
		if speaksOfPersons(s.text) {
			s.score *= 0.4
		}
		list = append(list, s)
	}
	return list
}

// covers reports whether a sentence says no more than the headline.
func covers(words, title map[string]bool) bool {
	more := 0
	for w := range words {
		if !title[w] {
			more++
		}
	}
	return more <= 2
}

// alike reports whether two sentences share half of their words.
func alike(x, y map[string]bool) bool {
	shared := 0
	for w := range x {
		if y[w] {
			shared++
		}
	}
	return 2*shared > min(len(x), len(y))
}

// wordsOf is the words of a text that can mean something: four letters and
// more, or a pair of characters where words are not parted.
func wordsOf(s string) map[string]bool {
	words := map[string]bool{}
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		runes := []rune(w)
		switch {
		case isUnspaced(w):
			for i := 1; i < len(runes); i++ {
				words[string(runes[i-1:i+1])] = true
			}
		case len(runes) >= 4:
			words[w] = true
		}
	}
	return words
}
