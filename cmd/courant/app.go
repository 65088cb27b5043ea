package main

import (
	"bufio"
	"io"

	"github.com/spf13/cobra"

	"courant/cmd/courant/usage"
)

// version is what `courant version` prints; a release sets it with
// -ldflags "-X main.version=v0.1.0".
var version = "devel"

// app is what every command shares: where it reads and writes, and the global
// flags.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	out, err       io.Writer // the same, for who asks what they are

	asks    bool          // a person sits at the terminal and can be asked
	answers *bufio.Reader // of stdin, once one was read

	config  string // --config; empty: the usual places
	json    bool   // --json
	quiet   bool   // --quiet
	verbose bool   // --verbose

	started bool // a command has begun: an error from now on is no misuse
}

// group is a command that only holds others.
func group(use, short, example string, children ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Example: example, Args: cobra.ArbitraryArgs, RunE: usage.NeedsCommand}
	c.AddCommand(children...)
	return c
}
