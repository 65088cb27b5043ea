// Package keypoints finds the key points that a source gives an article: a
// list that opens the body, or one under a heading such as "Key points" or "At
// a glance" in the languages most of the web is written in. They leave the body
// and become plain text. Lists that sum nothing up stay where they are. It
// touches no network, store or clock. Begin with Take.
package keypoints

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"courant/db/content"
)

// Limits on what counts as key points.
const (
	Most        = 5   // of an article
	maxPoint    = 300 // characters of one: more is a paragraph
	minWords    = 4   // of the average point of a list without a heading: fewer are names
	minLetters  = 20  // of it, where words are not parted by spaces
	maxLabelled = 8   // items of a list with a heading: more is a listing
)

// Take removes the key points from the body and returns them as plain text, at
// most five. It returns none where the body has none.
func Take(d *content.Draft) []string {
	b := readBody(d.Root())
	for i := range b.parts { // a list that says what it is comes before one that does not
		if l := b.listAt(i); l != nil && (l.label != nil || l.labelled) && b.sumsUp(l) {
			return b.take(l)
		}
	}
	for i, p := range b.parts {
		if l := b.listAt(i); l != nil {
			if len(l.points) >= 2 && len(l.points) <= Most && b.sumsUp(l) && l.speaks() && !l.isForm() {
				return b.take(l)
			}
			return nil
		}
		if !isPicture(p) {
			return nil
		}
	}
	return nil
}

// body is the parts of a body in reading order: paragraphs, headings, lists,
// whatever holds them.
type body struct {
	root  *html.Node
	parts []*html.Node
	total int // characters of text, -1: not counted yet

	headings map[string]bool // nil: not gathered yet
}

func readBody(root *html.Node) *body {
	b := &body{root: root, total: -1}
	b.read(root)
	return b
}

// length is the characters of all of the text.
func (b *body) length() int {
	if b.total < 0 {
		b.total = 0
		for _, p := range b.parts {
			b.total += utf8.RuneCountInString(content.NodeText(p))
		}
	}
	return b.total
}

func (b *body) read(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch c.DataAtom {
		case atom.Div, atom.Details, atom.Blockquote:
			if c.Type == html.ElementNode {
				b.read(c)
				continue
			}
		}
		if c.Type == html.ElementNode || strings.TrimSpace(c.Data) != "" {
			b.parts = append(b.parts, c)
		}
	}
}

// list is a list that might be key points.
type list struct {
	nodes    []*html.Node // the list, or the paragraphs of bullets
	label    *html.Node   // the heading before it, nil: none
	labelled bool         // its first line is a heading
	items    []*html.Node
	points   []string
	length   int // characters
}

// listAt returns the list at part i, nil where it is none.
func (b *body) listAt(i int) *list {
	l := &list{nodes: b.parts[i : i+1]}
	switch first := b.parts[i]; first.DataAtom {
	case atom.Ul, atom.Ol:
		for c := first.FirstChild; c != nil; c = c.NextSibling {
			if c.DataAtom == atom.Li {
				l.items = append(l.items, c)
				l.points = append(l.points, content.NodeText(c))
			}
		}
	case atom.P:
		if l.points, l.labelled = bulletLines(first); len(l.points) == 0 {
			l.points = b.bulletParagraphs(i)
			l.nodes = b.parts[i : i+len(l.points)]
		}
	}
	if len(l.points) == 0 {
		return nil
	}
	for j, p := range l.points {
		l.points[j] = trimBullet(p)
		l.length += utf8.RuneCountInString(l.points[j])
	}
	if i > 0 && isLabel(content.NodeText(b.parts[i-1])) {
		l.label = b.parts[i-1]
	}
	return l
}

// bulletParagraphs returns the paragraphs from part i on that each begin with a
// bullet; none where there is only one.
func (b *body) bulletParagraphs(i int) (points []string) {
	for ; i < len(b.parts) && b.parts[i].DataAtom == atom.P && len(points) <= maxLabelled; i++ { // more is a listing
		if !strings.ContainsRune(bullets, firstRune(b.parts[i])) {
			break // as nearly all do: no need to gather their text
		}
		text := content.NodeText(b.parts[i])
		if !isBullet(text) {
			break
		}
		points = append(points, text)
	}
	if len(points) < 2 {
		return nil
	}
	return points
}

// sumsUp reports whether a list is one of points and not the article itself, a
// table of contents, or a list of links.
func (b *body) sumsUp(l *list) bool {
	if len(l.points) > maxLabelled || l.length > b.length()-l.length {
		return false
	}
	for _, p := range l.points {
		if p == "" || utf8.RuneCountInString(p) > maxPoint {
			return false
		}
	}
	links := 0
	for _, item := range l.items {
		if isComposed(item) {
			return false
		}
		if isAllLink(item) {
			links++
		}
	}
	if links > 0 && links == len(l.items) && l.label == nil {
		return false // where to go on reading
	}
	return !b.isContents(l)
}

// isContents reports whether the list names the headings that follow.
func (b *body) isContents(l *list) bool {
	if b.headings == nil {
		b.headings = map[string]bool{}
		for _, p := range b.parts {
			switch p.DataAtom {
			case atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
				b.headings[fold(content.NodeText(p))] = true
			}
		}
	}
	named := 0
	for _, p := range l.points {
		if b.headings[fold(p)] {
			named++
		}
	}
	return named*2 >= len(l.points)
}

// speaks reports whether the points are sentences rather than names.
func (l *list) speaks() bool {
	words := 0
	for _, p := range l.points {
		words += len(strings.Fields(p))
	}
	return words >= minWords*len(l.points) || isUnspaced(l.points[0]) && l.length*2 >= minLetters*len(l.points)
}

// isForm reports whether most points are a name, a colon and a value: that is
// data of the article, not what it says.
func (l *list) isForm() bool {
	forms := 0
	for _, p := range l.points {
		if name, value, ok := strings.Cut(p, ":"); ok && value != "" && utf8.RuneCountInString(name) <= 20 && len(strings.Fields(name)) <= 3 {
			forms++
		}
	}
	return 2*forms > len(l.points)
}

// isUnspaced reports whether a text is of a script that parts no words.
func isUnspaced(s string) bool {
	for _, r := range s {
		if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai) {
			return true
		}
	}
	return false
}

// take removes the list and its heading. Points beyond the fifth stay.
func (b *body) take(l *list) []string {
	points := l.points[:min(len(l.points), Most)]
	switch {
	case len(l.items) > Most:
		for _, item := range l.items[:Most] {
			item.Parent.RemoveChild(item)
		}
		return points
	case len(l.nodes) > Most:
		l.nodes = l.nodes[:Most]
	case l.label != nil:
		b.remove(l.label)
	}
	for _, n := range l.nodes {
		b.remove(n)
	}
	return points
}

// remove takes a node out, and what it leaves empty.
func (b *body) remove(n *html.Node) {
	for n != b.root && n.Parent != nil {
		parent := n.Parent
		parent.RemoveChild(n)
		if parent == b.root || content.NodeText(parent) != "" || holdsPicture(parent) {
			return
		}
		n = parent
	}
}

// isComposed reports whether an item is more than one piece of text.
func isComposed(item *html.Node) bool {
	blocks := 0
	for c := item.FirstChild; c != nil; c = c.NextSibling {
		switch c.DataAtom {
		case atom.P, atom.Div:
			blocks++
		case atom.Ul, atom.Ol, atom.Dl, atom.Table, atom.Pre, atom.Figure, atom.Blockquote, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Video, atom.Audio:
			return true
		}
	}
	return blocks > 1
}

// isAllLink reports whether all the text of an item is one link.
func isAllLink(item *html.Node) bool {
	for c := item.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.DataAtom == atom.A || c.DataAtom == atom.P && isAllLink(c):
		case content.NodeText(c) != "":
			return false
		}
	}
	return item.FirstChild != nil
}

// isPicture reports whether a part is a picture, with or without a caption.
func isPicture(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Figure, atom.Img, atom.Video, atom.Audio:
		return true
	}
	return content.NodeText(n) == ""
}

func holdsPicture(n *html.Node) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch c.DataAtom {
		case atom.Img, atom.Video, atom.Audio:
			return true
		}
		if holdsPicture(c) {
			return true
		}
	}
	return false
}
