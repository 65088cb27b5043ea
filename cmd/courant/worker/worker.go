// Package worker is `courant worker`: which processes poll the sources. Begin with
// Command.
package worker

import (
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/config"
	"courant/cmd/courant/report"
	"courant/db"
	"courant/db/lease"
)

// Command is `courant worker`.
func Command(a *cli.App) *cobra.Command {
	return cli.Group("worker", "See which processes poll the sources", `  courant worker list`, listCommand(a))
}

// line is a worker as the list has it.
type line struct {
	ID     string    `json:"id"` // of this run of it
	Host   string    `json:"host"`
	PID    int       `json:"pid"`
	Shards int       `json:"shards"` // how many of the 256
	Since  time.Time `json:"since"`
	Seen   time.Time `json:"seen"` // when it last said that it is there
}

func listCommand(a *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the workers, and how much each of them polls",
		Long: `Lists the processes that poll the sources of this database, the longest there first:
on a PostgreSQL database there may be several, each with its share of 256 shards, to
which hosts belong. One that has ended or fallen silent is left out. Times are by the
clock of the database.`,
		Example: `  courant worker list --json`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.WithReader(cmd.Context(), func(_ config.Config, store *db.DB) error {
				workers, err := lease.Workers(cmd.Context(), store)
				if err != nil {
					return err
				}
				return list(a, workers)
			})
		},
	}
}

// list prints workers.
func list(a *cli.App, workers []lease.Worker) error {
	if len(workers) == 0 {
		a.Nothing("worker list", "no worker is running")
	}
	rows := [][]string{{"ID", "HOST", "PID", "SHARDS", "SINCE", "SEEN"}}
	for _, w := range workers {
		l := line{w.Run, w.Host, w.PID, w.Shards.Len(), w.Since, w.Seen}
		if a.JSON {
			if err := a.PrintJSON(l); err != nil {
				return err
			}
			continue
		}
		rows = append(rows, []string{l.ID, l.Host, strconv.Itoa(l.PID), strconv.Itoa(l.Shards), report.Stamp(l.Since), report.Stamp(l.Seen)})
	}
	if a.JSON || len(workers) == 0 {
		return nil
	}
	return a.Columns(rows)
}
