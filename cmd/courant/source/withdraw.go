package source

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/config"
	"courant/cmd/courant/failure"
	"courant/cmd/courant/naming"
	"courant/cmd/courant/report"
	"courant/db"
)

// withdrawnLine is what came of a takedown, as JSON.
type withdrawnLine struct {
	Source    string `json:"source"`
	Withdrawn int    `json:"withdrawn"`
}

// sourceWithdraw takes all of a source's published articles back.
func withdrawCommand(a *cli.App) *cobra.Command {
	var reason string
	var yes bool
	c := &cobra.Command{
		Use:     "withdraw ID",
		Short:   "Take all published articles of a source back",
		Example: `  courant source withdraw bbc --reason "Its publisher asked us to." --yes`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.WithStore(cmd.Context(), func(c config.Config, store *db.DB) error {
				s, err := cli.Source(cmd.Context(), c, store, args[0])
				if err != nil {
					return err
				}
				if !yes && !a.Agrees("Withdraw every published article of "+s.Name()+"?") {
					return failure.Hint(fmt.Errorf("source %s: nothing was withdrawn", s.ID), "answer y, or say --yes")
				}
				reason := a.ReasonFor(cmd, reason, "all of "+s.Name())
				n, err := cli.ShellEditor(c, store).WithdrawSource(cmd.Context(), s.ID, reason)
				if errors.Is(err, db.ErrNotFound) {
					return naming.NoSource(s.ID, err)
				}
				if err != nil {
					return err
				}
				if a.JSON {
					return a.PrintJSON(withdrawnLine{s.ID, n})
				}
				a.Say("%s  %s withdrawn", s.ID, report.Count(n, "article"))
				return nil
			})
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "`TEXT` for readers")
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return c
}
