package comments

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"courant/db/text"
)

// maxMarks is how many combining marks one letter keeps. Real writing needs
// four at most; more of them paint over the lines above and below.
const maxMarks = 6

// cleanText makes what a visitor typed safe to keep: valid UTF-8 in NFC with
// "\n" as the only line end, without control characters, without those that
// reorder text or carry hidden tags, and with a bounded number of marks.
func cleanText(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	var b strings.Builder
	b.Grow(len(s))
	s = norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD"))
	marks, flag := 0, 0 // flag is where the flag of a region ends that we are in
	for i, r := range s {
		if r == text.BlackFlag {
			flag = i + text.Flag(s[i:])
		}
		if unicode.In(r, unicode.Mn, unicode.Me) {
			if marks++; marks > maxMarks {
				continue
			}
		} else {
			marks = 0
		}
		if i < flag || !hidden(r) {
			b.WriteRune(r)
		}
	}
	return strings.TrimSpace(b.String())
}

// hidden reports whether r has no honest place in a comment.
func hidden(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case unicode.Is(unicode.Cc, r):
		return true
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069: // embed, override and isolate: they can leak out
		return true
	case r >= 0xE0000 && r <= 0xE0FFF: // tags: text that only programs see
		return true
	case r == 0xFEFF, r >= 0xFFF9 && r <= 0xFFFB: // byte order mark, interlinear marks
		return true
	case r&0xFFFE == 0xFFFE, r >= 0xFDD0 && r <= 0xFDEF: // noncharacters
		return true
	case r >= 0xE000 && r <= 0xF8FF, r >= 0xF0000: // private use: nobody has the same picture of it
		return true
	}
	return false
}

// cleanLine is cleanText for a field of one line.
func cleanLine(s string) string { return text.Line(cleanText(s)) }

// cleanName is a name without what nobody sees: it could be another's. Joiners
// stay where writing has need of them, and what makes one sign of two emoji.
func cleanName(s string) string {
	runes := []rune(cleanLine(s))
	var b strings.Builder
	for i, r := range runes {
		joins := (r == '\u200c' || r == '\u200d') && i > 0 && i+1 < len(runes) && joined(runes[i-1], runes[i+1])
		flag := r >= 0xE0020 && r <= 0xE007F // cleanText left none but those of flags
		emoji := r == '\uFE0F' && i > 0 && unicode.In(runes[i-1], unicode.So, unicode.Sm, unicode.Po)
		if !text.Unseen(r) || joins || flag || emoji {
			b.WriteRune(r)
		}
	}
	return cleanLine(b.String())
}

// joined reports whether a joiner between two characters changes how they look.
func joined(before, after rune) bool {
	if unicode.Is(unicode.So, after) || after == '♂' || after == '♀' {
		return unicode.In(before, unicode.So, unicode.Sk, unicode.Variation_Selector)
	}
	return unicode.In(after, scriptsThatJoin...) && (unicode.In(before, scriptsThatJoin...) || unicode.Is(unicode.M, before))
}

// scriptsThatJoin are those that need joiners to be spelt (UAX #31, section 2.3).
var scriptsThatJoin = []*unicode.RangeTable{
	unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Nko, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati,
	unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar,
}

// visible reports whether s has anything that a reader would see.
func visible(s string) bool {
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Z, unicode.C, unicode.M):
		case r == 0x115F, r == 0x1160, r == 0x3164, r == 0xFFA0, r == 0x2800: // blank letters
		default:
			return true
		}
	}
	return false
}
