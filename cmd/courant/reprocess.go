package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"courant/aggregator/normalise"
	"courant/cmd/courant/config"
	"courant/db"
)

func articleReprocess(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "reprocess [ID...]",
		Short: "Make articles anew from what their sources sent",
		Long: `Makes the named articles, or all of them, anew from the entries that were kept as
they arrived: for a version that reads better than the one that took them in. Nothing
is downloaded. What an editor set stays, and so do addresses, ids and dates.`,
		Example: `  courant article reprocess
  courant article reprocess 7k3f9qa2xw`,
		RunE: func(cmd *cobra.Command, ids []string) error {
			return a.withStore(cmd.Context(), func(c config.Config, store *db.DB) error {
				for i, arg := range ids {
					id, err := articleNamed(cmd.Context(), store, arg)
					if err != nil {
						return err
					}
					ids[i] = id
				}
				looked, changed, err := reprocess(cmd.Context(), c, store, ids)
				if err != nil {
					return err
				}
				if a.json {
					return a.printJSON(struct {
						Articles int `json:"articles"`
						Changed  int `json:"changed"`
					}{looked, changed})
				}
				a.say("%s, %d changed", count(looked, "article"), changed)
				return nil
			})
		},
	}
}

func reprocess(ctx context.Context, c config.Config, store *db.DB, ids []string) (looked, changed int, err error) {
	points := keyPoints(c)
	err = store.EachKept(ctx, ids, func(list []db.Kept) error {
		made := make([]db.Remade, 0, len(list))
		for _, k := range list {
			m, err := remake(points, k.ID, k.Source, k.Raw)
			if err != nil {
				return err
			}
			made = append(made, m)
		}
		n, err := shellEditor(c, store).Reprocess(ctx, made)
		looked += len(made)
		changed += n
		return err
	})
	return looked, changed, err
}

// keyPoints is where the articles of each source get theirs from.
func keyPoints(c config.Config) map[string]string {
	list := map[string]string{}
	for _, s := range c.Sources {
		list[s.ID] = s.KeyPoints
	}
	return list
}

// remake makes an article anew from an entry that was kept.
func remake(keyPoints map[string]string, id, source string, raw []byte) (db.Remade, error) {
	e, err := normalise.Unpack(raw)
	if err != nil {
		return db.Remade{}, fmt.Errorf("article %s: %w", id, err)
	}
	m := normalise.Remake(e, normalise.Source{ID: source, KeyPoints: keyPoints[source]})
	return db.Remade{ID: id, Fingerprint: m.Fingerprint, Given: m.Given, Article: m.Article}, nil
}
