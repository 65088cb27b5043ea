package prose

import (
	"fmt"
	"strings"

	"github.com/rivo/uniseg"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// number is the mark of an address, which stands at the end under it.
func (w *writer) number(address string) string {
	n, known := w.numbers[address]
	if !known {
		if w.numbers == nil {
			w.numbers = map[string]int{}
		}
		w.links = append(w.links, address)
		n = len(w.links)
		w.numbers[address] = n
	}
	return fmt.Sprintf("[%d]", n)
}

// addresses writes what number has promised.
func (w *writer) addresses() {
	w.prefix, w.gap, w.tight = "", true, false
	for i, address := range w.links {
		w.space()
		w.put(fmt.Sprintf("[%d] %s", i+1, address))
	}
}

// picture stands for a picture, by the words its source gave it.
func (w *writer) picture(n *html.Node) string {
	said := "picture"
	if alt := strings.Join(strings.Fields(attribute(n, "alt")), " "); alt != "" {
		said += ": " + alt
	}
	return "(" + said + ")" + w.number(attribute(n, "src"))
}

// media stands for sound or a film: its first file, and what it says of itself.
func (w *writer) media(n *html.Node) {
	said := "(" + n.Data + ")"
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Source && attribute(c, "src") != "" {
			said += w.number(attribute(c, "src"))
			break
		}
	}
	w.line.WriteString(" " + said + " ")
	w.inside(n)
}

// cellGap parts the columns of a table.
const cellGap = "  "

// table renders rows of cells as columns where they fit, else one cell a line.
func (w *writer) table(n *html.Node) {
	w.flush()
	var rows [][]string
	var widths []int
	w.rows(n, func(tr *html.Node) {
		var row []string
		for c := tr.FirstChild; c != nil; c = c.NextSibling {
			if c.DataAtom != atom.Td && c.DataAtom != atom.Th {
				continue
			}
			cell := w.cell(c)
			if len(row) == len(widths) {
				widths = append(widths, 0)
			}
			widths[len(row)] = max(widths[len(row)], uniseg.StringWidth(cell))
			row = append(row, cell)
		}
		rows = append(rows, row)
	})
	total := -len(cellGap)
	for _, wide := range widths {
		total += wide + len(cellGap)
	}
	w.space()
	for _, row := range rows {
		if total > max(w.width-uniseg.StringWidth(w.prefix), leastWidth) {
			w.wrap(strings.Fields(strings.Join(row, " | ")))
			continue
		}
		line := ""
		for i, cell := range row {
			line += cell + strings.Repeat(" ", widths[i]-uniseg.StringWidth(cell)) + cellGap
		}
		w.put(line)
	}
	w.gap = !w.tight
}

// rows calls each with every row of a table; its caption is a line before them.
func (w *writer) rows(n *html.Node, each func(*html.Node)) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch c.DataAtom {
		case atom.Tr:
			each(c)
		case atom.Caption:
			w.block(func() { w.inside(c) })
		case atom.Thead, atom.Tbody, atom.Tfoot:
			w.rows(c, each)
		}
	}
}

// cell is a cell as one line.
func (w *writer) cell(n *html.Node) string {
	inner := &writer{width: 1 << 30, tight: true, links: w.links, numbers: w.numbers}
	inner.inside(n)
	inner.flush()
	w.links, w.numbers = inner.links, inner.numbers
	return strings.Join(strings.Fields(inner.out.String()), " ")
}
