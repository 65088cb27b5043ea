package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"courant/aggregator"
	"courant/cmd/courant/config"
	"courant/db"
)

func explainCommand(a *app) *cobra.Command {
	return group("explain", "Say which rule or step decided what, and when", `  courant explain source bbc`, explainArticle(a), explainSource(a))
}

func explainSource(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "source ID",
		Short: "Say why a source is polled next when it is",
		Long: `Says when a source is polled next, which header of its server, wish of its feed
or rule of ours decided that, and what else was weighed.`,
		Example: `  courant explain source bbc`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withReader(cmd.Context(), func(c config.Config, store *db.DB) error {
				worker, err := newWorker(c, store)
				if err != nil {
					return err
				}
				id, err := sourceNamed(cmd.Context(), c, store, args[0])
				if err != nil {
					return err
				}
				x, err := worker.Explain(cmd.Context(), id)
				if err != nil {
					return noSource(id, err)
				}
				if a.json {
					return a.printJSON(x)
				}
				return a.printExplanation(x)
			})
		},
	}
}

func (a *app) printExplanation(x aggregator.Explanation) error {
	next := "never"
	if !x.NextDue.IsZero() {
		next = stamp(x.NextDue)
	}
	rows := [][]string{
		{"source", x.Source},
		{"url", x.URL},
		{"asked", x.Asked},
		{"state", x.State},
		{"last pass", ago(x.Last)},
		{"next poll", next},
		{"because", x.Reason},
		{"error", x.Error},
	}
	for i, w := range x.Weighed {
		name := ""
		if i == 0 {
			name = "weighed"
		}
		rows = append(rows, []string{name, fmt.Sprintf("%s: not before %s", w.Rule, stamp(w.Until))})
	}
	for i, s := range x.Shares {
		name := ""
		if i == 0 {
			name = "made of"
		}
		rows = append(rows, []string{name, fmt.Sprintf("%s: %s", s.Wait, s.Rule)})
	}
	for i, n := range x.Notes {
		name := ""
		if i == 0 {
			name = "notes"
		}
		rows = append(rows, []string{name, n})
	}
	shown := rows[:0]
	for _, r := range rows {
		if r[1] != "" {
			shown = append(shown, r)
		}
	}
	return a.columns(shown)
}
