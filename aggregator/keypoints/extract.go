package keypoints

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
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
func Extract(text, headline string) []string {
	all := Sentences(text)
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

// Sentences cuts a line of text into its sentences.
func Sentences(text string) []string {
	var list []string
	start := 0
	for i, r := range text {
		end := i + utf8.RuneLen(r)
		switch r {
		case '.', '!', '?', '…':
			if !endsSentence(text, start, i, end) {
				continue
			}
		case '。', '！', '？', '।':
		default:
			continue
		}
		if s := strings.TrimSpace(text[start:end]); s != "" {
			list = append(list, s)
		}
		start = end
	}
	if s := strings.TrimSpace(text[start:]); s != "" {
		list = append(list, s)
	}
	return list
}

// endsSentence reports whether the mark between i and end, of a sentence that
// began at start, ends it: a space and no small letter follow, and what stands
// before is no initial or abbreviation.
func endsSentence(text string, start, i, end int) bool {
	if end == len(text) {
		return true
	}
	rest, spaced := strings.CutPrefix(text[end:], " ")
	if next, _ := utf8.DecodeRuneInString(rest); !spaced || unicode.IsLower(next) {
		return false
	}
	if text[i] != '.' {
		return true
	}
	word := text[start:i]
	word = word[strings.LastIndexByte(word, ' ')+1:]
	if strings.Contains(word, ".") {
		return false // U.S.
	}
	first, n := utf8.DecodeRuneInString(word)
	letters := utf8.RuneCountInString(word)
	return !(unicode.IsUpper(first) && letters == 1) && !(n > 0 && abbreviations[strings.ToLower(word)])
}

// abbreviations are what stands before names and numbers.
var abbreviations = map[string]bool{
	"mr": true, "mrs": true, "ms": true, "dr": true, "prof": true, "st": true, "sr": true, "jr": true, "gen": true, "sen": true, "rep": true, "gov": true, "capt": true,
	"no": true, "nr": true, "vs": true, "etc": true, "ca": true, "bzw": true, "jan": true, "feb": true, "aug": true, "sept": true, "oct": true, "nov": true, "dec": true,
	"inc": true, "co": true, "corp": true, "ltd": true, "approx": true, "fig": true, "hr": true, "fr": true, "sra": true, "dra": true, "mme": true,
}
