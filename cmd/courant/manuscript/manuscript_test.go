package manuscript

import (
	"strings"
	"testing"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/publisher/editing"
)

// A file that nobody touched changes nothing; Markdown below the dashes is HTML.
func TestEditFile(t *testing.T) {
	a := db.Article{
		ID: "7k3f", Headline: "The ferry: late", Slug: "the-ferry-late", Section: "sea", Tags: []string{"ships", "time"}, KeyPoints: []string{"One.", "Two."},
		Body: content.Clean("<p>It was late.</p><p>Twice.</p>", ""),
	}
	if c, err := Change(a, Of(a)); err != nil || c != (editing.Change{}) {
		t.Errorf("untouched: %+v, %v", c, err)
	}
	head, _, _ := strings.Cut(Of(a), bodyBelow)
	c, err := Change(a, strings.Replace(head, "tags: ships, time", "tags:", 1)+bodyBelow+"It **was**.\n\n- a\n- b\n")
	if err != nil || c.Headline != nil || c.Section != nil || c.KeyPoints != nil || c.Tags == nil || len(*c.Tags) != 0 {
		t.Errorf("changed: %+v, %v", c, err)
	}
	if c.Body == nil || *c.Body != "<p>It <strong>was</strong>.</p>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n" {
		t.Errorf("body %v", c.Body)
	}
	if c, err := Change(a, strings.Replace(Of(a), "slug: the-ferry-late", "slug: ferry", 1)); err != nil || c.Slug == nil || *c.Slug != "ferry" {
		t.Errorf("another slug: %+v, %v", c, err)
	}
	a.Published = time.UnixMilli(1)
	if file := Of(a); strings.Contains(file, "slug:") {
		t.Errorf("readers have the address, and the file is\n%s", file)
	}
	for _, broken := range []string{"headline: x\n", "colour: red" + bodyBelow + "<p>x</p>"} {
		if _, err := Change(a, broken); err == nil {
			t.Errorf("%q is taken", broken)
		}
	}
}
