package content

import (
	"strings"

	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// clean makes of the parsed tree what a reader gets: addresses resolved and
// checked, pictures given their real address, embeds turned into links, no
// trackers, nothing empty, text in paragraphs.
func (d *Draft) clean() {
	d.sights = sights{plain: map[*xhtml.Node]bool{}, late: map[*xhtml.Node]bool{}, seen: map[string]bool{}}
	d.glyphs, d.sizes, d.larger = map[*xhtml.Node]bool{}, map[*xhtml.Node][2]int{}, map[*xhtml.Node]string{}
	d.frames, d.left = map[string]bool{}, nil
	d.children(d.root, 0, false)
	d.lastResort()
	d.paragraphs()
}

// children cleans what is inside n. linked says that n is inside a link.
func (d *Draft) children(n *xhtml.Node, depth int, linked bool) {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		switch c.Type {
		case xhtml.TextNode:
			c.Data = visible(c.Data) // references can name what may not be written
		case xhtml.ElementNode:
			d.element(c, depth, linked)
		default:
			n.RemoveChild(c)
		}
		c = next
	}
}

// element cleans n and what is inside it; it may take n out of the tree.
func (d *Draft) element(n *xhtml.Node, depth int, linked bool) {
	if n.Data == fallback && depth < maxNesting {
		d.noscript(n, depth, linked)
		return
	}
	switch {
	case n.Namespace == "math" && n.Data == "math":
		d.formula(n)
		return
	case n.Data == "span" && n.Namespace == "" && depth < maxNesting:
		d.drawn(n, depth, linked)
		return
	case isFormulaElement[n.Data] && n.Namespace == "" && depth < maxNesting: // of no formula
		d.children(n, depth+1, linked)
		unwrap(n)
		return
	}
	if _, plays := playerElements[n.Data]; plays && n.Namespace == "" {
		d.player(n, linked)
		return
	}
	if elements[n.DataAtom] == absent || n.Namespace != "" {
		remove(n)
		return
	}
	if depth >= maxNesting {
		text := textOf(n)
		n.Parent.InsertBefore(&xhtml.Node{Type: xhtml.TextNode, Data: text}, n)
		remove(n)
		return
	}
	if to, ok := renamed[n.DataAtom]; ok {
		n.DataAtom, n.Data = to, to.String()
	}
	switch n.DataAtom {
	case atom.Iframe, atom.Embed, atom.Object:
		d.embed(n, linked)
		return
	case atom.Img:
		d.image(n)
		return
	case atom.Picture:
		d.picture(n, depth, linked)
		return
	case atom.Audio, atom.Video:
		d.media(n)
		return
	case atom.Source:
		remove(n) // outside of a medium
		return
	case atom.A:
		d.children(n, depth+1, true)
		d.anchor(n, linked)
		return
	}
	if n.DataAtom == atom.Div || n.DataAtom == atom.Figure {
		d.placeholder(n, linked)
	}
	n.Attr = plainAttributes(n)
	d.children(n, depth+1, linked)
	if n.FirstChild == nil && (elements[n.DataAtom] == block || elements[n.DataAtom] == inline) || hollow(n) {
		remove(n)
	}
}

// hollow reports whether n is an element of text with nothing but space in it.
func hollow(n *xhtml.Node) bool {
	switch n.DataAtom {
	case atom.P, atom.Div, atom.Li, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Blockquote, atom.Figure, atom.Figcaption,
		atom.Ul, atom.Ol, atom.Dl, atom.Em, atom.Strong, atom.B, atom.I, atom.U:
	default:
		return false
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != xhtml.TextNode && c.DataAtom != atom.Br || strings.TrimFunc(c.Data, isBlank) != "" && c.Type == xhtml.TextNode {
			return false
		}
	}
	// A space inside emphasis parts words.
	if elements[n.DataAtom] == inline && n.FirstChild != nil {
		return false
	}
	return true
}

func isBlank(r rune) bool {
	return r == ' ' || r == '\n' || r == '\t' || r == '\r' || r == '\f' || r == '\u00a0' || r == '\u200b'
}

func remove(n *xhtml.Node) { n.Parent.RemoveChild(n) }

// unwrap puts n's children in its place.
func unwrap(n *xhtml.Node) {
	for c := n.FirstChild; c != nil; c = n.FirstChild {
		n.RemoveChild(c)
		n.Parent.InsertBefore(c, n)
	}
	remove(n)
}

func attr(n *xhtml.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// plainAttributes keeps the attributes that carry meaning.
func plainAttributes(n *xhtml.Node) []xhtml.Attribute {
	var kept []xhtml.Attribute
	for _, a := range n.Attr {
		a.Val = visible(a.Val)
		if a.Namespace == "" && allowedAttribute(n.DataAtom, a.Key, a.Val) && len(kept) < 8 {
			kept = append(kept, xhtml.Attribute{Key: a.Key, Val: a.Val})
		}
	}
	return kept
}

// anchor checks where a link leads. One that leads nowhere is its words.
func (d *Draft) anchor(n *xhtml.Node, linked bool) {
	href := attr(n, "href")
	to := d.afford(href, Link)
	if strings.HasPrefix(strings.TrimSpace(href), "#") {
		to = "" // the place it leads to has lost its id
	}
	if to == "" && len(href) < 256 {
		if address, ok := strings.CutPrefix(strings.ToLower(tidy(href)), "mailto:"); ok && isMail(address) {
			to = "mailto:" + address
		}
	}
	if to == "" || linked || n.FirstChild == nil {
		unwrap(n)
		return
	}
	n.Attr = []xhtml.Attribute{{Key: "href", Val: to}, {Key: "rel", Val: linkRel}}
	sign(n, to)
}

// linkRel is what every link of a source bears: it speaks for the source, not
// for us, and its page learns nothing.
const linkRel = "nofollow noopener noreferrer"

func isMail(s string) bool {
	local, host, ok := strings.Cut(s, "@")
	if !ok || local == "" || !strings.Contains(host, ".") {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("@.-_+", c) >= 0) {
			return false
		}
	}
	return strings.Count(s, "@") == 1
}

// media keeps a medium that has an address, with controls and nothing loaded
// before somebody asks.
func (d *Draft) media(n *xhtml.Node) {
	var sources []*xhtml.Node
	known := map[string]bool{}
	add := func(of *xhtml.Node) {
		ref := attr(of, "src")
		if ref = tidy(ref); ref == "" || isPlaceholder(ref) {
			ref = attr(of, "data-src")
		}
		to := d.afford(ref, PictureFile)
		if to == "" || known[to] || len(sources) == 4 {
			return
		}
		known[to] = true
		sources = append(sources, &xhtml.Node{
			Type: xhtml.ElementNode, Data: "source", DataAtom: atom.Source,
			Attr: []xhtml.Attribute{{Key: "src", Val: to}},
		})
	}
	add(n)
	for c := n.FirstChild; c != nil; c = n.FirstChild {
		if c.DataAtom == atom.Source {
			add(c)
		}
		n.RemoveChild(c)
	}
	if len(sources) == 0 {
		remove(n)
		return
	}
	kept := []xhtml.Attribute{{Key: "controls"}, {Key: "preload", Val: "none"}}
	if poster := d.afford(attr(n, "poster"), PictureFile); poster != "" {
		kept = append(kept, xhtml.Attribute{Key: "poster", Val: poster})
	}
	n.Attr = kept
	for _, s := range sources {
		n.AppendChild(s)
	}
}
