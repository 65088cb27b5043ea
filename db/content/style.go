package content

import "strings"

// style is the rules of a style attribute: property in lower case to value in
// lower case. The last of one property holds, as in CSS, unless one before it is
// important.
type style map[string]string

// parseStyle reads a style attribute (CSS Style Attributes, section 3) as far
// as it is needed to see whether something shows. Strings and brackets hide what
// is in them, comments are nothing.
func parseStyle(s string) style {
	if s == "" {
		return nil
	}
	s = withoutComments(s)
	rules := style{}
	begin := 0
	var quote byte
	brackets := 0
	for i := 0; i <= len(s); i++ {
		switch {
		case i == len(s), s[i] == ';' && quote == 0 && brackets == 0:
			rules.add(s[begin:i])
			begin = i + 1
		case s[i] == '\\':
			i++
			if i == len(s) {
				i--
			}
		case quote != 0:
			if s[i] == quote {
				quote = 0
			}
		case s[i] == '"', s[i] == '\'':
			quote = s[i]
		case s[i] == '(':
			brackets++
		case s[i] == ')' && brackets > 0:
			brackets--
		}
	}
	return rules
}

// add adds one rule, if it is one.
func (s style) add(rule string) {
	name, value, ok := strings.Cut(rule, ":")
	if !ok || len(value) > 100 {
		return
	}
	value = strings.ToLower(strings.Join(strings.Fields(value), " "))
	name = strings.ToLower(strings.TrimSpace(name))
	value, mark, _ := strings.Cut(value, "!")
	if important := name + "!"; strings.TrimSpace(mark) == "important" {
		s[important] = ""
	} else if _, holds := s[important]; holds {
		return
	}
	s[name] = strings.TrimSpace(value)
}

// withoutComments is CSS without what stands between /* and */.
func withoutComments(s string) string {
	if !strings.Contains(s, "/*") {
		return s
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "/*")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteByte(' ')
		if _, s, found = strings.Cut(rest, "*/"); !found {
			return b.String()
		}
	}
}

// hides reports whether nobody sees what has such a style: it is not shown, or
// no larger than a pixel. What fades in is seen.
func (s style) hides() bool {
	if s["display"] == "none" || s["visibility"] == "hidden" || s["visibility"] == "collapse" {
		return true
	}
	for _, side := range [...]string{"width", "height", "max-width", "max-height"} {
		if n, unit, ok := measure(s[side]); ok && (n == 0 || n <= 1 && unit == "px") {
			return true
		}
	}
	return false
}

// glyph reports whether a picture of such a style is as large as a letter.
func (s style) glyph() bool {
	for _, side := range [...]string{"width", "height", "max-width", "max-height"} {
		if n, unit, ok := measure(s[side]); ok && n < 4 && (unit == "em" || unit == "rem" || unit == "ex" || unit == "ch") {
			return true
		}
	}
	return false
}
