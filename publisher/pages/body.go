package pages

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"courant/db/content"
)

// body is an article's body as its page shows it: each paragraph with an
// address of its own, headings below the page's, pictures that ask for nothing
// until they are near and tell nobody who looks. All of it stands in elements
// that bear data-untrusted.
func (p *Pages) body(h content.HTML) template.HTML {
	nodes, err := html.ParseFragment(strings.NewReader(h.String()), &html.Node{Type: html.ElementNode, DataAtom: atom.Div, Data: "div"})
	if err != nil { // it has passed the sanitiser; only its depth can be refused
		return template.HTML(`<div data-untrusted>` + h.String() + `</div>`)
	}
	b := bodyWriter{shift: headingShift(nodes)}
	for _, n := range nodes {
		p.fit(n, b.shift)
		b.block(n)
	}
	b.close()
	return template.HTML(b.String())
}

type bodyWriter struct {
	bytes.Buffer
	shift      int
	paragraphs int
	open       bool // a div of what is no paragraph
}

func (b *bodyWriter) block(n *html.Node) {
	if n.Type == html.TextNode && strings.TrimSpace(n.Data) == "" {
		return
	}
	if n.DataAtom != atom.P {
		if !b.open {
			b.WriteString(`<div class="other" dir="auto" data-untrusted>`)
			b.open = true
		}
		html.Render(b, n)
		return
	}
	b.close()
	b.paragraphs++
	fmt.Fprintf(b, `<p id="p%d" dir="auto"`, b.paragraphs)
	for _, a := range n.Attr {
		if a.Key == "lang" {
			fmt.Fprintf(b, ` lang="%s"`, html.EscapeString(a.Val))
		}
	}
	b.WriteString(" data-untrusted>")
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		html.Render(b, c)
	}
	// No text of its own: a copied paragraph is the paragraph.
	fmt.Fprintf(b, `<a href="#p%d" title="Link to this paragraph"></a></p>`, b.paragraphs)
}

func (b *bodyWriter) close() {
	if b.open {
		b.WriteString("</div>")
		b.open = false
	}
}

// headingShift is what to add to the levels of the body's headings so that the
// highest is an h2.
func headingShift(nodes []*html.Node) int {
	highest := 0
	for _, n := range nodes {
		for d := range subtree(n) {
			if l := headingLevel(d); l > 0 && (highest == 0 || l < highest) {
				highest = l
			}
		}
	}
	if highest == 0 {
		return 0
	}
	return 2 - highest
}

// subtree yields n and all below it.
func subtree(n *html.Node) func(func(*html.Node) bool) {
	return func(yield func(*html.Node) bool) {
		if !yield(n) {
			return
		}
		for d := range n.Descendants() {
			if !yield(d) {
				return
			}
		}
	}
}

func headingLevel(n *html.Node) int {
	if n.Type == html.ElementNode && len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
		return int(n.Data[1] - '0')
	}
	return 0
}

// fit makes what is in n fit our pages.
func (p *Pages) fit(n *html.Node, shift int) {
	for d := range subtree(n) {
		if l := headingLevel(d); l > 0 {
			d.Data = fmt.Sprintf("h%d", min(6, l+shift))
			d.DataAtom = atom.Lookup([]byte(d.Data))
		}
		if d.DataAtom != atom.Img {
			continue
		}
		src := attribute(d, "src")
		if !p.showable(src) {
			pictureLink(d, src)
			continue
		}
		setAttribute(d, "loading", "lazy")
		setAttribute(d, "decoding", "async")
		setAttribute(d, "referrerpolicy", "no-referrer")
		if attribute(d, "alt") == "" {
			setAttribute(d, "alt", "")
		}
	}
}

// showable reports whether a page may load the picture at src (Policy).
func (p *Pages) showable(src string) bool {
	return strings.HasPrefix(src, "https://") || strings.HasPrefix(src, "data:image/") || strings.HasPrefix(src, p.site.Base+"/")
}

// pictureLink makes of a picture that the page may not load a link to it.
func pictureLink(n *html.Node, src string) {
	words := attribute(n, "alt")
	if words == "" {
		words = "Picture"
	}
	n.Data, n.DataAtom, n.Attr = "a", atom.A, nil
	for a := n.Parent; a != nil; a = a.Parent {
		if a.DataAtom == atom.A {
			n.Data, n.DataAtom = "span", atom.Span // it is in a link already
		}
	}
	if n.DataAtom == atom.A && src != "" {
		n.Attr = []html.Attribute{{Key: "href", Val: src}, {Key: "rel", Val: "nofollow noopener"}}
	}
	n.AppendChild(&html.Node{Type: html.TextNode, Data: words})
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func setAttribute(n *html.Node, key, value string) {
	for i := range n.Attr {
		if n.Attr[i].Key == key {
			n.Attr[i].Val = value
			return
		}
	}
	n.Attr = append(n.Attr, html.Attribute{Key: key, Val: value})
}
