package content

import (
	"strings"
	"unicode"
	"unicode/utf8"

	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// paragraphs puts text that stands alone into paragraphs: many publishers part
// theirs with two line breaks, or wrap all of a body in one element.
func (d *Draft) paragraphs() {
	for only := onlyChild(d.root); only != nil && only.DataAtom == atom.Div; only = onlyChild(d.root) {
		unwrap(only)
	}
	var run []*xhtml.Node
	for c := d.root.FirstChild; c != nil; {
		next := c.NextSibling
		if standsAlone(c) {
			d.wrap(run, c)
			run = nil
		} else {
			run = append(run, c)
		}
		c = next
	}
	d.wrap(run, nil)
}

// onlyChild is the one element inside n, nil where there is anything beside.
func onlyChild(n *xhtml.Node) *xhtml.Node {
	var only *xhtml.Node
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == xhtml.TextNode && strings.TrimFunc(c.Data, isBlank) == "":
		case c.Type == xhtml.ElementNode && only == nil:
			only = c
		default:
			return nil
		}
	}
	return only
}

// standsAlone reports whether n is no part of a paragraph.
func standsAlone(n *xhtml.Node) bool {
	if n.Type != xhtml.ElementNode {
		return false
	}
	switch elements[n.DataAtom] {
	case block, cell, medium:
		return true
	}
	if n.DataAtom == atom.Hr {
		return true
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if standsAlone(c) {
			return true
		}
	}
	return false
}

// wrap puts a run of text and inline elements that stands before next into
// paragraphs, ended by two line breaks.
func (d *Draft) wrap(run []*xhtml.Node, next *xhtml.Node) {
	for _, n := range run {
		d.root.RemoveChild(n)
	}
	var p *xhtml.Node
	for i := 0; i < len(run); i++ {
		if breaks, after := lineBreaks(run, i); breaks > 1 || breaks == 1 && (p == nil || after == len(run)) {
			p, i = nil, after-1
			continue
		}
		if p == nil {
			if isSpace(run[i]) {
				continue
			}
			p = &xhtml.Node{Type: xhtml.ElementNode, Data: "p", DataAtom: atom.P}
			d.root.InsertBefore(p, next)
		}
		p.AppendChild(run[i])
	}
}

// lineBreaks counts the br elements from run[i] on with nothing but space
// between, and returns what comes behind.
func lineBreaks(run []*xhtml.Node, i int) (n, after int) {
	for after = i; i < len(run); i++ {
		switch {
		case run[i].DataAtom == atom.Br:
			n++
			after = i + 1
		case !isSpace(run[i]) || n == 0:
			return n, after
		}
	}
	return n, i
}

func isSpace(n *xhtml.Node) bool {
	return n.Type == xhtml.TextNode && strings.TrimFunc(n.Data, isBlank) == ""
}

// textOf is the text inside n, white space squashed, elements that begin a line
// parted by a space.
func textOf(n *xhtml.Node) string {
	var t squasher
	t.Grow(textLength(n))
	t.inside(n)
	return t.String()
}

// textLength is about how long the text inside n is, in bytes, and no less.
func textLength(n *xhtml.Node) (length int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == xhtml.TextNode {
			length += len(c.Data)
		} else {
			length += 1 + textLength(c)
		}
	}
	return length
}

// squasher gathers text as one line.
type squasher struct {
	strings.Builder
	gap bool // a space is due before the next word
}

func (t *squasher) inside(n *xhtml.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch c.Type {
		case xhtml.TextNode:
			t.add(c.Data)
		case xhtml.ElementNode:
			if elements[c.DataAtom] == inline || c.DataAtom == atom.Wbr || c.DataAtom == atom.Img {
				t.inside(c)
				continue
			}
			t.gap = true
			t.inside(c)
			t.gap = true
		}
	}
}

func (t *squasher) add(s string) {
	for i := 0; i < len(s); {
		j := i
		for j < len(s) && (s[j] > ' ' || j > i && parts(s, j)) && s[j] != 0xC2 && s[j] != 0xE2 && s[j] != 0xE3 {
			j++
		}
		if j < len(s) && s[j] > ' ' { // might be a space of Unicode
			r, n := utf8.DecodeRuneInString(s[j:])
			if !unicode.IsSpace(r) {
				j += n
			}
		}
		if j > i {
			if t.gap && t.Len() > 0 {
				t.WriteByte(' ')
			}
			t.gap = false
			t.WriteString(s[i:j])
			i = j
			continue
		}
		_, n := utf8.DecodeRuneInString(s[i:])
		t.gap = true
		i += n
	}
}

// parts reports whether one plain space stands at i and a letter of ASCII behind
// it: most words are parted so, and need not be taken one by one.
func parts(s string, i int) bool {
	return s[i] == ' ' && i+1 < len(s) && s[i+1] > ' ' && s[i+1] < utf8.RuneSelf
}

// NodeText is the text of a node of a Draft, white space squashed.
func NodeText(n *xhtml.Node) string {
	if n.Type == xhtml.TextNode {
		return strings.Join(strings.Fields(n.Data), " ")
	}
	return textOf(n)
}

// Text is the plain text of the body, white space squashed.
func (d *Draft) Text() string { return textOf(d.root) }

// Opening is the text of the first paragraph that has any, or of whatever
// comes first where there is no paragraph.
func (d *Draft) Opening() string {
	var first string
	var find func(n *xhtml.Node) bool
	find = func(n *xhtml.Node) bool {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			switch c.DataAtom {
			case atom.P:
				if text := textOf(c); text != "" {
					first = text
					return true
				}
			case atom.Div, atom.Blockquote, atom.Details:
				if find(c) {
					return true
				}
			}
		}
		return false
	}
	if find(d.root) {
		return first
	}
	return textOf(d.root)
}
