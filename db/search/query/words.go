package query

import (
	"iter"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// wordBytes bounds a word: what is longer is an address or a sum, of which the
// beginning is enough to find it by.
const wordBytes = 64

// Word is a word of a text, as it is searched for.
type Word struct {
	Text     string // folded
	From, To int    // where it stands in the text, in bytes
	// Tail says that it repeats the last character of the word before it, so that
	// each character of a script without spaces begins a word.
	Tail bool
}

// Words are the words of a text in their order. Scripts that part words by no
// space (Chinese, Japanese, Thai …) are read as pairs of characters, each
// beginning where the one before has its second, and the last character of a
// run by itself.
func Words(s string) iter.Seq[Word] {
	return func(yield func(Word) bool) {
		for i := 0; i < len(s); {
			r, size := rune(s[i]), 1
			if r >= utf8.RuneSelf {
				r, size = utf8.DecodeRuneInString(s[i:])
			}
			switch kind := kindOf(r); kind {
			case apart:
				i += size
			default:
				end := i + size
				for end < len(s) {
					next, n := rune(s[end]), 1
					if next >= utf8.RuneSelf {
						next, n = utf8.DecodeRuneInString(s[end:])
					}
					if k := kindOf(next); k != kind && k != joined {
						break
					}
					end += n
				}
				if kind == dense {
					if !pairs(s, i, end, yield) {
						return
					}
				} else if w := fold(s[i:end]); w != "" && !yield(Word{Text: w, From: i, To: end}) {
					return
				}
				i = end
			}
		}
	}
}

// pairs yields the run of a dense script that stands from one byte of s until
// before another.
func pairs(s string, from, to int, yield func(Word) bool) bool {
	for i := from; i < to; {
		n := next(s[i:to])
		end := i + n
		if end < to {
			end += next(s[end:to])
		}
		if w := fold(s[i:end]); w != "" && !yield(Word{Text: w, From: i, To: end, Tail: i > from && end == to && i+n == to}) {
			return false
		}
		i += n
	}
	return true
}

// next is the length of the first character of s, with the marks that join it.
func next(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	for n < len(s) {
		r, more := utf8.DecodeRuneInString(s[n:])
		if !unicode.Is(unicode.Mn, r) {
			break
		}
		n += more
	}
	return n
}

// The kinds of characters.
const (
	apart  = iota // stands between words
	letter        // of a script that parts its words
	dense         // of one that does not
	joined        // belongs to what stands before it
)

// denseScripts part no words by spaces.
var denseScripts = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Bopomofo, unicode.Tibetan,
}

func kindOf(r rune) int {
	switch {
	case r < utf8.RuneSelf:
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' {
			return letter
		}
		return apart
	case r < 0x0E00: // before the first dense script
		switch {
		case unicode.IsLetter(r), unicode.IsNumber(r):
			return letter
		case unicode.IsMark(r):
			return joined
		}
		return apart
	case r == 'ー', r == '々', r == '〇':
		return dense
	case unicode.In(r, denseScripts...):
		if unicode.Is(unicode.Mn, r) {
			return joined
		}
		if unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r) {
			return dense
		}
		return apart
	case unicode.IsLetter(r), unicode.IsNumber(r):
		return letter
	case unicode.IsMark(r):
		return joined
	}
	return apart
}

// fold is a word as all its spellings are found by: lower case, without
// diacritics, of the usual width, and cut where it is endless.
func fold(w string) string {
	ascii, lower := true, true
	for i := 0; i < len(w); i++ {
		ascii = ascii && w[i] < utf8.RuneSelf
		lower = lower && (w[i] < 'A' || w[i] > 'Z')
	}
	if len(w) > wordBytes && ascii {
		w = w[:wordBytes]
	}
	switch {
	case ascii && lower:
		return w
	case ascii:
		b := make([]byte, len(w))
		for i := range b {
			b[i] = w[i]
			if 'A' <= w[i] && w[i] <= 'Z' {
				b[i] += 'a' - 'A'
			}
		}
		return string(b)
	}
	const foldedFrom = 4 * wordBytes // what is longer before it is folded stays longer
	if len(w) > foldedFrom {
		w = cut(w, foldedFrom)
	}
	out := make([]rune, 0, len(w))
	for _, r := range norm.NFKD.String(w) {
		if pointing(r) || r == utf8.RuneError {
			continue
		}
		if r >= utf8.RuneSelf && kindOf(r) == apart {
			continue // what a ligature or a sign was made of
		}
		if r < utf8.RuneSelf && kindOf(r) == apart {
			continue
		}
		switch r = unicode.ToLower(unicode.ToUpper(r)); r { // twice: ς and σ are one
		case 'ß', 'ẞ':
			out = append(out, 's', 's')
		case 'ø':
			out = append(out, 'o')
		case 'ł':
			out = append(out, 'l')
		case 'đ':
			out = append(out, 'd')
		case 'æ':
			out = append(out, 'a', 'e')
		case 'œ':
			out = append(out, 'o', 'e')
		case 'ı':
			out = append(out, 'i')
		default:
			out = append(out, r)
		}
	}
	return cut(norm.NFC.String(string(out)), wordBytes)
}

// pointing reports whether r only shades what it stands on: accents, the vowel
// points of Hebrew and Arabic and what stretches a line of it. In other scripts
// marks are letters.
func pointing(r rune) bool {
	return 0x0300 <= r && r <= 0x036F || 0x0591 <= r && r <= 0x05C7 || 0x064B <= r && r <= 0x065F || r == 0x0670 || r == 0x0640
}

// cut is the beginning of s in whole characters, at most n bytes.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
