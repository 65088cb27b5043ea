package feed

import (
	"bytes"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// field reads the element whose start tag was just read, as f says, and writes
// what it holds.
func (s *scanner) field(f field, name string, t startTag, outer scope) error {
	to := f.rss
	if s.atom {
		to = f.atom
	}
	if f.kind == reference && !s.atom {
		f.kind = plain
	}
	switch f.kind {
	case ignored:
		return s.skip(t)
	case container, reference:
		return s.open(to, t, outer)
	case person:
		s.person = personParts{end: to, text: s.person.text[:0]}
		if err := s.push(frame{raw: t.raw, what: personLevel, fields: personFields, outer: outer}); err != nil {
			return err
		}
		if t.closed {
			s.closeTo(len(s.frames) - 1)
		}
		return nil
	case markup, headline, prose:
		s.markupField(f, to, t)
	case empty:
		s.attributes(to, "")
		s.inner(t, plain)
	case filed:
		s.category(name, t)
	case linked:
		s.link(to, t)
	case date:
		s.date(to, t)
	default:
		s.plainField(f.kind, to, t)
	}
	return nil
}

// open writes a start tag with its attributes and reads on inside.
func (s *scanner) open(to string, t startTag, outer scope) error {
	inside := mediaFields
	switch to {
	case "skipHours", "skipDays", "x:skiphours", "x:skipdays":
		inside = skipFields
	case "source":
		inside = sourceFields
	}
	if s.frames[len(s.frames)-1].what == feedLevel && to == "x:image" {
		return s.skip(t)
	}
	s.attributes(to, ">")
	if err := s.push(frame{raw: t.raw, what: innerLevel, fields: inside, end: "</" + to + ">", outer: outer}); err != nil {
		return err
	}
	if t.closed {
		s.closeTo(len(s.frames) - 1)
	}
	return nil
}

// passed are the attributes that somebody reads.
var passed = map[string]bool{
	"url": true, "href": true, "uri": true, "src": true, "ref": true, "rel": true, "type": true, "length": true, "title": true,
	"width": true, "height": true, "medium": true, "hreflang": true, "ispermalink": true, "count": true, "filesize": true,
	"isdefault": true, "alt": true, "role": true, "group": true, "img": true, "language": true,
}

// attributes writes a start tag with the attributes of the tag just read, and
// closes the element unless end says how to go on.
func (s *scanner) attributes(to, end string) {
	s.out.WriteByte('<')
	s.out.WriteString(to)
	for i, a := range s.attrs {
		local := a.name
		if j := bytes.IndexByte(local, ':'); j >= 0 {
			local = local[j+1:]
		}
		key := strings.ToLower(string(local))
		if !passed[key] || bytes.HasPrefix(a.name, []byte("xmlns")) || s.repeated(i, key) {
			continue
		}
		v := bytes.TrimSpace(decode(nil, a.value))
		switch key {
		case "url", "href", "uri", "src":
			v = s.resolved(v)
			switch {
			case key == "href" && to == "enclosure":
				key = "url"
			case key == "href" && strings.HasPrefix(to, "x:"):
				key = "address" // gofeed rewrites what it knows as addresses
			}
		case "ispermalink":
			key = "isPermaLink"
			v = bytes.ToLower(v)
		case "rel":
			v = []byte(relation(string(v)))
		case "type":
			v = bytes.ToLower(v)
		}
		s.attribute(key, string(v))
	}
	if end == "" {
		s.out.WriteString("/>")
	} else {
		s.out.WriteString(end)
	}
}

func (s *scanner) repeated(i int, key string) bool {
	for _, a := range s.attrs[:i] {
		local := a.name
		if j := bytes.IndexByte(local, ':'); j >= 0 {
			local = local[j+1:]
		}
		if strings.EqualFold(string(local), key) {
			return true
		}
	}
	return false
}

// resolved makes an address absolute where xml:base says how. Others are
// resolved when the whole feed is known.
func (s *scanner) resolved(ref []byte) []byte {
	if s.base == nil || len(ref) == 0 {
		return ref
	}
	tidy := tidyURL(s.base, string(ref))
	if tidy == "" {
		return ref
	}
	u := parseURL(tidy)
	if u == nil || u.IsAbs() {
		return ref
	}
	return []byte(written(against(s.base, u)))
}

func (s *scanner) attribute(key, value string) {
	s.out.WriteByte(' ')
	s.out.WriteString(key)
	s.out.WriteString(`="`)
	for i := 0; i < len(value); i++ {
		switch c := value[i]; c {
		case '&':
			s.out.WriteString("&amp;")
		case '<':
			s.out.WriteString("&lt;")
		case '>':
			s.out.WriteString("&gt;")
		case '"':
			s.out.WriteString("&quot;")
		case '\n', '\t', '\r':
			s.out.WriteByte(' ')
		default:
			s.out.WriteByte(c)
		}
	}
	s.out.WriteByte('"')
}

// chars writes text so that gofeed reads it back byte for byte.
func (s *scanner) chars(text []byte) {
	if bytes.IndexByte(text, '&') < 0 && bytes.IndexByte(text, '<') < 0 && bytes.IndexByte(text, '>') < 0 {
		s.out.Write(text)
		return
	}
	s.out.WriteString("<![CDATA[")
	for {
		i := bytes.Index(text, []byte("]]>"))
		if i < 0 {
			break
		}
		s.out.Write(text[:i+2])
		s.out.WriteString("]]><![CDATA[")
		text = text[i+2:]
	}
	s.out.Write(text)
	s.out.WriteString("]]>")
}

// keep puts a text aside and writes its number. Bodies are most of a feed, and
// gofeed would copy each several times to hand it back unchanged.
func (s *scanner) keep(text []byte) {
	s.out.WriteString(strconv.Itoa(len(s.texts)))
	s.texts = append(s.texts, string(text))
}

// element writes an element that holds text.
func (s *scanner) element(name, text string) {
	s.out.WriteString("<" + name + ">")
	s.chars([]byte(text))
	s.out.WriteString("</" + name + ">")
}

func (s *scanner) closing(to string) {
	s.out.WriteString("</")
	s.out.WriteString(to)
	s.out.WriteByte('>')
}

// cut shortens text to at most n bytes, at the end of a character.
func (s *scanner) cut(text []byte, n int) []byte {
	if len(text) <= n {
		return text
	}
	if n == maxMarkup {
		s.repair("a body of more than 2 MiB was cut")
	}
	for n > 0 && text[n]&0xC0 == 0x80 {
		n--
	}
	return text[:n]
}

func (s *scanner) plainField(k kind, to string, t startTag) {
	inPerson := s.frames[len(s.frames)-1].what == personLevel
	switch {
	case inPerson:
	case to == "guid" || to == "source" || to == "x:person":
		s.attributes(to, ">")
	default:
		s.out.WriteString("<" + to + ">")
	}
	v := s.inner(t, k)
	if v.to-v.from > maxMarkup {
		v.to = v.from + maxMarkup // even an address that long is none
	}
	text := s.text(v)
	switch {
	case k != address:
		text = s.cut(text, maxPlain)
	case to != "guid" && to != "x:id":
		text = s.resolved(text)
	}
	if inPerson {
		s.personField(to, string(text))
		return
	}
	if len(text) > 0 && (to == "guid" || to == "x:id") {
		s.named = true
	}
	s.chars(text)
	s.closing(to)
}

// date writes a date as RFC 3339, which gofeed reads at its second try of a
// hundred. What is no date is left out.
func (s *scanner) date(to string, t startTag) {
	raw := string(s.cut(s.text(s.inner(t, date)), maxDate))
	if raw == "" {
		return
	}
	if at, ok := parseDate(raw); ok {
		s.element(to, at.Format(time.RFC3339))
	} else if s.frames[len(s.frames)-1].what == entryLevel {
		s.element("x:date", raw)
	}
}

// link writes a link: as text where RSS has it so, else with its attributes.
func (s *scanner) link(to string, t startTag) {
	href := s.attr("href")
	if href == "" {
		href = s.attr("url")
	}
	if href == "" {
		rel := s.attr("rel")
		v := s.inner(t, linked)
		if v.to-v.from > maxPlain {
			return
		}
		text := s.resolved(s.text(v))
		if len(text) == 0 {
			return
		}
		s.named = true
		if to == "link" && !s.atom {
			s.out.WriteString("<link>")
			s.chars(text)
			s.out.WriteString("</link>")
			return
		}
		key := "href"
		if s.frames[len(s.frames)-1].what != innerLevel {
			to, key = "x:link", "address" // as in attributes
		}
		s.out.WriteByte('<')
		s.out.WriteString(to)
		s.attribute(key, string(text))
		if rel != "" {
			s.attribute("rel", relation(rel))
		}
		s.out.WriteString("/>")
		return
	}
	s.named = true
	if s.frames[len(s.frames)-1].what != innerLevel {
		to = "x:link" // gofeed rewrites addresses
	}
	if s.self == "" && s.frames[len(s.frames)-1].what == feedLevel && relation(s.attr("rel")) == "self" {
		s.selfLink(href)
	}
	s.attributes(to, "")
	if n := s.attr("thr:count"); n != "" && s.frames[len(s.frames)-1].what == entryLevel {
		s.element("x:count", n)
		s.element("x:moved", s.attr("thr:updated"))
	}
	s.inner(t, linked)
}

// relation is a link's relation by its name: the address that IANA gave it says
// the same (RFC 4287 section 4.2.7.2).
func relation(rel string) string {
	rel = strings.ToLower(strings.TrimSpace(rel))
	for _, registry := range [...]string{"www.iana.org/assignments/relation/", "www.iana.org/assignments/link-relations/", "www.iana.org/assignments/link-relations#"} {
		for _, scheme := range [...]string{"http://", "https://"} {
			if name, ok := strings.CutPrefix(rel, scheme+registry); ok {
				return name
			}
		}
	}
	return rel
}

// selfLink takes the feed's own address as the base of relative ones.
func (s *scanner) selfLink(href string) {
	outer := s.base
	if outer == nil {
		outer = s.docBase
	}
	s.self = resolve(outer, href)
	// One that is itself relative says nothing new, and is often a mistake.
	if u, err := url.Parse(s.self); err == nil && hasScheme(href) && s.self != "" && !s.fixed {
		s.docBase = u
	}
}

func (s *scanner) category(name string, t startTag) {
	term, label, scheme := s.attr("term"), s.attr("label"), s.attr("scheme")
	if term == "" {
		term = s.attr("text")
	}
	if scheme == "" {
		scheme = s.attr("domain")
	}
	text := string(s.cut(s.text(s.inner(t, plain)), maxPlain))
	list := []string{text}
	switch name {
	case "keywords", "media:keywords", "itunes:keywords":
		list = strings.Split(text, ",")
	}
	if term != "" {
		if label == "" {
			label = text
		}
		list = []string{term}
	}
	written := 0
	for _, term := range list {
		if term = strings.TrimSpace(term); term == "" || len(term) > maxPlain {
			continue
		}
		if written++; written > maxList {
			break // each would bear the label and the scheme
		}
		if s.atom {
			s.out.WriteString("<category")
			s.attribute("term", term)
			s.attribute("label", label)
			s.attribute("scheme", scheme)
			s.out.WriteString("/>")
			continue
		}
		s.out.WriteString("<category")
		s.attribute("domain", scheme)
		s.out.WriteByte('>')
		s.chars([]byte(term))
		s.out.WriteString("</category>")
	}
}
