package content

import (
	"html"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"

	"courant/db/text"
)

// remarkPolicy is commentPolicy for links that are not marked yet.
var remarkPolicy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(false)
	return p
})

// ends fits the end of what parts words and is none of a comment's elements.
var ends = text.Pattern(`</(?:h[1-6]|tr|td|th|dt|dd|caption|figcaption|summary)>`)

// meant is how a comment has what source's markup says otherwise.
var meant = strings.NewReplacer("<b>", "<strong>", "</b>", "</strong>", "<i>", "<em>", "</i>", "</em>")

// anchor fits the beginning of a link that remarkPolicy wrote.
var anchor = text.Pattern(`<a href="([^"]*)">`)

// Remark makes of a source's markup what a comment may be that was written there: no
// more than Comment makes. base is the address that relative ones are resolved
// against. One of more than most characters is cut, and is text then.
func Remark(markup, base string, most int) HTML {
	s := remarkPolicy().Sanitize(meant.Replace(ends().ReplaceAllString(Clean(markup, base).s, " ")))
	s = anchor().ReplaceAllStringFunc(s, func(tag string) string {
		href, ok := plainAddress(html.UnescapeString(anchor().FindStringSubmatch(tag)[1]))
		if !ok {
			return "<a>" // which commentPolicy takes away, and leaves its words
		}
		return `<a href="` + html.EscapeString(href) + `" rel="` + commentRel + `">`
	})
	h := HTML{strings.TrimSpace(steady(commentPolicy().Sanitize(s)))}
	plain := h.PlainText()
	if utf8.RuneCountInString(plain) > most || strings.Count(h.s, "<blockquote>")+strings.Count(h.s, "<ul>")+strings.Count(h.s, "<ol") > maxCommentDepth {
		return Text(text.Cut(plain, most))
	}
	switch {
	case plain == "":
		return HTML{}
	case !strings.HasPrefix(h.s, "<"):
		h.s = "<p>" + h.s + "</p>"
	}
	return h
}
