package content

import (
	"net/url"
	"strconv"
	"strings"

	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"courant/db/text"
)

// Lazy pictures keep their real address in one of these until a script runs.
var lazySources = []string{"data-src", "data-lazy-src", "data-original", "data-orig-file", "data-echo", "data-url"}

// image gives a picture its real address and drops those that only count
// readers.
func (d *Draft) image(n *xhtml.Node) {
	src := d.pictureAddress(n)
	width, height := pixels(attr(n, "width")), pixels(attr(n, "height"))
	if src == "" || isTiny(attr(n, "width")) || isTiny(attr(n, "height")) || hiddenStyle(attr(n, "style")) || countsReaders(src) {
		remove(n)
		return
	}
	kept := []xhtml.Attribute{{Key: "src", Val: src}, {Key: "alt", Val: oneLine(attr(n, "alt"))}}
	if title := oneLine(attr(n, "title")); title != "" {
		kept = append(kept, xhtml.Attribute{Key: "title", Val: title})
	}
	if width > 0 && height > 0 {
		kept = append(kept, xhtml.Attribute{Key: "width", Val: strconv.Itoa(width)}, xhtml.Attribute{Key: "height", Val: strconv.Itoa(height)})
	}
	n.Attr = append(kept, xhtml.Attribute{Key: "loading", Val: "lazy"}, xhtml.Attribute{Key: "referrerpolicy", Val: "no-referrer"})
}

// pictureAddress is where the picture really is: lazy ones hold a placeholder
// in src.
func (d *Draft) pictureAddress(n *xhtml.Node) string {
	src := ""
	for _, key := range lazySources {
		if src = d.fileLink(attr(n, key)); src != "" {
			return src
		}
	}
	lazy := attr(n, "data-srcset")
	if lazy == "" {
		lazy = attr(n, "data-lazy-srcset")
	}
	if src = d.fileLink(largest(lazy)); src != "" {
		return src
	}
	if src = d.fileLink(attr(n, "src")); src != "" && !isPlaceholder(src) {
		return src
	}
	if set := d.fileLink(largest(attr(n, "srcset"))); set != "" {
		return set
	}
	return src
}

// fileLink resolves the address of a file.
func (d *Draft) fileLink(ref string) string {
	if ref == "" || strings.HasPrefix(ref, "data:") {
		return ""
	}
	return d.afford(ref, File)
}

// isPlaceholder reports whether a picture stands for one to come.
func isPlaceholder(src string) bool {
	name := strings.ToLower(src[strings.LastIndexByte(src, '/')+1:])
	for _, mark := range []string{"placeholder", "blank.", "spacer", "1x1", "transparent", "lazy", "loading.", "grey.gif", "pixel."} {
		if strings.Contains(name, mark) {
			return true
		}
	}
	return false
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
		if n > size {
			best, size = strings.TrimRight(ref, ","), n
		}
	}
	return best
}

// picture leaves of a picture element its img, which has the real address or
// gets one from the sources beside it.
func (d *Draft) picture(n *xhtml.Node, depth int, linked bool) {
	set := ""
	var img *xhtml.Node
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		switch {
		case c.DataAtom == atom.Source:
			if set == "" {
				set = attr(c, "srcset")
			}
			n.RemoveChild(c)
		case c.DataAtom == atom.Img:
			img = c
		}
		c = next
	}
	if img != nil && set != "" && d.pictureAddress(img) == "" {
		img.Attr = append(img.Attr, xhtml.Attribute{Key: "srcset", Val: set})
	}
	d.children(n, depth+1, linked)
	unwrap(n)
}

// readerCounters are parts of the addresses of pictures that nobody is meant
// to see: they tell a company who reads what.
var readerCounters = []string{
	"feeds.feedburner.com/~r/", "feeds.feedburner.com/~ff/", "feedproxy.google.com/~r/", "feedsportal.com/", "pheedo.com/",
	"feeds.wordpress.com/1.0/", "pixel.wp.com/", "stats.wordpress.com/", "stats.wp.com/", "pixel.quantserve.com/", "googleadservices.com/",
	"doubleclick.net/", "google-analytics.com/", "scorecardresearch.com/", "facebook.com/tr", "medium.com/_/stat", "analytics.twitter.com/",
	"feedads.", "rss.buysellads.com/", "/piwik.php", "/matomo.php", "counter.yadro.ru/", "rss-tracker", "api.follow.it/track",
	"blogger.googleusercontent.com/tracker/", "blogspot.com/tracker/", "ssl.feeds.bonnier",
}

func countsReaders(src string) bool {
	for _, part := range readerCounters {
		if strings.Contains(src, part) {
			return true
		}
	}
	return false
}

// isTiny reports whether a width or height is that of a pixel.
func isTiny(s string) bool {
	s = strings.TrimSuffix(strings.TrimSpace(s), "px")
	n, err := strconv.ParseFloat(s, 64)
	return err == nil && n <= 1
}

func hiddenStyle(style string) bool {
	if style == "" {
		return false
	}
	style = strings.Map(func(r rune) rune {
		if isBlank(r) {
			return -1
		}
		return r
	}, strings.ToLower(style))
	for _, mark := range []string{"display:none", "visibility:hidden", "width:1px", "height:1px", "width:0", "height:0", "opacity:0;"} {
		if i := strings.Index(style, mark); i >= 0 && (i == 0 || style[i-1] == ';') {
			return true
		}
	}
	return false
}

// pixels is a whole number of pixels, 0 where there is none.
func pixels(s string) int {
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(s), "px"))
	if err != nil || n < 0 || n > 20_000 {
		return 0
	}
	return n
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

// Picture is the first picture of the body; its zero value where there is none.
func (d *Draft) Picture() Picture {
	var p Picture
	var find func(n *xhtml.Node) bool
	find = func(n *xhtml.Node) bool {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.DataAtom == atom.Img {
				p = Picture{URL: attr(c, "src"), Alt: attr(c, "alt"), Width: pixels(attr(c, "width")), Height: pixels(attr(c, "height"))}
				if p.Width == 0 || p.Width >= minPicture {
					return true
				}
				p = Picture{}
			}
			if find(c) {
				return true
			}
		}
		return false
	}
	find(d.root)
	return p
}

// minPicture is the least width of a picture that can lead an article, in
// pixels: smaller ones are icons.
const minPicture = 100

// Picture is a picture of a body.
type Picture struct {
	URL, Alt      string
	Width, Height int // pixels, 0: unknown
}

// File makes the address of a file absolute, "" where it is not on the web.
// Unlike Link it keeps all parameters: they may be a signature.
func File(base *url.URL, ref string) string {
	if u := parseURL(base, ref); u != nil {
		return bounded(u.String())
	}
	return ""
}
