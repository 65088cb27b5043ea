package discover

import "strings"

// headerLink is one link of a Link header, its parameters by their names in
// lower case.
type headerLink struct {
	target string
	params map[string]string
}

// headerLinks reads Link headers as RFC 8288 appendix B.2 has it: what is no link
// ends the value it stands in.
func headerLinks(values []string) []headerLink {
	var list []headerLink
	for _, s := range values {
		for {
			s = strings.TrimLeft(s, " \t,")
			rest, ok := strings.CutPrefix(s, "<")
			target, rest, closed := strings.Cut(rest, ">")
			if !ok || !closed {
				break
			}
			l := headerLink{target: target, params: map[string]string{}}
			s = l.read(rest)
			list = append(list, l)
		}
	}
	return list
}

// read reads the parameters of l and returns what follows them.
func (l *headerLink) read(s string) (rest string) {
	for {
		s = strings.TrimLeft(s, " \t")
		if s == "" || s[0] != ';' {
			return s
		}
		s = strings.TrimLeft(s[1:], " \t;")
		end := strings.IndexAny(s, "=;,")
		if end < 0 {
			end = len(s)
		}
		name := strings.ToLower(strings.TrimSpace(s[:end]))
		value := ""
		if s = s[end:]; s != "" && s[0] == '=' {
			value, s = parameter(strings.TrimLeft(s[1:], " \t"))
		}
		if _, twice := l.params[name]; name != "" && !twice { // the first counts
			l.params[name] = value
		}
	}
}

// parameter reads a token or a quoted string.
func parameter(s string) (value, rest string) {
	if s == "" || s[0] != '"' {
		end := strings.IndexAny(s, ";,")
		if end < 0 {
			end = len(s)
		}
		return strings.TrimSpace(s[:end]), s[end:]
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:]
		case '\\':
			if i++; i == len(s) {
				return b.String(), ""
			}
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}
