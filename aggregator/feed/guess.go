package feed

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
)

const (
	guessBytes   = 64 << 10 // of a document are looked at: more tells nothing new
	guessLetters = 8        // letters beyond ASCII, at least: fewer tell nothing
)

// scripts are the encodings whose text can be told from that of all others,
// by the letters it must be full of: which they are, and how large a share of
// all letters beyond ASCII they have in what people write.
var scripts = []struct {
	name  string
	share float64
	typic func(raw []byte, r rune) bool
}{
	{"euc-jp", 0.25, kana}, // the rest are Chinese characters
	{"shift_jis", 0.25, kana},
	{"euc-kr", 0.9, func(_ []byte, r rune) bool { return unicode.Is(unicode.Hangul, r) }},
	{"gb18030", 0.9, func(raw []byte, _ rune) bool { // the common half of GB 2312, and its punctuation
		return len(raw) == 2 && raw[1] >= 0xA1 && (raw[0] >= 0xB0 && raw[0] <= 0xD7 || raw[0] == 0xA1 || raw[0] == 0xA3)
	}},
	{"big5", 0.9, func(raw []byte, _ rune) bool { // its common half, and its punctuation
		return len(raw) == 2 && raw[0] >= 0xA1 && raw[0] <= 0xC6
	}},
	{"koi8-r", 0.8, lowerCyrillic}, // the last two only where whole words are beyond ASCII
	{"windows-1251", 0.8, lowerCyrillic},
}

// kana are the letters of Japanese, those of half width left out: any byte
// from 0xA1 to 0xDF is one of these in Shift JIS.
func kana(_ []byte, r rune) bool { return r >= 0x3040 && r <= 0x30FF }

func lowerCyrillic(_ []byte, r rune) bool { return r >= 0x430 && r <= 0x44F }

// guess is the encoding that text which is not UTF-8, and does not say what
// else it is, must have by its letters; nil where it may be any.
func guess(text []byte) (encoding.Encoding, string) {
	text = text[:min(len(text), guessBytes)]
	words := wholeWords(text)
	for i, s := range scripts {
		if i >= len(scripts)-2 && !words {
			break // the accented letters of the West, now and then
		}
		enc, _ := charset.Lookup(s.name)
		if share(text, enc, s.typic) >= s.share {
			return enc, s.name
		}
	}
	return nil, ""
}

// share is how much of the text beyond ASCII is typical; 0 where it is hardly
// any, or more than a slip of it cannot be in that encoding.
func share(text []byte, enc encoding.Encoding, typical func([]byte, rune) bool) float64 {
	decoder := enc.NewDecoder()
	all, good, bad := 0, 0, 0
	var out [4 * utf8.UTFMax]byte
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			i++
			continue
		}
		// One character at a time: a lead byte and its trail, or one byte.
		n := 1
		decoder.Reset()
		w, _, err := decoder.Transform(out[:], text[i:i+1], true)
		if r, _ := utf8.DecodeRune(out[:w]); (err != nil || r == utf8.RuneError) && i+1 < len(text) {
			n = 2
			decoder.Reset()
			w, _, _ = decoder.Transform(out[:], text[i:i+2], true)
		}
		r, size := utf8.DecodeRune(out[:w])
		all++
		switch {
		case r == utf8.RuneError || size < w:
			bad++
			n = 1
		case typical(text[i:i+n], r):
			good++
		}
		i += n
	}
	if all < guessLetters || bad > all/100 {
		return 0
	}
	return float64(good) / float64(all)
}

// wholeWords reports whether most letters beyond ASCII stand together, three
// or more of them.
func wholeWords(text []byte) bool {
	together, all := 0, 0
	for i := 0; i < len(text); {
		j := i
		for j < len(text) && text[j] >= utf8.RuneSelf {
			j++
		}
		if all += j - i; j-i >= 3 {
			together += j - i
		}
		i = j + 1
	}
	return together*10 >= all*7
}
