package transfer

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"iter"
	"strings"
	"unicode/utf8"

	"courant/db/engine"
	"courant/db/sqlrow"
	"courant/db/tables"
)

// each are the rows of t in the order of their keys, which is the same in both
// engines: numbers by size, texts and bytes byte by byte. A value is nil, an int64, a
// string or a []byte.
func each(ctx context.Context, q sqlrow.Queryer, t tables.Table) iter.Seq2[[]any, error] {
	scan := func(r sqlrow.Row) ([]any, error) {
		row := make([]any, len(t.Columns))
		dest := make([]any, len(row))
		for i := range row {
			dest[i] = &row[i]
		}
		if err := r.Scan(dest...); err != nil {
			return nil, err
		}
		for i, c := range t.Columns {
			if !fits(c.Kind, row[i]) {
				return nil, fmt.Errorf("column %s holds a %T", c.Name, row[i])
			}
			if b, is := row[i].([]byte); is && b == nil {
				row[i] = []byte{} // no bytes, which is not NULL
			}
		}
		return row, nil
	}
	return sqlrow.Each(ctx, q, scan, `SELECT `+quotedAll(t.Names())+` FROM `+quoted(t.Name)+` ORDER BY `+quotedAll(t.Key))
}

// fits reports whether a value is one of a kind.
func fits(k tables.Kind, value any) bool {
	switch value.(type) {
	case nil:
		return true
	case int64:
		return k == tables.Whole
	case string:
		return k == tables.Text
	case []byte:
		return k == tables.Bytes
	}
	return false
}

// sum is a checksum over rows, of what is in them and of their order.
type sum struct {
	hash.Hash
	rows int64
}

func newSum() *sum { return &sum{Hash: sha256.New()} }

// add adds a row, and returns about how many bytes it has.
func (s *sum) add(row []any) (size int) {
	s.rows++
	for _, value := range row {
		var head [9]byte
		var body []byte
		switch v := value.(type) {
		case nil:
			head[0] = 'n'
		case int64:
			head[0] = 'w'
			binary.BigEndian.PutUint64(head[1:], uint64(v))
		case string:
			head[0], body = 't', []byte(v)
			binary.BigEndian.PutUint64(head[1:], uint64(len(v)))
		case []byte:
			head[0], body = 'b', v
			binary.BigEndian.PutUint64(head[1:], uint64(len(v)))
		}
		s.Write(head[:])
		s.Write(body)
		size += len(head) + len(body)
	}
	return size
}

func (s *sum) String() string { return hex.EncodeToString(s.Sum(nil)) }

// blame says of which row a server would not have the text, where it is that: one
// with a NUL, which SQLite takes and PostgreSQL holds none of.
func blame(t tables.Table, rows [][]any, err error) error {
	if !engine.NoText(err) {
		return err
	}
	for _, row := range rows {
		for i, value := range row {
			if text, is := value.(string); is && (strings.ContainsRune(text, 0) || !utf8.ValidString(text)) {
				return errors.Join(fmt.Errorf("%s of the row %s has a NUL or is no UTF-8", t.Columns[i].Name, keyOf(t, row)), err)
			}
		}
	}
	return err
}

// keyOf names a row by its key.
func keyOf(t tables.Table, row []any) string {
	var parts []string
	for i, c := range t.Columns {
		for _, k := range t.Key {
			if c.Name == k {
				parts = append(parts, fmt.Sprintf("%s = %v", k, row[i]))
			}
		}
	}
	return strings.Join(parts, ", ")
}
