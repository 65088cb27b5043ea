package opml

import "strings"

// maxStray is how many quotes of one tag may make no sense before the rest of
// it is given up: looking for their partners costs its length each time.
const maxStray = 8

// tag is a start tag of an outline.
type tag struct {
	attrs  map[string]string // by their names in lower case
	length int
	closed bool   // it is its own end
	torn   string // the attribute in which the text ended, "" for none
}

// readTag reads the start tag at the beginning of s, which has no other.
func readTag(s string) tag {
	s = plainQuotes(s)
	t := tag{attrs: map[string]string{}}
	stray := 0
	for i := 1 + len("outline"); i < len(s) && stray <= maxStray; {
		switch c := s[i]; {
		case c == '>':
			t.length, t.closed = i+1, s[i-1] == '/'
			return t
		case !nameByte(c):
			i++ // space, a slash, a quote too many
			continue
		}
		n := nameEnd(s[i:])
		name := strings.ToLower(localName(s[i : i+n]))
		i = skipSpace(s, i+n)
		if i >= len(s) || s[i] != '=' {
			continue
		}
		value, next, sure := attributeValue(s, skipSpace(s, i+1))
		if i = next; !sure {
			stray++
		}
		if i >= len(s) && (!sure || s[len(s)-1] != '"' && s[len(s)-1] != '\'') {
			t.torn = name
		}
		if t.attrs[name] == "" {
			if strings.HasSuffix(name, "url") {
				value = joined(value)
			}
			t.attrs[name] = strings.TrimSpace(unescape(plainSpace(value)))
		}
	}
	t.length, t.closed = len(s), strings.HasSuffix(strings.TrimSpace(s), "/")
	return t
}

// plainQuotes makes typographic quotes plain where they stand for attributes'
// own, with which a word processor replaced them. Each has three bytes: so that
// places stay, two spaces go with it.
func plainQuotes(s string) string {
	if !strings.Contains(s, "=“") && !strings.Contains(s, "=”") && !strings.Contains(s, "=„") {
		return s
	}
	return strings.NewReplacer("=“", `="  `, "=”", `="  `, "=„", `="  `, "“", `  "`, "”", `  "`).Replace(s)
}

// plainSpace is s with each white space a blank, as XML reads attributes.
func plainSpace(s string) string {
	return strings.NewReplacer("\t", " ", "\r\n", " ", "\n", " ", "\r", " ").Replace(s)
}

// joined is an address of which the file was wrapped.
func joined(s string) string {
	if !strings.ContainsAny(s, "\r\n") {
		return s
	}
	var b strings.Builder
	for line := range strings.Lines(s) {
		b.WriteString(strings.TrimSpace(line))
	}
	return b.String()
}

func skipSpace(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '\n' || s[i] == '\r') {
		i++
	}
	return i
}

// attributeValue reads the value at i and returns where to go on. A quote ends
// it where the tag ends behind it or another attribute begins: so quotes may
// stand in it. A quote that opens another attribute says that the one before
// was never closed. It is not sure of a value whose quote has no such partner.
func attributeValue(s string, i int) (value string, next int, sure bool) {
	if i >= len(s) || s[i] != '"' && s[i] != '\'' {
		j := i
		for j < len(s) && s[j] != '>' && skipSpace(s, j) == j {
			j++
		}
		return strings.TrimRight(s[i:j], "/"), j, true
	}
	quote, from := s[i], i+1
	firstEnd := -1
	for j := from; j < len(s); j++ {
		if s[j] != quote {
			continue
		}
		if firstEnd < 0 {
			firstEnd = j
		}
		if endsValue(s, j+1) {
			return unslashed(s[from:j], quote), j + 1, true
		}
		if begin := opens(s, from, j); begin >= 0 {
			return s[from:begin], begin, true
		}
	}
	if firstEnd >= 0 {
		return s[from:firstEnd], firstEnd + 1, false
	}
	// Never closed: all up to the end of the tag, if that can be told.
	if end := strings.IndexByte(s[from:], '>'); end >= 0 {
		return strings.TrimRight(s[from:from+end], "/ \t\r\n"), from + end - trailingSlash(s[from:from+end]), false
	}
	return s[from:], len(s), false
}

func trailingSlash(s string) int {
	if strings.HasSuffix(s, "/") {
		return 1
	}
	return 0
}

// unslashed is a value whose quotes were escaped as programming languages do.
func unslashed(value string, quote byte) string {
	return strings.ReplaceAll(value, `\`+string(quote), string(quote))
}

// endsValue reports whether what is at i can stand behind a value: the end of
// the tag, with no text behind it, for a list has none, or another attribute.
func endsValue(s string, i int) bool {
	i = skipSpace(s, i)
	if i < len(s) && s[i] == '/' {
		i = skipSpace(s, i+1)
	}
	if i < len(s) && s[i] == '>' {
		i = skipSpace(s, i+1)
		return i == len(s) || s[i] == '<'
	}
	if i == len(s) {
		return true
	}
	n := nameEnd(s[i:])
	if n == 0 {
		return false
	}
	i = skipSpace(s, i+n)
	return i < len(s) && s[i] == '='
}

// opens is where the attribute begins that the quote at j opens, or -1: a name
// and an equals sign before it, and space before those, not before from.
func opens(s string, from, j int) int {
	i := j - 1
	for i > from && skipSpace(s, i) != i {
		i--
	}
	if i <= from || s[i] != '=' {
		return -1
	}
	for i--; i > from && skipSpace(s, i) != i; i-- {
	}
	end := i
	for i > from && (nameByte(s[i]) || s[i] == ':') {
		i--
	}
	if i == end || skipSpace(s, i) == i {
		return -1
	}
	return i
}
