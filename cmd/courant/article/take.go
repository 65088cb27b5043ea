package article

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/config"
	"courant/cmd/courant/failure"
	"courant/cmd/courant/naming"
	"courant/db"
)

func takeCommand(a *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "take ID",
		Short: "Take over what the source of an article changed",
		Long: `Takes over a change of the source that waits: of a source with publish = "review" a
change of more than 50 characters to an article that readers see, of any source a change
of what you set yourself. ` + "`courant explain article ID`" + ` says what waits. What is taken
over follows the source again.`,
		Example: `  courant article take 7k3f9qa2xw`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.WithStore(cmd.Context(), func(c config.Config, store *db.DB) error {
				id, err := naming.Article(cmd.Context(), store, args[0])
				if err != nil {
					return err
				}
				article, _, err := maker(c, store).Take(cmd.Context(), id)
				switch {
				case errors.Is(err, db.ErrNotFound):
					return failure.Hint(fmt.Errorf("article %s: no change of its source waits", id), "`courant explain article %s` says what became of each", id)
				case errors.Is(err, db.ErrStale):
					return fmt.Errorf("article %s: its source has just changed it once more: look again", id)
				case err != nil:
					return err
				}
				return done(a, c, article)
			})
		},
	}
}
