package dbtest

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"courant/db"
	"courant/db/content"
)

const (
	// fillEvery is the time between two articles of a filled store: a thousand
	// come to a week.
	fillEvery = 10 * time.Minute
	// fillPerSource is how many articles each of its sources has.
	fillPerSource = 1000
)

// Fill stores n published articles, fillEvery apart, the last one now, of as
// many sources as that takes. They go the way of all articles, by
// db.DB.Ingest. The text of an article depends on nothing but its number.
func Fill(ctx context.Context, d *db.DB, n int) error {
	sources := max(1, n/fillPerSource)
	var list []db.Source
	for i := range sources {
		list = append(list, db.Source{
			ID: fmt.Sprintf("source-%d", i), URL: fmt.Sprintf("https://s%d.example/feed.xml", i), Title: fmt.Sprintf("Source %d", i),
		})
	}
	if err := d.SetSources(ctx, slices.Values(list)); err != nil {
		return err
	}
	now := d.Now()
	for s := range sources {
		p := db.Pass{
			Source: list[s].ID, At: now, Feed: &db.Feed{Title: list[s].Title},
			Publish: db.Publish{Auto: true, InitialWindow: time.Duration(n+1) * fillEvery, InitialMax: n},
		}
		for number := s; number < n; number += sources { // so that sources take turns
			p.Entries = append(p.Entries, fillEntry(number, now.Add(-time.Duration(number)*fillEvery)))
		}
		r, err := d.Ingest(ctx, []db.Pass{p})
		if err == nil {
			err = r[0].Err
		}
		if err != nil {
			return fmt.Errorf("fill %s: %w", p.Source, err)
		}
	}
	return nil
}

// fillWords are what texts are made of.
const fillWords = `harbour council tide ferry budget school teacher bridge river market winter storm engineer turbine
	museum library tram station vote mayor report study nurse clinic forest trail orchard bakery concert festival`

// fillEntry makes an article of some hundred words.
func fillEntry(number int, at time.Time) db.Entry {
	words := strings.Fields(fillWords)
	r := rand.New(rand.NewPCG(uint64(number), 0))
	sentence := func(n int) string {
		var b strings.Builder
		for i := range n {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(words[r.IntN(len(words))])
		}
		s := b.String()
		return strings.ToUpper(s[:1]) + s[1:]
	}
	var body strings.Builder
	for range 4 {
		body.WriteString(sentence(25) + ".\n\n")
	}
	a := db.Article{
		GUID: fmt.Sprintf("https://example.org/%d", number), Headline: sentence(8), Link: fmt.Sprintf("https://example.org/%d", number),
		Author: sentence(2), Language: "en", Section: fmt.Sprintf("section-%d", number%8),
		Tags: []string{words[number%len(words)], words[(number/7)%len(words)]}, Words: 100,
		KeyPoints: []string{sentence(10) + ".", sentence(12) + "."}, Summary: sentence(30) + ".",
		Body: content.Text(body.String()), SourcePublished: at,
	}
	if a.Tags[0] == a.Tags[1] {
		a.Tags = a.Tags[:1]
	}
	return db.Entry{Article: a, Fingerprint: binary.BigEndian.AppendUint64(nil, uint64(number)), Raw: []byte(`{}`)}
}
