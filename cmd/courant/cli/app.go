// Package cli is what the commands share: where one reads and writes, the flags
// that all of them have, and from there the configuration, the store and the log.
// Each family of commands is a package of its own that imports this one and no other
// family; package main makes them one program. Begin with App.
package cli

import (
	"bufio"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"courant/cmd/courant/usage"
)

// App is what every command shares: where it reads and writes, and the global
// flags.
type App struct {
	Version string // what `courant version` prints

	Stdin          io.Reader
	Stdout, Stderr io.Writer // harmless to a terminal
	Out, Err       io.Writer // the same, for who asks what they are

	Asks    bool          // a person sits at the terminal and can be asked
	answers *bufio.Reader // of Stdin, once one was read

	Config  string // --config; empty: the usual places
	JSON    bool   // --json
	Quiet   bool   // --quiet
	Verbose bool   // --verbose

	Started bool // a command has begun: an error from now on is no misuse
}

// Group is a command that only holds others.
func Group(use, short, example string, children ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Example: example, Args: cobra.ArbitraryArgs, RunE: usage.NeedsCommand}
	c.AddCommand(children...)
	return c
}

// Each does one thing to each id and goes on after one that failed; all
// failures come back joined.
func Each(ids []string, do func(id string) error) error {
	var errs []error
	for _, id := range ids {
		errs = append(errs, do(id))
	}
	return errors.Join(errs...)
}
