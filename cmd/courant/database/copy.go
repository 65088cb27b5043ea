package database

import (
	"errors"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/config"
	"courant/cmd/courant/failure"
	"courant/cmd/courant/report"
	"courant/db"
	"courant/db/engine"
	"courant/db/transfer"
)

func copyCommand(a *cli.App) *cobra.Command {
	var to string
	c := &cobra.Command{
		Use:   "copy",
		Short: "Copy the whole database to another engine",
		Long: `Copies all that is in the database to a PostgreSQL database, or to a new file: ids,
dates, threads, and with them pages, feeds and their ETags. The copy is of one moment; what
others write meanwhile is not in it, so stop the daemon first where it is to go on with
the copy. Every table is read again and compared. A place that has anything in it is
refused, and where something goes wrong nothing is left there.

The password of a postgres:// address may stand in PGPASSWORD or ~/.pgpass.`,
		Example: `  courant database copy --to 'postgres://courant@db.example/courant?sslmode=verify-full'
  courant database copy --to /var/lib/courant/courant.db`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if to == "" {
				return failure.Misused(cmd, "--to says where: a file, or a postgres:// address")
			}
			target := place(to)
			if err := target.Validate(); err != nil {
				return failure.Misused(cmd, "--to: %v", err)
			}
			return a.WithReader(cmd.Context(), func(_ config.Config, store *db.DB) error {
				p := watched(a, "copy")
				done, err := transfer.To(cmd.Context(), store.DB, target, p.step)
				p.end()
				if errors.Is(err, transfer.ErrNotEmpty) {
					return failure.Hint(err, "name a file that does not exist, or a database in which there is nothing")
				}
				if err != nil {
					return err
				}
				return copied(a, store.Name(), target.Name(), done)
			})
		},
	}
	c.Flags().StringVar(&to, "to", "", "where to: a `PLACE` that is a new file or a postgres:// address")
	return c
}

// place is the database that a person names.
func place(to string) engine.Config {
	c := engine.DefaultConfig()
	if strings.HasPrefix(to, "postgres://") || strings.HasPrefix(to, "postgresql://") {
		c.URL = to
	} else {
		c.Path = to
	}
	return c
}

// table is a line of what was copied.
type table struct {
	Table string `json:"table"`
	Rows  int64  `json:"rows"`
	Sum   string `json:"sum"`
}

// copied says what was.
func copied(a *cli.App, from, to string, done []transfer.Table) error {
	list := make([]table, len(done))
	var rows int64
	for i, t := range done {
		list[i] = table{t.Name, t.Rows, t.Sum}
		rows += t.Rows
	}
	if a.JSON {
		return a.PrintJSON(struct {
			From   string  `json:"from"`
			To     string  `json:"to"`
			Tables []table `json:"tables"`
		}{from, to, list})
	}
	if a.Quiet {
		return nil
	}
	const shown = 12 // of a sum: a person compares no more
	lines := [][]string{{"TABLE", "ROWS", "SUM"}}
	for _, t := range list {
		lines = append(lines, []string{t.Table, strconv.FormatInt(t.Rows, 10), t.Sum[:shown]})
	}
	if err := a.Columns(lines); err != nil {
		return err
	}
	a.Say("%s now holds what %s held: %s of %s, compared", to, from, report.Count(int(rows), "row"), report.Count(len(list), "table"))
	return nil
}
