package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"
)

// queryer is a pool or a transaction.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// row is what a scan function reads: *sql.Row or *sql.Rows.
type row interface{ Scan(dest ...any) error }

// each is the rows that text selects, each read by scan when it is asked for. An
// error comes alone and last.
func each[T any](ctx context.Context, q queryer, scan func(row) (T, error), text string, args ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		rows, err := q.QueryContext(ctx, text, args...)
		if err != nil {
			yield(none, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			v, err := scan(rows)
			if err != nil {
				yield(none, err)
				return
			}
			if !yield(v, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(none, err)
		}
	}
}

// collect is the list of the rows that text selects, each read by scan.
func collect[T any](ctx context.Context, q queryer, scan func(row) (T, error), text string, args ...any) ([]T, error) {
	var list []T
	for v, err := range each(ctx, q, scan, text, args...) {
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// column reads rows of one column.
func column[T any](r row) (v T, err error) {
	err = r.Scan(&v)
	return v, err
}

// after scans the columns before those of an entity.
func after(r row, first ...any) row { return scanner{r, first} }

type scanner struct {
	row   row
	first []any
}

// Scan reads the first columns and then dest.
func (s scanner) Scan(dest ...any) error { return s.row.Scan(append(s.first, dest...)...) }

// scanOne scans the only row of r, or returns ErrNotFound.
func scanOne(r *sql.Row, dest ...any) error {
	err := r.Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

// oneRow turns "no row was touched" into none.
func oneRow(res sql.Result, err, none error) error {
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return none
	}
	return err
}

// ms is t as stored: Unix milliseconds, or NULL for none.
func ms(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// msTime scans what ms stored.
type msTime struct{ t *time.Time }

// Scan implements sql.Scanner.
func (m msTime) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*m.t = time.Time{}
	case int64:
		*m.t = time.UnixMilli(v).UTC()
	default:
		return fmt.Errorf("a time is stored as %T", src)
	}
	return nil
}

// jsonText stores a value as JSON and scans it back. An empty list is "[]".
type jsonText struct{ v any }

// Scan implements sql.Scanner.
func (j jsonText) Scan(src any) error {
	switch v := src.(type) {
	case string:
		if v == "" || v == "[]" { // most lists are empty
			return nil
		}
		return json.Unmarshal([]byte(v), j.v)
	default:
		return fmt.Errorf("JSON is stored as %T", src)
	}
}

func toJSON(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic("db: " + err.Error()) // only our own plain structs get here
	}
	if string(data) == "null" {
		return "[]"
	}
	return string(data)
}
