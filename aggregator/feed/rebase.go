package feed

import (
	"bytes"
	"net/url"
	"strings"
)

// rebased is XHTML whose elements say by xml:base what addresses inside them
// are relative to (XML Base; RFC 4287 section 2), with those addresses made
// absolute: HTML has no such attribute.
func (s *scanner) rebased(markup []byte) []byte {
	if !bytes.Contains(markup, []byte("xml:base")) {
		return markup
	}
	r := rebaser{outer: s.base, out: make([]byte, 0, len(markup)+len(markup)/4)}
	if r.outer == nil {
		r.outer = s.docBase
	}
	r.tags.src = markup
	for i := 0; i < len(markup) && len(r.out) <= 2*maxMarkup; {
		j := bytes.IndexByte(markup[i:], '<')
		if j < 0 {
			return append(r.out, markup[i:]...)
		}
		r.out = append(r.out, markup[i:i+j]...)
		i = r.tag(i + j)
	}
	return r.out
}

// rebaser writes markup anew, with the addresses made absolute that an xml:base
// inside it is about.
type rebaser struct {
	outer *url.URL // around the markup
	tags  scanner  // reads its tags, and nothing else
	open  []based
	out   []byte
}

// based is an open element and what addresses in it are relative to; nil where
// no xml:base inside the markup says so.
type based struct {
	name []byte
	base *url.URL
}

// tag writes what begins with the "<" at i, and returns where it ends.
func (r *rebaser) tag(i int) int {
	src := r.tags.src
	switch {
	case i+1 < len(src) && src[i+1] == '/':
		name, after := endTag(src, i)
		for top := len(r.open) - 1; top >= 0; top-- {
			if bytes.EqualFold(r.open[top].name, name) {
				r.open = r.open[:top]
				break
			}
		}
		r.out = append(r.out, src[i:after]...)
		return after
	case i+1 < len(src) && isNameStart(src[i+1]):
		r.tags.pos = i
		r.start(r.tags.parseTag())
		return r.tags.pos
	}
	r.out = append(r.out, '<')
	return i + 1
}

// start writes a start tag.
func (r *rebaser) start(t startTag) {
	var base *url.URL
	if len(r.open) > 0 {
		base = r.open[len(r.open)-1].base
	}
	for _, a := range r.tags.attrs {
		if string(a.name) != "xml:base" {
			continue
		}
		around := base
		if around == nil {
			around = r.outer
		}
		if u, err := url.Parse(resolve(around, string(decode(nil, a.value)))); err == nil && u.Host != "" {
			base = u
		}
	}
	if name := strings.ToLower(string(t.raw)); !t.closed && !strings.Contains(voids, " "+name+" ") && len(r.open) < maxDepth {
		r.open = append(r.open, based{t.raw, base})
	}
	if base == nil {
		r.out = append(r.out, t.all...)
		return
	}
	r.out = append(append(r.out, '<'), t.raw...)
	for _, a := range r.tags.attrs {
		if string(a.name) != "xml:base" {
			r.attribute(a, base)
		}
	}
	if t.closed {
		r.out = append(r.out, '/')
	}
	r.out = append(r.out, '>')
}

// attribute writes an attribute, absolute where it is an address.
func (r *rebaser) attribute(a attribute, base *url.URL) {
	value := bytes.ReplaceAll(a.value, []byte(`"`), []byte("&quot;"))
	switch strings.ToLower(string(a.name)) {
	case "href", "src", "poster", "cite", "data", "longdesc", "background", "action":
		value = absolute(base, value)
	case "srcset", "imagesrcset":
		list := bytes.Split(value, []byte(","))
		for i, candidate := range list {
			at, size, _ := bytes.Cut(bytes.TrimSpace(candidate), []byte(" "))
			list[i] = bytes.TrimSpace(append(append(absolute(base, at), ' '), size...))
		}
		value = bytes.Join(list, []byte(", "))
	}
	r.out = append(append(append(r.out, ' '), a.name...), `="`...)
	r.out = append(append(r.out, value...), '"')
}

// absolute is an address in an attribute, as it is written there, made
// absolute; one within the page, or of no page, stays.
func absolute(base *url.URL, value []byte) []byte {
	ref := string(decode(nil, value))
	if at := resolve(base, ref); at != "" && !strings.HasPrefix(ref, "#") {
		return bytes.ReplaceAll(appendEscaped(nil, []byte(at)), []byte(`"`), []byte("&quot;"))
	}
	return bytes.Clone(value)
}
