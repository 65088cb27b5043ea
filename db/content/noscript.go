package content

import (
	"html"
	"strings"

	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"courant/db/text"
)

// fallback is what noscript is called until a body is parsed: HTML's tokenizer
// takes its content for text, as a browser with scripts does, and readers have
// none (HTML 4.12.2).
const fallback = "no-script"

// openNames gives elements of the markup the names by which they are known here:
// a noscript is a fallback, what AMP calls its own is what it stands for, and a
// formula that a script would set is one.
func openNames(markup string) string {
	var b strings.Builder
	last := 0
	for i := strings.IndexByte(markup, '<'); i >= 0; {
		name := i + 1
		if name < len(markup) && markup[name] == '/' {
			name++
		}
		if name < len(markup) {
			for _, to := range opened[markup[name]|0x20] {
				if end := name + len(to[0]); end <= len(markup) && strings.EqualFold(markup[name:end], to[0]) && (end == len(markup) || endsName(markup[end])) {
					b.WriteString(markup[last:name])
					b.WriteString(to[1])
					last = end
					break
				}
			}
		}
		if tex, end := formulaScript(markup, i); end > 0 {
			b.WriteString(markup[last:i])
			b.WriteString(`<math alttext="` + html.EscapeString(tex) + `"></math>`)
			last, i = end, end-1
		}
		next := strings.IndexByte(markup[i+1:], '<')
		if next < 0 {
			break
		}
		i += 1 + next
	}
	if last == 0 {
		return markup
	}
	return b.String() + markup[last:]
}

// opened are the elements that get another name, by their first letter.
var opened = map[byte][][2]string{
	'n': {{"noscript", fallback}},
	'a': {{"amp-img", "img"}, {"amp-anim", "img"}, {"amp-iframe", "iframe"}, {"amp-video", "video"}, {"amp-audio", "audio"}},
}

func endsName(c byte) bool { return c <= ' ' || c == '>' || c == '/' }

// formulaType begins a script that is a formula in TeX (MathJax).
var formulaType = text.Pattern(`(?i)^<script\s[^<>]{0,200}?type\s*=\s*["']?math/tex[^<>]{0,200}>`)

// maxFormula is the longest formula that is looked for the end of.
const maxFormula = 4 << 10

// formulaScript is the formula that a script at i of the markup is, and where it
// ends; 0 where it is none.
func formulaScript(markup string, i int) (tex string, end int) {
	if !strings.HasPrefix(markup[i:], "<s") && !strings.HasPrefix(markup[i:], "<S") {
		return "", 0
	}
	begin := formulaType().FindString(markup[i:min(len(markup), i+2*maxFormula)])
	if begin == "" {
		return "", 0
	}
	rest := markup[i+len(begin):]
	close := strings.Index(rest[:min(len(rest), maxFormula)], "</")
	if close < 0 || !strings.HasPrefix(strings.ToLower(rest[close:min(len(rest), close+9)]), "</script>") {
		return "", 0
	}
	return strings.TrimSpace(rest[:close]), i + len(begin) + close + len("</script>")
}

// sights is what of a body was seen so far, so that what stands in it twice,
// for scripts and for those who have none, is shown once.
type sights struct {
	noscript int                  // how many of them are open
	instead  *xhtml.Node          // the picture that the open one stands in for, nil: none
	plain    map[*xhtml.Node]bool // pictures that stood in one
	late     map[*xhtml.Node]bool // pictures that a script was to load
	seen     map[string]bool      // addresses; whether one was in a noscript
}

// noscript takes the content of a noscript for what it is.
func (d *Draft) noscript(n *xhtml.Node, depth int, linked bool) {
	outer := d.instead
	if outer == nil && countImages(n) == 1 {
		if img := imageBefore(n); d.late[img] {
			d.instead = img
		}
	}
	d.sights.noscript++
	d.children(n, depth+1, linked)
	d.sights.noscript--
	d.instead = outer
	unwrap(n)
}

// doubled reports whether a picture is already there: as it is without scripts
// beside one that a script was to load, in either order.
func (d *Draft) doubled(n *xhtml.Node, src string, late bool) bool {
	within := d.sights.noscript > 0
	was, seen := d.seen[src]
	switch {
	case within && d.instead != nil && isPlaceholder(attr(d.instead, "src")):
		if d.instead.Parent != nil {
			remove(d.instead) // all that was known of it
		}
	case within && (seen || d.instead != nil), late && seen && was, late && d.plain[imageBefore(n)]:
		return true
	}
	d.seen[src] = within
	if within {
		d.plain[n] = true
	} else if late {
		d.late[n] = true
	}
	return false
}

// imageBefore is the picture right before n, alone in whatever holds it.
func imageBefore(n *xhtml.Node) *xhtml.Node {
	img := before(n)
	for img != nil && img.DataAtom != atom.Img {
		img = onlyChild(img)
	}
	return img
}

func countImages(n *xhtml.Node) int {
	count := 0
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Img {
			count++
		}
		count += countImages(c)
	}
	return count
}
