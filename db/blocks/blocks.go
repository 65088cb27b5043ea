// Package blocks keeps whom editors want to hear no more of: a name, an e-mail
// address, a network, a text, each taken from a comment of theirs. What is posted
// and has one of these is refused as spam. It has statements of its own over a
// table of its own, and asks the store's engine to run them. Begin with New;
// Traits says what a comment can be blocked by.
package blocks

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"courant/db/engine"
	"courant/db/sqlrow"
	"courant/db/text"
)

// ErrNotFound means that there is no such block.
var ErrNotFound = errors.New("not found")

// The traits of a comment that can be blocked.
const (
	Name    = "name"
	Email   = "email"
	Network = "network"
	Text    = "text"
)

// Kinds are all of them, in the order in which they are told.
func Kinds() []string { return []string{Name, Email, Network, Text} }

// NetworkDays is how many days the block of a network lasts: addresses pass from
// one person to another, and are known by a hash of their day alone.
const NetworkDays = 30

// shownChars is how much is kept to show of what is blocked.
const shownChars = 100

// Block is one trait that is refused.
type Block struct {
	Kind    string // one of Kinds
	Trait   string // as Traits gives it
	Shown   string // what it was taken from, for editors
	Comment string // id of the comment it was taken from
	Actor   string
	At      time.Time
}

// Traits are what a comment can be blocked by, each kind's in the form in which
// two are compared: however it was typed. A kind of which it has nothing is
// missing.
func Traits(name, email, network, body string) map[string]string {
	t := map[string]string{Name: text.Essence(name), Email: text.Fold(email), Network: network}
	if essence := text.Essence(body); essence != "" {
		sum := sha256.Sum256([]byte(essence))
		t[Text] = hex.EncodeToString(sum[:])
	}
	for kind, trait := range t {
		if trait == "" {
			delete(t, kind)
		}
	}
	return t
}

// Blocks are those of a store. Safe for concurrent use.
type Blocks struct {
	engine *engine.DB
	now    func() time.Time
}

// New returns the blocks of the store that e is the engine of; now is its clock.
func New(e *engine.DB, now func() time.Time) Blocks { return Blocks{e, now} }

// Add blocks what b says, whose At is now. That it is blocked already changes
// nothing.
func (s Blocks) Add(ctx context.Context, b Block) error {
	return s.write(ctx, b, "block", func(t *sql.Tx, now time.Time) (sql.Result, error) {
		if _, err := t.ExecContext(ctx, `DELETE FROM block WHERE kind = $1 AND at < $2`, Network, now.AddDate(0, 0, -NetworkDays).UnixMilli()); err != nil {
			return nil, err
		}
		return t.ExecContext(ctx, `
			INSERT INTO block (kind, trait, shown, comment, actor, at) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (kind, trait) DO NOTHING`,
			b.Kind, b.Trait, text.Cut(b.Shown, shownChars), b.Comment, b.Actor, now.UnixMilli())
	})
}

// Remove lifts the block of b's Kind and Trait in the name of b's Actor. Where
// there is none it gives ErrNotFound.
func (s Blocks) Remove(ctx context.Context, b Block) error {
	return s.write(ctx, b, "unblock", func(t *sql.Tx, _ time.Time) (sql.Result, error) {
		res, err := t.ExecContext(ctx, `DELETE FROM block WHERE kind = $1 AND trait = $2`, b.Kind, b.Trait)
		if err != nil {
			return nil, err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return nil, errors.Join(ErrNotFound, err)
		}
		return res, nil
	})
}

// write runs f in a transaction, with a line in the log of actions where it
// changed anything.
func (s Blocks) write(ctx context.Context, b Block, what string, f func(t *sql.Tx, now time.Time) (sql.Result, error)) error {
	now := s.now()
	err := s.engine.Tx(ctx, func(t *sql.Tx) error {
		res, err := f(t, now)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		before, after := "not blocked", "blocked"
		if what == "unblock" {
			before, after = after, before
		}
		_, err = t.ExecContext(ctx, `INSERT INTO action (at, actor, kind, ref, what, detail, before, after) VALUES ($1, $2, 'comment', $3, $4, $5, $6, $7)`,
			now.UnixMilli(), b.Actor, b.Comment, what, b.Kind, before, after)
		return err
	}, func() {})
	if err != nil {
		return fmt.Errorf("%s the %s of comment %s: %w", what, b.Kind, b.Comment, err)
	}
	return nil
}

// List are all that hold, the newest first.
func (s Blocks) List(ctx context.Context) ([]Block, error) {
	list, err := sqlrow.Collect(ctx, s.engine.Reader(), scan, `SELECT `+columns+` FROM block ORDER BY at DESC, kind, trait`)
	if err != nil {
		return nil, fmt.Errorf("blocks: %w", err)
	}
	return list, nil
}

const columns = `kind, trait, shown, comment, actor, at`

func scan(r sqlrow.Row) (b Block, err error) {
	err = r.Scan(&b.Kind, &b.Trait, &b.Shown, &b.Comment, &b.Actor, sqlrow.Time(&b.At))
	return b, err
}

// Met are the blocks that a comment meets.
type Met []Block

// First is the first of them, in the order of Kinds, and whether there is one.
func (m Met) First() (Block, bool) {
	if len(m) == 0 {
		return Block{}, false
	}
	order := Kinds()
	return slices.MinFunc(m, func(a, b Block) int { return slices.Index(order, a.Kind) - slices.Index(order, b.Kind) }), true
}

// Ask asks what a comment with such traits meets, which is in m once the statement has
// run. networks are how the network that it came from is called on each of the last
// NetworkDays.
func (m *Met) Ask(traits map[string]string, networks []string) engine.Statement {
	return engine.Statement{
		Text: `
		SELECT ` + columns + ` FROM block
		WHERE (kind = $1 AND trait = $2) OR (kind = $3 AND trait = $4) OR (kind = $5 AND trait = $6)
			OR (kind = $7 AND trait IN (SELECT value FROM json_each($8)))`,
		Args: []any{Name, traits[Name], Email, traits[Email], Text, traits[Text], Network, sqlrow.Text(networks)},
		Each: func(r sqlrow.Row) error {
			b, err := scan(r)
			*m = append(*m, b)
			return err
		},
	}
}

// Met are the blocks that a comment with such traits meets, as Met.Ask has it.
func (s Blocks) Met(ctx context.Context, traits map[string]string, networks []string) (met Met, err error) {
	ask := met.Ask(traits, networks)
	if met, err = sqlrow.Collect(ctx, s.engine.Reader(), scan, ask.Text, ask.Args...); err != nil {
		return nil, fmt.Errorf("blocks: %w", err)
	}
	return met, nil
}
