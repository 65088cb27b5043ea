package db

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"courant/db/scope"
	"courant/db/sqlrow"
	"courant/db/state"
)

// Source is one feed we pull: what the configuration says, what the feed says
// of itself, and how its polling stands.
type Source struct {
	ID, URL, Title string // as configured
	Section        string
	Tags           []string
	Rights         string // "full" or "excerpt"
	Canonical      string // "self" or "source"
	License        string
	Position       int  // its place in the configuration
	Configured     bool // false once it has left the configuration: polled no more
	PausedConfig   bool // paused in the configuration
	Paused         bool // paused from the shell or the desk

	FeedID, FeedTitle, FeedLink string // the feed's own id, title and site
	FeedUpdated                 time.Time
	Language                    string
	Repairs                     []string // what had to be mended in its last document
	ImportedAt                  time.Time
	Entries                     int // articles of this source

	Identity   string // what tells its entries apart, "": their ids (package identity)
	Strikes    int    // known ids that it gave to other entries
	Own, Stale int    // entries of its last document that are our own, or older than what we have
	Watched    bool   // whether an entry is missing from its last document for the first time (I26)

	Poll
}

// Poll is how the polling of a source stands. A pass replaces it whole.
type Poll struct {
	ETag, LastModified string // byte for byte as the server sent them
	ValidatorsFor      string // the address they belong to
	BodyHash           []byte // of the last document that was taken in
	NextDue            time.Time
	Reason             string // which rule set NextDue
	State              string // active, failing, dormant, gone, …: aggregator/schedule's words
	LastPass           time.Time
	LastSuccess        time.Time
	LastNew            time.Time // when its last new entry came
	Errors             int       // failed passes in a row
	Error              string    // the latest failure, without secrets; empty when all is well
	ErrorSince         time.Time
	Extra              json.RawMessage // what else the schedule remembers
	Shard              int             // by which it is dealt to a worker: package lease
}

// onlyLater reports whether p is o but for the times of the last pass and the next, as
// after most passes.
func (p Poll) onlyLater(o Poll) bool {
	return p.ETag == o.ETag && p.LastModified == o.LastModified && p.ValidatorsFor == o.ValidatorsFor && bytes.Equal(p.BodyHash, o.BodyHash) &&
		p.State == o.State && p.LastNew.Equal(o.LastNew) && p.Errors == o.Errors && p.Error == o.Error && p.ErrorSince.Equal(o.ErrorSince) &&
		p.Shard == o.Shard
}

// Name is the title to show: as configured, else the feed's own, else the id.
func (s Source) Name() string {
	switch {
	case s.Title != "":
		return s.Title
	case s.FeedTitle != "":
		return s.FeedTitle
	}
	return s.ID
}

// Active reports whether the source is polled at all.
func (s Source) Active() bool { return s.Configured && !s.Paused && !s.PausedConfig }

const sourceColumns = `id, url, title, section, tags, rights, canonical, license, position, configured, paused_config, paused,
	feed_id, feed_title, feed_link, feed_updated, language, repairs, imported_at, entries, identity, strikes, own, stale, watched, ` + pollColumns

// scannedSource is where sourceColumns go, for sqlrow.Into.
func scannedSource(s *Source) []any {
	return s.poll(&s.ID, &s.URL, &s.Title, &s.Section, sqlrow.JSON(&s.Tags), &s.Rights, &s.Canonical, &s.License,
		&s.Position, &s.Configured, &s.PausedConfig, &s.Paused,
		&s.FeedID, &s.FeedTitle, &s.FeedLink, sqlrow.Time(&s.FeedUpdated), &s.Language, sqlrow.JSON(&s.Repairs), sqlrow.Time(&s.ImportedAt), &s.Entries,
		&s.Identity, &s.Strikes, &s.Own, &s.Stale, &s.Watched)
}

const pollColumns = `etag, last_modified, validators_for, body_hash, next_due, reason, state, last_pass, last_success, last_new,
	errors, error, error_since, poll, coalesce(shard, 0)`

// poll is what pollColumns are scanned into, behind what others are.
func (s *Source) poll(others ...any) []any {
	return append(others, asSent{&s.ETag}, asSent{&s.LastModified}, &s.ValidatorsFor, &s.BodyHash, sqlrow.Time(&s.NextDue), &s.Reason, &s.State,
		sqlrow.Time(&s.LastPass), sqlrow.Time(&s.LastSuccess), sqlrow.Time(&s.LastNew),
		&s.Errors, &s.Error, sqlrow.Time(&s.ErrorSince), (*[]byte)(&s.Extra), &s.Shard)
}

// askedColumns are what a pass goes by, for whoever reads sources because they are
// asked: how their polling stands, and what of them decides on what it brings.
const askedColumns = `id, url, title, section, configured, paused_config, paused, feed_title, feed_link, imported_at, entries, identity, strikes, watched, ` + pollColumns

// scannedAsked is where askedColumns go.
func scannedAsked(s *Source) []any {
	return s.poll(&s.ID, &s.URL, &s.Title, &s.Section, &s.Configured, &s.PausedConfig, &s.Paused, &s.FeedTitle, &s.FeedLink,
		sqlrow.Time(&s.ImportedAt), &s.Entries, &s.Identity, &s.Strikes, &s.Watched)
}

// dueColumns are what decides whether and when an active source is asked: a third of
// them all, for whoever reads all sources only to choose some.
const dueColumns = `id, url, etag, last_modified, next_due, reason, state, last_pass, last_success, errors, poll, coalesce(shard, 0)`

// scannedDue is where dueColumns go.
func scannedDue(s *Source) []any {
	s.Configured = true
	return []any{
		&s.ID, &s.URL,
		asSent{&s.ETag},
		asSent{&s.LastModified},
		sqlrow.Time(&s.NextDue), &s.Reason,
		&s.State, sqlrow.Time(&s.LastPass), sqlrow.Time(&s.LastSuccess), &s.Errors, (*[]byte)(&s.Extra), &s.Shard,
	}
}

// opaqueMark begins what a server sent that is no text, in base64: byte for byte it
// is sent back (P10), and PostgreSQL holds no text that is none.
const opaqueMark = "\x01base64:"

// opaque is what a server sent, as it is stored; asSent reads it back.
func opaque(s string) string {
	if utf8.ValidString(s) && !strings.Contains(s, "\x00") {
		return s
	}
	return opaqueMark + base64.StdEncoding.EncodeToString([]byte(s))
}

type asSent struct{ s *string }

// Scan implements sql.Scanner.
func (a asSent) Scan(src any) error {
	text, is := src.(string)
	if !is {
		return fmt.Errorf("a validator is stored as %T", src)
	}
	*a.s = text
	if code, is := strings.CutPrefix(text, opaqueMark); is {
		sent, err := base64.StdEncoding.DecodeString(code)
		*a.s = string(sent)
		return err
	}
	return nil
}

// Source returns the source with the given id, or ErrNotFound.
func (d *DB) Source(ctx context.Context, id string) (Source, error) {
	var s Source
	err := sqlrow.One(d.r.QueryRowContext(ctx, `SELECT `+sourceColumns+` FROM source WHERE id = $1`, id), scannedSource(&s)...)
	return s, err
}

// Sources returns every source, those of the configuration first and in its
// order.
func (d *DB) Sources(ctx context.Context) ([]Source, error) {
	return sqlrow.Collect(ctx, d.r, sqlrow.Into(scannedSource), `SELECT `+sourceColumns+` FROM source ORDER BY configured DESC, position, id`)
}

// EachNamed is the sources that have one of the given ids, in their order; ids
// that do not exist are left out. Of each there is what askedColumns name, and no more.
func (d *DB) EachNamed(ctx context.Context, ids []string) iter.Seq2[Source, error] {
	return named(ctx, d.r, ids)
}

// EachNoted is EachNamed of sources whose requests were noted a moment ago, see
// engine.DB.Fresh: nothing may be written until it has ended.
func (d *DB) EachNoted(ctx context.Context, ids []string) iter.Seq2[Source, error] {
	return named(ctx, d.Fresh(), ids)
}

func named(ctx context.Context, q *sql.DB, ids []string) iter.Seq2[Source, error] {
	return sqlrow.Each(ctx, q, sqlrow.Into(scannedAsked), `
		SELECT `+askedColumns+` FROM source
		WHERE id IN (SELECT value FROM json_each($1)) ORDER BY position`, sqlrow.Text(ids))
}

// SetSources makes the configured sources those of list, in its order. Others
// stay, with their articles, and are polled no more. What is known of a
// source's polling is kept, but for its validators where its address changed
// (P19). Rows of sources that stay as they are are not touched: workers write to
// them.
func (d *DB) SetSources(ctx context.Context, list iter.Seq[Source]) error {
	if same, err := d.haveSources(ctx, list); err != nil || same {
		return err
	}
	return d.inTx(ctx, func(t *tx) error {
		// Of several workers that start at once one goes first, and the others find
		// what it wrote.
		if err := t.e.Alone(ctx, t.flushed(ctx), "courant sources"); err != nil {
			return err
		}
		seed := maphash.MakeSeed()
		stands, err := t.configured(ctx, seed)
		if err != nil {
			return fmt.Errorf("set sources: %w", err)
		}
		var ids []string
		for s := range list {
			digest, is := stands[s.ID]
			if !is || digest != s.configured(seed, len(ids)) {
				if err := t.setSource(ctx, s, len(ids)); err != nil {
					return fmt.Errorf("set source %s: %w", s.ID, err)
				}
			}
			ids = append(ids, s.ID)
		}
		if _, err := t.ExecContext(ctx, `
			UPDATE source SET configured = 0 WHERE configured = 1 AND id NOT IN (SELECT value FROM json_each($1))`, sqlrow.Text(ids)); err != nil {
			return fmt.Errorf("set sources: %w", err)
		}
		t.scopes.add(scope.Sources)
		return nil
	})
}

// configured are digests of the sources that are configured, each with its place,
// by id.
func (t *tx) configured(ctx context.Context, seed maphash.Seed) (map[string]uint64, error) {
	stands := map[string]uint64{}
	for s, err := range sqlrow.Each(ctx, t.flushed(ctx), sqlrow.Into(scannedConfigured), configuredSources) {
		if err != nil {
			return nil, err
		}
		if s.Shard >= 0 {
			stands[s.ID] = s.configured(seed, s.Position)
		}
	}
	return stands, nil
}

// configured is a digest of what the configuration says of s at a place in it.
func (s Source) configured(seed maphash.Seed, position int) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	for _, part := range []string{
		s.URL, s.Title, s.Section, sqlrow.Text(s.Tags), cmp.Or(s.Rights, "full"), cmp.Or(s.Canonical, "self"), s.License,
		fmt.Sprint(position, s.PausedConfig),
	} {
		h.WriteString(part)
		h.WriteByte(0)
	}
	return h.Sum64()
}

const configuredSources = `
	SELECT id, url, title, section, tags, rights, canonical, license, position, paused_config, coalesce(shard, -1)
	FROM source WHERE configured = 1 ORDER BY position`

// scannedConfigured is where configuredSources go: what the configuration says of a source.
// Its shard is -1 where it was not dealt yet.
func scannedConfigured(s *Source) []any {
	return []any{&s.ID, &s.URL, &s.Title, &s.Section, sqlrow.JSON(&s.Tags), &s.Rights, &s.Canonical, &s.License, &s.Position, &s.PausedConfig, &s.Shard}
}

// setSource writes what the configuration says of a source, and its place in it.
func (t *tx) setSource(ctx context.Context, s Source, position int) error {
	return t.later(ctx, `
		INSERT INTO source (id, url, title, section, tags, rights, canonical, license, position, configured, paused_config, shard)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $11)
		ON CONFLICT (id) DO UPDATE SET
			etag           = CASE WHEN source.url = excluded.url THEN source.etag ELSE '' END,
			last_modified  = CASE WHEN source.url = excluded.url THEN source.last_modified ELSE '' END,
			validators_for = CASE WHEN source.url = excluded.url THEN source.validators_for ELSE '' END,
			body_hash      = CASE WHEN source.url = excluded.url THEN source.body_hash ELSE NULL END,
			next_due       = CASE WHEN source.url = excluded.url THEN source.next_due ELSE NULL END,
			reason         = CASE WHEN source.url = excluded.url THEN source.reason ELSE '' END,
			state          = CASE WHEN source.url = excluded.url THEN source.state ELSE 'active' END,
			errors         = CASE WHEN source.url = excluded.url THEN source.errors ELSE 0 END,
			error          = CASE WHEN source.url = excluded.url THEN source.error ELSE '' END,
			error_since    = CASE WHEN source.url = excluded.url THEN source.error_since ELSE NULL END,
			poll           = CASE WHEN source.url = excluded.url THEN source.poll ELSE '{}' END,
			shard          = CASE WHEN source.url = excluded.url THEN coalesce(source.shard, excluded.shard) ELSE excluded.shard END,
			url = excluded.url, title = excluded.title, section = excluded.section, tags = excluded.tags,
			rights = excluded.rights, canonical = excluded.canonical, license = excluded.license,
			position = excluded.position, configured = 1, paused_config = excluded.paused_config`,
		s.ID, s.URL, s.Title, s.Section, sqlrow.Text(s.Tags), cmp.Or(s.Rights, "full"), cmp.Or(s.Canonical, "self"), s.License, position, s.PausedConfig, s.Shard)
}

// haveSources reports whether the configured sources are those of list
// already: most starts change nothing, and need not write.
func (d *DB) haveSources(ctx context.Context, list iter.Seq[Source]) (same bool, err error) {
	rows, err := d.r.QueryContext(ctx, configuredSources)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	scan := sqlrow.Into(scannedConfigured)
	n := 0
	for s := range list {
		if !rows.Next() {
			return false, rows.Err()
		}
		h, err := scan(rows)
		if err != nil || h.ID != s.ID || h.URL != s.URL || h.Title != s.Title || h.Section != s.Section || !slices.Equal(h.Tags, s.Tags) ||
			h.Rights != cmp.Or(s.Rights, "full") || h.Canonical != cmp.Or(s.Canonical, "self") || h.License != s.License || h.Position != n ||
			h.PausedConfig != s.PausedConfig || h.Shard < 0 {
			return false, err
		}
		n++
	}
	return !rows.Next(), rows.Err()
}

// PauseSource sets or clears the store's own pause of a source. To clear it is also
// to give one another chance that was given up, as gone or dormant: it is due at
// once (P70). Errors: ErrNotFound.
func (d *DB) PauseSource(ctx context.Context, id string, paused bool, actor string) error {
	return d.inTx(ctx, func(t *tx) error {
		var old bool
		var stands string
		var was time.Time
		if err := sqlrow.One(t.QueryRowContext(ctx, `UPDATE source SET paused = paused WHERE id = $1 RETURNING paused, state, last_pass`, id),
			&old, &stands, sqlrow.Time(&was)); err != nil {
			return fmt.Errorf("source %s: %w", id, err)
		}
		if _, err := t.ExecContext(ctx, `UPDATE source SET paused = $2 WHERE id = $1`, id, paused); err != nil {
			return err
		}
		said := func(paused bool) string {
			switch {
			case paused:
				return "paused"
			case stands == state.Active, stands == "":
				return "polled"
			}
			return stands
		}
		before := said(old)
		if !paused && (stands == state.Gone || stands == state.Dormant) {
			if err := t.reschedule(ctx, []Due{{Source: id, Was: was, At: t.now, Reason: "resumed", State: state.Active}}); err != nil {
				return err
			}
			stands = state.Active
		}
		what := map[bool]string{true: "pause", false: "resume"}[paused]
		if after := said(paused); after != before {
			return t.actChange(ctx, actor, "source", id, what, "", before, after)
		}
		return nil // it was so already
	})
}
