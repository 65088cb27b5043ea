// Package normalise makes articles of entries: identity, dates, links, plain
// headline, cleaned body, key points, section and tags. It touches no network
// and no store, and takes its clock as an argument. Begin with Entries.
package normalise

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"courant/aggregator/feed"
	"courant/db"
	"courant/db/content"
)

// Source is what the configuration says of the source an entry came from.
type Source struct {
	ID        string
	Section   string
	Tags      []string
	KeyPoints string // "source" (the default), "extract" or "none"
}

// Entries makes what Ingest stores of a document's entries, in document order,
// each GUID once. Article has no Status, ID or FirstSeen: Ingest sets those.
func Entries(doc *feed.Document, s Source, now time.Time) []db.Entry {
	seen := map[string]bool{}
	var list []db.Entry
	for i, a := range Each(doc, s, now) {
		if a == nil || seen[a.GUID] {
			continue
		}
		seen[a.GUID] = true
		raw, err := json.Marshal(doc.Entries[i])
		if err != nil {
			continue
		}
		f := sha256.Sum256(raw)
		list = append(list, db.Entry{Fingerprint: f[:], Raw: compress(raw), Article: *a})
	}
	return list
}

// Each makes an article of each entry of the document, in its place; nil where
// an entry holds nothing.
func Each(doc *feed.Document, s Source, now time.Time) []*db.Article {
	list := make([]*db.Article, len(doc.Entries))
	for i, e := range doc.Entries {
		a := &db.Article{GUID: identity(e), Source: s.ID, Headline: e.Title, Link: e.Link, Section: s.Section, Tags: s.Tags,
			Language: e.Language, SourcePublished: e.Date(), SourceUpdated: e.Updated, Body: content.Clean(e.Body, e.Base)}
		var names []string
		for _, p := range e.Authors {
			names = append(names, p.String())
		}
		a.Author = strings.Join(names, ", ")
		a.Words = a.Body.Words()
		list[i] = a
	}
	return list
}

func identity(e feed.Entry) string {
	if e.ID != "" {
		return e.ID
	}
	if e.Link != "" {
		return e.Link
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(e.Title+"\x00"+e.Body)))
}

func compress(raw []byte) []byte {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return nil
	}
	return w.EncodeAll(raw, nil)
}
