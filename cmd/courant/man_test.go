package main

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/usage"
)

// The manual names every command and flag, and no line of it is taken for a
// macro that is none.
func TestManual(t *testing.T) {
	var page bytes.Buffer
	root := rootCommand(&cli.App{Stdout: io.Discard, Stderr: io.Discard})
	if err := usage.WriteManual(&page, root, cli.UsualPlaces()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		".TH COURANT 1", ".SS article edit ID", `\fB\-\-correction\fR TEXT`, `\fB\-\-config\fR FILE`, ".SS version", ".SH FILES",
	} {
		if !strings.Contains(page.String(), want+"\n") && !strings.Contains(page.String(), want+" ") {
			t.Errorf("the page has no %q", want)
		}
	}
	macros := regexp.MustCompile(`^\.(TH|SH|SS|TP|PP|B|nf|fi)\b`)
	for line := range strings.SplitSeq(page.String(), "\n") {
		if strings.HasPrefix(line, ".") && !macros.MatchString(line) || strings.HasPrefix(line, "'") {
			t.Errorf("roff would take %q for a macro", line)
		}
	}
}

// Every command says in one line what it does, and shows how.
func TestHelp(t *testing.T) {
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Short == "" || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: its short help is %q, want a line without full stop", c.CommandPath(), c.Short)
		}
		if !strings.Contains(c.Example, "courant ") {
			t.Errorf("%s: its help has no example", c.CommandPath())
		}
		for _, child := range c.Commands() {
			walk(child)
		}
	}
	root := rootCommand(&cli.App{Stdout: io.Discard, Stderr: io.Discard})
	for _, c := range append(root.Commands(), root) {
		walk(c)
	}
}
