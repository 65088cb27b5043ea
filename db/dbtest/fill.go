package dbtest

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

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
func Fill(ctx context.Context, d *db.DB, n int) error { return fill(ctx, d, n, fillEntry) }

// FillVaried is Fill with texts that have as many different words as people's have, and
// some as often as people use them: see Word. One article in twenty is Chinese.
func FillVaried(ctx context.Context, d *db.DB, n int) error { return fill(ctx, d, n, variedEntry) }

func fill(ctx context.Context, d *db.DB, n int, entry func(number int, at time.Time) db.Entry) error {
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
			p.Entries = append(p.Entries, entry(number, now.Add(-time.Duration(number)*fillEvery)))
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
	sentence := func(n int) string { return sentenceOf(n, func() string { return words[r.IntN(len(words))] }, " ") }
	return entryOf(number, at, 25, sentence)
}

// sentenceOf makes a sentence of n words, the first with a capital.
func sentenceOf(n int, word func() string, between string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(between)
		}
		b.WriteString(word())
	}
	s := b.String()
	if s[0] < utf8.RuneSelf {
		return strings.ToUpper(s[:1]) + s[1:]
	}
	return s // its script knows no capitals
}

// entryOf makes an article of four paragraphs of so many words.
func entryOf(number int, at time.Time, paragraph int, sentence func(n int) string) db.Entry {
	words := strings.Fields(fillWords)
	var body strings.Builder
	for range 4 {
		body.WriteString(sentence(paragraph) + ".\n\n")
	}
	a := db.Article{
		GUID: fmt.Sprintf("https://example.org/%d", number), Headline: sentence(8), Link: fmt.Sprintf("https://example.org/%d", number),
		Author: sentence(2), Language: "en", Section: fmt.Sprintf("section-%d", number%8),
		Tags: []string{words[number%len(words)], words[(number/7)%len(words)]}, Words: 4 * paragraph,
		KeyPoints: []string{sentence(10) + ".", sentence(12) + "."}, Summary: sentence(30) + ".",
		Body: content.Text(body.String()), SourcePublished: at,
	}
	if a.Tags[0] == a.Tags[1] {
		a.Tags = a.Tags[:1]
	}
	return db.Entry{Article: a, Fingerprint: binary.BigEndian.AppendUint64(nil, uint64(number)), Raw: []byte(`{}`)}
}

const (
	// variedWords is how many words there are in varied texts: as many as a language of
	// news has with its names and forms.
	variedWords = 500_000
	// variedHan is how many characters there are in Chinese ones.
	variedHan = 3500
	// chineseEvery is how many articles there are to one that is Chinese.
	chineseEvery = 20
)

// Word is the word that is the rank-th most common one in varied texts, from 0 on: two
// letters for each 85 that are more common. Its share is near 1/rank (Zipf's law).
func Word(rank uint64) string {
	const consonants, vowels = "bcdfghklmnprstvwz", "aeiou"
	const syllables = uint64(len(consonants) * len(vowels))
	var b []byte
	for n := rank; ; n = n/syllables - 1 {
		at := n % syllables
		b = append(b, consonants[at/uint64(len(vowels))], vowels[at%uint64(len(vowels))])
		if n < syllables {
			return string(b)
		}
	}
}

// Han is the character that is the rank-th most common one in Chinese texts.
func Han(rank uint64) string { return string(rune(0x4e00 + rank)) }

// variedEntry makes an article of some 250 words, or as many characters.
func variedEntry(number int, at time.Time) db.Entry {
	r := rand.New(rand.NewPCG(uint64(number), 1))
	if number%chineseEvery == chineseEvery-1 {
		han := rand.NewZipf(r, 1.05, 10, variedHan-1)
		e := entryOf(number, at, 100, func(n int) string {
			return sentenceOf(n, func() string { return Han(han.Uint64()) }, "")
		})
		e.Article.Language = "zh"
		return e
	}
	words := rand.NewZipf(r, 1.05, 3, variedWords-1)
	return entryOf(number, at, 60, func(n int) string {
		return sentenceOf(n, func() string { return Word(words.Uint64()) }, " ")
	})
}
