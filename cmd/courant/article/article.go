// Package article is `courant article`: the commands that curate articles. What they
// do to one is publisher/editing's. Begin with Command.
package article

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/config"
	"courant/cmd/courant/naming"
	"courant/cmd/courant/prose"
	"courant/cmd/courant/remake"
	"courant/cmd/courant/report"
	"courant/db"
	"courant/db/content"
	"courant/db/record"
	"courant/publisher/editing"
)

// Command is `courant article`.
func Command(a *cli.App) *cobra.Command {
	return cli.Group("article", "Curate articles", `  courant article list --status incoming
  courant article publish 7k3f9qa2xw`,
		listCommand(a), showCommand(a),
		orderCommand(a, editing.Publish, "Show articles to readers"),
		orderCommand(a, editing.Reject, "Keep articles from readers"),
		orderCommand(a, editing.Reopen, "Make articles incoming again"),
		orderCommand(a, editing.Withdraw, "Take published articles back"),
		orderCommand(a, editing.Pin, "Have an article lead the front page"),
		orderCommand(a, editing.Unpin, "Have it lead the front page no more"),
		orderCommand(a, editing.Join, "Say that articles are the same"),
		orderCommand(a, editing.Split, "Say that an article is none of those that it seems the same as"),
		scheduleCommand(a), undoCommand(a), addCommand(a),
		editCommand(a), takeCommand(a), reprocessCommand(a))
}

func showCommand(a *cli.App) *cobra.Command {
	var revisions bool
	show := &cobra.Command{
		Use:   "show ID",
		Short: "Show one article",
		Example: `  courant article show 7k3f9qa2xw
  courant article show 7k3f9qa2xw --revisions`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.WithReader(cmd.Context(), func(c config.Config, store *db.DB) error {
				id, err := naming.Article(cmd.Context(), store, args[0])
				if err != nil {
					return err
				}
				article, err := store.Article(cmd.Context(), id)
				if err != nil {
					return naming.NoArticle(id, err)
				}
				if revisions {
					return showRevisions(cmd.Context(), a, c, store, article)
				}
				if a.JSON {
					return a.PrintJSON(report.WholeArticle(c, article))
				}
				waits, err := store.PendingChange(cmd.Context(), id)
				if err != nil && !errors.Is(err, db.ErrNotFound) {
					return err
				}
				if err := a.Columns(report.ArticleRows(c, article, waits.Fields)); err != nil {
					return err
				}
				return printBody(a, article.Body)
			})
		},
	}
	show.Flags().BoolVar(&revisions, "revisions", false, "show what each change of it changed, word by word")
	return show
}

// showRevisions prints what each change of an article changed, and last the one of
// its source that waits.
func showRevisions(ctx context.Context, a *cli.App, c config.Config, store *db.DB, article db.Article) error {
	list, err := record.Revisions(ctx, store, article.ID)
	if err != nil {
		return err
	}
	lines := report.Revisions(list, article)
	made, change, err := maker(c, store).Waiting(ctx, article)
	switch {
	case err == nil:
		lines = append(lines, report.Pending(change, article, made))
	case !errors.Is(err, db.ErrNotFound):
		return err
	}
	if len(lines) == 0 && !a.JSON {
		a.Say("article %s has not changed since it came", article.ID)
	}
	for _, r := range lines {
		if a.JSON {
			err = a.PrintJSON(r)
		} else {
			err = a.Columns(r.Rows())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// printBody prints a body as text, no wider than is pleasant to read.
func printBody(a *cli.App, body content.HTML) error {
	width := proseWidth
	if columns := a.Width(); columns > 0 {
		width = min(width, columns)
	}
	_, err := fmt.Fprintf(a.Stdout, "\n%s", prose.Of(body, width))
	return err
}

// proseWidth is the longest line of a text that is pleasant to read.
const proseWidth = 80

// maker makes articles anew in the name of whoever uses the command.
func maker(c config.Config, store *db.DB) remake.Maker {
	return remake.New(store, cli.ShellEditor(c, store), c.Sources)
}
