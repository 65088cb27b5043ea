package db

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
)

// Tag mints tag: URIs (RFC 4151). Authority and date are written when the
// database is made and never change, whatever becomes of host, slug or title.
type Tag struct {
	Authority string // a host without port
	Date      string // yyyy
}

// Article is the id of an article in every feed.
func (t Tag) Article(id string) string { return t.uri("article/" + id) }

// Notice is the id of a correction or a withdrawal in the feed of these.
func (t Tag) Notice(id string) string { return t.uri("notice/" + id) }

// Comment is the id of a comment in every feed.
func (t Tag) Comment(id string) string { return t.uri("comment/" + id) }

// Feed is the id of the feed under a page's address, which begins with a
// slash and names an article without its slug.
func (t Tag) Feed(page string) string { return t.uri("feed" + page) }

func (t Tag) uri(specific string) string {
	return "tag:" + t.Authority + "," + t.Date + ":" + specific
}

// Tag mints this database's ids.
func (d *DB) Tag() Tag { return d.tag }

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
	if _, err := d.w.ExecContext(ctx, `
		INSERT INTO meta (key, value) VALUES
			('tag_authority', $1), ('tag_date', $2), ('created', $3), ('secret', $4)
		ON CONFLICT (key) DO NOTHING`,
		authority, now.Format("2006"), strconv.FormatInt(now.UnixMilli(), 10), hex.EncodeToString(secret)); err != nil {
		return err
	}
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
	d.tag = Tag{Authority: values["tag_authority"], Date: values["tag_date"]}
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
