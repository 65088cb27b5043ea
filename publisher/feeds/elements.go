package feeds

import (
	"bytes"
	"strings"
)

// elements are written children of an entry. Those that have nothing but
// attributes and text are most of a feed, and encoding/xml takes ten times as
// long for each.
type elements struct {
	bytes.Buffer
	indent string // of each
}

// add writes an element on a line of its own: its text, which is escaped
// already, and its attributes, names and values; those without a value are
// left out.
func (x *elements) add(name, escaped string, attributes ...string) {
	x.WriteString("\n")
	x.WriteString(x.indent)
	x.WriteString("<")
	x.WriteString(name)
	for i := 0; i < len(attributes); i += 2 {
		if attributes[i+1] == "" {
			continue
		}
		x.WriteString(" ")
		x.WriteString(attributes[i])
		x.WriteString(`="`)
		x.WriteString(quoted(attributes[i+1]))
		x.WriteString(`"`)
	}
	if escaped == "" {
		x.WriteString("/>")
		return
	}
	x.WriteString(">")
	x.WriteString(escaped)
	x.WriteString("</")
	x.WriteString(name)
	x.WriteString(">")
}

var attributeEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "\n", "&#xA;", "\t", "&#x9;")

func quoted(s string) string {
	return attributeEscaper.Replace(s)
}
