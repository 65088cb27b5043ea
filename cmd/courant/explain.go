package main

import (
	"context"

	"github.com/spf13/cobra"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/config"
	"courant/cmd/courant/naming"
	"courant/cmd/courant/report"
	"courant/db"
)

func explainCommand(a *cli.App) *cobra.Command {
	return cli.Group("explain", "Say which rule or step decided what, and when", `  courant explain source bbc`,
		explain(a.WithStore, a, "article", "Say where an article comes from and what decided on it", `Says from which source and entry an article was made and what told that entry from
others, which changes of it were significant, what of its source waits for you, who
decided what, and which articles of other sources are the same.`, `  courant explain article 7k3f9qa2xw`, explainArticle),
		explain(a.WithReader, a, "source", "Say why a source is polled next when it is", `Says when a source is polled next, which header of its server, wish of its feed
or rule of ours decided that, what else was weighed, and who paused it when.`, `  courant explain source bbc`, explainSource),
		explain(a.WithReader, a, "comment", "Say what decided on a comment, and what is known of it", `Names each reason of where a comment stands, who decided what and when, how other
comments of the same visitor fared, what readers reported, and by which words it is
like what you refused before.`, `  courant explain comment m4x0c9z2pq`, explainComment))
}

// explain is a command that explains a thing of one kind: f gives the explanation as a
// document and as rows, of the store that open opens.
func explain(open func(context.Context, func(config.Config, *db.DB) error) error, a *cli.App, kind, short, long, example string,
	f func(ctx context.Context, a *cli.App, c config.Config, store *db.DB, arg string) (document any, rows [][]string, err error),
) *cobra.Command {
	return &cobra.Command{
		Use: kind + " ID", Short: short, Long: long, Example: example,
		RunE: func(cmd *cobra.Command, args []string) error {
			return open(cmd.Context(), func(c config.Config, store *db.DB) error {
				document, rows, err := f(cmd.Context(), a, c, store, args[0])
				if err != nil {
					return err
				}
				if a.JSON {
					return a.PrintJSON(document)
				}
				return a.Columns(rows)
			})
		},
	}
}

func explainArticle(ctx context.Context, _ *cli.App, _ config.Config, store *db.DB, arg string) (any, [][]string, error) {
	id, err := naming.Article(ctx, store, arg)
	if err != nil {
		return nil, nil, err
	}
	x, err := report.ExplainArticle(ctx, store, id)
	return x, x.Rows(), naming.NoArticle(id, err)
}

func explainSource(ctx context.Context, a *cli.App, c config.Config, store *db.DB, arg string) (any, [][]string, error) {
	worker, err := newWorker(a, c, store)
	if err != nil {
		return nil, nil, err
	}
	id, err := naming.Source(ctx, c, store, arg)
	if err != nil {
		return nil, nil, err
	}
	polls, err := worker.Explain(ctx, id)
	if err != nil {
		return nil, nil, naming.NoSource(id, err)
	}
	x, err := report.ExplainSource(ctx, store, polls)
	return x, x.Rows(), err
}

func explainComment(ctx context.Context, _ *cli.App, c config.Config, store *db.DB, arg string) (any, [][]string, error) {
	id, err := naming.Comment(ctx, store, arg)
	if err != nil {
		return nil, nil, err
	}
	x, err := report.ExplainComment(ctx, store, c.Comments, id)
	return x, x.Rows(), naming.NoComment(id, err)
}
