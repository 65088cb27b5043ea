package cli

import (
	"fmt"

	"courant/cmd/courant/terminal"
)

// PrintJSON prints v as one line of JSON.
func (a *App) PrintJSON(v any) error { return terminal.JSON(a.Stdout, v) }

// Width is how many columns a line of output has, 0 where nothing bounds it.
func (a *App) Width() int { return terminal.Width(a.Out) }

// Say prints a line for people, unless they asked for quiet.
func (a *App) Say(format string, args ...any) {
	if !a.Quiet {
		fmt.Fprintf(a.Stdout, format+"\n", args...)
	}
}

// Nothing says on standard error that a list has nothing in it.
func (a *App) Nothing(command, why string) {
	if !a.Quiet {
		fmt.Fprintf(a.Stderr, "courant: %s: %s\n", command, why)
	}
}

// Columns prints rows of cells as columns, however wide.
func (a *App) Columns(rows [][]string) error { return terminal.Columns(a.Stdout, rows, 0) }
