package main

import (
	"github.com/spf13/cobra"

	"courant/aggregator/plan"
	"courant/cmd/courant/cli"
	"courant/cmd/courant/config"
	"courant/cmd/courant/report"
	"courant/db"
	"courant/db/text"
)

func planCommand(a *cli.App) *cobra.Command {
	var apply bool
	c := &cobra.Command{
		Use:   "plan",
		Short: "Say what the configuration would change in what is stored",
		Long: `Says which sources the configuration on disk adds and drops, and which of the stored
articles its rules would publish, reject, tag or else change, rule by rule, with
examples. Nothing is changed without --apply. What an editor decided stays, and so
does what readers have seen.`,
		Example: `  courant plan
  courant plan --apply`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			with := a.WithReader
			if apply {
				with = a.WithStore
			}
			return with(cmd.Context(), func(c config.Config, store *db.DB) error {
				p, err := plan.Make(cmd.Context(), store, plan.Options{Sources: planned(c), Rules: c.Rules, Apply: apply})
				if err != nil {
					return err
				}
				if a.JSON {
					return a.PrintJSON(p)
				}
				return a.Columns(report.PlanRows(p))
			})
		},
	}
	c.Flags().BoolVar(&apply, "apply", false, "do it")
	return c
}

// planned are the sources of c as a plan knows them.
func planned(c config.Config) []plan.Source {
	list := make([]plan.Source, len(c.Sources))
	for i, s := range c.Sources {
		s = s.WithDefaults()
		list[i] = plan.Source{ID: s.ID, URL: text.Redact(s.URL), Title: s.Title, Section: s.Section, Auto: s.Publish == "auto"}
	}
	return list
}
