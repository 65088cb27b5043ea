package feed

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode/utf8"
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
	if v.tags && isMedia(typ) {
		return // a drawing, which is XML
	} else if v.tags && s.escapedHTML(v, typ, mode) {
		text = s.mixed(v)
	} else if v.tags {
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
	s.titled = s.titled || f.kind == headline
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
		var ok bool
		if text, ok = base64Text(text); !ok {
			return nil
		}
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
		if !short && meantAsMarkup(text) {
			return text // publishers who forget the type
		}
	case strings.HasPrefix(typ, "text/") || strings.HasSuffix(typ, "xml"):
	default:
		// Base64, of what may be an article, or a picture, or a document.
		plain, ok := base64Text(text)
		if ok && !isMedia(typ) {
			text = plain
		} else if !short {
			return nil
		}
		if !short && holdsMarkup(text) {
			return text
		}
	}
	if short {
		return appendEscaped(nil, text)
	}
	return paragraphs(text)
}

// base64Text is the text that was written in base64; ok is false where it is
// not that, or holds no text.
func base64Text(text []byte) (plain []byte, ok bool) {
	plain = make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(plain, bytes.Join(bytes.Fields(text), nil))
	if plain = plain[:n]; err != nil || !utf8.Valid(plain) || bytes.IndexByte(plain, 0) >= 0 {
		return nil, false
	}
	plain, _ = legal(plain, nil)
	return plain, true
}

// isMedia reports whether a type is that of a picture, a sound or a film.
func isMedia(typ string) bool {
	return strings.HasPrefix(typ, "image/") || strings.HasPrefix(typ, "audio/") || strings.HasPrefix(typ, "video/") || strings.Contains(typ, "svg")
}

// escapedHTML reports whether a span that holds elements is escaped HTML all
// the same, into which somebody put elements: its type says so, or, where no
// type says that it is XHTML, escaped tags come before any element.
func (s *scanner) escapedHTML(v span, typ, mode string) bool {
	switch {
	case typ == "html" || mode == "escaped":
		return true
	case strings.Contains(typ, "xhtml") || mode == "xml":
		return false
	}
	first, escaped := true, false
	s.each(v, func(text []byte, what part) {
		if first = first && what != tagText; !first || escaped {
			return
		}
		if what == escapedText {
			text = decode(nil, text)
		}
		escaped = hasTag(text) || hasTag(decode(nil, text))
	})
	return escaped
}

// hasTag reports whether there is anything that looks like a tag.
func hasTag(text []byte) bool {
	for i, c := range text {
		if c == '<' && i+1 < len(text) && (isNameStart(text[i+1]) || text[i+1] == '/' || text[i+1] == '!') {
			return true
		}
	}
	return false
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
