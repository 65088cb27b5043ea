package database

import (
	"github.com/spf13/cobra"

	"courant/cmd/courant/cli"
)

// Command is `courant database`.
func Command(a *cli.App) *cobra.Command {
	return cli.Group("database", "Move the database, and look whether it is sound",
		`  courant database copy --to 'postgres://courant@db.example/courant?sslmode=verify-full'
  courant database check`,
		copyCommand(a), checkCommand(a))
}
