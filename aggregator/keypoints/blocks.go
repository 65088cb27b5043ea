package keypoints

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"courant/db/content"
)

// blocks are the texts of a body that are prose: paragraphs and lines of them,
// each with its borders. Headings, captions, lists, quotations, tables and code
// are none, nor is a paragraph that is all link or all emphasis.
func blocks(root *html.Node) []string {
	var g gatherer
	g.inside(root)
	g.end()
	return g.list
}

// gatherer gathers texts that stand in a line.
type gatherer struct {
	list  []string
	line  []string // texts of the line that is not at its end
	plain bool     // whether any of it is neither link nor emphasis
	begun bool     // whether any of it says something
}

func (g *gatherer) inside(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch c.DataAtom {
		case atom.P, atom.Div, atom.Details:
			g.end()
			g.inside(c)
			g.end()
		case atom.Br, atom.Hr:
			g.end()
		case atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Figure, atom.Figcaption, atom.Ul, atom.Ol, atom.Dl, atom.Blockquote,
			atom.Table, atom.Pre, atom.Summary, atom.Audio, atom.Video, atom.Img:
			g.end()
		case atom.B, atom.Strong:
			leads := !g.begun
			g.add(c)
			if leads && isHeading(c) {
				g.end() // it names what follows
			}
		case atom.A, atom.Em, atom.I, atom.U, atom.Small:
			g.add(c)
		default:
			if g.add(c) {
				g.plain = true
			}
		}
	}
}

// isHeading reports whether a strong beginning is none of the sentence behind it:
// that begins anew, and what is strong is more than its first word or ends.
func isHeading(n *html.Node) bool {
	text := content.NodeText(n)
	if text == "" || n.NextSibling == nil {
		return false
	}
	if last, _ := utf8.DecodeLastRuneInString(text); strings.ContainsRune(".:!?–—", last) {
		return true
	}
	next := strings.TrimLeft(content.NodeText(n.NextSibling), " ")
	first, _ := utf8.DecodeRuneInString(next)
	return unicode.IsUpper(first) && strings.Contains(text, " ")
}

// add adds the text of a node, and reports whether it has any.
func (g *gatherer) add(n *html.Node) bool {
	if n.Type == html.TextNode {
		g.line = append(g.line, n.Data)
		g.begun = g.begun || strings.TrimSpace(n.Data) != ""
		return strings.Trim(n.Data, " \t\r\n\u00a0.,:;!?–—-|·•()[]") != ""
	}
	text := content.NodeText(n)
	if hasSpace(n, false) {
		text = " " + text
	}
	if hasSpace(n, true) {
		text += " "
	}
	g.line = append(g.line, text)
	g.begun = g.begun || text != ""
	return text != ""
}

// hasSpace reports whether the text of an element begins or ends with a space.
func hasSpace(n *html.Node, atEnd bool) bool {
	for n != nil && n.Type != html.TextNode {
		if atEnd {
			n = n.LastChild
		} else {
			n = n.FirstChild
		}
	}
	if n == nil || n.Data == "" {
		return false
	}
	edge := n.Data[0]
	if atEnd {
		edge = n.Data[len(n.Data)-1]
	}
	return edge == ' ' || edge == '\n' || edge == '\t'
}

// end ends the line.
func (g *gatherer) end() {
	if g.plain {
		g.list = append(g.list, parted(strings.Join(g.line, ""))...)
	}
	g.line, g.plain, g.begun = g.line[:0], false, false
}

// maxTitle is the longest line that can be a title within a text, in bytes:
// lines of a text that is wrapped are longer.
const maxTitle = 50

// parted is a text as its blocks: a short line between sentences that ends
// without a mark, before one that begins anew, is a title that lost its markup.
func parted(text string) []string {
	var list, block []string
	flush := func() {
		if len(block) > 0 {
			list = append(list, strings.Join(block, " "))
		}
		block = block[:0]
	}
	ended := true // whether a sentence may begin
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		line = strings.Join(strings.Fields(line), " ")
		if line == "" {
			continue
		}
		title := ended && len(line) <= maxTitle && !endsWithMark(line) && beginsAnew(lines[i+1:])
		if title {
			flush()
		}
		block = append(block, line)
		if title {
			flush()
		}
		ended = title || endsWithMark(line)
	}
	flush()
	return list
}

func endsWithMark(line string) bool {
	last, _ := utf8.DecodeLastRuneInString(line)
	return strings.ContainsRune(".!?…:;,”\"»。！？।", last)
}

// beginsAnew reports whether the next of the lines that says something begins
// with a capital.
func beginsAnew(lines []string) bool {
	for _, l := range lines[:min(len(lines), 4)] {
		if l = strings.TrimSpace(l); l != "" {
			first, _ := utf8.DecodeRuneInString(l)
			return unicode.IsUpper(first)
		}
	}
	return false
}
