package usage

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// WriteManual writes root and all its commands as one page of section 1, in the
// man(7) macros; files are where the configuration is looked for.
func WriteManual(w io.Writer, root *cobra.Command, files []string) error {
	m := &manual{}
	m.line(`.TH COURANT 1 "" "Courant" "User Commands"`)
	m.section("Name")
	m.text("courant - " + lowerFirst(root.Short))
	m.section("Synopsis")
	m.line(`.B courant`)
	m.text("[global options] command [options] [arguments]")
	m.section("Description")
	m.text(root.Long)
	m.section("Global options")
	m.flags(root.PersistentFlags())
	m.section("Commands")
	for _, c := range root.Commands() {
		m.command(c)
	}
	m.section("Exit status")
	m.text("0 when done, 1 when it failed, 2 when it was misused.")
	m.section("Files")
	m.text(strings.Join(files, ", ") + ": the configuration; config.example.toml documents every key.")
	m.section("Examples")
	m.example(root.Example)
	_, err := io.WriteString(w, m.String())
	return err
}

// manual gathers lines of man(7).
type manual struct{ strings.Builder }

func (m *manual) line(s string) { m.WriteString(s + "\n") }

func (m *manual) section(title string) { m.line(".SH " + strings.ToUpper(title)) }

// text writes paragraphs; roff would take a leading dot, an apostrophe or a
// backslash for its own.
func (m *manual) text(s string) {
	for i, paragraph := range strings.Split(strings.TrimSpace(s), "\n\n") {
		if i > 0 {
			m.line(".PP")
		}
		m.line(roff(strings.Join(strings.Fields(paragraph), " ")))
	}
}

func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}

// example writes lines as they stand.
func (m *manual) example(s string) {
	if s == "" {
		return
	}
	m.line(".PP\n.nf")
	for line := range strings.SplitSeq(s, "\n") {
		m.line(roff(line))
	}
	m.line(".fi")
}

func (m *manual) flags(flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		m.line(".TP")
		m.line(strings.TrimSpace(fmt.Sprintf(`\fB%s\fR %s`, roff("--"+f.Name), roff(value))))
		m.text(usage)
	})
}

// command writes c and what it holds.
func (m *manual) command(c *cobra.Command) {
	if c.Hidden {
		return
	}
	for _, child := range c.Commands() {
		m.command(child)
	}
	if c.HasSubCommands() {
		return
	}
	m.line(".SS " + roff(strings.TrimPrefix(c.CommandPath()+strings.TrimPrefix(c.Use, c.Name()), "courant ")))
	m.text(c.Short + ".")
	if c.Long != "" {
		m.line(".PP")
		m.text(c.Long)
	}
	m.flags(c.LocalNonPersistentFlags())
	m.example(c.Example)
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }
