package naming

import (
	"strings"
	"testing"
)

// The beginning of an id is enough where only one begins so; else they are listed.
func TestPick(t *testing.T) {
	many := make([]string, maxNamed+1)
	for i := range many {
		many[i] = "a" + strings.Repeat("b", i)
	}
	for _, c := range []struct {
		beginning string
		ids       []string
		want, err string
	}{
		{"7k3", []string{"7k3f9qa2xw"}, "7k3f9qa2xw", ""},
		{"bbc", []string{"bbc", "bbc-world"}, "bbc", ""},
		{"bb", []string{"bbc", "bbc-world"}, "", "article bb: several begin so: bbc, bbc-world"},
		{"b", many, "", "article b: several begin so: a, ab, abb, abbb, abbbb, abbbbb, abbbbbb, abbbbbbb, abbbbbbbb, abbbbbbbbb and others"},
		{"x", nil, "", "not found"},
		{"", []string{"bbc"}, "", "not found"},
	} {
		got, err := pick("article", c.beginning, c.ids)
		said := ""
		if err != nil {
			said = err.Error()
		}
		if got != c.want || said != c.err {
			t.Errorf("pick(%q, %v) = %q, %q, want %q, %q", c.beginning, c.ids, got, said, c.want, c.err)
		}
	}
}
