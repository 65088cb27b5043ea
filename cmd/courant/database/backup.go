// Package database is the commands about the database as a whole: what copies it and
// puts a copy back. Begin with Backup.
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
)

// Backup is `courant backup`.
func Backup(a *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the database while the daemon runs",
		Long: `Writes a consistent copy of the database to FILE, which must not exist, and
checks it. Readers, visitors and the worker go on meanwhile.`,
		Example: `  courant backup /var/backups/courant-$(date +%F).db`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.WithStore(cmd.Context(), func(_ config.Config, store *db.DB) error {
				if err := store.Backup(cmd.Context(), args[0]); err != nil {
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
that the database is. It does not overwrite one without --force, nor one that any
process has open: stop the daemon first.`,
		Example: `  courant restore /var/backups/courant-2026-07-01.db`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.LoadConfig()
			if err != nil {
				return err
			}
			if c.Database.URL != "" {
				return fmt.Errorf("restore %s: %w", args[0], engine.ErrNoFile)
			}
			err = db.Restore(cmd.Context(), args[0], c.Database, force, nil)
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
				}{c.Database.Path})
			}
			a.Say("%s is now what %s holds", c.Database.Path, args[0])
			return nil
		},
	}
	c.Flags().BoolVar(&force, "force", false, "overwrite the database that is there")
	return c
}
