package content_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"courant/db/content"
)

// However much a body holds, a reader gets a page that a browser can draw, and
// the way to the rest.
func TestBodyIsBounded(t *testing.T) {
	languages := func(element string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "<%s lang=x-%d>", element, i)
		}
		return b.String()
	}
	long := strings.Repeat("a", 8000)
	for name, in := range map[string]string{
		"paragraphs":                 strings.Repeat("<p>a", 500_000),
		"links":                      strings.Repeat("<a href=/x>a</a> ", 100_000),
		"pictures":                   strings.Repeat("<img src=/x>", 100_000),
		"rules":                      strings.Repeat("<hr>", 100_000),
		"items":                      "<ul>" + strings.Repeat("<li>a", 100_000),
		"cells":                      "<table>" + strings.Repeat("<tr><td>a", 100_000),
		"ends of paragraphs":         strings.Repeat("a</p>", 100_000),
		"emphasis in each paragraph": languages("b", 400) + strings.Repeat("<p>a", 50_000),
		"emphasis of all kinds":      languages("i", 100) + languages("u", 100) + languages("em", 100) + strings.Repeat("<div>a</div>b", 50_000),
		"a long link in each":        "<a href=/" + long + ">" + strings.Repeat("<p>a", 50_000),
		"long links":                 strings.Repeat("<a href=x>a</a> ", 100_000),
		"quotes and emphasis":        languages("em", 450) + strings.Repeat("<blockquote>a", 1000),
	} {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			page := base
			if name == "long links" {
				page = "https://site.example/" + long + "/"
			}
			got := content.Clean(in, page).String()
			if took := time.Since(begin); took > 3*time.Second {
				t.Errorf("took %v", took)
			}
			if n := strings.Count(got, "<") - strings.Count(got, "</"); n > 60_000 {
				t.Errorf("%d elements", n)
			}
			if len(got) > 4<<20 {
				t.Errorf("%d bytes", len(got))
			}
			if !strings.HasSuffix(got, ">Read the rest at site.example</a></p>") {
				t.Errorf("ends with %q, want the way to the rest", got[max(0, len(got)-100):])
			}
		})
	}
}

// A body of a few thousand elements is none that is too long, and what is cut
// once is not cut again.
func TestBoundKeepsTheLong(t *testing.T) {
	in := strings.Repeat("<p><b>a</b> <a href=/x>b</a></p>", 6_600)
	if got := content.Clean(in, base).String(); strings.Count(got, "<p>") != 6_600 {
		t.Errorf("%d paragraphs of 6600 are left", strings.Count(got, "<p>"))
	}
	once := content.Clean(in+in, base).String()
	if content.Clean(once, base).String() != once {
		t.Error("what was cut is cut again")
	}
}
