package text

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxSlug keeps addresses short enough to read and to paste.
const maxSlug = 80

// Slug makes an id or a part of an address from a headline or a title:
// lower-case ASCII letters and digits with single hyphens, whole words, at most
// 80 characters. Accents are dropped; a headline in another alphabet gives "".
func Slug(headline string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFKD.String(headline) {
		switch r = unicode.ToLower(r); {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r) || r == '\'' || r == '’':
			// an accent, or a mark inside a word
		default:
			gap = true
		}
	}
	s := b.String()
	if len(s) <= maxSlug {
		return s
	}
	if s[maxSlug] != '-' {
		if cut := strings.LastIndexByte(s[:maxSlug], '-'); cut > 0 {
			return s[:cut]
		}
	}
	return s[:maxSlug]
}
