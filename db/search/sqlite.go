package search

import (
	"context"
	"database/sql"
	"strings"

	"courant/db/sqlrow"
)

// sqlite keeps the words in tables of FTS5 without contents and places. Its
// tokenizer "ascii" parts what it is given at the spaces we put between words,
// and keeps all else that is in them: letters and digits, and characters beyond
// ASCII.
type sqlite struct{}

func (sqlite) number(kind Kind) string { return "search_" + string(kind) + ".rowid" }

func (sqlite) newest() int64 { return 0 }

func (sqlite) put(ctx context.Context, t *sql.Tx, kind Kind, list []document) error {
	for _, d := range list {
		if _, err := t.ExecContext(ctx, `INSERT OR REPLACE INTO search_`+string(kind)+` (rowid, words) VALUES ($1, $2)`, d.seq, strings.Join(d.words, " ")); err != nil {
			return err
		}
	}
	return nil
}

func (sqlite) remove(ctx context.Context, t *sql.Tx, kind Kind, seqs []int64) error {
	for _, seq := range seqs {
		if _, err := t.ExecContext(ctx, `DELETE FROM search_`+string(kind)+` WHERE rowid = $1`, seq); err != nil {
			return err
		}
	}
	return nil
}

// match writes c in the language of FTS5, each word within quotes, so that none
// is read as a part of it (V68). What must not be there comes last: NOT takes it
// from all before.
func (sqlite) match(kind Kind, parameter string, c []clause, _ bool) (string, any) {
	var with, without []string
	for _, one := range c {
		between := " OR "
		if one.all {
			between = " AND "
		}
		quoted := make([]string, len(one.words))
		for i, w := range one.words {
			quoted[i] = `"` + strings.ReplaceAll(w, `"`, `""`) + `"`
		}
		if text := "(" + strings.Join(quoted, between) + ")"; one.not {
			without = append(without, text)
		} else {
			with = append(with, text)
		}
	}
	text := "(" + strings.Join(with, " AND ") + ")"
	if len(without) > 0 {
		text += " NOT (" + strings.Join(without, " OR ") + ")"
	}
	return "search_" + string(kind) + " MATCH " + parameter, text
}

// endings leaps from word to word through the index: to read how often each
// stands anywhere, or all of where, would take as long as the most common word
// is common.
func (sqlite) endings(ctx context.Context, r sqlrow.Queryer, kind Kind, stem string, most int) ([]string, error) {
	var list []string
	for from := stem; len(list) < most; {
		found, err := sqlrow.Collect(ctx, r, sqlrow.Column[string], `SELECT term FROM search_`+string(kind)+`_words WHERE term >= $1 LIMIT 1`, from)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 || !strings.HasPrefix(found[0], stem) {
			break
		}
		list = append(list, found[0])
		from = found[0] + "\x01" // before all that is longer, and after the word
	}
	return list, nil
}
