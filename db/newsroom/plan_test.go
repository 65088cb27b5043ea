package newsroom_test

import (
	"database/sql"
	"maps"
	"regexp"
	"strings"
	"testing"

	"courant/db/dbtest"
	"courant/db/engine"
	"courant/db/newsroom"
	"courant/db/sqlrow"
)

// manyArticles makes 20,000 articles as a site has them after a while: nine of ten were
// decided on, few are kept for later, nominated or of a rule.
var manyArticles = []string{
	`INSERT INTO source (id, url) WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19) SELECT 's' || i, 'https://a.example/' || i FROM n`,
	`INSERT INTO article (id, source, guid, status, slug, headline, link, author, language, section, tags, key_points, summary, image, enclosures, words,
			first_seen, published, updated, scheduled, withdrawn, reason, aside, body)
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
		SELECT 'id' || i, 's' || (i % 20), 'g' || i,
			CASE WHEN i % 1000 = 1 THEN 'scheduled' WHEN i % 1000 = 2 THEN 'withdrawn' WHEN i % 10 = 0 THEN 'incoming' WHEN i % 10 = 3 THEN 'rejected' ELSE 'published' END,
			'slug', 'Headline number ' || i, '', '', 'en', 'section-' || (i % 7), '[]', '[]', 'A summary.', '', '[]', 100,
			i, CASE WHEN i % 1000 = 1 OR i % 10 IN (0, 3) THEN NULL ELSE i END, CASE WHEN i % 1000 = 1 OR i % 10 IN (0, 3) THEN NULL ELSE i END,
			CASE WHEN i % 1000 = 1 THEN i END, CASE WHEN i % 1000 = 2 THEN i END, CASE WHEN i % 10 = 3 THEN 'dull' ELSE '' END,
			CASE WHEN i % 1000 = 0 THEN 1 ELSE 0 END, replace('<p>x</p>', 'x', 'A text that is as long as texts are. A text that is as long as texts are. A text that is as long as texts are. A text that is as long as texts are. A text that is as long as texts are.')
		FROM n`,
	`INSERT INTO bin (article, at, actor) SELECT seq, 1, 'ann' FROM article WHERE aside = 1`,
	`INSERT INTO nomination (article, name, at) SELECT seq, 'ann', 1 FROM article WHERE status = 'incoming' AND seq % 500 = 10`,
	`INSERT INTO ruling (article, at, decision, rule, reason, added) SELECT seq, 1, 'hold', 'r' || (seq % 40), '', '' FROM article WHERE seq % 10 = 0`,
	`INSERT INTO pass (source, at, took, url, status, bytes, conditional, outcome, new, changed, published, reason, error)
		SELECT source, seq, 1, '', 304, 0, 1, 'not_modified', 0, 0, 0, '', '' FROM article`,
	`INSERT INTO action (at, actor, kind, ref, what, detail) SELECT seq, 'ann', 'article', id, 'published', '' FROM article`,
	`ANALYZE`,
}

// No list of the desk reads all articles, however it is narrowed and sorted, nor does
// the page of the sources: each begins with an index that has what it is about.
func TestPlans(t *testing.T) {
	d := dbtest.New(t)
	if err := d.Tx(t.Context(), func(t2 *sql.Tx) error {
		for _, text := range manyArticles {
			if _, err := t2.ExecContext(t.Context(), text); err != nil {
				return err
			}
		}
		return nil
	}, func() {}); err != nil {
		t.Fatal(err)
	}
	statements := map[string][]any{newsroom.IntakesText: {`["s1","s2"]`, 15_000}, newsroom.ReasonsText: {"s1", 15_000}}
	narrowed := []newsroom.Query{{}, {Text: "headline 77"}, {Source: "s1"}, {Section: "section-1"}, {Language: "fr"}, {Text: "nowhere"}, {Rule: "r1"}}
	for _, shelf := range []newsroom.Shelf{newsroom.Incoming, newsroom.Scheduled, newsroom.Published, newsroom.Rejected, newsroom.Bin, newsroom.Withdrawn} {
		list := narrowed
		if shelf != newsroom.Incoming {
			list = narrowed[:3]
		}
		for _, q := range list {
			if shelf == newsroom.Published && q.Text != "" && d.Path() == "" {
				continue // the latest thousands of few: a server rather reads them all
			}
			for _, order := range []string{newsroom.NewestFirst, newsroom.OldestFirst, newsroom.NominatedFirst} {
				q.Shelf, q.Order, q.Limit = shelf, order, 51
				maps.Copy(statements, q.Statements())
			}
		}
	}
	whole := regexp.MustCompile(`SCAN (article|head|twin|first|earlier|pass)($| [^U])`)
	explain := "EXPLAIN QUERY PLAN "
	if d.Path() == "" {
		whole, explain = regexp.MustCompile(`Seq Scan on (article|pass|action)`), "EXPLAIN "
	}
	for text, args := range statements {
		if plan := planOf(t, d.DB, explain+text, args); whole.MatchString(plan) {
			t.Errorf("%s %v\n%s", text, args, plan)
		}
	}
}

// planOf is how a statement is run.
func planOf(t *testing.T, d *engine.DB, text string, args []any) string {
	t.Helper()
	var plan []string
	for step, err := range sqlrow.Each(t.Context(), d.Reader(), func(r sqlrow.Row) (detail string, err error) {
		if d.Path() == "" {
			err = r.Scan(&detail)
			return detail, err
		}
		var id, parent, unused int
		err = r.Scan(&id, &parent, &unused, &detail)
		return detail, err
	}, text, args...) {
		if err != nil {
			t.Fatal(text, args, err)
		}
		plan = append(plan, step)
	}
	return strings.Join(plan, "\n")
}
