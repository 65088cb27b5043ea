package main

import (
	"time"

	"github.com/spf13/cobra"

	"courant/aggregator"
	"courant/cmd/courant/cli"
	"courant/cmd/courant/config"
	"courant/cmd/courant/report"
	"courant/cmd/courant/usage"
	"courant/db"
	"courant/db/setting"
)

func scoreCommand(a *cli.App) *cobra.Command {
	since := setting.Every(7 * 24 * time.Hour)
	c := &cobra.Command{
		Use:   "score",
		Short: "Say how polite the polling was",
		Long: `Judges the requests that were made, by source and in all: how many went out
without validators, the least time between two automatic ones, how many came
within min_interval of the one before, and how many within a Retry-After.`,
		Example: `  courant score
  courant score --since 24h --json`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.WithReader(cmd.Context(), func(c config.Config, store *db.DB) error {
				worker, err := newWorker(a, c, store)
				if err != nil {
					return err
				}
				list, total, err := worker.Scores(cmd.Context(), store.Now().Add(-since.Duration))
				if err != nil {
					return err
				}
				return printScores(a, list, total)
			})
		},
	}
	c.Flags().Var(usage.Duration(&since), "since", "how far to look back")
	return c
}

// newWorker is an aggregator that is only asked, not run.
func newWorker(a *cli.App, c config.Config, store *db.DB) (*aggregator.Aggregator, error) {
	return aggregator.New(store, c.Aggregator, c.Sources, aggregator.Options{Version: a.Version, Contact: c.Site.Base(), Site: c.Site.Base()})
}

func printScores(a *cli.App, list []aggregator.Score, total aggregator.Score) error {
	if a.JSON {
		return a.PrintJSON(report.Scores(list, total))
	}
	return a.Columns(report.ScoreRows(list, total))
}
