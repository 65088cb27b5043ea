package opml

import (
	"html"
	"strings"
)

// scan reads the document from front to end, once. What it cannot take for
// markup is text.
func (r *reader) scan() {
	r.absent = map[string]bool{}
	for r.pos < len(r.src) {
		i := strings.IndexByte(r.src[r.pos:], '<')
		if i < 0 {
			i = len(r.src) - r.pos
		}
		r.loose(r.src[r.pos : r.pos+i])
		if r.pos += i; r.pos < len(r.src) {
			r.markup(r.src[r.pos:])
		}
	}
}

// loose takes what stands between tags.
func (r *reader) loose(s string) {
	if r.field != "" {
		r.headText(unescape(s))
	}
	r.told(s)
}

// told says what is left out of text where no subscription is read.
func (r *reader) told(s string) {
	if holdsAddress(s) {
		r.leave(s, "it stands where nothing can be read")
	}
}

// holdsAddress reports whether s has what only a subscription has.
func holdsAddress(s string) bool {
	for {
		i := strings.IndexAny(s, "xX")
		if i < 0 {
			return false
		}
		if s = s[i:]; hasPrefixFold(s, "xmlurl") {
			return true
		}
		s = s[1:]
	}
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// markup reads what begins with the "<" of rest, which is all from r.pos on.
func (r *reader) markup(rest string) {
	switch {
	case strings.HasPrefix(rest, "<!--"):
		r.pos = r.after(r.pos+4, "-->") // what is commented out was meant to be
	case strings.HasPrefix(rest, "<![CDATA["):
		from := r.pos + len("<![CDATA[")
		if end := r.after(from, "]]>"); end > from {
			if r.field != "" {
				r.headText(r.src[from : end-len("]]>")])
			}
			r.pos = end
		} else {
			r.pos = from
		}
	case len(rest) > 1 && (rest[1] == '!' || rest[1] == '?'):
		r.skipTag() // what a doctype declares comes as further ones
	case len(rest) > 2 && rest[1] == '/' && nameByte(rest[2]):
		name := localName(rest[2:])
		r.field = ""
		switch {
		case hasPrefixFold(name, "outline"):
			r.marks = append(r.marks, mark{end: true})
		case strings.EqualFold(name, "opml"), strings.EqualFold(name, "body"):
			r.ended = true
		}
		r.skipTag()
	case len(rest) > 1 && nameByte(rest[1]):
		r.start(localName(rest[1:]))
	default:
		r.loose("<")
		r.pos++
	}
}

// after returns the position behind the next such text, or from where there is
// none.
func (r *reader) after(from int, text string) int {
	if r.absent[text] {
		return from
	}
	if i := strings.Index(r.src[from:], text); i >= 0 {
		return from + i + len(text)
	}
	r.absent[text] = true // nor is it anywhere behind: searching again would cost as much again
	return from
}

// skipTag goes behind the tag at r.pos, which ends with ">" or before the next
// "<", and returns it.
func (r *reader) skipTag() string {
	from := r.pos
	i := strings.IndexAny(r.src[from+1:], "<>")
	switch {
	case i < 0:
		r.pos = len(r.src)
	case r.src[from+1+i] == '>':
		r.pos += i + 2
	default:
		r.pos += i + 1
	}
	return r.src[from:r.pos]
}

// start reads a start tag.
func (r *reader) start(name string) {
	r.field = ""
	if hasPrefixFold(name, "outline") {
		r.outlineTag()
		return
	}
	tag := r.skipTag()
	switch name = strings.ToLower(name); name {
	case "opml", "body":
		r.opml = r.opml || name == "opml"
		r.begun = r.begun || !strings.HasSuffix(tag, "/>")
	case "title", "datemodified":
		if !strings.HasSuffix(tag, "/>") && len(r.marks) == 0 {
			r.field = name
		}
	default:
		r.told(tag)
	}
}

// outlineTag reads the outline at r.pos. It reaches no further than to the next
// tag of a list, so that one that is broken breaks no other.
func (r *reader) outlineTag() {
	stop := r.nextTag(r.pos + 1)
	t := readTag(r.src[r.pos:stop])
	raw := r.src[r.pos : r.pos+t.length]
	r.pos += t.length
	title := first(t.attrs["title"], t.attrs["text"], raw)
	switch {
	case stop == len(r.src) && strings.HasSuffix(t.torn, "url"):
		r.leave(title, "the file ends inside of its address") // a part of one is another
		return
	case address(t.attrs) != "":
		r.opml = true
	case r.opml && holdsAddress(raw) && !emptyAddress(raw):
		r.leave(title, "its address cannot be read")
	}
	r.marks = append(r.marks, mark{closed: t.closed, attrs: t.attrs})
}

// emptyAddress reports whether a tag says that it has no address: then nothing
// is lost by not reading one.
func emptyAddress(tag string) bool {
	_, rest, _ := strings.Cut(strings.ToLower(tag), "xmlurl")
	rest = strings.ReplaceAll(strings.TrimLeft(rest, " \t\r\n"), " ", "")
	return strings.HasPrefix(rest, `=""`) || strings.HasPrefix(rest, "=''") || !strings.HasPrefix(rest, "=")
}

// nextTag is where the next tag begins that a list is made of, or the end. No
// value holds one.
func (r *reader) nextTag(from int) int {
	if r.next >= from {
		return r.next
	}
	for i := from; ; {
		j := strings.IndexByte(r.src[i:], '<')
		if j < 0 {
			r.next = len(r.src)
			return r.next
		}
		i += j + 1
		name := localName(strings.TrimPrefix(r.src[i:min(len(r.src), i+64)], "/"))
		if hasPrefixFold(name, "outline") || strings.EqualFold(name, "body") || strings.EqualFold(name, "opml") || strings.HasPrefix(r.src[i:], "!--") {
			r.next = i - 1
			return r.next
		}
	}
}

func nameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c >= 0x80
}

// nameEnd is where the name at the beginning of s ends, 0 where it has none.
func nameEnd(s string) int {
	i := 0
	for i < len(s) && (nameByte(s[i]) || i > 0 && ('0' <= s[i] && s[i] <= '9' || s[i] == '-' || s[i] == '.' || s[i] == ':')) {
		i++
	}
	return i
}

// localName is the name at the beginning of s without its prefix.
func localName(s string) string {
	name := s[:nameEnd(s)]
	return name[strings.LastIndexByte(name, ':')+1:]
}

// maxReference is the length of the longest named reference of HTML, with room.
const maxReference = 40

// unescape decodes references once. What is none stays as it is: addresses have
// bare ampersands, and names in them that HTML would read without a semicolon.
func unescape(s string) string {
	if !strings.Contains(s, "&") {
		return s
	}
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '&')
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		s = s[i:]
		if end := strings.IndexByte(s[:min(len(s), maxReference)], ';'); end > 1 && !strings.Contains(s[1:end], "&") {
			if text := html.UnescapeString(s[:end+1]); !strings.HasSuffix(text, ";") {
				b.WriteString(strings.Map(possible, text))
				s = s[end+1:]
				continue
			}
		}
		b.WriteByte('&')
		s = s[1:]
	}
}

// possible drops what no document can hold but by reference: control characters,
// and what stands for a reference to nothing.
func possible(r rune) rune {
	if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\uFFFD' {
		return -1
	}
	return r
}
