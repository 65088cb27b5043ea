package words

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	i18ntemplate "github.com/nicksnyder/go-i18n/v2/i18n/template"

	"courant/db/text"
)

// values are what goes into a message.
type values struct {
	html  bool  // the message goes into a page
	pairs []any // a name, its value, the next name …
}

// parser reads messages. They know values alone: a template that could do more
// would let a slip of a catalogue stop a page.
type parser struct{}

func (parser) Cacheable() bool { return true }

var hole = text.Pattern(`\{\{\.(\w+)\}\}`)

// holes are the values that a text names.
func holes(text string) []string { return hole().FindAllString(text, -1) }

// without is what of list is not in other.
func without(list, other []string) []string {
	return slices.DeleteFunc(list, func(s string) bool { return slices.Contains(other, s) })
}

func (parser) Parse(src, _, _ string) (i18ntemplate.ParsedTemplate, error) { return parse(src), nil }

// message is a message that was read: texts, each with the value after it.
type message []part

type part struct{ text, name string }

func parse(src string) message {
	var m message
	at := 0
	for _, h := range hole().FindAllStringSubmatchIndex(src, -1) {
		m = append(m, part{text: src[at:h[0]], name: src[h[2]:h[3]]})
		at = h[1]
	}
	return append(m, part{text: src[at:]})
}

// Execute implements i18ntemplate.ParsedTemplate.
func (m message) Execute(data any) (string, error) {
	v, ok := data.(values)
	if !ok {
		return "", fmt.Errorf("the values of a message are %T", data)
	}
	return m.with(v), nil
}

// with is the message with the values in it.
func (m message) with(v values) string {
	if len(m) == 1 && !v.html {
		return m[0].text
	}
	var b strings.Builder
	for _, p := range m {
		if v.html {
			template.HTMLEscape(&b, []byte(p.text))
		} else {
			b.WriteString(p.text)
		}
		if p.name == "" {
			continue
		}
		switch value := v.of(p.name).(type) {
		case template.HTML:
			b.WriteString(string(value))
		case string:
			if v.html {
				template.HTMLEscape(&b, []byte(value))
			} else {
				b.WriteString(value)
			}
		default:
			fmt.Fprint(&b, value) // a number
		}
	}
	return b.String()
}

// of is the value called name, or nothing.
func (v values) of(name string) any {
	for i := 0; i+1 < len(v.pairs); i += 2 {
		if v.pairs[i] == name {
			return v.pairs[i+1]
		}
	}
	return ""
}
