package content

import (
	"net/url"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"courant/db/text"
)

// maxNesting is how deep elements of a body go; deeper ones become text. No
// article goes near it, and some browsers and readers fail at 256.
const maxNesting = 100

// policy is the first lock: which elements and attributes of a source are
// looked at at all. Addresses are checked behind it, by parseURL, and what is
// let through only to be judged (style, data-src, iframe) never comes out.
var policy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	for name, k := range elements {
		if k != absent {
			p.AllowElements(name.String())
			p.AllowNoAttrs().OnElements(name.String())
		}
	}
	for _, l := range looked {
		p.AllowAttrs(l.names...).OnElements(l.on...)
	}
	p.AllowDataAttributes() // scripts find in them what they load late
	p.AllowElements(fallback)
	p.AllowNoAttrs().OnElements(fallback)
	for name := range playerElements {
		p.AllowElements(name)
		p.AllowAttrs(append([]string{"title"}, playerIDs...)...).OnElements(name)
	}
	p.AllowAttrs("dir", "lang").Globally()
	p.AllowElements(formulaElements...)
	p.AllowNoAttrs().OnElements(formulaElements...)
	p.AllowAttrs("alttext").OnElements("math")
	p.AllowAttrs("encoding").OnElements("annotation")
	p.AllowAttrs("open", "close", "separators").OnElements("mfenced")
	// The class of what is for the eyes of a formula that KaTeX gives in MathML too. All others are dropped: what is in
	// them stays.
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^katex-html$`)).OnElements("span")
	p.SkipElementsContent("svg", "annotation-xml", "template", "select", "datalist", "button", "textarea", "title", "head", "canvas")
	return p
})

// Draft is a cleaned body while it can still lose parts, such as a list that
// becomes key points. Begin with Open, end with HTML.
type Draft struct {
	root *xhtml.Node // its children are the body
	base *url.URL
	cut  bool // whether the markup was too long to be built whole
	room int  // bytes that addresses may still take

	sights
	frames map[string]bool        // what links stand for
	left   []frame                // frames of hosts that we do not know
	said   *xhtml.Node            // the end of the last formula, as text
	glyphs map[*xhtml.Node]bool   // pictures that are letters, signs or faces
	sizes  map[*xhtml.Node][2]int // width and height of pictures whose clean form does not tell both
	larger map[*xhtml.Node]string // the largest of pictures that come in sizes
}

// Open reads a source's markup and cleans it. base is the address that relative
// ones are resolved against; without one they are dropped.
func Open(markup, base string) *Draft {
	d := &Draft{root: &xhtml.Node{Type: xhtml.ElementNode, Data: "div", DataAtom: atom.Div}}
	if u, err := url.Parse(base); err == nil && u.IsAbs() {
		d.base = u
	}
	if !utf8.ValidString(markup) { // halves of characters could meet where a tag is dropped
		markup = strings.ToValidUTF8(markup, "\uFFFD")
	}
	markup, d.cut = bound(openNames(withoutPrefix(visible(markup))))
	if strings.IndexByte(markup, '<') >= 0 {
		if kept, plain := sift(markup); plain {
			markup = kept
		} else {
			markup = policy().Sanitize(markup)
		}
	}
	d.parse(markup)
	d.clean()
	return d
}

// Clean makes safe HTML of a source's markup: it is what Open and HTML do. The
// body is that of the page at base.
func Clean(markup, base string) HTML {
	d := Open(markup, base)
	d.Continue(base)
	return d.HTML()
}

// Root is the node whose children are the body. Nodes may be taken out; HTML
// writes nothing but what Open would have let through, whatever is put in.
func (d *Draft) Root() *xhtml.Node { return d.root }

// HTML is the body as it now is.
func (d *Draft) HTML() HTML {
	s, settled := render(d.root)
	for range maxSettling {
		if settled {
			return HTML{strings.TrimSpace(s)}
		}
		// A browser might read this as another tree. Then take that one.
		d.parse(s)
		d.clean()
		again, plain := render(d.root)
		settled = plain || again == s
		s = again
	}
	return Text(textOf(d.root))
}

// maxSettling is how often a body may be read again before it is shown as
// text: one time is enough for all but what was made to confuse.
const maxSettling = 4

// parse replaces the tree. x/net/html refuses more than 512 open elements:
// then the body is its text.
func (d *Draft) parse(markup string) {
	d.room = minRoom + 2*len(markup)
	context := &xhtml.Node{Type: xhtml.ElementNode, Data: "div", DataAtom: atom.Div}
	nodes, err := xhtml.ParseFragment(strings.NewReader(markup), context)
	if err != nil {
		nodes = []*xhtml.Node{{Type: xhtml.TextNode, Data: HTML{markup}.PlainText()}}
	}
	for c := d.root.FirstChild; c != nil; c = d.root.FirstChild {
		d.root.RemoveChild(c)
	}
	for _, n := range nodes {
		d.root.AppendChild(n)
	}
}

// visible drops what no reader sees and what reorders text around it: controls,
// Unicode tags, and the marks that override the direction of writing, which a
// body can leave open.
func visible(s string) string {
	if !mayHide(s) || strings.IndexFunc(s, invisible) < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	flag := 0 // where the flag of a region ends that we are in: its tags mean something
	for i, r := range s {
		if r == text.BlackFlag {
			flag = i + text.Flag(s[i:])
		}
		if i < flag || !invisible(r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// mayHide reports, at the pace of bytes, whether s can hold what invisible
// finds.
func mayHide(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= ' ' && c < 0x7F:
		case c == '\n' || c == '\t' || c == '\r':
		case c < 0x80:
			return true
		case c == 0xC2 && i+1 < len(s) && s[i+1] < 0xA0,
			c == 0xE2 && i+2 < len(s) && (s[i+1] == 0x80 && s[i+2] >= 0xAA || s[i+1] == 0x81),
			c == 0xEF, c == 0xF3:
			return true
		}
	}
	return false
}

func invisible(r rune) bool {
	switch {
	case r < ' ':
		return r != '\n' && r != '\t' && r != '\r'
	case r < 0x7F:
		return false
	case r < 0xA0, r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r >= 0xE0000 && r <= 0xE007F, r == 0xFEFF, r == 0xFFFE, r == 0xFFFF:
		return true
	}
	return false
}
