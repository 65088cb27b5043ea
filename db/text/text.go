// Package text shortens, straightens, splits and redacts what is shown: plain
// text as readers, editors and logs get it. Both halves show the same article,
// so both must cut it at the same place; and a secret shown once is a secret
// shown. Everything in it is pure.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Cut is s as it is where it has at most n characters, else its beginning with
// an ellipsis, n characters together. A character is what readers see as one,
// however many code points it takes; words stay whole where one ends in the
// second half. n must be positive.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	end, space, kept := 0, 0, 0
	for i := range n {
		if end == len(s) {
			return s
		}
		if i == n-1 {
			kept = end // and the ellipsis is the last
		}
		if s[end] == ' ' {
			space = end
		}
		end += character(s[end:])
	}
	if end == len(s) {
		return s
	}
	if space > kept/2 {
		kept = space
	}
	return strings.TrimRight(s[:kept], " ,;:.-–—") + "…"
}

// character is the length of the first character of s, in bytes. Between two
// bytes of ASCII there is always a border, but for a line end.
func character(s string) int {
	if s[0] < utf8.RuneSelf && s[0] != '\r' && (len(s) == 1 || s[1] < utf8.RuneSelf) {
		return 1
	}
	first, _, _, _ := uniseg.FirstGraphemeClusterInString(s, -1)
	return len(first)
}

// Line is s on one line and in valid UTF-8: each run of white space and control
// characters is one space, none at its ends. It keeps what strangers wrote in
// the line of a list, a title or a terminal where it was put.
func Line(s string) string {
	if isLine(s) {
		return s
	}
	words := strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	return strings.ToValidUTF8(strings.Join(words, " "), "\uFFFD")
}

// isLine reports whether Line would leave s as it is, as it does most texts.
func isLine(s string) bool {
	if s == "" {
		return true
	}
	space := true
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == ' ' && space, c < ' ', c == 0x7f:
			return false
		case c >= utf8.RuneSelf:
			// Its first byte is enough to know that a rune may be a space.
			if c == 0xC2 || c >= 0xE1 && c <= 0xE3 {
				if r, _ := utf8.DecodeRuneInString(s[i:]); unicode.IsSpace(r) || unicode.IsControl(r) {
					return false
				}
			}
		}
		space = s[i] == ' '
	}
	return !space && utf8.ValidString(s)
}
