package pages

import (
	"html/template"
	"strings"
)

// funcs are what a template may call: words in the site's language, and the
// small elements that stand within a sentence of ours, where what a stranger
// wrote has a direction of its own.
func (p *Pages) funcs() template.FuncMap {
	return template.FuncMap{
		"say": p.words.Say, "phrase": p.words.HTML, "count": p.words.Count,
		"dir": dirOf, "dirs": func(list []string) string { return dirOf(strings.Join(list, " ")) },
		"bdi": bdi, "author": func(name string) template.HTML { return stranger("p-author", name) },
		"origin": origin, "answered": func(l Link) template.HTML { return anchor(l.Href, "", bdi(l.Text)) },
		"code":    func(s string) template.HTML { return "<code>" + escaped(s) + "</code>" },
		"short":   func(w When) template.HTML { return moment("", w.Stamp, w.Short) },
		"long":    func(w When) template.HTML { return moment("", w.Stamp, w.Long) },
		"updated": func(w When) template.HTML { return moment("dt-updated", w.Stamp, w.Short) },
	}
}

func escaped(s string) template.HTML { return template.HTML(template.HTMLEscapeString(s)) }

// bdi is a stranger's words within a line of ours.
func bdi(s string) template.HTML { return stranger("", s) }

func stranger(class, s string) template.HTML {
	return "<bdi" + classed(class) + " data-untrusted>" + escaped(s) + "</bdi>"
}

func classed(class string) template.HTML {
	if class == "" {
		return ""
	}
	return ` class="` + escaped(class) + `"`
}

// moment is a time as it is shown, with its stamp for programs.
func moment(class, stamp, shown string) template.HTML {
	return "<time" + classed(class) + ` datetime="` + escaped(stamp) + `">` + escaped(shown) + "</time>"
}

// origin names who published first, and leads there where that is an address.
func origin(l Link) template.HTML { return anchor(l.Href, "nofollow noopener", bdi(l.Text)) }

// anchor leads to href, an address of ours or one of the web; anything else it
// leaves out, and shows what it would lead from.
func anchor(href, rel string, shown template.HTML) template.HTML {
	if !strings.HasPrefix(href, "/") && !strings.HasPrefix(href, "https://") && !strings.HasPrefix(href, "http://") {
		return shown
	}
	if rel != "" {
		rel = ` rel="` + rel + `"`
	}
	return `<a href="` + escaped(href) + `"` + template.HTML(rel) + ">" + shown + "</a>"
}
