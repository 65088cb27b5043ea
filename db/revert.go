package db

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Fields are what of an article an editor may set, by the names of Curated.
func Fields() []string { return []string{"headline", "section", "tags", "key_points", "body"} }

// Revert gives fields of an article back to its source: they are what r says, and
// the source changes them again. Others that an editor set stay.
func (d *DB) Revert(ctx context.Context, r Remade, fields []string, actor string) (Article, error) {
	a, err := write(ctx, d, func(t *tx) (Article, error) {
		old, err := article(ctx, t, r.ID)
		if err != nil {
			return old, err
		}
		before, was := articleScopes(old), old
		curated := []string{}
		for _, name := range old.Curated {
			if !slices.Contains(fields, name) {
				curated = append(curated, name)
			}
		}
		old.Curated = curated
		a := merged(old, r.Article)
		if slices.Contains(fields, "section") {
			a.Section = r.Article.Section
		}
		if slices.Contains(fields, "tags") {
			a.Tags = r.Article.Tags
		}
		if err := t.keep(ctx, was, actor, distance(was, a) > significant); err != nil {
			return a, err
		}
		if err := t.settled(ctx, old.Seq, r, fields); err != nil {
			return a, err
		}
		if err := t.saveWords(ctx, a); err != nil {
			return a, err
		}
		t.scopes.add(articleScopes(a)...)
		for _, scope := range before {
			t.scopes.addAt(t.now, scope) // it may have left this list, which must not look older than it did (A4)
		}
		return a, t.act(ctx, actor, "article", r.ID, "revert", strings.Join(fields, " "))
	})
	if err != nil {
		return Article{}, fmt.Errorf("article %s: %w", r.ID, err)
	}
	return a, nil
}
