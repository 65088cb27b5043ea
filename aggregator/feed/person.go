package feed

import (
	"strings"
)

// personOf reads a name as publishers write it: "Ann", "ann@example.org (Ann)",
// "Ann <ann@example.org>", "ann@example.org". "@ann" and "Ann @ Home" are
// names.
func personOf(text string) Person {
	text = guessedText(text)
	at := mailIn(text)
	if at.to == at.from {
		return Person{Name: text}
	}
	p := Person{Email: strings.TrimPrefix(text[at.from:at.to], "mailto:")}
	rest := text[:at.from] + " " + text[at.to:]
	rest = strings.NewReplacer("()", "", "<>", "", "[]", "", "mailto:", "").Replace(rest)
	rest = strings.NewReplacer("( )", "", "< >", "", "()", "", "<>", "").Replace(rest)
	rest = strings.TrimFunc(rest, func(r rune) bool { return strings.ContainsRune(" \t,;:-|/", r) })
	if len(rest) > 1 && rest[0] == '(' && rest[len(rest)-1] == ')' || len(rest) > 1 && rest[0] == '"' && rest[len(rest)-1] == '"' {
		rest = rest[1 : len(rest)-1]
	}
	p.Name = strings.TrimSpace(rest)
	return p
}

type mailSpan struct{ from, to int }

// mailIn finds an e-mail address: a local part, an @, and a host with a dot.
func mailIn(text string) mailSpan {
	for i := 0; i < len(text); i++ {
		if text[i] != '@' {
			continue
		}
		from, to := i, i+1
		for from > 0 && isMailByte(text[from-1], false) {
			from--
		}
		for to < len(text) && isMailByte(text[to], true) {
			to++
		}
		for to > i+1 && text[to-1] == '.' {
			to--
		}
		host := text[i+1 : to]
		if from < i && strings.Contains(host, ".") && !strings.HasPrefix(host, ".") {
			return mailSpan{from, to}
		}
	}
	return mailSpan{}
}

func isMailByte(c byte, host bool) bool {
	switch {
	case 'a' <= c|0x20 && c|0x20 <= 'z', '0' <= c && c <= '9', c == '-', c == '.':
		return true
	}
	return !host && (c == '_' || c == '+' || c == '%' || c == '\'')
}

// addPerson appends p unless it is empty or known.
func addPerson(list []Person, p Person) []Person {
	p.Name, p.Email = squash(p.Name), squash(p.Email)
	if p.Name == "" && p.Email == "" {
		return list
	}
	for i := range list {
		if strings.EqualFold(list[i].String(), p.String()) {
			if list[i].Email == "" {
				list[i].Email = p.Email
			}
			if list[i].URL == "" {
				list[i].URL = p.URL
			}
			return list
		}
	}
	if len(list) >= maxList {
		return list
	}
	return append(list, p)
}

// String is the name, or the e-mail address where there is none.
func (p Person) String() string {
	if p.Name != "" {
		return p.Name
	}
	return p.Email
}

// personField keeps what an element inside a person says.
func (s *scanner) personField(to, text string) {
	switch to {
	case "name":
		s.person.name = text
	case "email":
		s.person.email = text
	case "uri":
		s.person.uri = text
	}
}

// writePerson writes the person that was just closed.
func (s *scanner) writePerson() {
	p := s.person
	text := strings.TrimSpace(string(p.text))
	if p.name == "" && p.email == "" && p.uri == "" && text == "" {
		return
	}
	if !s.atom {
		s.out.WriteString("<" + p.end)
		s.attribute("name", p.name)
		s.attribute("email", p.email)
		s.attribute("web", p.uri)
		s.out.WriteByte('>')
		s.chars([]byte(text))
		s.closing(p.end)
		return
	}
	if p.name == "" {
		p.name = text
	}
	s.out.WriteString("<" + p.end + ">")
	s.element("name", p.name)
	s.element("email", p.email)
	s.element("uri", p.uri)
	s.closing(p.end)
}
