package source

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/config"
	"courant/cmd/courant/failure"
	"courant/cmd/courant/naming"
	"courant/cmd/courant/refresh"
	"courant/cmd/courant/report"
	"courant/db"
	"courant/db/past"
)

// pastLine is what came of a source's past, as JSON.
type pastLine struct {
	Source   string `json:"source"`
	Articles int    `json:"articles"` // brought of its past so far
	Ended    bool   `json:"ended"`    // false: something failed
	Why      string `json:"why"`
}

func backfillCommand(a *cli.App) *cobra.Command {
	var most int
	c := &cobra.Command{
		Use:   "backfill ID",
		Short: "Bring what a source published before we followed it",
		Long: `Follows a source's feed into its past: by the links of its archives or pages
(RFC 5005), and where the feed says that WordPress made it, by its pages. One
document is asked for at a time, as politely as in a poll. What comes is dated by
the source and is no news to anybody; a source with publish = "auto" publishes it.

Where it ends, by --max or by ^C, the next call goes on. Beside a running worker
the worker does the work.`,
		Example: `  courant source backfill bbc
  courant source backfill bbc --max 500`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if most < 0 {
				return failure.Misused(cmd, "backfill: --max must not be negative")
			}
			return a.WithStore(cmd.Context(), func(conf config.Config, store *db.DB) error {
				ids, err := naming.Configured(conf, args)
				if err != nil {
					return err
				}
				id := ids[0]
				s, err := store.Source(cmd.Context(), id)
				if errors.Is(err, db.ErrNotFound) || err == nil && s.ImportedAt.IsZero() {
					return failure.Hint(fmt.Errorf("backfill %s: the source has brought nothing yet", id), "`courant fetch %s` comes first: its present before its past", id)
				}
				if err != nil {
					return err
				}
				logs := conf.Log
				if logs.Level == "info" {
					logs.Level = "warn" // our own lines tell of each document
				}
				told := 0
				w, err := refresh.Past(cmd.Context(), store, &conf, refresh.Options{
					Version: a.Version, Log: a.Logger(logs),
					Walked: func(w past.Way) {
						if !a.JSON && w.Articles != told && w.Ended.IsZero() {
							a.Say("%s  %s so far", w.Source, report.Count(w.Articles, "article"))
						}
						told = w.Articles
					},
				}, id, most)
				if err != nil {
					return err
				}
				if a.JSON {
					if err := a.PrintJSON(pastLine{w.Source, w.Articles, w.Failures == 0, w.Why}); err != nil {
						return err
					}
				}
				if w.Failures > 0 {
					return failure.Hint(fmt.Errorf("source %s: %s", w.Source, w.Why), "ask again later: it goes on where it stopped")
				}
				if !a.JSON {
					a.Say("%s  %s of its past: %s", w.Source, report.Count(w.Articles, "article"), w.Why)
				}
				return nil
			})
		},
	}
	c.Flags().IntVar(&most, "max", 0, "bring at most `N` articles more; 0: all")
	return c
}
