package pages

import (
	"strings"
	"unicode"

	"courant/db"
)

// rightToLeft are the languages whose usual script is written from right to
// left.
const rightToLeft = " ar arc ckb dv fa he iw ks ku-arab nqo ps sd syr ug ur yi "

// direction is the direction of a text in that language: "rtl", or "ltr". What
// the text says of itself counts where no language is known, or one that its
// letters contradict: many feeds call everything English.
func direction(language, text string) string {
	right, left := letters(text)
	base, _, _ := strings.Cut(strings.ToLower(language), "-")
	known := base != "" && strings.Contains(rightToLeft, " "+base+" ")
	if known && (right > 0 || left == 0) || right > left {
		return "rtl"
	}
	return "ltr"
}

// textDirection is the direction of what a says.
func textDirection(a db.Article) string { return direction(a.Language, a.Headline+" "+a.Summary) }

// dirOf is the dir attribute for a stranger's text. A browser decides by the
// first letter ("auto"), which is wrong for a text that begins with a name in
// another script: then most letters decide.
func dirOf(text string) string {
	for _, r := range text {
		right, ok := strong(r)
		if !ok {
			continue
		}
		r, l := letters(text)
		switch {
		case right && l > r:
			return "ltr"
		case !right && r > l:
			return "rtl"
		}
		break
	}
	return "auto"
}

// lookedAt bounds how much of a text is looked at for its direction.
const lookedAt = 2000

// letters counts the letters of text that are written from right to left, and
// those from left to right.
func letters(text string) (right, left int) {
	for i, r := range text {
		if i > lookedAt {
			break
		}
		switch toRight, ok := strong(r); {
		case !ok:
		case toRight:
			right++
		default:
			left++
		}
	}
	return right, left
}

// strong reports whether r is written from right to left; ok is false for what
// has no direction of its own.
func strong(r rune) (right, ok bool) {
	if r < 0x80 {
		return false, 'a' <= r|0x20 && r|0x20 <= 'z'
	}
	if !unicode.IsLetter(r) {
		return false, false
	}
	return unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko), true
}
