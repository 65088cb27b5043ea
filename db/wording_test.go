package db

import (
	"strings"
	"testing"

	"courant/db/content"
)

// The log has of a long text what differs of it, and of a short one all.
func TestSaidWords(t *testing.T) {
	long := "The harbour " + strings.Repeat("and the sea wall ", 20) + "stood at six, they said, " + strings.Repeat("and so did the mole ", 20)
	other := strings.Replace(long, "at six", "at half past seven", 1)
	a := Article{Headline: "Tide\nmill", Tags: []string{"a", "b"}, Body: content.Text(long)}
	b := a
	b.Headline, b.Tags, b.Body, b.Thread = "Tide mill opens", nil, content.Text(other), "off"
	before, after := saidWords(a, b)
	if want := "headline\tTide mill\ntags\ta, b\ntext\t… wall stood at six, they said, and …\ncomments\tas configured"; before != want {
		t.Errorf("before it says\n%q, want\n%q", before, want)
	}
	if want := "headline\tTide mill opens\ntags\t\ntext\t… wall stood at half past seven, they said, and …\ncomments\toff"; after != want {
		t.Errorf("after it says\n%q, want\n%q", after, want)
	}
	if before, after := saidWords(a, a); before+after != "" {
		t.Errorf("of nothing it says %q, %q", before, after)
	}
	a.Body, b.Body = content.Text(strings.Repeat("x", 1<<20)), content.Text(strings.Repeat("y ", 1<<19))
	if before, after := saidWords(a, b); len(before)+len(after) > 2000 {
		t.Errorf("it says %d and %d bytes", len(before), len(after))
	}
}

// What is the same at both ends is told once, however the ends overlap.
func TestDiffering(t *testing.T) {
	pad := strings.Repeat("w ", saidChars)
	for _, c := range [][4]string{
		{"a", "b", "a", "b"},
		{"", "b", "", "b"},
		{pad + "a", pad, "… w w w a", "… w w w"},
		{pad + "x", pad + "x x", "… w w x", "… w w x x"},
		{pad, "", "", ""},
	} {
		got := [2]string{}
		if got[0], got[1] = differing(c[0], c[1]); c[2] != "" && (got[0] != c[2] || got[1] != c[3]) {
			t.Errorf("differing(%.20q…, %.20q…) = %q, want %q, %q", c[0], c[1], got, c[2], c[3])
		}
		if len([]rune(got[0])) > saidChars || len([]rune(got[1])) > saidChars {
			t.Errorf("differing(%.20q…) is too long: %d, %d", c[0], len(got[0]), len(got[1]))
		}
	}
}
