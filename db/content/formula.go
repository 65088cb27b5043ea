package content

import (
	"strings"

	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// formulaElements are the elements of MathML that have something to say
// (MathML Core, section 3). None comes out: a formula becomes what stands for
// it in words, or text with raised and lowered parts, which every reader shows.
var formulaElements = []string{
	"math", "semantics", "annotation", "mrow", "mi", "mn", "mo", "mtext", "ms", "mspace", "mfrac", "msqrt", "mroot", "mstyle", "merror", "mpadded",
	"mphantom", "mfenced", "menclose", "msub", "msup", "msubsup", "munder", "mover", "munderover", "mmultiscripts", "mprescripts", "mtable", "mtr", "mtd", "maction",
}

var isFormulaElement = func() map[string]bool {
	m := map[string]bool{}
	for _, name := range formulaElements {
		m[name] = true
	}
	return m
}()

// withoutPrefix takes from the elements of formulas the prefix with which XML
// gives them their namespace.
func withoutPrefix(markup string) string {
	for _, prefix := range [...]string{"mml:", "m:"} {
		if strings.Contains(markup, "<"+prefix+"math") {
			markup = strings.NewReplacer("<"+prefix, "<", "</"+prefix, "</").Replace(markup)
		}
	}
	return markup
}

// maxScripts is how deep raised and lowered parts nest.
const maxScripts = 4

// formula puts what a formula says in its place: the words that its author gave
// for it, else its source in TeX, else its own signs.
func (d *Draft) formula(n *xhtml.Node) {
	said := oneLine(attr(n, "alttext"))
	if said == "" {
		said = oneLine(texOf(n))
	}
	f := signWriter{parent: n.Parent, before: n}
	if said != "" {
		f.text(said)
	} else {
		f.inside(n, 0)
	}
	remove(n)
	if f.last != nil {
		d.said = f.last
	}
}

// texOf is a formula's annotation in TeX, else any in plain text.
func texOf(n *xhtml.Node) string {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Data == "annotation" && c.Type == xhtml.ElementNode {
			if kind := attr(c, "encoding"); strings.Contains(strings.ToLower(kind), "tex") || kind == "" || strings.HasPrefix(kind, "text/plain") {
				return textOf(c)
			}
		}
		if tex := texOf(c); tex != "" {
			return tex
		}
	}
	return ""
}

// signWriter writes the signs of a formula before a node.
type signWriter struct {
	parent, before, last *xhtml.Node
}

func (f *signWriter) add(n *xhtml.Node) {
	f.parent.InsertBefore(n, f.before)
	f.last = n
}

func (f *signWriter) text(s string) {
	if s != "" {
		f.add(&xhtml.Node{Type: xhtml.TextNode, Data: s})
	}
}

// script writes what is inside n raised or lowered.
func (f *signWriter) script(n *xhtml.Node, a atom.Atom, depth int) {
	if n == nil || strings.TrimSpace(signs(n)) == "" {
		return
	}
	e := &xhtml.Node{Type: xhtml.ElementNode, Data: a.String(), DataAtom: a}
	in := signWriter{parent: e}
	if depth >= maxScripts {
		in.text(signs(n))
	} else {
		in.one(n, depth+1)
	}
	f.add(e)
}

func (f *signWriter) inside(n *xhtml.Node, depth int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		f.one(c, depth)
	}
}

// group writes n, in brackets where it is more than one sign.
func (f *signWriter) group(n *xhtml.Node, depth int) {
	if n == nil {
		return
	}
	if len([]rune(signs(n))) < 2 || n.Data == "mn" || n.Data == "mi" {
		f.one(n, depth)
		return
	}
	f.text("(")
	f.one(n, depth)
	f.text(")")
}

func (f *signWriter) one(n *xhtml.Node, depth int) {
	if n.Type == xhtml.TextNode {
		f.text(plainSigns(n.Data))
		return
	}
	part := operands(n)
	switch n.Data {
	case "annotation", "mphantom", "mprescripts", "mspace":
	case "mi", "mn", "mtext", "ms":
		f.text(plainSigns(textOf(n)))
	case "mo":
		f.text(spaced(plainSigns(textOf(n))))
	case "mfrac":
		f.group(part[0], depth)
		f.text("/")
		f.group(part[1], depth)
	case "msqrt":
		f.text("√")
		if len([]rune(signs(n))) < 2 {
			f.inside(n, depth)
			return
		}
		f.text("(")
		f.inside(n, depth)
		f.text(")")
	case "mroot":
		f.script(part[1], atom.Sup, depth)
		f.text("√")
		f.group(part[0], depth)
	case "mover":
		if mark := accents[signs(orNothing(part[1]))]; mark != "" && len([]rune(signs(orNothing(part[0])))) == 1 {
			f.text(signs(part[0]) + mark)
			return
		}
		f.scripts(part[0], nil, part[1], depth)
	case "msup":
		f.scripts(part[0], nil, part[1], depth)
	case "msub", "munder":
		f.scripts(part[0], part[1], nil, depth)
	case "msubsup", "munderover":
		f.scripts(part[0], part[1], part[2], depth)
	case "mtr", "mtd":
		if before(n) != nil {
			f.text(map[string]string{"mtr": "; ", "mtd": " "}[n.Data])
		}
		f.inside(n, depth)
	case "mfenced":
		f.fenced(n, depth)
	default:
		f.inside(n, depth)
	}
}

// accents are the combining forms of what stands over a letter.
var accents = map[string]string{"¯": "\u0304", "‾": "\u0304", "^": "\u0302", "ˆ": "\u0302", "~": "\u0303", "˜": "\u0303", "→": "\u20D7", "˙": "\u0307", "¨": "\u0308", "ˇ": "\u030C"}

func orNothing(n *xhtml.Node) *xhtml.Node {
	if n == nil {
		return &xhtml.Node{}
	}
	return n
}

// fenced writes the parts of n with its brackets and, between them, its comma.
func (f *signWriter) fenced(n *xhtml.Node, depth int) {
	begin, end, comma := "(", ")", ", "
	for _, a := range n.Attr {
		switch a.Key {
		case "open":
			begin = oneLine(a.Val)
		case "close":
			end = oneLine(a.Val)
		case "separators":
			comma = oneLine(a.Val)
		}
	}
	f.text(begin)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == xhtml.ElementNode && before(c) != nil {
			f.text(comma)
		}
		f.one(c, depth)
	}
	f.text(end)
}

func (f *signWriter) scripts(base, lower, raised *xhtml.Node, depth int) {
	if base != nil {
		f.one(base, depth)
	}
	f.script(lower, atom.Sub, depth)
	f.script(raised, atom.Sup, depth)
}

// operands are the first three elements inside n, nil where there are fewer.
func operands(n *xhtml.Node) (list [3]*xhtml.Node) {
	i := 0
	for c := n.FirstChild; c != nil && i < len(list); c = c.NextSibling {
		if c.Type == xhtml.ElementNode {
			list[i] = c
			i++
		}
	}
	return list
}

// signs is the text of a part of a formula.
func signs(n *xhtml.Node) string { return plainSigns(textOf(n)) }

// plainSigns drops the operators that are not seen: times, applied to, and the
// comma and the plus that are understood.
func plainSigns(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x2061 && r <= 0x2064 {
			return -1
		}
		return r
	}, strings.Join(strings.Fields(s), " "))
}

// spaced is an operator as it stands between what it works on.
func spaced(operator string) string {
	if strings.Contains(" = + < > ≤ ≥ ≠ ≈ ≡ ∈ → ↦ ⇒ ⇔ ± ∼ ∝ − × · ⋅ ∪ ∩ ⊂ ⊆ ", " "+operator+" ") && operator != "" {
		return " " + operator + " "
	}
	return operator
}

// drawn takes what is drawn of a formula that was already said: some publishers
// give both, one for eyes and one for those who read with ears.
func (d *Draft) drawn(n *xhtml.Node, depth int, linked bool) {
	if d.said != nil && before(n) == d.said {
		remove(n)
		return
	}
	d.children(n, depth+1, linked)
	unwrap(n)
}

// before is what stands before n, but for space.
func before(n *xhtml.Node) *xhtml.Node {
	b := n.PrevSibling
	for b != nil && isSpace(b) {
		b = b.PrevSibling
	}
	return b
}
