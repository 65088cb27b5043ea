package keypoints

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"courant/db/text"
)

// Limits on what Extract makes points of.
const (
	extracted   = 3   // points
	minExtract  = 7   // sentences of a text: a shorter one is its own summary
	minSentence = 40  // characters
	maxSentence = 240 // characters
)

// Extract returns up to three sentences of a text that say most of what it is
// about, in their order: those whose words come up most in the text, and in its
// headline. A short text has none. The text keeps them: they are quotations.
func Extract(body, headline string) []string {
	var all []string
	for _, s := range text.Sentences(body) {
		all = append(all, s)
	}
	if len(all) < minExtract {
		return nil
	}
	weight := map[string]float64{}
	for _, s := range all {
		for w := range wordsOf(s) {
			weight[w]++
		}
	}
	for w := range wordsOf(headline) {
		weight[w] *= 2
	}
	type candidate struct {
		place int
		score float64
	}
	var list []candidate
	for i, s := range all {
		if n := utf8.RuneCountInString(s); n < minSentence || n > maxSentence || strings.ContainsAny(s, "?“”\"«»") {
			continue // what is asked or said by somebody is not what is the case
		}
		words, sum := wordsOf(s), 0.0
		for w := range words {
			if weight[w] > 1 { // a word that comes once tells nothing of the whole
				sum += weight[w]
			}
		}
		score := sum / (8 + float64(len(words)))
		if i < len(all)/5+1 {
			score *= 1.3 // the news comes first
		}
		list = append(list, candidate{i, score})
	}
	slices.SortStableFunc(list, func(a, b candidate) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return a.place - b.place
	})
	var chosen []int
	for _, c := range list {
		if len(chosen) < extracted && c.score > 0 && !slices.ContainsFunc(chosen, func(i int) bool { return alike(all[i], all[c.place]) }) {
			chosen = append(chosen, c.place)
		}
	}
	slices.Sort(chosen)
	var points []string
	for _, i := range chosen {
		points = append(points, all[i])
	}
	return points
}

// alike reports whether two sentences share half of their words.
func alike(a, b string) bool {
	x, y := wordsOf(a), wordsOf(b)
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
