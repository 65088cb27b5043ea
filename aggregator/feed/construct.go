package feed

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// markupField writes a text construct. What arrives at gofeed is HTML source,
// whatever its type was, but for RSS titles, whose type nobody knows.
func (s *scanner) markupField(f field, to string, t startTag) {
	typ, mode, src := strings.ToLower(s.attr("type")), s.attr("mode"), s.attr("src")
	v := s.inner(t, f.kind)
	if v.to-v.from > maxMarkup {
		v.to = v.from + maxMarkup
		s.repair("a body of more than 2 MiB was cut")
	}
	var text []byte
	if v.tags {
		text = s.html(v)
	} else if text = s.text(v); s.atom || typ != "" {
		text = s.typed(text, typ, mode, f.kind == headline || to == "rights")
	}
	if src != "" && len(text) == 0 {
		return // content elsewhere is not fetched
	}
	if len(text) == 0 {
		return
	}
	inEntry := s.frames[len(s.frames)-1].what == entryLevel
	if s.seen[to] && to != "x:body" {
		if !inEntry || f.kind == headline || to == "rights" || to == "x:rights" {
			return // the first counts
		}
		to = "x:body"
	}
	if s.frames[len(s.frames)-1].what <= entryLevel {
		s.seen[to] = true
	}
	s.out.WriteByte('<')
	s.out.WriteString(to)
	if strings.HasPrefix(to, "x:") && s.base != nil {
		s.attribute("base", s.base.String())
	}
	s.out.WriteByte('>')
	s.keep(text)
	s.closing(to)
	if inEntry && s.base != nil && !strings.HasPrefix(to, "x:") && f.kind == markup {
		s.out.WriteString("<x:base")
		s.attribute("of", to)
		s.attribute("url", s.base.String())
		s.out.WriteString("/>")
	}
}

// typed turns text of a stated type into HTML source (RFC 4287 sections 3.1.1
// and 4.1.3.3).
func (s *scanner) typed(text []byte, typ, mode string, short bool) []byte {
	if mode == "base64" {
		plain := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
		n, err := base64.StdEncoding.Decode(plain, bytes.Join(bytes.Fields(text), nil))
		if err != nil {
			return nil
		}
		text, _ = legal(bytes.ToValidUTF8(plain[:n], []byte("\uFFFD")), nil)
	}
	switch {
	case typ == "html" || typ == "text/html":
		return text
	case typ == "xhtml" || typ == "application/xhtml+xml":
		// With no element inside, it is escaped HTML under a wrong name, or text.
		if holdsMarkup(text) {
			return text
		}
	case !strings.Contains(typ, "/") || typ == "text/plain":
		if !short && holdsMarkup(text) {
			return text // publishers who forget the type
		}
	case strings.HasPrefix(typ, "text/") || strings.HasSuffix(typ, "xml"):
	default:
		return nil // a picture or a document, not an article
	}
	if short {
		return appendEscaped(nil, text)
	}
	return paragraphs(text)
}

// paragraphs is plain text as HTML.
func paragraphs(text []byte) []byte {
	if !bytes.Contains(text, []byte("\n\n")) {
		return appendEscaped(nil, text)
	}
	var out []byte
	for p := range bytes.SplitSeq(text, []byte("\n\n")) {
		if p = bytes.TrimSpace(p); len(p) > 0 {
			out = append(appendEscaped(append(out, "<p>"...), p), "</p>"...)
		}
	}
	return out
}
