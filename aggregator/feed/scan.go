package feed

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Limits on a document. They are far above what feeds of this world have, and
// low enough that a hostile one costs little.
const (
	maxDocument   = 64 << 20 // bytes; fetching has its own, lower limit
	maxDepth      = 256      // elements inside each other
	maxNamespaces = 256      // namespace declarations in scope
	maxAttributes = 256      // of one element; further ones are not read
	maxEntries    = 10_000   // of one document; further ones are not read
	maxFields     = 512      // of one entry, and of the feed; further ones are not read
	maxMarkup     = 2 << 20  // bytes of one body; the rest is cut off
	maxPlain      = 64 << 10 // bytes of a title, a name, an address
	maxName       = 256      // bytes of an element's name; longer ones are not known
	maxGrowth     = 16       // how many times the document, and a mebibyte, what it is made into may be
)

var (
	errDepth      = fmt.Errorf("elements nested more than %d deep", maxDepth)
	errNamespaces = fmt.Errorf("more than %d namespace declarations in scope", maxNamespaces)
	errHTML       = errors.New("an HTML page, not a feed")
	errNoFeed     = errors.New("not a feed: neither RSS nor Atom nor JSON Feed")
	errEmpty      = errors.New("an empty document")
	errGrowth     = fmt.Errorf("a document that grows to more than %d times its size", maxGrowth)
	errStopped    = errors.New("a document that takes too long to read")
)

// scanner reads a document once, from front to end, forgiving what it must, and
// writes what it understood as a small well-formed document for gofeed: no
// doctype, no namespaces, no entities but XML's, titles and bodies as text,
// dates as RFC 3339. It keeps no tree: what it holds is the stack of open
// elements.
type scanner struct {
	src []byte // valid UTF-8
	pos int
	out bytes.Buffer

	texts   []string // titles, bodies and xml:base, which out has by number
	based   *url.URL // the xml:base that was kept last, under number basedAt
	basedAt int
	stop    <-chan struct{} // Options.Done

	atom     bool   // the dialect written: Atom, else RSS
	format   string // as Document.Format
	frames   []frame
	bindings []binding
	docBase  *url.URL // what relative addresses are resolved against, in the end
	fixed    bool     // whatever the feed says of itself
	base     *url.URL // xml:base in scope, nil where there is none
	lang     string   // xml:lang in scope
	rootLang string
	self     string // the address the feed gives itself
	opened   bool   // the tag just read opened a frame, which ends its scope

	entries  int
	fields   int             // of the open entry, or of the feed outside of any
	seen     map[string]bool // fields of the open entry or feed that were written
	person   personParts
	repairs  []string
	cdataEnd int             // where the next "]]>" is, as far as known
	absent   map[string]bool // what is nowhere in the rest
	ahead    map[string]int  // where the next of some tags is, as far as known
	done     bool
	entryAt  int  // where in out the open entry began, -1: none
	titled   bool // the open entry has a title
	named    bool // the open entry has an id or a link
	torn     bool // the document ended inside an element that was read whole

	mended    int           // how often anything was, or what is far ahead decided something
	known     map[Mark]bool // entries that are left out
	unchanged []Mark        // those that were
	marks     []Mark        // of the entries in out
	whole     passage       // the open entry
	marker    marker

	attrs   []attribute
	scratch []byte
	value   []byte
}

// frame is an open element whose children are read one by one.
type frame struct {
	raw    []byte // its name as its start tag has it
	what   level
	fields map[string]field
	end    string // end tag to write
	outer  scope  // what held around it
}

// scope is what an element's attributes set for it and all inside.
type scope struct {
	bindings int      // how many namespace declarations
	base     *url.URL // xml:base, nil where there is none
	lang     string   // xml:lang
}

type level uint8

const (
	feedLevel level = iota
	entryLevel
	personLevel
	innerLevel
)

type personParts struct {
	end              string // the element to write
	text             []byte
	name, email, uri string
}

// scan reads text, valid UTF-8, that came from base.
func scan(text []byte, base *url.URL, o Options) (*scanner, error) {
	s := &scanner{src: text, docBase: base, fixed: o.Fixed, stop: o.Done, seen: map[string]bool{}, absent: map[string]bool{}, ahead: map[string]int{}, entryAt: -1, known: o.Known.Entries}
	s.out.Grow(min(len(text)/2+512, 1<<20))
	for !s.done {
		i := bytes.IndexByte(s.src[s.pos:], '<')
		if i < 0 {
			break
		}
		s.loose(s.src[s.pos:s.pos+i], true)
		s.pos += i
		if err := s.tag(); err != nil {
			return nil, err
		}
		switch {
		case s.out.Len() > maxGrowth*len(text)+1<<20:
			return nil, errGrowth
		case isClosed(s.stop):
			return nil, errStopped
		}
	}
	if s.format == "" {
		return nil, errNoFeed
	}
	s.finish()
	return s, nil
}

// isClosed reports whether a channel that nobody sends on is closed.
func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// repair notes what was mended, each thing once.
func (s *scanner) repair(what string) {
	s.mended++
	for _, r := range s.repairs {
		if r == what {
			return
		}
	}
	s.repairs = append(s.repairs, what)
}

// loose takes text that stands between the children of an element. Only
// persons have any that matters.
func (s *scanner) loose(text []byte, escaped bool) {
	if len(s.frames) == 0 || s.frames[len(s.frames)-1].what != personLevel || len(s.person.text) > maxPlain {
		return
	}
	text = text[:min(len(text), maxPlain)]
	if escaped {
		s.person.text = decode(s.person.text, text)
	} else {
		s.person.text = append(s.person.text, text...)
	}
}

// tag reads what begins with the "<" at s.pos.
func (s *scanner) tag() error {
	rest := s.src[s.pos:]
	switch {
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		from := s.pos + len("<![CDATA[")
		end := s.endOfCDATA(from, nil)
		s.loose(s.src[from:end], false)
		s.pos = min(end+len("]]>"), len(s.src))
	case bytes.HasPrefix(rest, []byte("<!--")):
		s.pos = s.after(s.pos+4, "-->")
	case bytes.HasPrefix(rest, []byte("<!")):
		s.pos = s.endOfDoctype(s.pos + 2)
	case bytes.HasPrefix(rest, []byte("<?")):
		s.pos = s.after(s.pos+2, ">")
	case bytes.HasPrefix(rest, []byte("</")):
		name, end := endTag(s.src, s.pos)
		s.pos = end
		s.closeTag(name)
	case len(rest) > 1 && isNameStart(rest[1]):
		return s.startTag()
	default:
		s.pos++
	}
	return nil
}

// after returns the position behind the next mark, or from where there is none.
func (s *scanner) after(from int, mark string) int {
	if from >= len(s.src) || s.absent[mark] {
		s.mended++
		return min(from, len(s.src))
	}
	if i := bytes.Index(s.src[from:], []byte(mark)); i >= 0 {
		return from + i + len(mark)
	}
	s.mended++
	s.absent[mark] = true // nor is it anywhere behind: searching again would cost as much again
	return from
}

// endOfDoctype skips the declaration that begins at i, with whatever it
// declares. Entities that it declares stay undeclared: nothing is ever expanded.
func (s *scanner) endOfDoctype(i int) int {
	depth := 1
	for i < len(s.src) {
		switch s.src[i] {
		case '<':
			if bytes.HasPrefix(s.src[i:], []byte("<!--")) {
				i = s.after(i+len("<!--"), "-->")
				continue
			}
			depth++
		case '>':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return i
}

// startTag reads a start tag and, unless it opens a frame, its whole element.
func (s *scanner) startTag() error {
	at := s.pos
	t := s.parseTag()
	outer := scope{len(s.bindings), s.base, s.lang}
	if err := s.enter(); err != nil {
		return err
	}
	name := string(s.name(t.raw))
	depth := len(s.frames)
	err := s.dispatch(name, t, at, outer)
	if len(s.frames) <= depth && !s.opened {
		s.leave(outer)
	}
	s.opened = false
	return err
}

// dispatch decides by its name and place what an element is.
func (s *scanner) dispatch(name string, t startTag, at int, outer scope) error {
	if len(s.frames) == 0 {
		return s.root(name, t, outer)
	}
	top := &s.frames[len(s.frames)-1]
	switch name {
	case "item", "entry":
		if top.what != feedLevel {
			outer, at = s.closeEntry(outer), nowhere
		}
		return s.entry(t, at, outer)
	case "channel", "rss", "feed", "rdf", "rdf:rdf":
		if top.what == feedLevel {
			if name == "channel" && !t.closed {
				return s.push(frame{raw: t.raw, what: feedLevel, fields: feedFields, outer: outer})
			}
			return nil
		}
	}
	f, ok := top.fields[name]
	if !ok && top.what == personLevel {
		if _, known := entryFields[name]; known && !s.endsSoon(top.raw) {
			s.leave(outer)
			s.closeTo(len(s.frames) - 1) // the person's end tag is missing
			s.repair("elements that were not closed")
			s.pos, s.opened = at, true
			return nil
		}
	}
	if ok {
		if s.fields++; s.fields > maxFields {
			s.repair(fmt.Sprintf("only the first %d fields of an entry were read", maxFields))
			return s.skip(t)
		}
	}
	return s.field(f, name, t, outer)
}

// enter takes over the namespaces, xml:base and xml:lang of the tag just read.
func (s *scanner) enter() error {
	for _, a := range s.attrs {
		switch string(a.name) {
		case "xml:base", "base", "BASE":
			ref := strings.TrimSpace(string(decode(nil, a.value)))
			outer := s.base
			if outer == nil {
				outer = s.docBase
			}
			if u, err := url.Parse(resolve(outer, ref)); err == nil && ref != "" && u.Host != "" {
				s.base = u
			}
		case "xml:lang":
			s.lang = string(decode(nil, a.value))
		}
	}
	return s.declare(s.attrs)
}

func (s *scanner) leave(outer scope) {
	s.bindings, s.base, s.lang = s.bindings[:outer.bindings], outer.base, outer.lang
}

// push opens a frame for the tag just read.
func (s *scanner) push(f frame) error {
	if len(s.frames) >= maxDepth {
		return errDepth
	}
	s.frames = append(s.frames, f)
	s.opened = true
	return nil
}

// attr is the value of an attribute of the tag just read, decoded.
func (s *scanner) attr(name string) string {
	for _, a := range s.attrs {
		if len(a.name) == len(name) && strings.EqualFold(string(a.name), name) {
			return strings.TrimSpace(string(decode(nil, a.value)))
		}
	}
	return ""
}
