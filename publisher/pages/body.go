package pages

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"net/url"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"courant/db"
	"courant/db/content"
	"courant/publisher/words"
)

// body is h, the text of a, as its page shows it: each paragraph with an
// address of its own, headings below the page's, pictures that ask for nothing
// until they are near and tell nobody who looks. All of it stands in elements
// that bear data-untrusted.
func (p *Pages) body(h content.HTML, a db.Article) template.HTML {
	nodes, err := html.ParseFragment(strings.NewReader(h.String()), &html.Node{Type: html.ElementNode, DataAtom: atom.Div, Data: "div"})
	if err != nil { // it has passed the sanitiser; only its depth can be refused
		return template.HTML(`<div data-untrusted>` + h.String() + `</div>`)
	}
	root := &html.Node{Type: html.ElementNode, DataAtom: atom.Div, Data: "div"}
	for _, n := range nodes {
		root.AppendChild(n)
	}
	p.fit(root, a, headingShift(nodes))
	b := bodyWriter{dir: textDirection(a), words: p.words}
	for n := root.FirstChild; n != nil; n = n.NextSibling {
		b.block(n)
	}
	b.close()
	return template.HTML(b.String())
}

type bodyWriter struct {
	bytes.Buffer
	paragraphs int
	dir        string // of the article
	words      *words.Words
	open       bool // a div of what is no paragraph
}

func (b *bodyWriter) block(n *html.Node) {
	if n.Type == html.TextNode && strings.TrimSpace(n.Data) == "" {
		return
	}
	if label := scrolls(n); label != "" {
		b.close()
		b.WriteString(scroller(html.EscapeString(b.words.Say(label))))
		b.WriteString("<div data-untrusted>")
		html.Render(b, n)
		b.WriteString("</div></div>")
		return
	}
	if n.DataAtom != atom.P {
		if !b.open {
			b.WriteString(`<div class="other" data-untrusted>`)
			b.open = true
		}
		if right, left := letters(textOf(n)); n.Type == html.ElementNode && right+left > 0 {
			switch {
			case b.dir == "rtl" && left > 2*right:
				setAttribute(n, "dir", "ltr")
			case b.dir == "ltr" && right > left:
				setAttribute(n, "dir", "rtl")
			}
		}
		html.Render(b, n)
		return
	}
	b.close()
	b.paragraphs++
	// The link to a paragraph stands before it, outside of what strangers wrote. It
	// has no text, so that a copied paragraph is the paragraph, and is seen by who
	// points at the paragraph or comes to the link by keys.
	fmt.Fprintf(b, `<a href="#p%d" title="%[2]s"></a><p id="p%[1]d" dir="%[3]s"`, b.paragraphs, html.EscapeString(b.words.Say("paragraph")), dirOf(textOf(n)))
	for _, a := range n.Attr {
		if a.Key == "lang" {
			fmt.Fprintf(b, ` lang="%s"`, html.EscapeString(a.Val))
		}
	}
	b.WriteString(" data-untrusted>")
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		html.Render(b, c)
	}
	b.WriteString("</p>")
}

func (b *bodyWriter) close() {
	if b.open {
		b.WriteString("</div>")
		b.open = false
	}
}

// textOf is the text of n, as far as its direction goes.
func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range subtree(n) {
		if b.Len() > lookedAt {
			break
		}
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
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

// fit makes what is in root, the text of a, fit our pages.
func (p *Pages) fit(root *html.Node, a db.Article, shift int) {
	fitted := fitting{p: p, article: a, shift: shift}
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		for d := n.FirstChild; d != nil; {
			next := d.NextSibling // d may move
			walk(d)
			fitted.node(d)
			d = next
		}
	}
	walk(root)
}

// fitting is fit under way.
type fitting struct {
	p       *Pages
	article db.Article
	shift   int
	text    bool // there was text before this
	first   bool // there was a picture
}

func (f *fitting) node(d *html.Node) {
	switch {
	case d.Type == html.TextNode:
		f.text = f.text || strings.TrimSpace(d.Data) != ""
		if d.Parent.DataAtom != atom.Pre && d.Parent.DataAtom != atom.Code {
			d.Data = spaced(f.article.Language, d.Data)
		}
	case headingLevel(d) > 0:
		d.Data = fmt.Sprintf("h%d", min(6, headingLevel(d)+f.shift))
		d.DataAtom = atom.Lookup([]byte(d.Data))
	case d.DataAtom == atom.Img:
		f.picture(d)
	case d.DataAtom == atom.A:
		f.nameLink(d)
	case d.DataAtom == atom.Audio, d.DataAtom == atom.Video:
		setAttribute(d, "controls", "")
		setAttribute(d, "preload", "none")
		for _, key := range []string{"src", "poster"} {
			if at := attribute(d, key); at != "" {
				setAttribute(d, key, secure(at))
			}
		}
	}
}

func (f *fitting) picture(d *html.Node) {
	src := secure(attribute(d, "src"))
	if !f.p.showable(src) {
		f.pictureLink(d, src)
		return
	}
	setAttribute(d, "src", src)
	if !f.first && !f.text { // on top of the article, it is what a reader waits for
		d.Attr = slices.DeleteFunc(d.Attr, func(a html.Attribute) bool { return a.Key == "loading" || a.Key == "decoding" })
		setAttribute(d, "fetchpriority", "high")
	} else {
		setAttribute(d, "loading", "lazy")
		setAttribute(d, "decoding", "async")
	}
	f.first = true
	setAttribute(d, "referrerpolicy", "no-referrer")
	if attribute(d, "alt") == "" {
		setAttribute(d, "alt", "")
	}
}

// pictureEnds are how the names of pictures end.
const pictureEnds = ".jpg .jpeg .png .gif .webp .avif "

// nameLink gives a link that is nothing but pictures without words a name.
func (f *fitting) nameLink(d *html.Node) {
	if s := strings.TrimSpace(textOf(d)); s != "" && s != content.PlaySign {
		return
	}
	var img *html.Node
	for n := range d.Descendants() {
		if n.DataAtom != atom.Img {
			continue
		}
		if attribute(n, "alt") != "" {
			return
		}
		if img == nil {
			img = n
		}
	}
	href := attribute(d, "href")
	words := f.p.words.Say("picture_to", "Host", host(href))
	if u, err := url.Parse(href); err == nil && strings.Contains(pictureEnds, cmp.Or(strings.ToLower(path.Ext(u.Path)), "none")+" ") {
		words = f.p.words.Say("picture_larger")
	}
	switch {
	case href == "":
	case img != nil:
		setAttribute(img, "alt", words)
	default: // nothing to see, and a stop for keys: it is no link
		d.Data, d.DataAtom, d.Attr = "span", atom.Span, nil
	}
}

// scrolls names what a block holds that may be wider than the page and keeps its
// lines, by its message, or nothing.
func scrolls(n *html.Node) string {
	for d := range subtree(n) {
		switch d.DataAtom {
		case atom.Table:
			return "table"
		case atom.Pre:
			return "code"
		}
	}
	return ""
}

// scroller begins an element that scrolls, which keys must reach. It stands
// around what strangers wrote, of which nothing takes the focus but links.
func scroller(label string) string {
	return `<div class="scroll" tabindex="0" role="group" aria-label="` + label + `">`
}

// showable reports whether a page may load the picture at src (Policy).
func (p *Pages) showable(src string) bool {
	return strings.HasPrefix(src, "https://") || strings.HasPrefix(src, "data:image/") || strings.HasPrefix(src, p.site.Base+"/")
}

// pictureLink makes of a picture that the page may not load a link to it.
func (f *fitting) pictureLink(n *html.Node, src string) {
	words := attribute(n, "alt")
	if words == "" {
		words = f.p.words.Say("picture")
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
