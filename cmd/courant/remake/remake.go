// Package remake makes articles anew from the entries that were kept of them: all
// that they hold, fields that go back to their source, or a change of the source
// that waits. It is the one place that both reads entries, which the aggregator
// does, and edits articles, which is the publisher's. Begin with New.
package remake

import (
	"context"
	"fmt"

	"courant/aggregator"
	"courant/aggregator/normalise"
	"courant/db"
	"courant/db/newsroom"
	"courant/publisher/desk"
	"courant/publisher/editing"
)

// Maker makes articles of a store anew in an editor's name.
type Maker struct {
	store   *db.DB
	editor  editing.Editor
	sources map[string]normalise.Source // as configured, by id
}

// New returns a maker of articles in store. sources are the configured ones: they
// say where key points come from, and which section and tags a source gives.
func New(store *db.DB, editor editing.Editor, sources []aggregator.SourceConfig) Maker {
	m := Maker{store, editor, map[string]normalise.Source{}}
	for _, s := range sources {
		m.sources[s.ID] = normalise.Source{ID: s.ID, Section: s.Section, Tags: s.Tags, KeyPoints: s.KeyPoints}
	}
	return m
}

// ForDesk makes a maker for each editor at the desk.
func ForDesk(store *db.DB, sources []aggregator.SourceConfig) func(editing.Editor) desk.Remaker {
	m := New(store, editing.Editor{}, sources)
	return func(e editing.Editor) desk.Remaker {
		own := m
		own.editor = e
		return own
	}
}

// All makes the articles with the given ids, or where there are none all of them,
// anew: what an editor set stays. It returns how many it looked at, and changed.
func (m Maker) All(ctx context.Context, ids []string) (looked, changed int, err error) {
	err = m.store.EachKept(ctx, ids, func(list []db.Kept) error {
		made := make([]db.Remade, 0, len(list))
		for _, k := range list {
			one, err := m.make(k.ID, k.Source, k.Raw)
			if err != nil {
				return err
			}
			made = append(made, one)
		}
		n, err := m.editor.Reprocess(ctx, made)
		looked += len(made)
		changed += n
		return err
	})
	return looked, changed, err
}

// Revert gives fields of an article back to what its source sent. Errors: those of
// editing.Editor.Revert.
func (m Maker) Revert(ctx context.Context, id string, fields []string) (article db.Article, deed newsroom.Deed, err error) {
	if article, err = m.store.Article(ctx, id); err != nil {
		return article, deed, err
	}
	err = m.store.EachKept(ctx, []string{id}, func(list []db.Kept) error {
		for _, k := range list {
			made, err := m.make(k.ID, k.Source, k.Raw)
			if err != nil {
				return err
			}
			if article, deed, err = m.editor.Revert(ctx, made, fields); err != nil {
				return err
			}
		}
		return nil
	})
	return article, deed, err
}

// Waiting is an article as it would be made of the change of its source that waits,
// with the fields that do. Errors: db.ErrNotFound where nothing waits.
func (m Maker) Waiting(ctx context.Context, article db.Article) (made db.Article, change db.PendingChange, err error) {
	if change, err = m.store.PendingChange(ctx, article.ID); err != nil {
		return made, change, err
	}
	r, err := m.make(article.ID, article.Source, change.Raw)
	return r.Article, change, err
}

// Take takes over the change of an article's source that waits. Errors: those of
// editing.Editor.Take.
func (m Maker) Take(ctx context.Context, id string) (db.Article, newsroom.Deed, error) {
	article, err := m.store.Article(ctx, id)
	if err != nil {
		return article, newsroom.Deed{}, err
	}
	waits, err := m.store.PendingChange(ctx, id)
	if err != nil {
		return article, newsroom.Deed{}, err
	}
	made, err := m.make(id, article.Source, waits.Raw)
	if err != nil {
		return article, newsroom.Deed{}, err
	}
	return m.editor.Take(ctx, made)
}

// Original is what an article's source sent of it last and was taken over.
func (m Maker) Original(ctx context.Context, id string) (original db.Article, err error) {
	err = m.store.EachKept(ctx, []string{id}, func(list []db.Kept) error {
		for _, k := range list {
			made, err := m.make(k.ID, k.Source, k.Raw)
			if err != nil {
				return err
			}
			original = made.Article
		}
		return nil
	})
	return original, err
}

// make makes the article with the given id of an entry that its source sent; the
// source may have left the configuration.
func (m Maker) make(id, source string, raw []byte) (db.Remade, error) {
	e, err := normalise.Unpack(raw)
	if err != nil {
		return db.Remade{}, fmt.Errorf("article %s: %w", id, err)
	}
	s := m.sources[source]
	s.ID = source
	made := normalise.Remake(e, s)
	return db.Remade{ID: id, Fingerprint: made.Fingerprint, Given: made.Given, Article: made.Article}, nil
}
