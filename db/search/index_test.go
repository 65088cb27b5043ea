package search_test

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"courant/db/dbtest"
	"courant/db/search"
	"courant/db/search/query"
)

// store is what a test needs of a store.
type store struct {
	*testing.T
	r        *sql.DB
	do       func(f func(*sql.Tx) error)
	postgres bool
}

func newStore(t *testing.T) store {
	d := dbtest.New(t)
	s := store{t, d.Reader(), func(f func(*sql.Tx) error) {
		t.Helper()
		if err := d.Tx(t.Context(), f, func() {}); err != nil {
			t.Fatal(err)
		}
	}, d.Path() == ""}
	s.exec(`INSERT INTO source (id, url) VALUES ('s', 'http://s.example/')`)
	return s
}

// index is the one of the engine whose turn it is.
func (s store) index() search.Index {
	if s.postgres {
		return search.Postgres()
	}
	return search.SQLite()
}

func (s store) exec(text string, args ...any) {
	s.Helper()
	s.do(func(t *sql.Tx) error {
		_, err := t.ExecContext(s.Context(), text, args...)
		return err
	})
}

// article stores the article called id, published.
func (s store) article(id, headline, body string) {
	s.Helper()
	s.exec(`
		INSERT INTO article (id, source, guid, status, slug, headline, link, author, language, section, tags, key_points, summary, image,
			enclosures, words, first_seen, published, updated, body)
		VALUES ($1, 's', $1, 'published', '', $2, '', '', '', '', '[]', '[]', '', '', '[]', 1, 1, 1, (SELECT count(*) + 1 FROM article), $3)`,
		id, headline, body)
	s.exec(`INSERT INTO search_queue (kind, seq) SELECT 'article', seq FROM article WHERE id = $1`, id)
}

func (s store) batch() *search.Batch {
	s.Helper()
	b, err := s.index().Batch(s.Context(), s.r)
	if err != nil {
		s.Fatal(err)
	}
	return b
}

func (s store) write(b *search.Batch) {
	s.Helper()
	s.do(func(t *sql.Tx) error { return b.Write(s.Context(), t) })
}

// finds is how many articles are found for text.
func (s store) finds(text string) int {
	s.Helper()
	q, err := query.Parse(text, time.UTC)
	if err != nil {
		s.Fatal(err)
	}
	res, err := s.index().Find(s.Context(), s.r, q, search.Options{Now: time.Now()})
	if err != nil {
		s.Fatal(err)
	}
	return len(res.Hits)
}

// Of two processes that take up the same changes the one that read less does not
// undo what the other wrote, in whatever order they write.
func TestTwoIndexers(t *testing.T) {
	for _, order := range []string{"older first", "newer first"} {
		t.Run(order, func(t *testing.T) {
			s := newStore(t)
			s.article("a", "Storm", "<p>waves</p>")
			s.article("b", "Calm", "<p>sea</p>")
			older := s.batch()
			s.exec(`UPDATE article SET headline = 'Wind' WHERE id = 'a'`)
			s.exec(`UPDATE article SET status = 'withdrawn', withdrawn = 2 WHERE id = 'b'`)
			newer := s.batch()
			if order == "older first" {
				s.write(older)
				s.write(newer)
			} else {
				s.write(newer)
				s.write(older)
			}
			if !s.batch().Empty() {
				t.Error("something is left in the queue")
			}
			// What the index says, whatever readers can see.
			s.exec(`UPDATE article SET status = 'published', withdrawn = NULL WHERE id = 'b'`)
			if n, m, k := s.finds("storm"), s.finds("wind"), s.finds("calm"); n != 0 || m != 1 || k != 0 {
				t.Errorf("storm is found %d times, wind %d, calm %d; want 0, 1, 0", n, m, k)
			}
		})
	}
}

// A batch that is full leaves the rest to the next one, and nothing out.
func TestFullBatch(t *testing.T) {
	s := newStore(t)
	var b strings.Builder
	for i := range 21_000 {
		b.WriteString(" w" + strings.Repeat("a", i%50) + string(rune('a'+i/50%26)) + string(rune('a'+i/1300)))
	}
	const n = 13 // with 20,000 words of each a batch is full at ten
	for i := range n {
		s.article(string(rune('a'+i)), "Storm", "<p>"+b.String()+"</p>")
	}
	s.exec(`UPDATE article SET headline = 'Storms' WHERE id = 'a'`)
	first := s.batch()
	if first.Len() >= n {
		t.Fatalf("a batch of %d long texts", first.Len())
	}
	s.write(first)
	for b := s.batch(); !b.Empty(); b = s.batch() {
		s.write(b)
	}
	if found := s.finds("storm"); found != n {
		t.Errorf("%d of %d are found", found, n)
	}
}
