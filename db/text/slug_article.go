package text

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxSlugBytes bounds a slug in another alphabet, of which an address writes
// each byte with three characters.
const maxSlugBytes = 120

// latin are letters that lose nothing but an accent and yet have no
// decomposition.
var latin = map[rune]string{'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'ł': "l", 'þ': "th", 'ı': "i", 'ħ': "h"}

// asciiText is the characters of ASCII in their order.
var asciiText = func() string {
	all := make([]byte, utf8.RuneSelf)
	for i := range all {
		all[i] = byte(i)
	}
	return string(all)
}()

// ArticleSlug is the readable part of an article's address, made as Slug makes
// it, but that letters of other alphabets stay what they are: browsers show
// them, and they say more than nothing.
func ArticleSlug(headline string) string {
	var b strings.Builder
	b.Grow(min(len(headline), maxSlugBytes))
	gap, foreign := false, false
	write := func(s string) {
		if gap && b.Len() > 0 {
			b.WriteByte('-')
		}
		gap = false
		b.WriteString(s)
	}
	for _, r := range norm.NFKC.String(headline) {
		r = unicode.ToLower(r)
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' { // nearly all
			write(asciiText[r : r+1])
			foreign = false
			continue
		}
		plain := plainLetters(r)
		switch {
		case plain != "":
			write(plain)
			foreign = false
		case unicode.IsLetter(r), unicode.IsNumber(r):
			write(string(r))
			foreign = true
		case unicode.IsMark(r):
			if foreign && !gap {
				b.WriteRune(r)
			}
		case r == '\'' || r == '’':
		default:
			gap = true
		}
	}
	return cutSlug(b.String())
}

// plainLetters is the ASCII letters and digits that r is in an address, "" where it is none.
func plainLetters(r rune) string {
	if r < endLatin {
		return latinLetters()[r]
	}
	return Slug(string(r))
}

// endLatin is behind the Latin letters of Europe, which are most that are no ASCII.
const endLatin = 0x250

// latinLetters is plainLetters of these and of all before them.
var latinLetters = sync.OnceValue(func() []string {
	list := make([]string, endLatin)
	for r := range list {
		if list[r] = Slug(string(rune(r))); list[r] == "" {
			list[r] = latin[rune(r)]
		}
	}
	return list
})

// cutSlug cuts s at a word's end where it is too long.
func cutSlug(s string) string {
	n, bytes := 0, 0
	for i, r := range s {
		if n == maxSlug || i+len(string(r)) > maxSlugBytes {
			break
		}
		n, bytes = n+1, i+len(string(r))
	}
	if bytes == len(s) {
		return s
	}
	if s[bytes] != '-' {
		if cut := strings.LastIndexByte(s[:bytes], '-'); cut > 0 {
			return s[:cut]
		}
	}
	return s[:bytes]
}
