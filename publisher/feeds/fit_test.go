package feeds

import (
	"fmt"
	"strings"
	"testing"
)

// crowd is a feed of n articles with that many bytes of key points and of text.
func crowd(n, points, text int) Feed {
	f := list()
	f.Entries, f.MinItems = nil, 50
	for i := range n {
		e := plant()
		e.ID += fmt.Sprint(i)
		e.KeyPoints = []string{strings.Repeat("point ", points/6)}
		e.Body = body("<p>" + strings.Repeat("text ", text/5) + "</p>")
		f.Entries = append(f.Entries, e)
	}
	return f
}

// U18: however much there is of it, the newest has its whole text, those after
// it their summary, the rest at least their title; none comes back in between,
// and what a feed leaves out is the oldest.
func TestFit(t *testing.T) {
	for _, c := range []struct {
		name            string
		feed            Feed
		least           int // entries that must be there
		shorts, nothing bool
	}{
		{"all fit", crowd(60, 100, 1000), 60, false, false},
		{"texts do not", crowd(60, 100, 20_000), 60, true, false},
		{"275 of two days", crowd(275, 900, 3000), 275, true, true},
		{"nor do titles", crowd(500, 900, 3000), 200, true, true},
		{"one text is the feed", crowd(60, 100, 300_000), 60, true, false},
		{"long key points", crowd(60, 8000, 12_000), 60, true, true},
	} {
		for _, format := range Formats() {
			out := written(t, c.feed, format)
			wholes, shorts, nones, last := 0, 0, 0, "whole"
			parts := strings.Split(out, map[Format]string{Atom: "<entry>", RSS: "<item>", JSON: `{"id":`}[format])[1:]
			for i, e := range parts {
				kind := "none"
				if strings.Contains(e, "text text") {
					kind, wholes = "whole", wholes+1
				} else if strings.Contains(e, "point point") {
					kind, shorts = "short", shorts+1
				} else {
					nones++
				}
				if kind > last { // "whole" > "short" > "none", as it happens
					t.Errorf("%s.%s: entry %d is %s after %s", c.name, format, i, kind, last)
				}
				if last = kind; kind != "whole" && !strings.Contains(e, "Continue reading") {
					t.Errorf("%s.%s: entry %d leads nowhere", c.name, format, i)
				}
			}
			if len(out) > MaxBytes || len(parts) < c.least || wholes == 0 || (shorts > 0) != c.shorts || (nones > 0) != c.nothing {
				t.Errorf("%s.%s: %d bytes, %d whole, %d short, %d none", c.name, format, len(out), wholes, shorts, nones)
			}
		}
	}
}
