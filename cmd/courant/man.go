package main

import (
	"github.com/spf13/cobra"

	"courant/cmd/courant/usage"
)

// manCommand is for whoever packages Courant, so the help does not list it.
func manCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "man",
		Short:   "Print the manual page",
		Example: `  courant man > /usr/local/share/man/man1/courant.1`,
		Hidden:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usage.WriteManual(a.stdout, cmd.Root(), usualPlaces())
		},
	}
}
