package search

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"courant/db/sqlrow"
)

// postgres keeps the words of a document as a tsvector that we make, so that no
// configuration of a language has a say in what a word is. The words that there are
// stand in a table too, for those that a word's beginning stands for.
type postgres struct{}

func (postgres) number(kind Kind) string { return "search_" + string(kind) + ".seq" }

// newest is how many of the newest documents are looked at without the index, which
// knows no order: of a word that many have it would give all, to be sorted. One that
// a tenth of them have is found often enough among these; rarer ones the index
// gives quickly.
func (postgres) newest() int64 { return 2000 }

func (postgres) put(ctx context.Context, t *sql.Tx, kind Kind, list []document) error {
	if len(list) == 0 {
		return nil
	}
	all := map[string]bool{}
	seqs, texts := make([]int64, len(list)), make([]string, len(list))
	for i, d := range list {
		seqs[i], texts[i] = d.seq, strings.Join(longEnough(d.words, all), between)
	}
	if _, err := t.ExecContext(ctx, `
		INSERT INTO search_`+string(kind)+` (seq, words)
		SELECT seq, array_to_tsvector(string_to_array(words, $3)) FROM unnest(CAST($1 AS BIGINT[]), CAST($2 AS TEXT[])) AS list (seq, words)
		ON CONFLICT (seq) DO UPDATE SET words = excluded.words`, seqs, texts, between); err != nil {
		return err
	}
	// What the index has not taken up yet it holds as a list, which each search would
	// read: so it takes it up now, a whole batch at once, which costs a fraction of
	// doing so for each word of each document.
	if _, err := t.ExecContext(ctx, `SELECT gin_clean_pending_list('search_`+string(kind)+`_has')`); err != nil {
		return err
	}
	// In their order, as two processes that want the same rows have to ask for them.
	words := slices.Sorted(maps.Keys(all))
	_, err := t.ExecContext(ctx, `
		INSERT INTO search_`+string(kind)+`_words (term)
		SELECT term FROM unnest(CAST($1 AS TEXT[])) AS new (term)
		WHERE NOT EXISTS (SELECT 1 FROM search_`+string(kind)+`_words AS old WHERE old.term = new.term)
		ORDER BY term ON CONFLICT (term) DO NOTHING`, words)
	return err
}

// between parts words, and is in none.
const between = "\n"

// maxLexeme is how many bytes PostgreSQL lets a word of a tsvector have.
const maxLexeme = 2046

// longEnough leaves out words that nobody looks for and that no tsvector takes, and
// notes the others in all.
func longEnough(words []string, all map[string]bool) []string {
	list := []string{}
	for _, w := range words {
		if w != "" && len(w) <= maxLexeme && !strings.Contains(w, between) {
			list = append(list, w)
			all[w] = true
		}
	}
	return list
}

func (postgres) remove(ctx context.Context, t *sql.Tx, kind Kind, seqs []int64) error {
	if len(seqs) == 0 {
		return nil
	}
	list, err := json.Marshal(seqs)
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `DELETE FROM search_`+string(kind)+` WHERE seq IN (SELECT CAST(value AS BIGINT) FROM json_each($1))`, string(list))
	return err
}

// match writes c in the language of tsquery, each word within quotes, so that none
// is read as a part of it (V68).
func (p postgres) match(kind Kind, parameter string, c []clause, each bool) (string, any) {
	list := make([]string, 0, len(c))
	for _, one := range c {
		operator := " | "
		if one.all {
			operator = " & "
		}
		quoted := make([]string, len(one.words))
		for i, w := range one.words {
			quoted[i] = "'" + strings.NewReplacer("'", "''", `\`, `\\`).Replace(w) + "'"
		}
		text := "(" + strings.Join(quoted, operator) + ")"
		if one.not {
			text = "!" + text
		}
		list = append(list, text)
	}
	words := "search_" + string(kind) + ".words"
	if each {
		// The same, and not what the index is of; to make another of it would cost five
		// times as much as to look through it.
		words = "(CASE WHEN " + p.number(kind) + " IS NOT NULL THEN " + words + " END)"
	}
	return words + " @@ CAST(" + parameter + " AS tsquery)", strings.Join(list, " & ")
}

func (postgres) endings(ctx context.Context, r sqlrow.Queryer, kind Kind, stem string, most int) ([]string, error) {
	const last = "\U0010FFFF" // sorts behind whatever goes on
	return sqlrow.Collect(ctx, r, sqlrow.Column[string],
		`SELECT term FROM search_`+string(kind)+`_words WHERE term >= $1 AND term < $2 ORDER BY term LIMIT $3`, stem, stem+last, most)
}
