package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"courant/cmd/courant/config"
	"courant/cmd/courant/naming"
	"courant/cmd/courant/prose"
	"courant/cmd/courant/report"
	"courant/db"
	"courant/db/content"
	"courant/db/record"
	"courant/publisher/editing"
)

func articleCommand(a *app) *cobra.Command {
	return group("article", "Curate articles", `  courant article list --status incoming
  courant article publish 7k3f9qa2xw`,
		articleList(a), articleShow(a),
		articleOrder(a, editing.Publish, "Show articles to readers"),
		articleOrder(a, editing.Reject, "Keep articles from readers"),
		articleOrder(a, editing.Reopen, "Make articles incoming again"),
		articleOrder(a, editing.Withdraw, "Take published articles back"),
		articleOrder(a, editing.Pin, "Have an article lead the front page"),
		articleOrder(a, editing.Unpin, "Have it lead the front page no more"),
		articleSchedule(a), articleUndo(a),
		articleEdit(a), articleTake(a), articleReprocess(a))
}

func articleShow(a *app) *cobra.Command {
	var revisions bool
	show := &cobra.Command{
		Use:   "show ID",
		Short: "Show one article",
		Example: `  courant article show 7k3f9qa2xw
  courant article show 7k3f9qa2xw --revisions`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withReader(cmd.Context(), func(c config.Config, store *db.DB) error {
				id, err := naming.Article(cmd.Context(), store, args[0])
				if err != nil {
					return err
				}
				article, err := store.Article(cmd.Context(), id)
				if err != nil {
					return naming.NoArticle(id, err)
				}
				if revisions {
					return a.showRevisions(cmd.Context(), c, store, article)
				}
				if a.json {
					return a.printJSON(report.WholeArticle(c, article))
				}
				waits, err := store.PendingChange(cmd.Context(), id)
				if err != nil && !errors.Is(err, db.ErrNotFound) {
					return err
				}
				if err := a.columns(report.ArticleRows(c, article, waits.Fields)); err != nil {
					return err
				}
				return a.printBody(article.Body)
			})
		},
	}
	show.Flags().BoolVar(&revisions, "revisions", false, "show what each change of it changed, word by word")
	return show
}

// showRevisions prints what each change of an article changed, and last the one of
// its source that waits.
func (a *app) showRevisions(ctx context.Context, c config.Config, store *db.DB, article db.Article) error {
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
	if len(lines) == 0 && !a.json {
		a.say("article %s has not changed since it came", article.ID)
	}
	for _, r := range lines {
		if a.json {
			err = a.printJSON(r)
		} else {
			err = a.columns(r.Rows())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// printBody prints a body as text, no wider than is pleasant to read.
func (a *app) printBody(body content.HTML) error {
	width := proseWidth
	if columns := a.width(); columns > 0 {
		width = min(width, columns)
	}
	_, err := fmt.Fprintf(a.stdout, "\n%s", prose.Of(body, width))
	return err
}

// proseWidth is the longest line of a text that is pleasant to read.
const proseWidth = 80
