package content

import (
	"html"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/net/html/atom"
)

// looked are the attributes of elements that are looked at at all, besides dir and
// lang of all of them.
var looked = []struct{ on, names []string }{
	{[]string{"a"}, []string{"href"}},
	{[]string{"img"}, append([]string{"src", "srcset", "alt", "title", "width", "height", "style", "class"}, lazyNames...)},
	{[]string{"iframe", "embed", "object"}, []string{"src", "title", "width", "height", "style"}},
	{[]string{"audio", "video", "source"}, []string{"src"}},
	{[]string{"abbr", "dfn"}, []string{"title"}},
	{[]string{"object"}, []string{"data"}},
	{[]string{"param"}, []string{"name", "value"}},
	{[]string{"source"}, []string{"srcset", "type"}},
	{[]string{"video"}, []string{"poster", "width", "height"}},
	{[]string{"td", "th"}, []string{"colspan", "rowspan", "scope"}},
	{[]string{"col", "colgroup"}, []string{"span"}},
	{[]string{"ol"}, []string{"start", "reversed"}},
	{[]string{"li"}, []string{"value"}},
	{[]string{"time", "del", "ins"}, []string{"datetime"}},
}

// sifted are the attributes that stay of elements which sift knows: those that
// neither hold anything but markup nor are there to be replaced.
var sifted = sync.OnceValue(func() map[string][]string {
	known := map[string][]string{}
	for name := range elements {
		switch name {
		case atom.Iframe, atom.Embed, atom.Object, atom.Picture, atom.Audio, atom.Video, atom.Source:
		default:
			known[name.String()] = []string{"dir", "lang"}
		}
	}
	for _, l := range looked {
		for _, on := range l.on {
			if known[on] != nil {
				known[on] = append(known[on], l.names...)
			}
		}
	}
	return known
})

// sift is what policy makes of markup that can be read at the pace of bytes: it has
// nothing but text and tags of elements that sift knows, all in lower case, their
// attributes in quotes. false where it has anything else: then policy must read it.
// What is left is the same to the parser, which reads it next (see TestSift).
func sift(markup string) (kept string, ok bool) {
	var b strings.Builder
	last := 0 // what of markup is in b
	for i := strings.IndexByte(markup, '<'); ; {
		i++
		closing := i < len(markup) && markup[i] == '/'
		if closing {
			i++
		}
		end := i
		for end < len(markup) && isPlainName(markup[end]) {
			end++
		}
		stays, known := sifted()[markup[i:end]]
		if !known || end == len(markup) || closing && markup[end] != '>' {
			return "", false
		}
		for i = end; markup[i] != '>'; {
			from := i
			name, after := attributeAt(markup, i)
			if i = after; i < 0 || i == len(markup) || strings.HasPrefix(name, "data-") {
				return "", false
			}
			if name != "" && !slices.Contains(stays, name) {
				b.WriteString(markup[last:from])
				last = i
			}
		}
		next := strings.IndexByte(markup[i:], '<')
		if next < 0 {
			break
		}
		i += next
	}
	if last == 0 {
		return markup, true
	}
	b.WriteString(markup[last:])
	return b.String(), true
}

// PlainText is what Open and Text make of markup: what a reader reads of it, in one
// line. Of the markup that summaries have it is found at the pace of bytes.
func PlainText(markup, base string) string {
	if text, ok := paragraphText(markup); ok {
		return text
	}
	return Open(markup, base).Text()
}

// paragraphText is PlainText of markup that has no tags but those of paragraphs.
func paragraphText(markup string) (text string, ok bool) {
	if !utf8.ValidString(markup) || strings.Count(markup, "<") > fewElements {
		return "", false
	}
	b, owed := make([]byte, 0, len(markup)), false
	for rest := visible(markup); rest != ""; {
		i := strings.IndexByte(rest, '<')
		if i < 0 {
			i = len(rest)
		}
		part := rest[:i]
		if strings.IndexByte(part, '&') >= 0 {
			part = visible(html.UnescapeString(part))
		}
		b, _ = squash(b, part, owed)
		if rest = rest[i:]; rest == "" {
			break
		}
		length := 0
		for _, tag := range [...]string{"<p>", "</p>", "<br>", "<br/>", "<br />"} {
			if strings.HasPrefix(rest, tag) {
				length = len(tag)
			}
		}
		if length == 0 {
			return "", false
		}
		rest, owed = rest[length:], true
	}
	return string(b), true
}

// isPlainName reports whether c stands in the name of an element or an attribute of
// HTML.
func isPlainName(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' }

// attributeAt reads the attribute that begins with the space at i, or what ends the
// tag there: its name is "" then. after is where the tag goes on, -1 where it is
// neither.
func attributeAt(markup string, i int) (name string, after int) {
	from := i
	for i < len(markup) && (markup[i] == ' ' || markup[i] == '\n') {
		i++
	}
	if i == len(markup) {
		return "", -1
	}
	if markup[i] == '>' {
		return "", i
	}
	if markup[i] == '/' {
		if i++; i < len(markup) && markup[i] == '>' {
			return "", i
		}
		return "", -1
	}
	begin := i
	for i < len(markup) && isPlainName(markup[i]) {
		i++
	}
	name = markup[begin:i]
	if name == "" || from == begin || i+1 >= len(markup) || markup[i] != '=' || markup[i+1] != '"' && markup[i+1] != '\'' {
		return "", -1
	}
	quote := markup[i+1]
	i += 2
	length := strings.IndexByte(markup[i:], quote)
	if length < 0 || strings.IndexByte(markup[i:i+length], '<') >= 0 {
		return "", -1
	}
	return name, i + length + 1
}
