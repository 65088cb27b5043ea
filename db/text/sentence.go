package text

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sentences are the sentences of a line of text, each with where it ends: a
// caller who wants the first few takes s[:end].
func Sentences(s string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		start := 0
		for i, r := range s {
			end := i + utf8.RuneLen(r)
			switch r {
			case '.', '!', '?', '…':
				if !endsSentence(s, start, i, end) {
					continue
				}
			case '。', '！', '？', '।':
			default:
				continue
			}
			if one := strings.TrimSpace(s[start:end]); one != "" && !yield(end, one) {
				return
			}
			start = end
		}
		if one := strings.TrimSpace(s[start:]); one != "" {
			yield(len(s), one)
		}
	}
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
