// Package database is the commands about the database as a whole: what copies it, puts
// a copy back, moves it to another engine, and looks whether it is sound. Begin with
// Backup and Command.
package database

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/config"
	"courant/cmd/courant/failure"
	"courant/db"
	"courant/db/engine"
	"courant/db/transfer"
)

// Backup is `courant backup`.
func Backup(a *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the database while the daemon runs",
		Long: `Writes a consistent copy of the database to FILE, which must not exist, and
checks it. Readers, visitors and the worker go on meanwhile. Of a PostgreSQL database it
is an SQLite file as well, as of one machine; beside it, have PostgreSQL archive its log
(point-in-time recovery) to lose nothing of the day, and pg_dump is sooner done with a
large one.`,
		Example: `  courant backup /var/backups/courant-$(date +%F).db`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.WithStore(cmd.Context(), func(_ config.Config, store *db.DB) error {
				p := watched(a, "backup")
				err := transfer.Backup(cmd.Context(), store.DB, args[0], p.step)
				p.end()
				if err != nil {
					if errors.Is(err, engine.ErrExists) {
						return failure.Hint(err, "name a file that does not exist, or take it away first")
					}
					return err
				}
				info, err := os.Stat(args[0])
				if err != nil {
					return err
				}
				if a.JSON {
					return a.PrintJSON(struct {
						File  string `json:"file"`
						Bytes int64  `json:"bytes"`
					}{args[0], info.Size()})
				}
				a.Say("%s  %d bytes, checked", args[0], info.Size())
				if store.Path() == "" && !a.Quiet {
					fmt.Fprintln(a.Stderr, "hint: what is written after it only PostgreSQL's own archive keeps: see point-in-time recovery in its manual")
				}
				return nil
			})
		},
	}
}

// Restore is `courant restore`.
func Restore(a *cli.App) *cobra.Command {
	var force bool
	c := &cobra.Command{
		Use:   "restore FILE",
		Short: "Put a copy of the database back",
		Long: `Checks the copy FILE that backup made and puts it where the configuration says
that the database is, in a file or on a PostgreSQL server. It does not overwrite one
without --force, nor one that any process has open: stop every daemon first.`,
		Example: `  courant restore /var/backups/courant-2026-07-01.db`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.LoadConfig()
			if err != nil {
				return err
			}
			p := watched(a, "restore")
			err = db.Restore(cmd.Context(), args[0], c.Database, force, p.step)
			p.end()
			switch {
			case errors.Is(err, engine.ErrExists):
				return failure.Hint(err, "--force puts the copy in its place")
			case errors.Is(err, engine.ErrInUse):
				return failure.Hint(err, "stop the daemon first")
			case errors.Is(err, engine.ErrDamaged):
				return failure.Hint(err, "name another copy: this one cannot be read")
			case err != nil:
				return err
			}
			if a.JSON {
				return a.PrintJSON(struct {
					Database string `json:"database"`
				}{c.Database.Name()})
			}
			a.Say("%s is now what %s holds", c.Database.Name(), args[0])
			return nil
		},
	}
	c.Flags().BoolVar(&force, "force", false, "overwrite the database that is there")
	return c
}
