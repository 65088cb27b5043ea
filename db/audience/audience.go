// Package audience keeps how many subscribers each of our feeds has by what those say
// who fetch it for others: one row for a feed and a fetcher, whichever process it
// asked. It has statements of its own over a table of its own. Begin with Note and Of.
//
// Whoever asks can say what it likes, so the rows are bounded, what it names is shown
// beside the sum, and nothing is decided by either.
package audience

import (
	"context"
	"fmt"
	"time"

	"courant/db/engine"
	"courant/db/sqlrow"
)

const (
	// Remembered is how long a fetcher counts that does not come back: each asks once a
	// day at least, and one that was left by its last subscriber asks no more.
	Remembered = 7 * 24 * time.Hour
	// FetchersOfFeed and Rows bound what is kept of one feed and in all: there are some
	// thirty services that fetch for others, and a stranger who makes up names fills no
	// disk.
	FetchersOfFeed = 50
	Rows           = 10_000
)

// Claim is what a fetcher says of itself.
type Claim struct {
	Feed        string // path of the feed that it fetched
	Fetcher     string // its name
	Subscribers int
}

// Note keeps claims, in the place of what the same fetchers said before, and forgets
// those that were not heard of for long. The claims are in an order that all processes
// have alike. What finds no room is left out.
func Note(ctx context.Context, e *engine.DB, now time.Time, claims []Claim) error {
	if err := e.Note(ctx, `DELETE FROM audience WHERE seen < $1`, sqlrow.Milli(now.Add(-Remembered))); err != nil {
		return fmt.Errorf("forget fetchers: %w", err)
	}
	for _, c := range claims {
		if err := e.Note(ctx, `
			INSERT INTO audience (feed, fetcher, subscribers, seen)
			SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($4 AS BIGINT)
			WHERE EXISTS (SELECT 1 FROM audience WHERE feed = $1 AND fetcher = $2)
				OR (SELECT count(*) FROM audience WHERE feed = $1) < $5 AND (SELECT count(*) FROM audience) < $6
			ON CONFLICT (feed, fetcher) DO UPDATE SET subscribers = excluded.subscribers, seen = excluded.seen`,
			c.Feed, c.Fetcher, c.Subscribers, sqlrow.Milli(now), FetchersOfFeed, Rows); err != nil {
			return fmt.Errorf("note a fetcher: %w", err)
		}
	}
	return nil
}

// Feed is how many subscribers a feed has by those who fetch it for them.
type Feed struct {
	Path        string
	Subscribers int
	Fetchers    []Fetcher // those with the most first
}

// Fetcher is who fetches a feed for others.
type Fetcher struct {
	Name        string
	Subscribers int
	Seen        time.Time // when it last asked
}

// Of is the feeds that somebody fetches for others, those with the most subscribers
// first, most of them at most; 0: all.
func Of(ctx context.Context, q sqlrow.Queryer, now time.Time, most int) ([]Feed, error) {
	if most == 0 {
		most = Rows
	}
	var list []Feed
	var path string
	for f, err := range sqlrow.Each(ctx, q, func(r sqlrow.Row) (f Fetcher, err error) {
		err = r.Scan(&path, &f.Name, &f.Subscribers, sqlrow.Time(&f.Seen))
		return f, err
	}, `
		SELECT audience.feed, fetcher, subscribers, seen
		FROM audience JOIN (
			SELECT feed, sum(subscribers) AS total FROM audience WHERE seen >= $1 GROUP BY feed ORDER BY total DESC, feed LIMIT $2
		) AS heard ON heard.feed = audience.feed
		WHERE seen >= $1 ORDER BY heard.total DESC, audience.feed, subscribers DESC, fetcher`, sqlrow.Milli(now.Add(-Remembered)), most) {
		if err != nil {
			return nil, fmt.Errorf("read who fetches: %w", err)
		}
		if n := len(list); n == 0 || list[n-1].Path != path {
			list = append(list, Feed{Path: path})
		}
		feed := &list[len(list)-1]
		feed.Subscribers += f.Subscribers
		feed.Fetchers = append(feed.Fetchers, f)
	}
	return list, nil
}
