package feeds

import (
	"fmt"
	"html"
	"html/template"
	"slices"
	"strings"
	"unicode/utf8"

	"courant/db/content"
	"courant/db/text"
	"courant/publisher/words"
)

// legal is s without what XML 1.0 cannot hold (section 2.2, production Char)
// and what is no UTF-8. encoding/xml would let some of it through in CDATA.
func legal(s string) string {
	if isLegal(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError: // also what an invalid byte decodes to
			return '?' // legal as it is, it would make validators warn of what we cannot mend
		case r == '\t' || r == '\n':
			return r
		case r == '\r':
			return '\n'
		case r < 0x20 || r == 0xFFFE || r == 0xFFFF || (r >= 0x7f && r <= 0x84) || (r >= 0x86 && r <= 0x9f):
			return -1 // C1 controls are legal but discouraged, and nobody means them
		}
		return r
	}, s)
}

// isLegal reports whether legal would leave s as it is. Nearly all texts are,
// so it looks at bytes.
func isLegal(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 0x20 && c < 0x7f, c == '\n', c == '\t':
		case c < 0x20 || c == 0x7f:
			return false
		case c == 0xC2 && i+1 < len(s) && s[i+1] < 0xA0: // U+0080 to U+009F
			return false
		case c == 0xEF && (strings.HasPrefix(s[i:], "\uFFFD") || strings.HasPrefix(s[i:], "\uFFFE") || strings.HasPrefix(s[i:], "\uFFFF")):
			return false
		}
	}
	return utf8.ValidString(s)
}

// line is legal s on one line: a title, a name.
func line(s string) string {
	return text.Line(legal(s))
}

func lines(list []string) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		if s = line(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// plainText is plain text in the one escaping that all readers take for plain
// text: that of the Best Practices Profile for RSS (R3).
type plainText struct {
	Text string `xml:",innerxml"`
}

// A word joiner, which nobody sees, keeps what looks like the end of an element
// from being taken for one by readers that guess.
var plainEscaper = strings.NewReplacer("&", "&#x26;", "</", "&#x3C;\u2060/", "<", "&#x3C;", ">", "&#x3E;")

func plain(s string) plainText {
	return plainText{meant(plainEscaper.Replace(s))}
}

// inertEscaper is plainEscaper for a text that some readers take for HTML: its
// elements are no elements to them.
var inertEscaper = strings.NewReplacer("&", "&#x26;", "<", "&#x26;lt;", ">", "&#x26;gt;")

// inert is plain text that has no markup in it however it is taken.
func inert(s string) plainText { return plainText{meant(inertEscaper.Replace(s))} }

// plainOrNone is plain, or nothing at all where s is empty.
func plainOrNone(s string) *plainText {
	if s == "" {
		return nil
	}
	t := plain(s)
	return &t
}

// HTML as the text of an element is escaped here since encoding/xml escapes
// quotes and line ends too, which costs a tenth of a feed's bytes and most of
// its time.
var markupEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func escapedMarkup(html string) string { return meant(markupEscaper.Replace(html)) }

// twiceEncoded fits what UTF-8 becomes when it is taken for Latin-1.
var twiceEncoded = text.Pattern("[\u00c2\u00c3][\u0080-\u00bf]")

// meant is escaped text with its Â and Ã as references where they look like a
// mistake in encoding: a text about such mistakes means them.
func meant(s string) string {
	if !strings.Contains(s, "\u00c2") && !strings.Contains(s, "\u00c3") {
		return s
	}
	return twiceEncoded().ReplaceAllStringFunc(s, func(pair string) string {
		first, size := utf8.DecodeRuneInString(pair)
		return fmt.Sprintf("&#x%X;%s", first, pair[size:])
	})
}

// sanitised is f with every plain text made legal. Entries are treated when
// they are written.
func sanitised(f Feed) Feed {
	f.Title, f.Description = line(f.Title), line(f.Description)
	f.Author.Name, f.Author.Email = line(f.Author.Name), line(f.Author.Email)
	entries := make([]Entry, len(f.Entries))
	for i, e := range f.Entries {
		e.Title, e.Author, e.Summary, e.License = line(e.Title), line(e.Author), line(e.Summary), line(e.License)
		e.Section.ID, e.Section.Title = line(e.Section.ID), line(e.Section.Title)
		e.Tags, e.KeyPoints = lines(e.Tags), lines(e.KeyPoints)
		if e.Title == "" {
			e.Title = titleOf(e) // RSS and Atom want one
		}
		e.Via, e.More, e.Image.URL = address(e.Via), address(e.More), address(e.Image.URL)
		e.Files = slices.Clone(e.Files)
		for i := range e.Files {
			e.Files[i].URL, e.Files[i].Type, e.Files[i].Title = address(e.Files[i].URL), line(e.Files[i].Type), line(e.Files[i].Title)
		}
		if e.Source != nil {
			s := *e.Source
			s.ID, s.Title, s.URL, s.Page = address(s.ID), line(s.Title), address(s.URL), address(s.Page)
			e.Source = &s
		}
		entries[i] = e
	}
	f.Entries = entries
	return f
}

const (
	titleLength   = 80  // of a title made from the text
	summaryLength = 280 // of a summary made from the text
)

// titleOf is a title for an entry that has none: how its text begins, else its
// address.
func titleOf(e Entry) string {
	if t := text.Cut(legal(e.summary()), titleLength); t != "" {
		return t
	}
	return e.Link
}

// summary is the entry in plain text: its own, else how its text begins.
func (e Entry) summary() string {
	if e.Summary != "" {
		return e.Summary
	}
	return text.Cut(legal(e.Body.PlainText()), summaryLength)
}

// Brief is the entry in a plain sentence or two: its first key point, else its
// summary, else how its text begins.
func (e Entry) Brief() string {
	if len(e.KeyPoints) > 0 {
		return line(e.KeyPoints[0])
	}
	return line(e.summary())
}

// brief is what stands for the entry where its text does not: key points, else
// the summary; as HTML.
func (e Entry) brief() string {
	if len(e.KeyPoints) > 0 {
		return e.points()
	}
	if s := e.summary(); s != "" {
		return "<p>" + html.EscapeString(s) + "</p>"
	}
	return ""
}

func (e Entry) points() string {
	var b strings.Builder
	b.WriteString("<ul>")
	for _, p := range e.KeyPoints {
		b.WriteString("<li>" + html.EscapeString(p) + "</li>")
	}
	b.WriteString("</ul>")
	return b.String()
}

// whole is the entry's text as HTML: key points, which have their name before
// them and a rule after them, since readers show no boxes; picture, body, and
// where it comes from.
func (e Entry) whole(w *words.Words) string {
	var b strings.Builder
	switch {
	case len(e.KeyPoints) > 0:
		b.WriteString("<p><strong>" + html.EscapeString(w.Say("key_points")) + "</strong></p>" + e.points())
		if !e.Body.Empty() {
			b.WriteString("<hr/>")
		}
	case e.Body.Empty():
		b.WriteString(e.brief())
	}
	if u := e.Image.URL; u != "" && !e.Body.Empty() && !holds(e.Body, u) {
		img := `<img src="` + html.EscapeString(u) + `" alt="` + html.EscapeString(line(e.Image.Title)) + `"/>`
		if e.Film && e.Via != "" {
			img = anchor(e.Via, img+" "+content.PlaySign)
		}
		b.WriteString(`<p>` + img + `</p>`)
	}
	b.WriteString(legal(e.Body.String()))
	if e.Body.Empty() && e.More != "" {
		b.WriteString(`<p>` + link(e.More, w.Say("continue_reading")) + `</p>`)
	}
	if b.Len() == 0 { // readers and validators want something: where to look
		b.WriteString(`<p>` + link(e.Link, e.Title) + `</p>`)
	}
	if e.ReplyTo == nil { // a comment goes on from site to site as it was said
		b.WriteString(e.origin(w))
	}
	return b.String()
}

// origin is the last line of an article: who published it first, the original
// and the thread, which no reader shows for their links in the feed alone. It
// has no count, so that a comment does not change the text (X43).
func (e Entry) origin(w *words.Words) string {
	var parts []string
	if s := e.Source; s != nil && s.Title != "" {
		name := html.EscapeString(s.Title)
		if s.Page != "" {
			name = link(s.Page, s.Title)
		}
		parts = append(parts, string(w.HTML("published_by", "Source", template.HTML(name))))
	}
	if e.Via != "" {
		parts = append(parts, link(e.Via, w.Say("read_original")))
	}
	if e.Replies != nil {
		parts = append(parts, link(e.Replies.Page, w.Say("comments")))
	}
	if len(parts) == 0 {
		return ""
	}
	return "<p>" + strings.Join(parts, " · ") + "</p>"
}

// link is an anchor. Its & is &#38;: readers that undo one escaping too many
// would make "&copy=" of "&amp;copy=" a sign (X26).
func link(href, text string) string { return anchor(href, html.EscapeString(text)) }

// anchor is link around markup.
func anchor(href, markup string) string {
	href = strings.ReplaceAll(html.EscapeString(href), "&amp;", "&#38;")
	return `<a href="` + href + `">` + markup + `</a>`
}

// holds reports whether body shows the picture at url already.
func holds(body content.HTML, url string) bool {
	return strings.Contains(body.String(), html.EscapeString(url)) || strings.Contains(body.String(), url)
}
