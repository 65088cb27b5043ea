package pages

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"
)

// A template says nothing itself: each word of it comes from a catalogue.
func TestTemplatesSayNothing(t *testing.T) {
	action := regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	attributes := regexp.MustCompile(`[a-z]+=""`)
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil || len(files) < 10 {
		t.Fatalf("templates %v, %v", files, err)
	}
	spoken := map[string]bool{"alt": true, "title": true, "aria-label": true, "placeholder": true, "content": true, "label": true}
	for _, file := range files {
		data, err := fs.ReadFile(templateFiles, file)
		if err != nil {
			t.Fatal(err)
		}
		check := func(where, text string) {
			text = attributes.ReplaceAllString(strings.ReplaceAll(text, "OPML", ""), "") // a name; parts that are nothing else
			if strings.ContainsFunc(text, unicode.IsLetter) {
				t.Errorf("%s: %s says %q", file, where, text)
			}
		}
		for z := html.NewTokenizer(strings.NewReader(action.ReplaceAllString(string(data), ""))); ; {
			kind := z.Next()
			if kind == html.ErrorToken {
				break
			}
			token := z.Token()
			switch kind {
			case html.TextToken:
				check("it", token.Data)
			case html.StartTagToken, html.SelfClosingTagToken:
				for _, a := range token.Attr {
					if spoken[a.Key] && token.Data != "meta" {
						check(token.Data+" "+a.Key, a.Val)
					}
				}
			}
		}
	}
}
