package feed

import (
	"bytes"
	"strings"
	"time"
)

// root looks at an element before the feed begins.
func (s *scanner) root(name string, t startTag, outer scope) error {
	switch name {
	case "rss":
		s.format = "rss" + s.attr("version")
	case "rdf", "rdf:rdf":
		s.format = "rss1.0"
		for _, a := range s.attrs {
			if v := strings.ToLower(string(a.value)); bytes.HasPrefix(a.name, []byte("xmlns")) && strings.Contains(v, "/rdf/simple/0.9") {
				s.format = "rss0.90"
			}
		}
	case "channel":
		s.format = "rss"
	case "feed":
		s.atom, s.format = true, "atom1.0"
		if v := s.attr("version"); v != "" {
			s.format = "atom" + v
		} else if strings.Contains(string(t.all), "purl.org/atom/ns#") {
			s.format = "atom0.3"
		}
	case "html":
		return errHTML
	default:
		return nil // junk before the document
	}
	if s.atom {
		s.out.WriteString("<feed>")
	} else {
		s.out.WriteString("<rss><channel>")
		if name == "channel" {
			s.cdf()
		}
	}
	err := s.push(frame{raw: t.raw, what: feedLevel, fields: feedFields, outer: outer})
	if s.rootLang = s.lang; s.lang != "" {
		s.element("x:language", s.lang)
	}
	if t.closed {
		s.closeTo(0)
		s.done = true
	}
	return err
}

// cdf takes what Microsoft's Channel Definition Format, of the time before RSS,
// has as attributes of channels and items.
func (s *scanner) cdf() {
	if href := s.attr("href"); href != "" {
		s.element("link", string(s.resolved([]byte(href))))
		s.named = true
	}
	if at, ok := parseDate(s.attr("lastmod")); ok {
		s.element("x:updated", at.Format(time.RFC3339))
	}
}

// closeEntry closes everything down to the feed, for an entry that begins
// inside another, and returns the scope around it.
func (s *scanner) closeEntry(outer scope) scope {
	for i := len(s.frames) - 1; i >= 0; i-- {
		if s.frames[i].what == feedLevel {
			s.repair("elements that were not closed")
			own := append([]binding(nil), s.bindings[outer.bindings:]...)
			base, lang := s.base, s.lang
			outer = s.frames[i+1].outer
			s.closeTo(i + 1)
			s.bindings = append(s.bindings, own...)
			s.base, s.lang = base, lang
			break
		}
	}
	return outer
}

// entry opens an item or entry, whose start tag at was just read.
func (s *scanner) entry(t startTag, at int, outer scope) error {
	s.entries++
	if s.entries > maxEntries {
		return s.skip(t)
	}
	clear(s.seen)
	s.fields = 0
	if s.whole = s.passage(t, at, outer); s.known[s.whole.mark] {
		s.passOver(s.whole)
		return nil
	}
	s.marks = append(s.marks, Mark{})
	s.entryAt, s.titled, s.named = s.out.Len(), false, false
	name := "item"
	if s.atom {
		name = "entry"
	}
	s.out.WriteString("<" + name + ">")
	about := s.attr("rdf:about")
	if about == "" {
		about = s.attr("about")
	}
	if about != "" {
		s.element("x:about", about)
		s.named = true
	}
	if !s.atom {
		s.cdf()
	}
	if s.lang != s.rootLang {
		s.element("x:language", s.lang)
	}
	if err := s.push(frame{raw: t.raw, what: entryLevel, fields: entryFields, end: "</" + name + ">", outer: outer}); err != nil {
		return err
	}
	if t.closed {
		s.closeTo(len(s.frames) - 1)
	}
	return nil
}
