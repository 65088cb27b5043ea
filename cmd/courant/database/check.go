package database

import (
	"strings"

	"github.com/spf13/cobra"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/config"
	"courant/cmd/courant/failure"
	"courant/db"
	"courant/db/audit"
)

func checkCommand(a *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Look whether the database is sound",
		Long: `Looks for damage, for rows that refer to nothing, for counts that are not those of what
they count, and for what is missing in the index of words; a line for each fault, and
status 1 where there is one. It changes nothing, and others go on meanwhile. Damage in a
PostgreSQL database is looked for by reading all of it; its own extension amcheck finds
more.`,
		Example: `  courant database check`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.WithReader(cmd.Context(), func(_ config.Config, store *db.DB) error {
				faults, err := audit.Check(cmd.Context(), store.DB)
				if err != nil {
					return err
				}
				if err := told(a, store.Name(), faults); err != nil {
					return err
				}
				if len(faults) > 0 {
					return failure.ErrTold
				}
				return nil
			})
		},
	}
}

// told says what was found.
func told(a *cli.App, name string, faults []audit.Fault) error {
	if a.JSON {
		if faults == nil {
			faults = []audit.Fault{}
		}
		return a.PrintJSON(struct {
			Database string        `json:"database"`
			Sound    bool          `json:"sound"`
			Checks   []string      `json:"checks"`
			Faults   []audit.Fault `json:"faults"`
		}{name, len(faults) == 0, audit.Checks(), faults})
	}
	var lines [][]string
	for _, f := range faults {
		lines = append(lines, []string{f.Check, f.Table, f.Says})
	}
	if len(faults) > 0 {
		return a.Columns(lines)
	}
	a.Say("%s is sound: %s", name, strings.Join(audit.Checks(), ", "))
	return nil
}
