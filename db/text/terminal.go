package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Terminal is s with nothing in it that steers a terminal or turns its lines
// round: control characters but for tab and line end, those from U+0080 to U+009F
// among them, become U+FFFD; embeddings, overrides and isolates of direction are
// left out, for on a line that is not their own they make what follows lie.
func Terminal(s string) string {
	if isPlain(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return r
		case Steers(r) && unicode.IsControl(r):
			return utf8.RuneError
		case Steers(r):
			return -1
		}
		return r
	}, s)
}

// Steers reports whether a terminal takes r for a command, or for one to write
// in another direction.
func Steers(r rune) bool {
	return unicode.IsControl(r) || r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069'
}

// isPlain reports whether s is ASCII that Terminal leaves as it is.
func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' && c != '\n' && c != '\t' && c != '\r' || c >= 0x7f {
			return false
		}
	}
	return true
}
