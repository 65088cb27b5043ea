package main

import (
	"github.com/spf13/cobra"

	"courant/cmd/courant/config"
	"courant/cmd/courant/naming"
	"courant/cmd/courant/report"
	"courant/db"
)

func explainCommand(a *app) *cobra.Command {
	return group("explain", "Say which rule or step decided what, and when", `  courant explain source bbc`, explainArticle(a), explainSource(a))
}

func explainSource(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "source ID",
		Short: "Say why a source is polled next when it is",
		Long: `Says when a source is polled next, which header of its server, wish of its feed
or rule of ours decided that, and what else was weighed.`,
		Example: `  courant explain source bbc`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withReader(cmd.Context(), func(c config.Config, store *db.DB) error {
				worker, err := newWorker(c, store)
				if err != nil {
					return err
				}
				id, err := naming.Source(cmd.Context(), c, store, args[0])
				if err != nil {
					return err
				}
				x, err := worker.Explain(cmd.Context(), id)
				if err != nil {
					return naming.NoSource(id, err)
				}
				if a.json {
					return a.printJSON(x)
				}
				return a.columns(report.ExplanationRows(x))
			})
		},
	}
}

func explainArticle(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "article ID",
		Short: "Say where an article comes from and what decided on it",
		Long: `Says from which source and entry an article was made and what told that entry from
others, which changes of it were significant, what of its source waits for you, who
decided what, and which articles of other sources are the same.`,
		Example: `  courant explain article 7k3f9qa2xw`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), func(_ config.Config, store *db.DB) error {
				id, err := naming.Article(cmd.Context(), store, args[0])
				if err != nil {
					return err
				}
				x, err := report.ExplainArticle(cmd.Context(), store, id)
				if err != nil {
					return naming.NoArticle(id, err)
				}
				if a.json {
					return a.printJSON(x)
				}
				return a.columns(x.Rows())
			})
		},
	}
}
