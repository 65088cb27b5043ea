// Package sqlrow reads rows of the store and says how values stand in them: a
// time as Unix milliseconds, or NULL for none; a list or a small struct as JSON.
package sqlrow

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Queryer is a pool or a transaction.
type Queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Row is what a scan function reads: *sql.Row or *sql.Rows.
type Row interface{ Scan(dest ...any) error }

// Each is the rows that text selects, each read by scan when it is asked for. An
// error comes alone and last.
func Each[T any](ctx context.Context, q Queryer, scan func(Row) (T, error), text string, args ...any) iter.Seq2[T, error] {
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

// Collect is the list of the rows that text selects, each read by scan.
func Collect[T any](ctx context.Context, q Queryer, scan func(Row) (T, error), text string, args ...any) ([]T, error) {
	var list []T
	for v, err := range Each(ctx, q, scan, text, args...) {
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// Column reads rows of one column.
func Column[T any](r Row) (v T, err error) {
	err = r.Scan(&v)
	return v, err
}

// Into is a scan function for many rows, each into where dest says, which is asked once:
// to make that anew for each row costs as much as to scan it. What dest leaves in the T
// stands in each. It is for one query.
func Into[T any](dest func(*T) []any) func(Row) (T, error) {
	v := new(T)
	to, first := dest(v), *v
	return func(r Row) (T, error) {
		*v = first
		err := r.Scan(to...)
		return *v, err
	}
}

// After scans the columns before those of an entity.
func After(r Row, first ...any) Row { return after{r, first} }

type after struct {
	row   Row
	first []any
}

// Scan reads the first columns and then dest.
func (a after) Scan(dest ...any) error { return a.row.Scan(append(a.first, dest...)...) }

// ErrNotFound says that there is no such row.
var ErrNotFound = errors.New("not found")

// One scans the only row of r, or returns ErrNotFound.
func One(r *sql.Row, dest ...any) error {
	err := r.Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

// Touched turns "no row was touched" into none.
func Touched(res sql.Result, err, none error) error {
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return none
	}
	return err
}

// Milli is t as stored: Unix milliseconds, or NULL for none.
func Milli(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// Packed is a row of numbers and a text as one text, for a statement that writes many
// rows at once: it takes a list of them, and each apart, 16 characters for each number
// and then the text. So it does for both engines, and costs a server, or the way to it,
// a fraction of what a statement for each row does.
func Packed(text string, numbers ...int64) string {
	const width = 16
	row := make([]byte, 0, width*len(numbers)+len(text))
	var digits [20]byte
	for _, n := range numbers {
		d := strconv.AppendInt(digits[:0], n, 10)
		for range width - len(d) {
			row = append(row, ' ')
		}
		row = append(row, d...)
	}
	return string(append(row, text...))
}

// Time scans what Milli stored into t.
func Time(t *time.Time) sql.Scanner { return milli{t} }

type milli struct{ t *time.Time }

// Scan implements sql.Scanner.
func (m milli) Scan(src any) error {
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

// Text is v as stored: JSON, "[]" of an empty list. v is one of our own plain
// structs or lists, which JSON can always hold.
func Text(v any) string {
	switch list := v.(type) { // as what is stored most is
	case []string:
		if text, plain := plainText(list); plain {
			return text
		}
	case []int64:
		return numbers(list)
	}
	data, err := json.Marshal(v)
	if err != nil {
		panic("sqlrow: " + err.Error())
	}
	if string(data) == "null" {
		return "[]"
	}
	return string(data)
}

// plainText is a list of texts as JSON. plain is false where JSON has one of them
// otherwise than it is: with a character that is escaped, or is none.
func plainText(list []string) (text string, plain bool) {
	size := len("[]")
	for _, s := range list {
		for i := 0; i < len(s); i++ {
			switch c := s[i]; {
			case c < ' ', c == '"', c == '\\', c == '<', c == '>', c == '&', c == 0xE2: // U+2028 and U+2029 begin with that
				return "", false
			}
		}
		if !utf8.ValidString(s) {
			return "", false
		}
		size += len(s) + len(`"",`)
	}
	b := append(make([]byte, 0, size), '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), s...), '"')
	}
	return string(append(b, ']')), true
}

// numbers is a list of numbers as JSON.
func numbers(list []int64) string {
	b := append(make([]byte, 0, 2+20*len(list)), '[')
	for i, n := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, n, 10)
	}
	return string(append(b, ']'))
}

// JSON scans what Text stored into v, a pointer.
func JSON(v any) sql.Scanner { return document{v} }

type document struct{ v any }

// Scan implements sql.Scanner.
func (d document) Scan(src any) error {
	switch v := src.(type) {
	case string:
		if v == "" || v == "[]" { // most lists are empty
			return nil
		}
		if list, is := d.v.(*[]string); is {
			if plain, is := plainList(v); is {
				*list = plain
				return nil
			}
		}
		return json.Unmarshal([]byte(v), d.v)
	default:
		return fmt.Errorf("JSON is stored as %T", src)
	}
}

// plainList is a list of texts that JSON has as they are, which most lists hold: a
// tenth of what it takes to parse it otherwise. is false of any other.
func plainList(s string) (list []string, is bool) {
	if strings.IndexByte(s, '\\') >= 0 || !strings.HasPrefix(s, `["`) || !strings.HasSuffix(s, `"]`) {
		return nil, false
	}
	for s = s[1:]; ; {
		end := strings.IndexByte(s[1:], '"')
		if s[0] != '"' || end < 0 {
			return nil, false
		}
		list, s = append(list, s[1:1+end]), s[end+2:]
		switch {
		case s == "]":
			return list, true
		case len(s) < 3 || s[0] != ',':
			return nil, false
		}
		s = s[1:]
	}
}
