package feed

import (
	"bytes"
	"strings"
)

// span is what stands inside an element.
type span struct {
	from, to int
	tags     bool // it holds elements, outside of CDATA
	cdata    bool
}

// inner finds the end of the element whose start tag was just read, and moves
// behind it. An element without an end tag ends where its parent does, or where
// something begins that cannot be inside it.
func (s *scanner) inner(t startTag, k kind) span {
	v := span{from: s.pos, to: s.pos}
	if t.closed {
		return v
	}
	same, alike := 0, 0 // elements inside of the same name, and of the same name under another prefix
	i := s.pos
	for {
		j := bytes.IndexByte(s.src[i:], '<')
		if j < 0 {
			v.to, s.pos, s.torn = len(s.src), len(s.src), true
			return v
		}
		i += j
		rest := s.src[i:]
		switch {
		case len(rest) < 2:
			i++
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			v.cdata = true
			i = min(s.endOfCDATA(i+len("<![CDATA["), t.raw)+len("]]>"), len(s.src))
		case bytes.HasPrefix(rest, []byte("<!--")):
			i = s.after(i+4, "-->")
		case rest[1] == '?':
			i = s.after(i+2, "?>")
		case rest[1] == '/':
			name, after := endTag(s.src, i)
			if bytes.EqualFold(name, t.raw) {
				if same == 0 {
					v.to, s.pos = i, after
					return v
				}
				same--
			} else if sameLocal(name, t.raw) {
				if alike == 0 {
					v.to, s.pos = i, after
					s.repair("end tags with another prefix")
					return v
				}
				alike--
			} else if s.isOpen(name) {
				v.to, s.pos = i, i
				s.repair("elements that were not closed")
				return v
			}
			v.tags = true
			i = after
		case isNameStart(rest[1]) && isAddress(rest):
			i++
		case isNameStart(rest[1]):
			name := rest[1:nameEnd(rest, 1)]
			if s.ends(name, k) && !(k == markup && s.nested(name, t.raw, i)) {
				v.to, s.pos = i, i
				s.repair("elements that were not closed")
				return v
			}
			after, closed := tagEnd(s.src, i)
			switch {
			case closed:
			case bytes.EqualFold(name, t.raw):
				same++
			case sameLocal(name, t.raw):
				alike++
			}
			v.tags = true
			i = after
		default:
			i++
		}
	}
}

// sameLocal reports whether two names differ in nothing but their prefix.
func sameLocal(a, b []byte) bool {
	a, b = a[bytes.IndexByte(a, ':')+1:], b[bytes.IndexByte(b, ':')+1:]
	return len(a) > 0 && bytes.EqualFold(a, b)
}

func (s *scanner) isOpen(raw []byte) bool {
	for i := range s.frames {
		if bytes.EqualFold(s.frames[i].raw, raw) {
			return true
		}
	}
	return false
}

// ends reports whether an element of that name cannot be inside one of kind k:
// nothing holds an entry, and only bodies hold elements that HTML knows.
func (s *scanner) ends(raw []byte, k kind) bool {
	name := string(s.name(raw))
	switch name {
	case "item", "entry":
		return true
	case "channel":
		return k == ignored
	}
	if k == ignored {
		return false
	}
	if _, known := entryFields[name]; !known {
		return false
	}
	switch name {
	case "title", "link", "summary", "content", "body", "source", "image", "category", "language", "id",
		"xhtml:div", "xhtml:body", "keywords", "abstract", "created", "updated", "modified", "issued", "author":
		return k != markup && k != headline // in markup it may be HTML or somebody's own
	}
	return true
}

// nested reports whether the element of that name, at i, is inside the one that
// is called raw, as the metadata of a drawing is inside an article: the end tag
// of raw is ahead, in the same entry, and raw does not begin anew before it.
func (s *scanner) nested(name, raw []byte, i int) bool {
	switch string(s.name(name)) {
	case "item", "entry", "channel":
		return false
	}
	for f := range s.frames {
		if s.frames[f].what == entryLevel {
			end := s.next("</"+string(raw), i)
			return end < s.next("</"+string(s.frames[f].raw), i) && end < s.next("<"+string(raw), i)
		}
	}
	return false
}

// maxMarks is how many tags are looked for ahead in one document: more kinds of
// bodies than that nobody writes, and each costs a search of all of it.
const maxMarks = 32

// next is where the next tag that begins with mark is, at or behind i; the end
// of the document where there is none. Asking on, further ahead, costs nothing.
func (s *scanner) next(mark string, i int) int {
	at, asked := s.ahead[mark]
	if asked && at >= i {
		return at
	}
	if !asked && len(s.ahead) >= maxMarks {
		s.mended++
		return len(s.src)
	}
	for at = i; ; at++ {
		j := bytes.Index(s.src[at:], []byte(mark))
		if j < 0 {
			at = len(s.src)
			break
		}
		if at += j; at+len(mark) == nameEnd(s.src, at+len(mark)) {
			break
		}
	}
	s.ahead[mark] = at
	return at
}

// endOfCDATA returns where the section that begins at from ends: before its
// "]]>", or, where that is missing, before the end tag of the element.
func (s *scanner) endOfCDATA(from int, raw []byte) int {
	if s.cdataEnd < from {
		s.cdataEnd = len(s.src)
		if i := bytes.Index(s.src[from:], []byte("]]>")); i >= 0 {
			s.cdataEnd = from + i
		}
	}
	section := s.src[from:s.cdataEnd]
	if s.cdataEnd < len(s.src) {
		next := bytes.Index(section, []byte("<![CDATA["))
		if next < 0 {
			return s.cdataEnd
		}
		section = section[:next] // a section inside a section: was this one closed?
	}
	if raw != nil {
		if i := bytes.Index(section, append([]byte("</"), raw...)); i >= 0 {
			s.repair("CDATA that was not closed")
			return from + i - len("]]>") // so that the caller goes on where it ended
		}
	}
	return s.cdataEnd
}

// text is the content of a span, markup removed, decoded once, trimmed.
func (s *scanner) text(v span) []byte { return s.decoded(v, false) }

// mixed is the content of a span of escaped HTML with elements in it.
func (s *scanner) mixed(v span) []byte { return s.decoded(v, true) }

// decoded is the content of a span, decoded once, trimmed, with or without its
// tags.
func (s *scanner) decoded(v span, tags bool) []byte {
	dst := s.value[:0]
	s.each(v, func(part []byte, what part) {
		switch {
		case what == escapedText:
			dst = decode(dst, part)
		case what == rawText:
			dst = append(dst, part...)
		case tags && what == tagText:
			dst = appendTag(dst, part)
		}
	})
	s.value = dst
	return withoutMarks(bytes.TrimSpace(dst))
}

// html is the content of a span that holds elements, as HTML: CDATA escaped,
// prefixes dropped, elements that XML lets close themselves given an end tag.
func (s *scanner) html(v span) []byte {
	dst := s.value[:0]
	s.each(v, func(part []byte, what part) {
		switch what {
		case escapedText:
			dst = append(dst, part...)
		case rawText:
			dst = appendEscaped(dst, part)
		case tagText:
			dst = appendTag(dst, part)
		}
	})
	s.value = dst
	return withoutMarks(bytes.TrimSpace(dst))
}

type part uint8

const (
	escapedText part = iota
	rawText          // of a CDATA section
	tagText
)

// each calls f with the parts of a span, in order, comments left out.
func (s *scanner) each(v span, f func([]byte, part)) {
	src := s.src[:v.to]
	i := v.from
	for i < len(src) {
		j := bytes.IndexByte(src[i:], '<')
		if j < 0 {
			f(src[i:], escapedText)
			return
		}
		if j > 0 {
			f(src[i:i+j], escapedText)
		}
		i += j
		rest := src[i:]
		after := i + 1
		switch {
		case len(rest) < 2:
			f(rest, escapedText)
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			body := rest[len("<![CDATA["):]
			if end := bytes.Index(body, []byte("]]>")); end >= 0 {
				body = body[:end]
			}
			after = min(i+len("<![CDATA[")+len(body)+len("]]>"), len(src))
			f(body, rawText)
		case bytes.HasPrefix(rest, []byte("<!--")):
			after = s.after(i+4, "-->")
		case rest[1] == '?':
			after = s.after(i+2, "?>")
		case rest[1] == '/':
			_, after = endTag(src, i)
			f(src[i:after], tagText)
		case isNameStart(rest[1]) && !isAddress(rest):
			after, _ = tagEnd(src, i)
			f(src[i:after], tagText)
		default:
			f([]byte("&lt;"), escapedText)
		}
		i = max(after, i+1)
	}
}

// voids are the elements of HTML that have no end tag.
const voids = " area base br col embed hr img input link meta param source track wbr "

// appendTag appends a tag of XHTML as HTML wants it.
func appendTag(dst, tag []byte) []byte {
	i := 1
	if tag[i] == '/' {
		i++
	}
	end := nameEnd(tag, i)
	name := tag[i:end]
	if j := bytes.IndexByte(name, ':'); j >= 0 {
		name = name[j+1:]
	}
	dst = append(append(dst, tag[:i]...), name...)
	rest := tag[end:]
	if i == 1 && bytes.HasSuffix(rest, []byte("/>")) && !strings.Contains(voids, " "+strings.ToLower(string(name))+" ") {
		dst = append(append(dst, rest[:len(rest)-2]...), "></"...)
		return append(append(dst, name...), '>')
	}
	return append(dst, rest...)
}

// appendEscaped appends text as it is written between tags.
func appendEscaped(dst, text []byte) []byte {
	for {
		i := bytes.IndexAny(text, "<>&")
		if i < 0 {
			return append(dst, text...)
		}
		dst = append(dst, text[:i]...)
		switch text[i] {
		case '<':
			dst = append(dst, "&lt;"...)
		case '>':
			dst = append(dst, "&gt;"...)
		case '&':
			dst = append(dst, "&amp;"...)
		}
		text = text[i+1:]
	}
}

// skip passes over an element that is not read.
func (s *scanner) skip(t startTag) error {
	if t.closed {
		return nil
	}
	depth, same := 0, 0
	for {
		j := bytes.IndexByte(s.src[s.pos:], '<')
		if j < 0 {
			s.pos, s.torn = len(s.src), true
			return nil
		}
		s.pos += j
		rest := s.src[s.pos:]
		switch {
		case len(rest) < 2:
			s.pos++
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			s.pos = min(s.endOfCDATA(s.pos+len("<![CDATA["), t.raw)+len("]]>"), len(s.src))
		case bytes.HasPrefix(rest, []byte("<!--")):
			s.pos = s.after(s.pos+4, "-->")
		case rest[1] == '/':
			name, after := endTag(s.src, s.pos)
			if bytes.EqualFold(name, t.raw) {
				if same--; same < 0 {
					s.pos = after
					return nil
				}
			} else if s.isOpen(name) {
				s.repair("elements that were not closed")
				return nil
			}
			depth--
			s.pos = after
		case isNameStart(rest[1]):
			if s.ends(rest[1:nameEnd(rest, 1)], ignored) {
				return nil
			}
			after, closed := tagEnd(s.src, s.pos)
			if !closed {
				if depth++; depth > maxDepth {
					return errDepth
				}
				if bytes.EqualFold(rest[1:nameEnd(rest, 1)], t.raw) {
					same++
				}
			}
			s.pos = after
		default:
			s.pos++
		}
	}
}
