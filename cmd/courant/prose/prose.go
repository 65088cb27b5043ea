// Package prose renders a body as text for a terminal: paragraphs that are
// wrapped, headings, lists, quotations, tables, code as it stands, and links and
// pictures numbered, with their addresses at the end. Everything in it is pure.
// Begin with Of.
package prose

import (
	"fmt"
	"strings"

	"github.com/rivo/uniseg"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"courant/db/content"
)

// Of is h as lines of text, none wider than width where words allow it. It ends
// in a line end, or is empty.
func Of(h content.HTML, width int) string {
	w := &writer{width: width}
	root := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
	nodes, err := html.ParseFragment(strings.NewReader(h.String()), root)
	if err != nil {
		return h.PlainText() + "\n" // a Reader of a string does not fail, so this is never reached
	}
	for _, n := range nodes {
		w.node(n)
	}
	w.flush()
	w.addresses()
	return w.out.String()
}

// writer walks a body. Text gathers in line until a block ends.
type writer struct {
	out     strings.Builder
	width   int
	prefix  string // of each line: quotation marks, the indent of a list
	mark    string // of the next line in place of the end of prefix: "• "
	line    strings.Builder
	gap     bool // a blank line comes before the next text
	tight   bool // none does: inside a list
	links   []string
	numbers map[string]int
}

// node renders n and what is inside it.
func (w *writer) node(n *html.Node) {
	switch n.Type {
	case html.TextNode:
		w.line.WriteString(n.Data)
	case html.ElementNode:
		w.element(n)
	}
}

func (w *writer) inside(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c)
	}
}

func (w *writer) element(n *html.Node) {
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		w.block(func() {
			w.line.WriteString(strings.Repeat("#", int(n.Data[1]-'0')) + " ")
			w.inside(n)
		})
	case atom.Ul, atom.Ol:
		w.list(n)
	case atom.Blockquote:
		w.indented("> ", "", func() { w.inside(n) })
	case atom.Dd:
		w.indented("    ", "", func() { w.inside(n) })
	case atom.Pre:
		w.pre(n)
	case atom.Table:
		w.table(n)
	case atom.Hr:
		w.block(func() { w.line.WriteString("* * *") })
	case atom.Audio, atom.Video, atom.Img, atom.A, atom.Br, atom.Code, atom.Kbd, atom.Samp, atom.Q, atom.Sup, atom.Sub, atom.Del, atom.S:
		w.phrase(n)
	case atom.Abbr, atom.B, atom.Bdi, atom.Bdo, atom.Cite, atom.Data, atom.Dfn, atom.Em, atom.I, atom.Ins, atom.Mark, atom.Ruby,
		atom.Rt, atom.Rp, atom.Small, atom.Span, atom.Strong, atom.Time, atom.U, atom.Var, atom.Wbr:
		w.inside(n)
	default:
		w.block(func() { w.inside(n) })
	}
}

// phrase renders what stands within a line and shows more than its text.
func (w *writer) phrase(n *html.Node) {
	around := func(before, after string) {
		w.line.WriteString(before)
		w.inside(n)
		w.line.WriteString(after)
	}
	switch n.DataAtom {
	case atom.Br:
		w.line.WriteString("\x00") // a line end that stays
	case atom.Img:
		w.line.WriteString(" " + w.picture(n) + " ")
	case atom.Audio, atom.Video:
		w.media(n)
	case atom.A:
		before := w.line.Len()
		w.inside(n)
		if href := attribute(n, "href"); href != "" && strings.TrimSpace(w.line.String()[min(before, w.line.Len()):]) != href {
			w.line.WriteString(w.number(href))
		}
	case atom.Q:
		around("“", "”")
	case atom.Sup:
		around("^", "")
	case atom.Sub:
		around("_", "")
	case atom.Del, atom.S:
		around("~~", "~~")
	default: // code
		around("`", "`")
	}
}

// block renders one block, with its text on lines of its own.
func (w *writer) block(f func()) {
	w.flush()
	f()
	w.flush()
	w.gap = !w.tight
}

// indented is block with a prefix of its own; mark, where it is not empty, stands
// in its place on the first line.
func (w *writer) indented(prefix, mark string, f func()) {
	w.block(func() {
		before := w.prefix
		w.space()
		if mark != "" {
			w.mark += mark
		}
		w.prefix += prefix
		f()
		w.flush()
		w.prefix, w.mark = before, ""
	})
}

func (w *writer) list(n *html.Node) {
	w.flush()
	w.space()
	tight := w.tight
	w.tight = true
	number := 1
	fmt.Sscanf(attribute(n, "start"), "%d", &number)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom != atom.Li {
			if c.Type == html.ElementNode {
				w.node(c)
			}
			continue
		}
		mark := "• "
		if n.DataAtom == atom.Ol {
			fmt.Sscanf(attribute(c, "value"), "%d", &number)
			mark = fmt.Sprintf("%d. ", number)
			number++
		}
		w.indented(strings.Repeat(" ", uniseg.StringWidth(mark)), mark, func() { w.inside(c) })
	}
	w.tight, w.gap = tight, !tight
}

// pre renders code: its lines as they stand.
func (w *writer) pre(n *html.Node) {
	w.flush()
	w.space()
	for line := range strings.SplitSeq(strings.Trim(textOf(n), "\n"), "\n") {
		w.put("    " + strings.ReplaceAll(line, "\t", "    "))
	}
	w.gap = !w.tight
}

// space puts the blank line that is due.
func (w *writer) space() {
	if w.gap && w.out.Len() > 0 {
		w.out.WriteString(strings.TrimRight(w.prefix, " ") + "\n")
	}
	w.gap = false
}

// put writes one line behind its prefix.
func (w *writer) put(s string) {
	prefix := w.prefix
	if w.mark != "" {
		prefix = strings.TrimSuffix(prefix, strings.Repeat(" ", uniseg.StringWidth(w.mark))) + w.mark
		w.mark = ""
	}
	w.out.WriteString(strings.TrimRight(prefix+s, " ") + "\n")
}

// flush wraps what is gathered into lines.
func (w *writer) flush() {
	text := w.line.String()
	w.line.Reset()
	if strings.Trim(text, " \t\r\n\x00") == "" {
		return
	}
	w.space()
	for line := range strings.SplitSeq(strings.Trim(text, " \t\r\n\x00"), "\x00") {
		w.wrap(strings.Fields(line))
	}
}

// leastWidth is what is left of a line however deep it stands.
const leastWidth = 20

// wrap writes words in as many lines as they need.
func (w *writer) wrap(words []string) {
	room := max(w.width-uniseg.StringWidth(w.prefix), leastWidth)
	line, used := "", 0
	for _, word := range words {
		wide := uniseg.StringWidth(word)
		if used > 0 && used+1+wide > room {
			w.put(line)
			line, used = "", 0
		}
		if used > 0 {
			line, used = line+" ", used+1
		}
		line, used = line+word, used+wide
	}
	w.put(line)
}

// attribute is the value of n's attribute of that name, or "".
func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// textOf is the text inside n, white space as it stands.
func textOf(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	if n.DataAtom == atom.Br {
		return "\n"
	}
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		b.WriteString(textOf(c))
	}
	return b.String()
}
