package content

import (
	"net/url"
	"strings"

	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Bounds of a body: what a stranger's markup may become. The longest articles
// that we know have some 6,000 elements.
const (
	maxElements = 20_000      // of a body; a longer one is cut
	keptOfCut   = 19_000      // of one that is cut: what HTML adds must not cut it again
	fewElements = 500         // too few to become many, whatever they are
	minRoom     = 1024 * 1024 // bytes that all addresses may take, and twice the markup
)

// bound cuts markup before it is too much to build, and reports whether it did.
// What is counted is what the parser will make of it: an element of emphasis or
// a link that is never closed is made again in each block that follows (HTML
// 13.2.4.3), so that some kilobytes could become a page of fifty megabytes.
func bound(markup string) (kept string, cut bool) {
	if strings.Count(markup, "<") <= fewElements {
		return markup, false
	}
	z := xhtml.NewTokenizer(strings.NewReader(markup))
	var c counter
	at, end := 0, -1
	for {
		kind := z.Next()
		if kind == xhtml.ErrorToken {
			return markup, false
		}
		size := len(z.Raw()) // before TagName, which may write over it
		switch kind {
		case xhtml.StartTagToken, xhtml.SelfClosingTagToken:
			c.begin(z)
		case xhtml.EndTagToken:
			c.end(z)
		}
		if end < 0 && c.made > keptOfCut {
			end = at
		}
		if c.made > maxElements {
			return markup[:end], true
		}
		at += size
	}
}

// counter counts the elements that a parser makes of tags.
type counter struct {
	made int
	open [len(formatting)]int // elements of each kind that are not closed
	all  int
	p    int // paragraphs that are not closed
}

// formatting are the elements that HTML's parser opens again in each block.
var formatting = [...]atom.Atom{
	atom.A, atom.B, atom.Code, atom.Em, atom.I, atom.S, atom.Small, atom.Strike, atom.Strong, atom.Tt, atom.U,
}

// kindOf is a formatting element's place in formatting, -1 for others.
func kindOf(name []byte) int {
	a := atom.Lookup(name)
	for i, f := range formatting {
		if a == f {
			return i
		}
	}
	return -1
}

// begin counts a begin tag. Of elements that are all alike no more than three
// are opened again, and of links one.
func (c *counter) begin(z *xhtml.Tokenizer) {
	c.made += 1 + c.all/4
	name, attributes := z.TagName()
	if string(name) == "p" {
		c.p++
	}
	kind := kindOf(name)
	if kind < 0 || c.open[kind] >= 1 && formatting[kind] == atom.A {
		return
	}
	if c.open[kind] >= 3 && !attributes {
		return
	}
	c.open[kind]++
	c.all++
}

// end counts an end tag: that of a paragraph or a line break makes one where
// none is open, and text behind any is put into all that is open.
func (c *counter) end(z *xhtml.Tokenizer) {
	c.made += c.all / 4
	name, _ := z.TagName()
	switch kind := kindOf(name); {
	case kind >= 0 && c.open[kind] > 0:
		c.open[kind]--
		c.all--
	case string(name) == "p" && c.p > 0:
		c.p--
	case string(name) == "p", string(name) == "br":
		c.made++
	}
}

// afford is what resolve makes of an address, "" where the body has no more room
// for it: one that is long could be given to each of many elements.
func (d *Draft) afford(ref string, resolve func(*url.URL, string) string) string {
	if d.room <= 0 || ref == "" {
		return ""
	}
	to := resolve(d.base, ref)
	if d.room -= len(to); d.room < 0 {
		return ""
	}
	return to
}

// refer ends a body that was cut with where the rest of it is.
func (d *Draft) refer(to string) {
	u, err := url.Parse(to)
	if !d.cut || to == "" || err != nil {
		return
	}
	d.cut = false
	p := &xhtml.Node{Type: xhtml.ElementNode, Data: "p", DataAtom: atom.P}
	a := &xhtml.Node{
		Type: xhtml.ElementNode, Data: "a", DataAtom: atom.A,
		Attr: []xhtml.Attribute{{Key: "href", Val: to}, {Key: "rel", Val: linkRel}},
	}
	a.AppendChild(&xhtml.Node{Type: xhtml.TextNode, Data: "Read the rest at " + u.Host})
	p.AppendChild(a)
	d.root.AppendChild(p)
}

// Continue names the page where all of the text is: a body that was too long
// to be shown whole ends with a link to it.
func (d *Draft) Continue(page string) { d.refer(Link(d.base, page)) }
