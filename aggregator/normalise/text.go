package normalise

import (
	"strings"
	"unicode"

	"courant/aggregator/feed"
	"courant/db/content"
	"courant/db/text"
)

// maxMarks is how many accents one letter may bear: languages stack three.
const maxMarks = 4

// plain is text as one line that stays in its place: no controls, no marks that
// turn the direction of what stands around it, no invisible characters, no
// towers of accents.
func plain(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	marks := 0
	gap := false
	flag := 0 // where in s the flag ends that we are in
	for i, r := range s {
		if r == text.BlackFlag {
			flag = i + text.Flag(s[i:])
		}
		switch {
		case i < flag:
		case r > ' ' && r <= '~', isOrdinary(r): // most
			marks = 0
		case unicode.IsSpace(r):
			gap = true
			continue
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d' && r != '\u200e' && r != '\u200f', r == '\uFFFE', r == '\uFFFF':
			continue
		case unicode.Is(unicode.M, r):
			if marks++; marks > maxMarks {
				continue
			}
		default:
			marks = 0
		}
		if gap && b.Len() > 0 {
			b.WriteByte(' ')
		}
		gap = false
		b.WriteRune(r)
	}
	return b.String()
}

// isOrdinary reports whether r is one of the characters, letters but for a few, that are
// none that plain looks at: those of Europe, its quotation marks and dashes, ideographs
// and syllables.
func isOrdinary(r rune) bool {
	return r >= 0xC0 && r < 0x300 || r >= 0x370 && r < 0x483 || r >= 0x2010 && r <= 0x2027 || r >= 0x4E00 && r <= 0x9FFF || r >= 0xAC00 && r <= 0xD7A3
}

func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < ' ' || c > '~' || c == ' ' && (i == 0 || i == len(s)-1 || s[i+1] == ' ') {
			return false
		}
	}
	return true
}

// summary is a sentence or two for lists: the source's own where it is no more
// than that, else how the body begins.
func summary(e *feed.Entry, d *content.Draft) string {
	if e.Summary != "" {
		if own := plain(content.PlainText(e.Summary, e.Base)); own != "" && own != e.Title {
			return sentences(own)
		}
	}
	return sentences(plain(d.Opening()))
}

// sentences is the beginning of text as whole sentences, as many as fit.
func sentences(s string) string {
	if len(s) <= maxSummary {
		return s
	}
	taken := 0
	for end := range text.Sentences(s) {
		if end > maxSummary {
			break
		}
		taken = end
	}
	if taken == 0 {
		return text.Cut(s, maxSummary)
	}
	return s[:taken]
}

// minOpening is what the first sentence of a text has at least, in bytes: a
// greeting alone does not say what the text is about.
const minOpening = 12

// firstSentence is the beginning of text up to where a sentence ends.
func firstSentence(s string) string {
	for end := range text.Sentences(s) {
		if end >= minOpening {
			return s[:end]
		}
	}
	return s
}
