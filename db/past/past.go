// Package past keeps how far the way into a source's past is gone: which document is
// to be read next, how many articles came, and what was asked for and answered on the
// way, so that a process that ends goes on where it stopped, a document that is asked
// for again is asked for conditionally, and a chain that comes back to itself is seen
// to. It has statements of its own over tables of its own. Begin with New; a Way is one
// source's.
//
// What a document brings, and where the way then stands, is one transaction: the
// store's Ingest takes a Step along with the articles, and calls Save.
package past

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"courant/db/engine"
	"courant/db/sqlrow"
	"courant/db/text"
)

// ErrNotFound says that nobody asked for this source's past.
var ErrNotFound = sqlrow.ErrNotFound

// Way is how far the way into one source's past is gone.
type Way struct {
	Source   string
	Most     int       // articles to bring in all; 0: as many as there are
	Asked    time.Time // when somebody last asked for it
	Next     string    // address of the document to read next; empty: the source's own
	By       string    // what leads from one document to the next, as the aggregator names it
	Articles int       // brought so far
	Failures int       // in a row
	Due      time.Time // when the next document may be asked for
	Ended    time.Time // zero: it goes on
	Why      string    // it ended or last failed, for people
}

// Left is how many articles it may still bring, -1 where nothing bounds them.
func (w Way) Left() int {
	if w.Most == 0 {
		return -1
	}
	return max(0, w.Most-w.Articles)
}

// Document is one document of a source's past, as it last answered.
type Document struct {
	Source       string
	Address      string // as it was asked for
	At           time.Time
	Took         time.Duration
	Status       int // HTTP status, 0: no answer
	Bytes        int64
	Conditional  bool
	ETag         string // validators, byte for byte
	LastModified string
	Next, By     string // where it leads
	Digest       string // of the ids of its entries; equal for documents that hold the same
	New          int    // articles that it brought
	Error        string // without secrets
}

// Step is a document with where the way stands after it. Without an address it is
// none: nothing was asked for, and only the way stands otherwise.
type Step struct {
	Way      Way
	Document Document
}

// Ways are those of a store. Safe for concurrent use.
type Ways struct {
	engine *engine.DB
	now    func() time.Time
}

// New returns the ways of the store that e is the engine of; now is its clock.
func New(e *engine.DB, now func() time.Time) Ways { return Ways{e, now} }

// Ask asks for more articles of a source's past, 0: for all that there are. A way that
// ended at a bound goes on from there; one that came to its end begins anew.
func (w Ways) Ask(ctx context.Context, source string, more int) error {
	now := sqlrow.Milli(w.now())
	return w.write(ctx, "ask for the past of "+source, `
		INSERT INTO backfill (source, most, asked, due) VALUES ($1, $2, $3, $3)
		ON CONFLICT (source) DO UPDATE SET
			most = CASE WHEN excluded.most = 0 THEN 0 ELSE backfill.articles + excluded.most END,
			asked = excluded.asked, due = CASE WHEN backfill.ended IS NULL THEN backfill.due ELSE excluded.due END,
			failures = 0, ended = NULL, why = ''`, source, more, now)
}

func (w Ways) write(ctx context.Context, doing, statement string, args ...any) error {
	err := w.engine.Tx(ctx, func(t *sql.Tx) error {
		_, err := t.ExecContext(ctx, statement, args...)
		return err
	}, func() {})
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

const wayColumns = `source, most, asked, next, way, articles, failures, due, ended, why`

func scanWay(r sqlrow.Row) (w Way, err error) {
	err = r.Scan(&w.Source, &w.Most, sqlrow.Time(&w.Asked), &w.Next, &w.By, &w.Articles, &w.Failures, sqlrow.Time(&w.Due), sqlrow.Time(&w.Ended), &w.Why)
	return w, err
}

// Of is the way into the past of a source, or ErrNotFound.
func (w Ways) Of(ctx context.Context, source string) (Way, error) {
	way, err := scanWay(w.engine.Reader().QueryRowContext(ctx, `SELECT `+wayColumns+` FROM backfill WHERE source = $1`, source))
	if errors.Is(err, sql.ErrNoRows) {
		return way, ErrNotFound
	}
	return way, err
}

// Open are the ways that go on, the one that waits longest first.
func (w Ways) Open(ctx context.Context) ([]Way, error) {
	return sqlrow.Collect(ctx, w.engine.Reader(), scanWay, `SELECT `+wayColumns+` FROM backfill WHERE ended IS NULL ORDER BY due, source`)
}

// Document is what is known of a document, or ErrNotFound.
func (w Ways) Document(ctx context.Context, source, address string) (Document, error) {
	d := Document{Source: source, Address: address}
	var took int64
	err := sqlrow.One(w.engine.Reader().QueryRowContext(ctx, `
		SELECT at, took, status, bytes, conditional, etag, last_modified, next, way, digest, fresh, error
		FROM backfill_document WHERE source = $1 AND address = $2`, source, address),
		sqlrow.Time(&d.At), &took, &d.Status, &d.Bytes, &d.Conditional, &d.ETag, &d.LastModified, &d.Next, &d.By, &d.Digest, &d.New, &d.Error)
	d.Took = time.Duration(took) * time.Millisecond
	return d, err
}

// Read is how many documents of a source were read since the given moment, and
// whether one of them had entries of that digest.
func (w Ways) Read(ctx context.Context, source string, since time.Time, digest string) (n int, same bool, err error) {
	err = w.engine.Reader().QueryRowContext(ctx, `
		SELECT count(*), count(*) FILTER (WHERE digest = $3) > 0 FROM backfill_document WHERE source = $1 AND at >= $2 AND error = ''`,
		source, sqlrow.Milli(since), digest).Scan(&n, &same)
	return n, same, err
}

// Save stores a step that brought so many articles, in the transaction that stores
// them.
func Save(ctx context.Context, t *sql.Tx, s Step, articles int) error {
	if err := s.Document.save(ctx, t, articles); err != nil {
		return fmt.Errorf("a document of the past of %s: %w", s.Way.Source, err)
	}
	if err := s.Way.save(ctx, t, articles); err != nil {
		return fmt.Errorf("the way into the past of %s: %w", s.Way.Source, err)
	}
	return nil
}

// save stores d and how many articles it brought, if d is one at all.
func (d Document) save(ctx context.Context, t *sql.Tx, articles int) error {
	if d.Address == "" {
		return nil
	}
	_, err := t.ExecContext(ctx, `
		INSERT INTO backfill_document (source, address, at, took, status, bytes, conditional, etag, last_modified, next, way, digest, fresh, error)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		ON CONFLICT (source, address) DO UPDATE SET at = excluded.at, took = excluded.took, status = excluded.status, bytes = excluded.bytes,
			conditional = excluded.conditional, etag = excluded.etag, last_modified = excluded.last_modified, next = excluded.next,
			way = excluded.way, digest = excluded.digest, fresh = excluded.fresh, error = excluded.error`,
		d.Source, d.Address, sqlrow.Milli(d.At), d.Took.Milliseconds(), d.Status, d.Bytes, d.Conditional, textual(d.ETag), textual(d.LastModified),
		d.Next, d.By, d.Digest, articles, text.Line(d.Error))
	return err
}

// save stores w and that it brought so many articles more. What was asked for
// meanwhile stays: it may bound more than w knows of.
func (w Way) save(ctx context.Context, t *sql.Tx, articles int) error {
	_, err := t.ExecContext(ctx, `
		UPDATE backfill SET next = $2, way = $3, articles = backfill.articles + $4, failures = $5, due = $6,
			ended = CASE WHEN asked > $7 THEN NULL ELSE CAST($8 AS BIGINT) END, why = $9
		WHERE source = $1`,
		w.Source, w.Next, w.By, articles, w.Failures, sqlrow.Milli(w.Due), sqlrow.Milli(w.Asked), sqlrow.Milli(w.Ended), text.Line(w.Why))
	return err
}

// textual is a validator where it is text; one that is none is not kept, and the
// document is asked for whole.
func textual(validator string) string {
	if !utf8.ValidString(validator) || strings.ContainsRune(validator, 0) {
		return ""
	}
	return validator
}
