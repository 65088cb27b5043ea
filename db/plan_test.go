package db

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courant/db/dbtest/cluster"
	"courant/db/engine"
	"courant/db/sqlrow"
	"courant/db/state"
)

// Each list is served from the index that was made for it, without sorting.
func TestQueryPlans(t *testing.T) {
	cluster.SQLiteOnly(t, "its plans are read")
	d, err := Open(t.Context(), engine.Config{Path: filepath.Join(t.TempDir(), "courant.db")}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	last := Article{Seq: 7, Published: time.UnixMilli(1e12)}
	for _, c := range []struct {
		name, index string
		query       interface{ sql() (string, []any) }
	}{
		{"site", "article_published", ArticleQuery{Limit: 50}},
		{"site, next", "article_published", ArticleQuery{Limit: 50, Before: &last}},
		{"day", "article_published", ArticleQuery{From: last.Published, To: last.Published.Add(24 * time.Hour)}},
		{"section", "article_section", ArticleQuery{Section: "x", Limit: 50, Before: &last}},
		{"source", "article_source", ArticleQuery{Source: "x", Limit: 50, Before: &last}},
		{"tag", "PRIMARY KEY", ArticleQuery{Tag: "x", Limit: 50, Before: &last}},
		{"incoming", "article_status", ArticleQuery{Status: state.Incoming, Limit: 50}},
		{"all", "SCAN article", ArticleQuery{All: true, Limit: 50}},
		{"thread", "comment_article", CommentQuery{Article: "x", Tombstones: true, OldestFirst: true}},
		{"replies", "comment_parent", CommentQuery{Parent: "x"}},
		{"withdrawn", "article_withdrawn", withdrawnQuery{Limit: 50}},
		{"withdrawn of section", "article_withdrawn_section", withdrawnQuery{Section: "x", Limit: 50}},
		{"withdrawn of source", "article_withdrawn_source", withdrawnQuery{Source: "x", Limit: 50}},
		{"notices", "notice_updated", noticesQuery{}},
		{"removed comments", "comment_removed", removedQuery{}},
		{"present entries", "entry_present", plainQuery{presentText, []any{"x"}}},
		{"old entries", "entry_gone", plainQuery{isOld, []any{"x", 1}}},
		{"latest comments", "comment_status", CommentQuery{Public: true, Limit: 50}},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, args := c.query.sql()
			rows, err := d.r.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+text, args...)
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			var plan []string
			for rows.Next() {
				var id, parent, unused int
				var detail string
				if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
					t.Fatal(err)
				}
				plan = append(plan, detail)
			}
			all := strings.Join(plan, "\n")
			if !strings.Contains(all, c.index) || strings.Contains(all, "USE TEMP B-TREE") {
				t.Errorf("%s\nwants %s, plan:\n%s", text, c.index, all)
			}
		})
	}
}

// A database that a newer Courant wrote is refused and stays as it is.
func TestNewerIsRefused(t *testing.T) {
	c := emptyConfig(t)
	d, err := Open(t.Context(), c, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.inTx(t.Context(), func(tx *tx) error {
		_, err := tx.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	d.Close()
	if _, err := Open(t.Context(), c, Options{}); err == nil || !strings.Contains(err.Error(), engine.ErrNewer.Error()) {
		t.Errorf("a newer database: %v", err)
	}
}

type withdrawnQuery ArticleQuery

func (q withdrawnQuery) sql() (string, []any) { return ArticleQuery(q).withdrawnSQL() }

// Entries are found again by their indexes: whatever is similar, in one look-up.
func TestQueryPlansOfEntries(t *testing.T) {
	cluster.SQLiteOnly(t, "its plans are read")
	d, err := Open(t.Context(), engine.Config{Path: filepath.Join(t.TempDir(), "courant.db")}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for text, args := range map[string][]any{
		similarText: {"x", 1, 2, 10}, namedText: {"x", "[]", "[]", "[]"},
	} {
		var plan []string
		for step, err := range sqlrow.Each(t.Context(), d.r, func(r sqlrow.Row) (detail string, err error) {
			var id, parent, unused int
			err = r.Scan(&id, &parent, &unused, &detail)
			return detail, err
		}, "EXPLAIN QUERY PLAN "+text, args...) {
			if err != nil {
				t.Fatal(err)
			}
			plan = append(plan, step)
		}
		all := strings.Join(plan, "\n")
		if !strings.Contains(all, "entry_link") || !strings.Contains(all, "entry_title") || strings.Contains(all, "SCAN entry") {
			t.Errorf("%s\nplan:\n%s", text, all)
		}
	}
}

type plainQuery struct {
	text string
	args []any
}

func (q plainQuery) sql() (string, []any) { return q.text, q.args }

type noticesQuery struct{}

func (noticesQuery) sql() (string, []any) { return noticesText, []any{50} }

type removedQuery struct{}

func (removedQuery) sql() (string, []any) { return removedText, []any{50} }
