package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"courant/aggregator"
	"courant/cmd/courant/config"
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
	c.Flags().Var(&durationFlag{&since}, "since", "how far to look back")
	return c
}

// newWorker is an aggregator that is only asked, not run.
func newWorker(c config.Config, store *db.DB) (*aggregator.Aggregator, error) {
	return aggregator.New(store, c.Aggregator, c.Sources, aggregator.Options{Version: version, Contact: c.Site.Base(), Site: c.Site.Base()})
}

// durationFlag is a setting.Duration as a flag.
type durationFlag struct{ d *setting.Duration }

// String implements pflag.Value.
func (f *durationFlag) String() string { return f.d.String() }

// Set implements pflag.Value.
func (f *durationFlag) Set(text string) error { return f.d.UnmarshalText([]byte(text)) }

// Type implements pflag.Value.
func (f *durationFlag) Type() string { return "TIME" }

// scoreDocument is the JSON of score.
type scoreDocument struct {
	Sources []aggregator.Score `json:"sources"`
	Total   aggregator.Score   `json:"total"`
}

func (a *app) printScores(list []aggregator.Score, total aggregator.Score) error {
	if a.json {
		if list == nil {
			list = []aggregator.Score{}
		}
		return a.printJSON(scoreDocument{list, total})
	}
	rows := [][]string{{"SOURCE", "POLLS", "BY HAND", "UNCONDITIONAL", "304", "LEAST GAP", "SHORT GAPS", "RETRY-AFTER BREACHES"}}
	total.Source = "in all"
	for _, s := range append(list, total) {
		gap := "-"
		if s.LeastGap > 0 {
			gap = s.LeastGap.Round(time.Second).String()
		}
		rows = append(rows, []string{
			s.Source, fmt.Sprint(s.Polls), fmt.Sprint(s.ByHand), fmt.Sprint(s.Unconditional), fmt.Sprint(s.NotModified), gap,
			fmt.Sprint(s.Short), fmt.Sprint(s.Breaches),
		})
	}
	return a.columns(rows)
}
