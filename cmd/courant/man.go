package main

import (
	"github.com/spf13/cobra"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/usage"
)

// manCommand is for whoever packages Courant, so the help does not list it.
func manCommand(a *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:     "man",
		Short:   "Print the manual page",
		Example: `  courant man > /usr/local/share/man/man1/courant.1`,
		Hidden:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usage.WriteManual(a.Stdout, cmd.Root(), cli.UsualPlaces())
		},
	}
}
