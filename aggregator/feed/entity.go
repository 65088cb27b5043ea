package feed

import (
	"bytes"
	"html"
	"strings"
	"unicode/utf16"
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
			if r, after := surrogates(src); after > 0 {
				dst, src = utf8.AppendRune(dst, r), src[after:]
				continue
			}
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

// surrogates is the character whose two halves in UTF-16 are the references
// that src begins with, as JavaScript and Java write "&#55357;&#56832;"; after
// is where they end, 0 where they are none.
func surrogates(src []byte) (r rune, after int) {
	high, n := numbered(src)
	if n == 0 || !utf16.IsSurrogate(high) {
		return 0, 0
	}
	low, m := numbered(src[n:])
	if r = utf16.DecodeRune(high, low); m == 0 || r == utf8.RuneError {
		return 0, 0
	}
	return r, n + m
}

// numbered reads the numeric reference that src begins with, of n bytes.
func numbered(src []byte) (r rune, n int) {
	if len(src) < len("&#1;") || src[0] != '&' || src[1] != '#' {
		return 0, 0
	}
	end := bytes.IndexByte(src[:min(len(src), maxEntity)], ';')
	if end < 0 {
		return 0, 0
	}
	r, ok := number(src[2:end])
	if !ok {
		return 0, 0
	}
	return r, end + 1
}

// mended is markup with what HTML would lose: characters that are written as
// the two halves that UTF-16 has them in, which would be two boxes, and
// addresses in angle brackets, which would be tags.
func mended(markup []byte) []byte {
	var out []byte
	from := 0
	for i := 0; i < len(markup); i++ {
		j := bytes.IndexAny(markup[i:], "&<")
		if j < 0 {
			break
		}
		i += j
		if markup[i] == '<' {
			if isAddress(markup[i:]) {
				out = append(append(out, markup[from:i]...), "&lt;"...)
				from = i + 1
			}
			continue
		}
		if r, n := surrogates(markup[i:]); n > 0 {
			out = utf8.AppendRune(append(out, markup[from:i]...), r)
			from = i + n
			i = from - 1
		}
	}
	if out == nil {
		return markup
	}
	return append(out, markup[from:]...)
}

// schemes are what an address in angle brackets begins with, as e-mail and
// Markdown write them: no element has such a name.
var schemes = [...]string{"<http://", "<https://", "<ftp://", "<mailto:", "<gopher://", "<gemini://"}

// isAddress reports whether the "<" that text begins with is the bracket before
// an address of the web or of e-mail.
func isAddress(text []byte) bool {
	for _, s := range schemes {
		if len(text) > len(s) && strings.EqualFold(string(text[:len(s)]), s) {
			return true
		}
	}
	for i := 1; i < len(text) && i < maxMailName; i++ {
		switch {
		case text[i] == '@':
			return i > 1
		case !isMailByte(text[i], false):
			return false
		}
	}
	return false
}

// maxMailName is the longest name before the "@" of an e-mail address (RFC 5321
// section 4.5.3.1.1), and its bracket.
const maxMailName = 64 + 2

// maxMarked is how many CDATA sections around a value are taken off.
const maxMarked = 3

// withoutMarks is a value without the marks of a CDATA section around it: what
// is escaped, or stands in JSON, needs none, but publishers write them. A value
// that is about such sections is left alone.
func withoutMarks(value []byte) []byte {
	for _, m := range [...]struct{ open, end string }{{"<![CDATA[", "]]>"}, {"&lt;![CDATA[", "]]&gt;"}} {
		for range maxMarked {
			trimmed := bytes.TrimSpace(value)
			inside, ok := bytes.CutPrefix(trimmed, []byte(m.open))
			if !ok {
				break
			}
			inside, ok = bytes.CutSuffix(inside, []byte(m.end))
			if !ok {
				break
			}
			inside = bytes.ReplaceAll(inside, []byte(m.end+m.open), nil) // sections one behind the other
			if begin := bytes.Index(inside, []byte(m.open)); begin != 0 && bytes.Contains(inside, []byte(m.end)) {
				break
			}
			value = bytes.TrimSpace(inside)
		}
	}
	return value
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
