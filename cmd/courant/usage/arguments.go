// Package usage is how commands are called: which arguments and flags they take,
// what is said of mistaken ones, and the manual that is made of all of it. Begin
// with Check.
package usage

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"courant/cmd/courant/failure"
)

// Arguments checks that a command gets the arguments that its usage names: ID is
// one, ID… at least one, [ID…] any number, and nothing is none.
func Arguments(use string) cobra.PositionalArgs {
	names := strings.Fields(use)[1:]
	least, most := 0, 0
	for _, name := range names {
		bare := strings.TrimRight(strings.Trim(name, "[]"), ".…")
		if !strings.HasPrefix(name, "[") {
			least++
		}
		most++
		if bare != strings.Trim(name, "[]") {
			most = -1 // without end
			break
		}
	}
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return failure.Misused(cmd, "%s: %s is missing", called(cmd), strings.TrimRight(names[len(args)], ".…"))
		case most == 0 && len(args) > 0:
			return failure.Misused(cmd, "%s: %q is too much: it takes no argument", called(cmd), args[0])
		case most >= 0 && len(args) > most:
			return failure.Misused(cmd, "%s: %q is too much: it takes %s", called(cmd), args[most], strings.Join(names, " "))
		}
		return nil
	}
}

// Check gives each command below cmd that has no check of its arguments the one
// of its usage.
func Check(cmd *cobra.Command) {
	for _, c := range cmd.Commands() {
		if c.Args == nil {
			c.Args = Arguments(c.Use)
		}
		Check(c)
	}
}

// called is a command as a user calls it, without our own name.
func called(cmd *cobra.Command) string {
	path := cmd.CommandPath()
	return strings.TrimPrefix(path, cmd.Root().Name()+" ")
}

// FlagError words a mistaken flag. Of -nosuch pflag complains letter by letter;
// nobody means that.
func FlagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var missing *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown) && len(unknown.GetSpecifiedShortnames()) > 1:
		err = fmt.Errorf("unknown flag: --%s", unknown.GetSpecifiedShortnames())
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		err = fmt.Errorf("unknown flag: -%s", unknown.GetSpecifiedShortnames())
	case errors.As(err, &missing):
		value, _ := pflag.UnquoteUsage(missing.GetFlag())
		err = fmt.Errorf("--%s: %s is missing", missing.GetFlag().Name, value)
	case errors.As(err, &invalid):
		err = fmt.Errorf("--%s %s: must be %s", invalid.GetFlag().Name, invalid.GetValue(), valueOf(invalid.GetFlag()))
	}
	return failure.Misused(cmd, "%w", err)
}

// valueOf says what a flag takes.
func valueOf(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "bool":
		return "true or false, or left out"
	case "int":
		return "a whole number"
	}
	return "a " + f.Value.Type()
}

// NeedsCommand is the run of a command that only holds others.
func NeedsCommand(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		err := failure.Misused(cmd, "unknown command %q for %q", args[0], cmd.CommandPath())
		cmd.SuggestionsMinimumDistance = 2 // two letters wrong is a slip, three another word
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			return failure.Hint(err, "did you mean `%s %s`?", cmd.CommandPath(), near[0])
		}
		return err
	}
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	if !cmd.HasParent() {
		return failure.Misused(cmd, "needs a command: one of %s", strings.Join(names, ", "))
	}
	return failure.Misused(cmd, "%s: needs a command: one of %s", called(cmd), strings.Join(names, ", "))
}

// HelpCommand is --help as a command, as many are used to.
func HelpCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND…]",
		Short:   "Say what a command does",
		Example: `  courant help article list`,
		RunE: func(cmd *cobra.Command, args []string) error {
			of, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return failure.Misused(cmd, "help: there is no command %q", strings.Join(args, " "))
			}
			return of.Help()
		},
	}
}
