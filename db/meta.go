package db

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"courant/db/uri"
)

// Tag mints this database's ids.
func (d *DB) Tag() uri.Tag { return d.tag }

// Created is when the database was made.
func (d *DB) Created() time.Time { return d.created }

// Secret is 32 random bytes made with the database, for signing what visitors
// carry (their cookie, a form's stamp). It never leaves the process.
func (d *DB) Secret() []byte { return d.secret }

const (
	secretBytes    = 32
	authorityChars = 12 // PRODUCT.md, Ids: the random authority's length
)

func (d *DB) loadMeta(ctx context.Context, authority string) error {
	if authority == "" {
		authority = randomID(authorityChars) + ".invalid"
	}
	secret := make([]byte, secretBytes)
	rand.Read(secret)
	now := d.Now()
	// The first process to get here decides; the others read what it wrote.
	if err := d.inTx(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, `
		INSERT INTO meta (key, value) VALUES
			('tag_authority', $1), ('tag_date', $2), ('created', $3), ('secret', $4)
		ON CONFLICT (key) DO NOTHING`,
			authority, now.Format("2006"), strconv.FormatInt(now.UnixMilli(), 10), hex.EncodeToString(secret))
		return err
	}); err != nil {
		return err
	}
	return d.readMeta(ctx)
}

// readMeta reads what loadMeta wrote, when the store was made.
func (d *DB) readMeta(ctx context.Context) error {
	get := func(key string) (v string, err error) {
		err = d.r.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = $1`, key).Scan(&v)
		return v, err
	}
	values := map[string]string{}
	for _, key := range []string{"tag_authority", "tag_date", "created", "secret"} {
		v, err := get(key)
		if err != nil {
			return fmt.Errorf("meta %s: %w", key, err)
		}
		values[key] = v
	}
	d.tag = uri.Tag{Authority: values["tag_authority"], Date: values["tag_date"]}
	created, err := strconv.ParseInt(values["created"], 10, 64)
	if err != nil {
		return fmt.Errorf("meta created: %w", err)
	}
	d.created = time.UnixMilli(created).UTC()
	d.secret, err = hex.DecodeString(values["secret"])
	return err
}

// idChars is the length of a public id: 36^10 of them cannot be tried out.
const idChars = 10

// randomID returns n random lower-case letters and digits.
func randomID(n int) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
	const fair = 256 - 256%len(alphabet) // bytes above would favour the first letters
	id := make([]byte, 0, n)
	buf := make([]byte, 2*n)
	for len(id) < n {
		rand.Read(buf)
		for _, b := range buf {
			if int(b) < fair && len(id) < n {
				id = append(id, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return string(id)
}

// Probe writes a little to the disk, to see whether it takes writes.
func (d *DB) Probe(ctx context.Context) error {
	return d.inTx(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, `
			INSERT INTO meta (key, value) VALUES ('probed', $1)
			ON CONFLICT (key) DO UPDATE SET value = excluded.value`, fmt.Sprint(t.now.UnixMilli()))
		if err != nil {
			return fmt.Errorf("probe the disk: %w", err)
		}
		return nil
	})
}
