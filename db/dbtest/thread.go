package dbtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"fmt"

	"courant/db"
	"courant/db/state"
)

// FillThread stores n approved comments on an article, a second apart from its
// publication on, each second one a reply to the one before, and each with so many
// letters beside the few that tell them apart. It writes past the store, whose every
// comment is a transaction of its own: drop what was rendered before.
func FillThread(ctx context.Context, d *db.DB, article string, n, letters int) error {
	err := d.Tx(ctx, func(t *sql.Tx) error {
		var seq, published int64
		if err := t.QueryRowContext(ctx, `SELECT seq, published FROM article WHERE id = $1`, article).Scan(&seq, &published); err != nil {
			return err
		}
		insert, err := t.PrepareContext(ctx, `
			INSERT INTO comment (id, article, parent, name, email, text, body, visitor, status, reason, created, updated, digest)
			VALUES ($1, $2, $3, $4, '', $5, $6, '', 'approved', '', $7, $7, $8) RETURNING seq`)
		if err != nil {
			return err
		}
		defer insert.Close()
		var before int64
		for i := 1; i <= n; i++ {
			digest, more := make([]byte, 32), make([]byte, letters/2)
			rand.Read(digest)
			rand.Read(more)
			text := fmt.Sprintf("Comment number %d", i)
			if letters > 0 {
				text += " " + hex.EncodeToString(more)
			}
			var parent any
			if i%2 == 0 {
				parent = before
			}
			if err := insert.QueryRowContext(ctx, fmt.Sprintf("filled%06d", i), seq, parent, fmt.Sprint("Reader ", i),
				text, "<p>"+text+"</p>", published+int64(i)*1000, digest).Scan(&before); err != nil {
				return err
			}
		}
		_, err = t.ExecContext(ctx, `UPDATE article SET comments = $2, comments_updated = $3 WHERE seq = $1`, seq, n, published+int64(n)*1000)
		return err
	}, func() {})
	if err != nil {
		return fmt.Errorf("fill thread of %s: %w", article, err)
	}
	return nil
}

// Moderate moves one comment to another state, see db.DB.Moderate.
func Moderate(ctx context.Context, d *db.DB, id string, to state.Comment, actor, reason string) (db.Comment, error) {
	list, _, err := d.Moderate(ctx, actor, to, reason, id)
	if err != nil {
		return db.Comment{}, err
	}
	return list[0], nil
}
