// Package audit says what is wrong with a store, where anything is: damage below the
// tables, references to what is not there, counts that are not those of what they
// count, an index of words that lacks something (M9). It changes nothing, and sees
// one moment of a store that others write to. Begin with Check.
package audit

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"courant/db/engine"
	"courant/db/sqlrow"
	"courant/db/tables"
)

// Fault is one thing that is wrong.
type Fault struct {
	Check string `json:"check"` // Damage, References, Counts or Words
	Table string `json:"table"`
	Says  string `json:"says"`
}

func (f Fault) String() string { return f.Check + ": " + f.Table + ": " + f.Says }

// The checks, in the order in which they are made.
const (
	Damage     = "damage"
	References = "references"
	Counts     = "counts"
	Words      = "words"
)

// Checks are all of them.
func Checks() []string { return []string{Damage, References, Counts, Words} }

// most is how many faults of one kind in one table are told, each by itself.
const most = 20

// audit is one look at a store.
type audit struct {
	d      *engine.DB
	t      *sql.Tx // sees one moment
	server bool
	tables []tables.Table
	faults []Fault
}

// Check returns what is wrong with d. The error is of the look itself.
func Check(ctx context.Context, d *engine.DB) ([]Fault, error) {
	a := &audit{d: d, server: d.Path() == ""}
	damage, o := sqliteDamage, &sql.TxOptions{ReadOnly: true}
	if a.server {
		damage, o.Isolation = postgresDamage, sql.LevelRepeatableRead
	}
	var err error
	if a.t, err = d.Reader().BeginTx(ctx, o); err != nil {
		return nil, fmt.Errorf("check %s: %w", d.Name(), err)
	}
	defer a.t.Rollback()
	if a.tables, err = tables.Of(ctx, d, a.t); err == nil {
		err = damage(ctx, a)
	}
	for _, check := range []func(context.Context) error{a.references, a.counts, a.words} {
		if err == nil {
			err = check(ctx)
		}
	}
	if engine.Damaged(err) {
		a.fault(Damage, "store", err.Error()) // no more can be read of it
		err = nil
	}
	if err != nil {
		return a.faults, fmt.Errorf("check %s: %w", d.Name(), err)
	}
	return a.faults, nil
}

func (a *audit) fault(check, table, says string) {
	a.faults = append(a.faults, Fault{check, table, says})
}

// each has a fault told for each row of a query, which gives it in words; of many,
// the first, and how many more there are.
func (a *audit) each(ctx context.Context, check, table, text string) error {
	n := 0
	for says, err := range sqlrow.Each(ctx, a.t, sqlrow.Column[string], text) {
		if err != nil {
			return fmt.Errorf("%s of %s: %w", check, table, err)
		}
		if n++; n <= most {
			a.fault(check, table, says)
		}
	}
	if n > most {
		a.fault(check, table, fmt.Sprintf("and %d more like these", n-most))
	}
	return nil
}

// references finds rows that refer to others which are not there: of every table
// that refers to one.
func (a *audit) references(ctx context.Context) error {
	for _, t := range a.tables {
		for _, r := range t.References {
			if err := a.each(ctx, References, t.Name, dangling(t, r)); err != nil {
				return err
			}
		}
	}
	return nil
}

// dangling selects the rows of t that refer to nothing by r.
func dangling(t tables.Table, r tables.Reference) string {
	var set, same, said []string
	for i, from := range r.From {
		set = append(set, `child.`+quoted(from)+` IS NOT NULL`)
		same = append(same, `parent.`+quoted(r.Keys[i])+` = child.`+quoted(from))
		said = append(said, `'`+from+` ' || CAST(child.`+quoted(from)+` AS TEXT)`)
	}
	return `SELECT ` + strings.Join(said, ` || ', ' || `) + ` || ' is no row of ` + r.To + `' FROM ` + quoted(t.Name) + ` AS child
		WHERE ` + strings.Join(set, " AND ") + ` AND NOT EXISTS (SELECT 1 FROM ` + quoted(r.To) + ` AS parent WHERE ` + strings.Join(same, " AND ") + `)`
}

// quoted is a name as SQL takes it whatever it is.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
