package content

import (
	"strings"

	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// writer writes a tree as HTML. It is the last lock: it knows which elements
// and attributes may come out and writes no other, whoever made the tree.
type writer struct {
	strings.Builder
	doubtful bool // whether a browser might read another tree than was written
	p, a     int  // how many of them are open
}

// render returns the markup inside root, and whether it is plain that it reads
// back as the same tree.
func render(root *xhtml.Node) (markup string, settled bool) {
	var r writer
	r.Grow(markupLength(root))
	r.inside(root, 0)
	return r.String(), !r.doubtful
}

// markupLength is about how long the markup inside n is, in bytes.
func markupLength(n *xhtml.Node) (length int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		length += len(c.Data)
		if c.Type == xhtml.ElementNode {
			length += len("<></>") + len(c.Data) + markupLength(c)
			for _, a := range c.Attr {
				length += len(` =""`) + len(a.Key) + len(a.Val)
			}
		}
	}
	return length
}

func (r *writer) inside(n *xhtml.Node, depth int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch c.Type {
		case xhtml.TextNode:
			r.text(c)
		case xhtml.ElementNode:
			r.element(c, depth)
		}
	}
}

func (r *writer) element(n *xhtml.Node, depth int) {
	kind := elements[n.DataAtom]
	if kind == absent || kind == replaced || n.Namespace != "" || depth > maxNesting {
		r.doubtful = true
		r.inside(n, depth)
		return
	}
	r.judge(n, kind)
	name := n.DataAtom.String()
	r.WriteByte('<')
	r.WriteString(name)
	for _, a := range n.Attr {
		if allowedAttribute(n.DataAtom, a.Key, a.Val) {
			r.WriteByte(' ')
			r.WriteString(a.Key)
			r.WriteString(`="`)
			r.escape(a.Val, true)
			r.WriteByte('"')
		}
	}
	r.WriteByte('>')
	if kind == void {
		return
	}
	if n.DataAtom == atom.Pre && n.FirstChild != nil && strings.HasPrefix(n.FirstChild.Data, "\n") {
		r.WriteByte('\n') // the first line break of a pre is not read
	}
	switch n.DataAtom {
	case atom.P:
		r.p++
	case atom.A:
		r.a++
	}
	r.inside(n, depth+1)
	switch n.DataAtom {
	case atom.P:
		r.p--
	case atom.A:
		r.a--
	}
	r.WriteString("</")
	r.WriteString(name)
	r.WriteByte('>')
}

// judge notes where HTML's parser is known to move things about (HTML 13.2.6).
func (r *writer) judge(n *xhtml.Node, kind nature) {
	parent := n.Parent.DataAtom
	switch {
	case r.p > 0 && (kind == block || n.DataAtom == atom.Hr), r.a > 0 && n.DataAtom == atom.A:
		r.doubtful = true
	}
	within := func(allowed ...atom.Atom) {
		for _, a := range allowed {
			if parent == a {
				return
			}
		}
		r.doubtful = true
	}
	switch n.DataAtom {
	case atom.Li:
		within(atom.Ul, atom.Ol)
	case atom.Dt, atom.Dd:
		within(atom.Dl)
	case atom.Caption, atom.Colgroup, atom.Thead, atom.Tbody, atom.Tfoot:
		within(atom.Table)
	case atom.Tr:
		within(atom.Thead, atom.Tbody, atom.Tfoot)
	case atom.Td, atom.Th:
		within(atom.Tr)
	case atom.Col:
		within(atom.Colgroup)
	case atom.Rt, atom.Rp:
		within(atom.Ruby)
	case atom.Source:
		within(atom.Audio, atom.Video)
	case atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		switch parent {
		case atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
			r.doubtful = true
		}
	}
	switch parent {
	case atom.Table, atom.Tbody, atom.Thead, atom.Tfoot, atom.Tr, atom.Colgroup:
		if kind != cell && kind != void {
			r.doubtful = true
		}
	}
}

// text writes text. Inside the parts of a table there is none but space.
func (r *writer) text(n *xhtml.Node) {
	switch n.Parent.DataAtom {
	case atom.Table, atom.Tbody, atom.Thead, atom.Tfoot, atom.Tr, atom.Colgroup:
		if strings.TrimFunc(n.Data, isBlank) != "" {
			r.doubtful = true
		} else if strings.ContainsRune(n.Data, '\u00a0') || strings.ContainsRune(n.Data, '\u200b') {
			r.doubtful = true
		}
	}
	r.escape(n.Data, false)
}

func (r *writer) escape(s string, attribute bool) {
	last := 0
	for i := 0; i < len(s); i++ {
		var to string
		switch c := s[i]; {
		case c == '&':
			to = "&amp;"
		case c == '<':
			to = "&lt;"
		case c == '>':
			to = "&gt;"
		case c == '"' && attribute:
			to = "&#34;"
		case c == '\r':
			to = "\n" // as HTML reads it
		case c == 0:
			to = "\uFFFD"
		default:
			continue
		}
		r.WriteString(s[last:i])
		r.WriteString(to)
		last = i + 1
	}
	r.WriteString(s[last:])
}

// allowedAttribute reports whether an attribute may come out with that value.
func allowedAttribute(element atom.Atom, key, value string) bool {
	if len(value) > maxURL {
		return false
	}
	switch key {
	case "dir":
		return value == "ltr" || value == "rtl" || value == "auto"
	case "lang":
		return isLanguage(value)
	}
	switch element {
	case atom.A:
		return key == "href" && isOutward(value, true) || key == "rel" && value == linkRel
	case atom.Img:
		switch key {
		case "src":
			return isOutward(value, false)
		case "width", "height":
			return isNumber(value)
		case "loading":
			return value == "lazy"
		case "referrerpolicy":
			return value == "no-referrer"
		}
		return key == "alt" || key == "title"
	case atom.Video, atom.Audio:
		return key == "controls" && value == "" || key == "preload" && value == "none" || key == "poster" && isOutward(value, false)
	case atom.Source:
		return key == "src" && isOutward(value, false)
	case atom.Td, atom.Th:
		return (key == "colspan" || key == "rowspan") && isNumber(value) || key == "scope" && (value == "row" || value == "col")
	case atom.Col, atom.Colgroup:
		return key == "span" && isNumber(value)
	case atom.Ol:
		return key == "start" && isInteger(value) || key == "reversed" && value == ""
	case atom.Li:
		return key == "value" && isInteger(value)
	case atom.Time, atom.Del, atom.Ins:
		return key == "datetime" && isMoment(value)
	case atom.Abbr, atom.Dfn:
		return key == "title"
	}
	return false
}

// isOutward reports whether an address is one that Link or anchor made.
func isOutward(s string, mail bool) bool {
	return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") || mail && strings.HasPrefix(s, "mailto:")
}

func isNumber(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != "" && len(s) <= 5
}

func isInteger(s string) bool { return isNumber(strings.TrimPrefix(s, "-")) }

func isMoment(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < '0' || c > '9') && strings.IndexByte("-:.+TZ PWSMHDY", c) < 0 {
			return false
		}
	}
	return s != "" && len(s) <= 40
}

func isLanguage(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c != '-' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return len(s) >= 2 && len(s) <= 35
}
