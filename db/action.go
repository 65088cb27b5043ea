package db

import (
	"context"
	"time"
)

// Action is a line of the append-only log.
type Action struct {
	At                             time.Time
	Actor, Kind, Ref, What, Detail string
}

// Actions returns what was done to one article, comment or source, oldest first.
func (d *DB) Actions(ctx context.Context, kind, ref string) ([]Action, error) {
	return collect(ctx, d.r, func(r row) (a Action, err error) {
		err = r.Scan(msTime{&a.At}, &a.Actor, &a.Kind, &a.Ref, &a.What, &a.Detail)
		return a, err
	}, `
		SELECT at, actor, kind, ref, what, detail FROM action WHERE kind = $1 AND ref = $2 ORDER BY id`, kind, ref)
}

// act adds a line to the append-only log.
func (t *tx) act(ctx context.Context, actor, kind, ref, what, detail string) error {
	_, err := t.ExecContext(ctx, `
		INSERT INTO action (at, actor, kind, ref, what, detail) VALUES ($1, $2, $3, $4, $5, $6)`,
		ms(t.now), actor, kind, ref, what, detail)
	return err
}
