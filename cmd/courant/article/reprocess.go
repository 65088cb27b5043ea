package article

import (
	"github.com/spf13/cobra"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/config"
	"courant/cmd/courant/naming"
	"courant/cmd/courant/report"
	"courant/db"
)

func reprocessCommand(a *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "reprocess [ID...]",
		Short: "Make articles anew from what their sources sent",
		Long: `Makes the named articles, or all of them, anew from the entries that were kept as
they arrived: for a version that reads better than the one that took them in. Nothing
is downloaded. What an editor set stays, and so do addresses, ids and dates.`,
		Example: `  courant article reprocess
  courant article reprocess 7k3f9qa2xw`,
		RunE: func(cmd *cobra.Command, ids []string) error {
			return a.WithStore(cmd.Context(), func(c config.Config, store *db.DB) error {
				for i, arg := range ids {
					id, err := naming.Article(cmd.Context(), store, arg)
					if err != nil {
						return err
					}
					ids[i] = id
				}
				looked, changed, err := maker(c, store).All(cmd.Context(), ids)
				if err != nil {
					return err
				}
				if a.JSON {
					return a.PrintJSON(struct {
						Articles int `json:"articles"`
						Changed  int `json:"changed"`
					}{looked, changed})
				}
				a.Say("%s, %d changed", report.Count(looked, "article"), changed)
				return nil
			})
		},
	}
}
