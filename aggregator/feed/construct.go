package feed

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"
	"unicode/utf8"
)

// markupField writes a text construct. What arrives at gofeed is HTML source,
// whatever its type was, but for RSS titles, whose type nobody knows.
func (s *scanner) markupField(f field, to string, t startTag) {
	typ, mode, src := strings.ToLower(s.attr("type")), s.attr("mode"), s.attr("src")
	k := f.kind
	if k == prose {
		k = markup
	}
	v := s.inner(t, k)
	if v.to-v.from > maxMarkup {
		v.to = v.from + maxMarkup
		s.repair("a body of more than 2 MiB was cut")
	}
	text := s.construct(v, f.kind, typ, mode, f.kind == headline || to == "rights")
	if len(text) == 0 {
		if src != "" && isMedia(typ) { // content elsewhere is not fetched, but a picture is shown
			s.out.WriteString("<x:media")
			s.attribute("url", string(s.resolved([]byte(src))))
			s.attribute("type", typ)
			s.out.WriteString("/>")
		}
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
		s.attribute("base", s.keptBase())
	}
	s.out.WriteByte('>')
	s.keep(text)
	s.closing(to)
	if inEntry && s.base != nil && !strings.HasPrefix(to, "x:") && k == markup {
		s.out.WriteString("<x:base")
		s.attribute("of", to)
		s.attribute("url", s.keptBase())
		s.out.WriteString("/>")
	}
}

// keptBase is the number that the xml:base in scope is kept under.
func (s *scanner) keptBase() string {
	if s.based != s.base {
		s.based, s.basedAt = s.base, len(s.texts)
		s.texts = append(s.texts, s.base.String())
	}
	return strconv.Itoa(s.basedAt)
}

// construct is the content of a span as HTML source, or, of a short one in RSS
// whose type nobody knows, as what it is.
func (s *scanner) construct(v span, k kind, typ, mode string, short bool) []byte {
	switch {
	case v.tags && isMedia(typ):
		return nil // a drawing, which is XML
	case v.tags && s.escapedHTML(v, typ, mode):
		return mended(s.mixed(v))
	case v.tags:
		text := s.rebased(s.html(v))
		if k != headline || strings.Contains(typ, "xhtml") || !isText(text) {
			return mended(text)
		}
		text = s.mixed(v) // generic types and the like, whose brackets nobody escaped
		if s.atom {
			return appendEscaped(nil, text)
		}
		return text
	}
	text := s.text(v)
	switch {
	case k == prose && !strings.Contains(typ, "html") && !holdsMarkup(text):
		if !s.atom {
			text = decode(nil, text) // for RSS is HTML to most, whatever the module says
		}
		return paragraphs(text)
	case s.atom || typ != "":
		text = s.typed(text, typ, mode, short)
	}
	return mended(text)
}

// typed turns text of a stated type into HTML source (RFC 4287 sections 3.1.1
// and 4.1.3.3).
func (s *scanner) typed(text []byte, typ, mode string, short bool) []byte {
	contentType := typ
	typ, _, _ = strings.Cut(typ, ";")
	typ = strings.TrimSpace(typ)
	if mode == "base64" {
		var ok bool
		if text, ok = base64Text(text, contentType, true); !ok {
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
		plain, ok := base64Text(text, contentType, false)
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

// base64Text is the text that was written in base64, in whatever encoding; ok
// is false where it is not that, or holds no text. Where nobody says that it is
// base64, what it holds must look like text.
func base64Text(text []byte, contentType string, said bool) (plain []byte, ok bool) {
	packed := bytes.TrimRight(bytes.Join(bytes.Fields(text), nil), "=") // some leave out what fills the last group
	plain = make([]byte, base64.RawStdEncoding.DecodedLen(len(packed)))
	n, err := base64.RawStdEncoding.Decode(plain, packed)
	if plain = plain[:n]; err != nil || !bytes.HasPrefix(plain, []byte("\xff\xfe")) && !bytes.HasPrefix(plain, []byte("\xfe\xff")) && isBinary(plain) {
		return nil, false
	}
	if !said && !utf8.Valid(plain) && !looksLikeText(plain) {
		return nil, false
	}
	plain, _ = UTF8(plain, contentType)
	return plain, true
}

// looksLikeText reports whether bytes that are not UTF-8 are a text all the
// same: most are ASCII, or their letters tell which encoding they are in.
func looksLikeText(b []byte) bool {
	plain := 0
	for _, c := range b {
		if c < utf8.RuneSelf {
			plain++
		}
	}
	if len(b) >= guessLetters && plain*4 >= len(b)*3 {
		return true
	}
	enc, _ := guess(b)
	return enc != nil
}

// isBinary reports whether bytes are no text: they hold control characters
// that no text has.
func isBinary(b []byte) bool {
	return bytes.ContainsFunc(b, func(r rune) bool { return r < ' ' && (r < '\t' || r > '\r') && r != 0x1B })
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

// paragraphs is plain text as HTML: a blank line parts paragraphs, and each
// line stays its own.
func paragraphs(text []byte) []byte {
	if bytes.IndexByte(text, '\n') < 0 && bytes.IndexByte(text, '\r') < 0 && !bytes.Contains(text, []byte("\u2028")) && !bytes.Contains(text, []byte("\u2029")) {
		return appendEscaped(nil, text)
	}
	text = lineBreaks(text)
	var list [][]byte // of lines
	var out []byte
	one := true
	for line := range bytes.SplitSeq(append(text, "\n\n"...), []byte("\n")) {
		if line = bytes.TrimRight(line, " \t"); len(line) > 0 {
			list = append(list, line)
			continue
		}
		if len(list) == 0 {
			continue
		}
		one = one && len(out) == 0
		out = append(out, "<p>"...)
		for i, line := range list {
			if i > 0 {
				out = append(out, "<br>"...)
			}
			out = appendEscaped(out, line)
		}
		out = append(out, "</p>"...)
		list = list[:0]
	}
	if one {
		return bytes.TrimSuffix(bytes.TrimPrefix(out, []byte("<p>")), []byte("</p>"))
	}
	return out
}

// lineBreaks is text with "\n" for each of the ways to end a line.
func lineBreaks(text []byte) []byte {
	text = bytes.TrimSpace(text)
	for _, way := range [...]string{"\r\n", "\r", "\u2028"} {
		text = bytes.ReplaceAll(text, []byte(way), []byte("\n"))
	}
	return bytes.ReplaceAll(text, []byte("\u2029"), []byte("\n\n"))
}
