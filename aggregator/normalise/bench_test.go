package normalise_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"

	"courant/aggregator/feed"
	"courant/db/dbtest/cpu"
)

// corpus is the feeds that the benchmarks read: the large collection where it
// is there, else the few beside package feed.
func corpus(tb testing.TB) [][]byte {
	var paths []string
	for up := "../../.."; len(paths) == 0 && len(up) < 20; up += "/.." {
		paths, _ = filepath.Glob(up + "/shared/corpus/feeds/*")
	}
	if len(paths) == 0 {
		paths, _ = filepath.Glob("../feed/testdata/*/*.*ml")
	}
	var docs [][]byte
	for _, p := range paths {
		if body, err := os.ReadFile(p); err == nil {
			docs = append(docs, body)
		}
	}
	if len(docs) == 0 {
		tb.Fatal("no feeds to read")
	}
	return docs
}

// gofeedAlone is the other side of the comparison.
func gofeedAlone(docs [][]byte) {
	for _, d := range docs {
		func() {
			defer func() { recover() }() // it panics on some
			gofeed.NewParser().Parse(bytes.NewReader(d))
		}()
	}
}

// entriesOf is bytes to entries as they arrived.
func entriesOf(docs [][]byte) {
	for _, d := range docs {
		feed.Parse(d, feed.Options{URL: "http://feed.invalid/dir/x"})
	}
}

// articlesOf is the whole path: bytes to what the store is given.
func articlesOf(docs [][]byte) {
	for _, d := range docs {
		if doc, err := feed.Parse(d, feed.Options{URL: "http://feed.invalid/dir/x"}); err == nil {
			made(doc)
		}
	}
}

func benchmark(b *testing.B, f func([][]byte)) {
	docs := corpus(b)
	b.ReportAllocs()
	for b.Loop() {
		f(docs)
	}
}

func BenchmarkGofeed(b *testing.B)   { benchmark(b, gofeedAlone) }
func BenchmarkEntries(b *testing.B)  { benchmark(b, entriesOf) }
func BenchmarkArticles(b *testing.B) { benchmark(b, articlesOf) }

// BenchmarkAgainstGofeed reports what the paths cost in CPU as multiples of
// gofeed.Parse alone, the three taking turns in one run.
func BenchmarkAgainstGofeed(b *testing.B) {
	docs := corpus(b)
	var alone, entries, articles time.Duration
	for b.Loop() {
		alone += cost(b, gofeedAlone, docs)
		entries += cost(b, entriesOf, docs)
		articles += cost(b, articlesOf, docs)
	}
	b.ReportMetric(float64(entries)/float64(alone), "entries/gofeed")
	b.ReportMetric(float64(articles)/float64(alone), "articles/gofeed")
}

// cost is the time that all processors spent on f, collecting its garbage
// included.
func cost(b *testing.B, f func([][]byte), docs [][]byte) time.Duration {
	runtime.GC()
	before := cpu.Used(b)
	f(docs)
	runtime.GC()
	return cpu.Used(b) - before
}
