package editing

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
)

// HTML is a body that is HTML as it is, and one in Markdown as HTML, which is cleaned
// where it is stored.
func HTML(body string) (string, error) {
	if strings.HasPrefix(body, "<") {
		return body, nil
	}
	var b bytes.Buffer
	err := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough)).Convert([]byte(body), &b)
	return b.String(), err
}
