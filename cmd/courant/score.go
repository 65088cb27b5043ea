package main

import (
	"time"

	"github.com/spf13/cobra"

	"courant/aggregator"
	"courant/cmd/courant/config"
	"courant/cmd/courant/report"
	"courant/cmd/courant/usage"
	"courant/db"
	"courant/db/setting"
)

func scoreCommand(a *app) *cobra.Command {
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
			return a.withReader(cmd.Context(), func(c config.Config, store *db.DB) error {
				worker, err := newWorker(c, store)
				if err != nil {
					return err
				}
				list, total, err := worker.Scores(cmd.Context(), store.Now().Add(-since.Duration))
				if err != nil {
					return err
				}
				return a.printScores(list, total)
			})
		},
	}
	c.Flags().Var(usage.Duration(&since), "since", "how far to look back")
	return c
}

// newWorker is an aggregator that is only asked, not run.
func newWorker(c config.Config, store *db.DB) (*aggregator.Aggregator, error) {
	return aggregator.New(store, c.Aggregator, c.Sources, aggregator.Options{Version: version, Contact: c.Site.Base(), Site: c.Site.Base()})
}

func (a *app) printScores(list []aggregator.Score, total aggregator.Score) error {
	if a.json {
		return a.printJSON(report.Scores(list, total))
	}
	return a.columns(report.ScoreRows(list, total))
}
