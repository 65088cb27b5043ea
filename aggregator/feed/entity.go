package feed

import (
	"bytes"
	"html"
	"strings"
	"unicode/utf8"
)

// maxEntity is the length of the longest named reference of HTML, with room.
const maxEntity = 40

// decode appends src to dst with its character references and HTML's named
// entities decoded once. What is no reference stays as it is; a reference to
// what may not stand in a document becomes nothing.
func decode(dst, src []byte) []byte {
	for {
		i := bytes.IndexByte(src, '&')
		if i < 0 {
			return append(dst, src...)
		}
		dst = append(dst, src[:i]...)
		src = src[i:]
		n := 0
		if end := bytes.IndexByte(src[:min(len(src), maxEntity)], ';'); end > 1 {
			if dst, n = appendReference(dst, src[1:end]); n > 0 {
				src = src[end+1:]
				continue
			}
		}
		dst = append(dst, '&')
		src = src[1:]
	}
}

// appendReference appends what &name; stands for. n is 0 where it stands for
// nothing we know.
func appendReference(dst, name []byte) (_ []byte, n int) {
	switch string(name) {
	case "lt":
		return append(dst, '<'), 1
	case "gt":
		return append(dst, '>'), 1
	case "amp":
		return append(dst, '&'), 1
	case "quot":
		return append(dst, '"'), 1
	case "apos":
		return append(dst, '\''), 1
	case "nbsp":
		return append(dst, "\u00a0"...), 1
	}
	if name[0] == '#' {
		r, ok := number(name[1:])
		if !ok {
			return dst, 0
		}
		if legalRune(&r) {
			dst = utf8.AppendRune(dst, r)
		}
		return dst, 1
	}
	for _, c := range name {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9') {
			return dst, 0
		}
	}
	// UnescapeString also knows names without a semicolon; such a prefix is not
	// what was written.
	text := html.UnescapeString("&" + string(name) + ";")
	if strings.HasSuffix(text, ";") {
		return dst, 0
	}
	return append(dst, text...), 1
}

// number reads what follows "&#".
func number(digits []byte) (r rune, ok bool) {
	base := rune(10)
	if len(digits) > 0 && (digits[0] == 'x' || digits[0] == 'X') {
		base, digits = 16, digits[1:]
	}
	if len(digits) == 0 {
		return 0, false
	}
	for _, c := range digits {
		var d rune
		switch {
		case '0' <= c && c <= '9':
			d = rune(c - '0')
		case base == 16 && 'a' <= c|0x20 && c|0x20 <= 'f':
			d = rune(c|0x20-'a') + 10
		default:
			return 0, false
		}
		if r = r*base + d; r > utf8.MaxRune {
			r = utf8.MaxRune + 1
		}
	}
	return r, true
}
