package likeness

import (
	"bytes"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// folder folds texts. What it gives is its own until it is used again.
type folder struct{ words, decomposed []byte }

// folders are those that nobody uses.
var folders = sync.Pool{New: func() any { return new(folder) }}

// maxKept is how large a text's buffer is kept, in bytes: few texts take more.
const maxKept = 64 << 10

// done gives f back.
func (f *folder) done() {
	if cap(f.words) <= maxKept && cap(f.decomposed) <= maxKept {
		folders.Put(f)
	}
}

// fold is the words of text, folded, each with a space behind it; of scripts that
// part no words, each character.
func (f *folder) fold(text string) []byte {
	dst := f.words[:0]
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf { // nearly all that is read
			switch to := ascii[c]; to {
			case parts:
				dst = endWord(dst)
			case unheard:
			default:
				dst = append(dst, to)
			}
			i++
			continue
		}
		end := i + 1
		for end < len(text) && text[end] >= utf8.RuneSelf {
			end++
		}
		folded, simple := appendSimple(dst, text[i:end])
		if !simple {
			folded = f.appendDecomposed(dst, text[i:end])
		}
		dst, i = folded, end
	}
	f.words = endWord(dst)
	return f.words
}

// endWord ends the word that dst ends with, if any.
func endWord(dst []byte) []byte {
	if n := len(dst); n > 0 && dst[n-1] != ' ' {
		dst = append(dst, ' ')
	}
	return dst
}

// What else a character comes to than letters.
const (
	parts   = 0 // it parts words
	unheard = 1 // accents, the apostrophe inside a word, and what cannot be seen
)

// ascii is what each character of ASCII comes to.
var ascii = func() (to [utf8.RuneSelf]byte) {
	for c := byte('a'); c <= 'z'; c++ {
		to[c], to[c-'a'+'A'] = c, c
	}
	for c := byte('0'); c <= '9'; c++ {
		to[c] = c
	}
	to['\''] = unheard
	return to
}()

// appendDecomposed appends what a run of characters beyond ASCII comes to. Such a run
// is decomposed whole, for the marks on a letter have an order.
func (f *folder) appendDecomposed(dst []byte, run string) []byte {
	f.decomposed = norm.NFKD.AppendString(f.decomposed[:0], run)
	for rest := f.decomposed; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		rest = rest[size:]
		switch {
		case unspaced(r):
			dst = append(utf8.AppendRune(endWord(dst), r), ' ')
		case r >= 0x300 && r <= 0x36F, r == '\'', r == '’', unicode.Is(unicode.Cf, r):
			// unheard
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.Is(unicode.M, r):
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		default:
			dst = endWord(dst)
		}
	}
	return dst
}

// unspaced reports whether r is of a script that puts no spaces between words.
func unspaced(r rune) bool {
	return r >= 0x0E00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// appendSimple is appendDecomposed of a run in which each character comes to the same
// wherever it stands, as letters of Europe with their accents do, and typography: they
// are looked up. false where another one is in it.
func appendSimple(dst []byte, run string) ([]byte, bool) {
	known := simple()
	for i := 0; i < len(run); {
		r, size := utf8.DecodeRuneInString(run[i:])
		var to meaning
		switch {
		case r < endLetters:
			to = known.letters[r]
		case r >= firstSign && r < endSigns:
			to = known.signs[r-firstSign]
		case r >= firstHan && r < endHan:
			dst = append(append(endWord(dst), run[i:i+size]...), ' ')
			i += size
			continue
		}
		switch n := to[0]; n {
		case aParting:
			dst = endWord(dst)
		case anUnheard:
		case another:
			return dst, false
		default:
			dst = append(dst, to[1:1+n]...)
		}
		i += size
	}
	return dst, true
}

// meaning is what a character comes to: how many bytes of letters, and these; or one
// of the following.
type meaning [4]byte

const (
	another   = 0 // it is not looked up
	aParting  = 0xFE
	anUnheard = 0xFF
)

// The characters that are looked up: those before Armenian, and general punctuation
// with what follows it up to the arrows. Of Han's ideographs, each is a word.
const (
	endLetters          = 0x0530
	firstSign, endSigns = 0x2000, 0x2190
	firstHan, endHan    = 0x4E00, 0xA000
)

type meanings struct {
	letters [endLetters]meaning
	signs   [endSigns - firstSign]meaning
}

// simple is the characters that are looked up.
var simple = sync.OnceValue(func() *meanings {
	m := new(meanings)
	for r := rune(utf8.RuneSelf); r < endLetters; r++ {
		m.letters[r] = meaningOf(r)
	}
	for r := rune(firstSign); r < endSigns; r++ {
		m.signs[r-firstSign] = meaningOf(r)
	}
	return m
})

// meaningOf is what r comes to behind a word.
func meaningOf(r rune) (m meaning) {
	to := new(folder).appendDecomposed([]byte{'a'}, string(r))[1:]
	switch n := len(to); {
	case n == 0:
		m[0] = anUnheard
	case string(to) == " ":
		m[0] = aParting
	case n < len(m) && bytes.IndexByte(to, ' ') < 0:
		m[0] = byte(n)
		copy(m[1:], to)
	}
	return m
}
