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
	"courant/cmd/courant/usage"
	"courant/db"
	"courant/db/content"
	"courant/db/record"
	"courant/db/state"
)

func articleCommand(a *app) *cobra.Command {
	return group("article", "Curate articles", `  courant article list --status incoming
  courant article publish 7k3f9qa2xw`,
		articleList(a), articleShow(a),
		articleMove(a, "publish", "Show articles to readers", state.Published),
		articleMove(a, "reject", "Keep articles from readers", state.Rejected),
		articleMove(a, "reopen", "Make articles incoming again", state.Incoming),
		articleMove(a, "withdraw", "Take published articles back", state.Withdrawn),
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
					return a.showRevisions(cmd.Context(), store, article)
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

// showRevisions prints what each change of an article changed.
func (a *app) showRevisions(ctx context.Context, store *db.DB, article db.Article) error {
	list, err := record.Revisions(ctx, store, article.ID)
	if err != nil {
		return err
	}
	if len(list) == 0 && !a.json {
		a.say("article %s has not changed since it came", article.ID)
	}
	for _, r := range report.Revisions(list, article) {
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

// articleMove is a command that moves articles to another state.
func articleMove(a *app, verb, short string, to state.Article) *cobra.Command {
	var reason, source string
	c := &cobra.Command{
		Use:     verb + " ID…",
		Short:   short,
		Example: fmt.Sprintf("  courant article %s 7k3f9qa2xw", verb),
		Args: func(cmd *cobra.Command, args []string) error {
			if source != "" {
				return usage.Arguments(verb)(cmd, args)
			}
			return usage.Arguments(verb+" ID…")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), func(c config.Config, store *db.DB) error {
				editor := shellEditor(c, store)
				if source != "" {
					var err error
					if args, err = incoming(cmd, c, store, source); err != nil {
						return err
					}
				}
				return each(args, func(arg string) error {
					id, err := naming.Article(cmd.Context(), store, arg)
					if err != nil {
						return err
					}
					reason := reason
					if to == state.Withdrawn {
						reason = a.reasonFor(cmd, reason, id)
					}
					article, err := editor.Move(cmd.Context(), id, to, reason)
					if err != nil {
						return naming.NoArticle(id, err)
					}
					return a.done(c, article)
				})
			})
		},
	}
	if to == state.Published {
		c.Use = verb + " ID… | --source ID"
		c.Example += "\n  courant article publish --source bbc"
		c.Flags().StringVar(&source, "source", "", "all that waits of the source `ID`")
	}
	if to == state.Withdrawn {
		c.Example += " --reason \"The source took it back.\""
		c.Flags().StringVar(&reason, "reason", "", "`TEXT` for readers")
	}
	return c
}

// incoming are the ids of what waits of a source, the oldest first, so that the
// newest is published last.
func incoming(cmd *cobra.Command, c config.Config, store *db.DB, source string) (ids []string, err error) {
	s, err := sourceOf(cmd, c, store, source)
	if err != nil {
		return nil, err
	}
	list, err := store.Articles(cmd.Context(), db.ArticleQuery{Status: state.Incoming, Source: s.ID, OldestFirst: true})
	for _, a := range list {
		ids = append(ids, a.ID)
	}
	return ids, err
}
