package content

import (
	"strconv"
	"strings"

	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"courant/db/text"
)

// lazyKeys are where pictures that a script loads keep their real address, the
// usual ones first. Ones of a set come as a srcset.
var lazyKeys = []string{
	"data-src", "data-lazy-src", "data-srcset", "data-lazy-srcset", "data-original", "data-original-set", "data-lazy", "data-lazyload",
	"data-hi-res-src", "data-actualsrc", "data-echo", "data-url", "data-img", "data-image", "data-full-src",
	"data-large-file", "data-medium-file", "data-orig-file", "nitro-lazy-src", "nitro-lazy-srcset", "lazy-src", "zoomfile",
}

// lazyNames are those of them that are no data attributes.
var lazyNames = []string{"nitro-lazy-src", "nitro-lazy-srcset", "lazy-src", "zoomfile"}

// image gives a picture its real address and drops those that only count
// readers.
func (d *Draft) image(n *xhtml.Node) {
	src, late := d.pictureAddress(n)
	rules := parseStyle(attr(n, "style"))
	width, height := pixels(attr(n, "width")), pixels(attr(n, "height"))
	if src == "" || isTiny(attr(n, "width")) || isTiny(attr(n, "height")) || rules.hides() || countsReaders(src) || d.doubled(n, src, late) {
		remove(n)
		return
	}
	if d.said != nil && before(n) == d.said && d.said.Type == xhtml.TextNode && oneLine(attr(n, "alt")) == d.said.Data {
		remove(d.said) // the formula before it is drawn here
	}
	d.remember(n, rules, src)
	kept := []xhtml.Attribute{{Key: "src", Val: src}, {Key: "alt", Val: oneLine(attr(n, "alt"))}}
	if title := oneLine(attr(n, "title")); title != "" {
		kept = append(kept, xhtml.Attribute{Key: "title", Val: title})
	}
	if width > 0 && height > 0 {
		kept = append(kept, xhtml.Attribute{Key: "width", Val: strconv.Itoa(width)}, xhtml.Attribute{Key: "height", Val: strconv.Itoa(height)})
	}
	n.Attr = append(kept, xhtml.Attribute{Key: "loading", Val: "lazy"}, xhtml.Attribute{Key: "referrerpolicy", Val: "no-referrer"})
}

// pictureAddress is where the picture really is. Its src counts, unless that is
// missing or stands for what a script will put there; then what the script
// would take counts, if it can be a picture. late says that it was so.
func (d *Draft) pictureAddress(n *xhtml.Node) (src string, late bool) {
	own, set := tidy(attr(n, "src")), attr(n, "srcset")
	awaited := own == "" || own[0] == '#' || isPlaceholder(own) || isPlaceholder(largest(set)) && set != "" || strings.Contains(strings.ToLower(attr(n, "class")), "lazy")
	if awaited {
		if src = d.lazySource(n); src != "" {
			return src, true
		}
	}
	if own != "" && own[0] != '#' && !isPlaceholder(own) {
		if src = d.fileLink(own); src != "" {
			return src, false
		}
	}
	if src = d.fileLink(largest(set)); src != "" {
		return src, false
	}
	if own == "" || own[0] == '#' {
		return "", true
	}
	return d.fileLink(own), true
}

// lazySource is the picture that a script would show.
func (d *Draft) lazySource(n *xhtml.Node) string {
	for _, key := range lazyKeys {
		ref := attr(n, key)
		if strings.HasSuffix(key, "set") {
			ref = largest(ref)
		}
		if canBePicture(ref, key == "data-src" || strings.Contains(key, "lazy") || key == "data-original" || strings.HasSuffix(key, "set")) && !isPlaceholder(ref) {
			if src := d.fileLink(ref); src != "" {
				return src
			}
		}
	}
	for _, a := range n.Attr {
		if ref := a.Val; strings.HasPrefix(a.Key, "data-") && len(ref) <= maxURL {
			if strings.Contains(ref, " ") {
				ref = largest(ref)
			}
			if canBePicture(ref, false) && !isPlaceholder(ref) {
				if src := d.fileLink(ref); src != "" {
					return src
				}
			}
		}
	}
	return ""
}

// fileLink resolves the address of a picture.
func (d *Draft) fileLink(ref string) string {
	if strings.HasPrefix(ref, "data:") {
		return ""
	}
	return d.afford(ref, PictureFile)
}

// pictureEndings are how the names of pictures end.
var pictureEndings = []string{".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".avif", ".gif", ".svg", ".bmp", ".jxl", ".heic", ".tif", ".tiff"}

// canBePicture reports whether an attribute's value may be a picture's address:
// its path, or what is asked for in its query, ends as pictures do; or, where
// the attribute is meant for pictures, it is an address whose path has no
// ending, as those of many services.
func canBePicture(ref string, meant bool) bool {
	ref = strings.ToLower(tidy(ref))
	if ref == "" || len(ref) > maxURL || ref[0] == '#' || ref[0] == '{' || ref[0] == '[' || strings.HasPrefix(ref, "data:") {
		return false
	}
	address, _, _ := strings.Cut(ref, "#")
	path, query, _ := strings.Cut(address, "?")
	if pictureName(path) {
		return true
	}
	for part := range strings.FieldsFuncSeq(query, func(r rune) bool { return r == '&' || r == '=' || r == ';' || r == '%' || r == '?' }) {
		if pictureName(part) {
			return true
		}
	}
	rest := strings.TrimPrefix(strings.TrimPrefix(path, "https:"), "http:")
	if !meant || !strings.HasPrefix(rest, "/") {
		return false
	}
	name := rest[strings.LastIndexByte(rest, '/')+1:]
	return strings.Trim(rest, "/") != "" && !strings.Contains(name, ".")
}

// pictureName reports whether a path ends as a picture's does, before what
// services put behind it.
func pictureName(path string) bool {
	for _, ending := range pictureEndings {
		if i := strings.LastIndex(path, ending); i > 0 {
			after := path[i+len(ending):]
			if after == "" || after[0] == '/' && strings.Contains(path[:i], "/") || after[0] == '@' || after[0] == '!' || after[0] == ':' || after[0] == ',' {
				return true
			}
		}
	}
	return false
}

// blankWords are what pictures are called that stand for one to come, alone or
// together.
var blankWords = map[string]bool{
	"blank": true, "spacer": true, "transparent": true, "trans": true, "lazy": true, "lazyload": true, "lazyloader": true, "loading": true, "loader": true, "preload": true,
	"grey": true, "gray": true, "white": true, "pixel": true, "px": true, "empty": true, "dot": true, "clear": true, "placeholder": true, "1x1": true,
}

// fillWords say nothing alone.
var fillWords = map[string]bool{
	"image": true, "img": true, "picture": true, "default": true, "bg": true, "load": true, "for": true, "icon": true, "small": true, "large": true, "square": true, "post": true, "article": true,
}

// isPlaceholder reports whether a picture stands for one to come: its address
// holds it, or its name says so and nothing else.
func isPlaceholder(src string) bool {
	if strings.HasPrefix(src, "data:") || strings.HasPrefix(src, "about:") {
		return true
	}
	path, _, _ := strings.Cut(src, "?")
	_, rest, _ := strings.Cut(path, "//")
	switch host, _, _ := strings.Cut(rest, "/"); strings.ToLower(host) {
	case "via.placeholder.com", "placeholder.com", "placehold.it", "placehold.co", "dummyimage.com":
		return true // made to stand for pictures
	}
	name := strings.ToLower(path[strings.LastIndexByte(path, '/')+1:])
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		name = name[:i]
	}
	says := false
	for word := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '-' || r == '_' || r == '.' || r == ' ' || r == '%' || r == '@' }) {
		switch {
		case blankWords[word]:
			says = true
		case fillWords[word], strings.Trim(word, "0123456789x") == "":
		case strings.HasPrefix(word, "placeholder"), strings.HasSuffix(word, "placeholder"):
			says = true
		default:
			return false
		}
	}
	return says
}

// largest is the address of the widest or densest candidate of a srcset
// (HTML 4.8.4.2.1), as far as that is plain.
func largest(set string) string {
	best, size := "", -1.0
	for set = strings.TrimLeft(set, " \t\n\r,"); set != ""; set = strings.TrimLeft(set, " \t\n\r,") {
		i := strings.IndexAny(set, " \t\n\r")
		if i < 0 {
			i = len(set)
		}
		ref := set[:i]
		set = set[i:]
		descriptor := ""
		if !strings.HasSuffix(ref, ",") {
			descriptor, set, _ = strings.Cut(set, ",")
		}
		descriptor = strings.TrimSpace(descriptor)
		n := 1.0
		if len(descriptor) > 1 {
			if v, err := strconv.ParseFloat(descriptor[:len(descriptor)-1], 64); err == nil {
				n = v
			}
		}
		if n > size && !strings.HasPrefix(ref, "data:") {
			best, size = strings.TrimRight(ref, ","), n
		}
	}
	return best
}

// picture leaves of a picture element one img, which has the real address or
// gets one from the sources beside it, whether they are for scripts or not.
func (d *Draft) picture(n *xhtml.Node, depth int, linked bool) {
	set := ""
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		if c.DataAtom == atom.Source {
			set = firstOf(set, attr(c, "srcset"), attr(c, "data-srcset"), attr(c, "data-lazy-srcset"), attr(c, "data-src"), attr(c, "src"))
			n.RemoveChild(c)
		}
		c = next
	}
	img := firstImage(n)
	if img == nil && set != "" {
		img = &xhtml.Node{Type: xhtml.ElementNode, Data: "img", DataAtom: atom.Img}
		n.AppendChild(img)
	}
	if img != nil && set != "" {
		if own := tidy(attr(img, "src")); own == "" || own[0] == '#' || isPlaceholder(own) {
			img.Attr = append(img.Attr, xhtml.Attribute{Key: "data-srcset", Val: set})
		}
	}
	d.children(n, depth+1, linked)
	if img := firstImage(n); img != nil {
		removeOthers(n, img)
	}
	unwrap(n)
}

// removeOthers takes all pictures but one out of n: it shows one.
func removeOthers(n, img *xhtml.Node) {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		if c.DataAtom == atom.Img && c != img {
			remove(c)
		} else {
			removeOthers(c, img)
		}
		c = next
	}
}

// firstOf is the first of some sets that holds an address.
func firstOf(sets ...string) string {
	for _, s := range sets {
		if ref := largest(s); ref != "" {
			return s
		}
	}
	return ""
}

// firstImage is the first img inside n, nil where there is none.
func firstImage(n *xhtml.Node) *xhtml.Node {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Img {
			return c
		}
		if img := firstImage(c); img != nil {
			return img
		}
	}
	return nil
}

// maxLine is the longest text of an attribute, in bytes.
const maxLine = 1000

// oneLine is the text of an attribute as a reader gets it.
func oneLine(s string) string {
	s = text.Line(visible(s))
	if len(s) > maxLine {
		s = strings.TrimSpace(strings.ToValidUTF8(s[:maxLine], ""))
	}
	return s
}
