package article

import (
	"context"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/config"
	"courant/cmd/courant/naming"
	"courant/db"
)

// listSimilar prints the articles of other sources that are like one, as far as
// q selects them by status, source, section and number.
func listSimilar(ctx context.Context, a *cli.App, c config.Config, store *db.DB, arg string, q db.ArticleQuery) error {
	id, err := naming.Article(ctx, store, arg)
	if err != nil {
		return err
	}
	list, err := store.Similar(ctx, id)
	if err != nil {
		return naming.NoArticle(id, err)
	}
	printed := 0
	for _, s := range list {
		other := s.Article
		if !q.All && other.Status != q.Status || q.Source != "" && other.Source != q.Source || q.Section != "" && other.Section != q.Section {
			continue
		}
		if printed++; q.Limit > 0 && printed > q.Limit {
			break
		}
		if err := printArticle(a, c, other); err != nil {
			return err
		}
	}
	return nil
}
