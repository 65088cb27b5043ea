package feed

import (
	"bytes"
)

// attribute is as written, entities and all.
type attribute struct{ name, value []byte }

// startTag is a start tag as written. Its attributes are in scanner.attrs.
type startTag struct {
	raw    []byte // its name
	all    []byte // all of it
	closed bool   // by "/>"
}

func isNameStart(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c >= 0x80
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// nameEnd is where the name that begins at i ends.
func nameEnd(src []byte, i int) int {
	for i < len(src) && !isSpace(src[i]) && src[i] != '>' && src[i] != '/' && src[i] != '<' && src[i] != '=' {
		i++
	}
	return i
}

// endTag reads the end tag at i and returns its name and the position behind it.
func endTag(src []byte, i int) (name []byte, after int) {
	i += len("</")
	j := nameEnd(src, i)
	name = src[i:j]
	for j < len(src) && src[j] != '>' && src[j] != '<' {
		j++
	}
	if j < len(src) && src[j] == '>' {
		j++
	}
	return name, j
}

// tagEnd returns the position behind the start tag at i, and whether it closes
// its own element. A quote that is not closed before the next "<" is no quote.
func tagEnd(src []byte, i int) (after int, closed bool) {
	quotes := true
	for i++; i < len(src); i++ {
		switch c := src[i]; c {
		case '>':
			return i + 1, src[i-1] == '/'
		case '<':
			return i, false // the tag was never closed
		case '"', '\'':
			if !quotes || src[i-1] != '=' && !isSpace(src[i-1]) {
				continue // a stray quote, as in rel="x"">
			}
			j := bytes.IndexByte(src[i+1:], c)
			if j < 0 || bytes.IndexByte(src[i+1:i+1+j], '<') >= 0 {
				quotes = false
				continue
			}
			i += j + 1
		}
	}
	return len(src), false
}

// parseTag reads the start tag at s.pos and moves behind it.
func (s *scanner) parseTag() startTag {
	end, closed := tagEnd(s.src, s.pos)
	all := s.src[s.pos:end]
	s.torn = s.torn || end == len(s.src) && all[len(all)-1] != '>'
	i := nameEnd(all, 1)
	t := startTag{raw: all[1:i], all: all, closed: closed}
	s.attrs = s.attrs[:0]
	for i < len(all) && len(s.attrs) < maxAttributes {
		for i < len(all) && (isSpace(all[i]) || all[i] == '/' || all[i] == '"' || all[i] == '\'') {
			i++
		}
		j := nameEnd(all, i)
		if j == i {
			i++
			continue
		}
		a := attribute{name: all[i:j]}
		for i = j; i < len(all) && isSpace(all[i]); i++ {
		}
		if i < len(all) && all[i] == '=' {
			a.value, i = attributeValue(all, i+1)
		}
		if len(a.value) <= maxPlain {
			s.attrs = append(s.attrs, a)
		}
	}
	s.pos = end
	return t
}

// attributeValue reads the value behind an equals sign.
func attributeValue(tag []byte, i int) (value []byte, after int) {
	for i < len(tag) && isSpace(tag[i]) {
		i++
	}
	if i >= len(tag) {
		return nil, i
	}
	if q := tag[i]; q == '"' || q == '\'' {
		if j := bytes.IndexByte(tag[i+1:], q); j >= 0 {
			return tag[i+1 : i+1+j], i + j + 2
		}
		return bytes.TrimRight(tag[i+1:], "/>"), len(tag)
	}
	j := i
	for j < len(tag) && !isSpace(tag[j]) && tag[j] != '>' {
		j++
	}
	return tag[i:j], j
}
