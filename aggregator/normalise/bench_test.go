package normalise_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"

	"courant/aggregator/feed"
	"courant/aggregator/normalise"
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

// BenchmarkGofeed is the other side of the comparison: gofeed.Parse alone.
func BenchmarkGofeed(b *testing.B) {
	docs := corpus(b)
	b.ReportAllocs()
	for b.Loop() {
		p := gofeed.NewParser()
		for _, d := range docs {
			func() {
				defer func() { recover() }()
				p.Parse(bytes.NewReader(d))
			}()
		}
	}
}

// BenchmarkFeed is bytes to entries as they arrived.
func BenchmarkFeed(b *testing.B) {
	docs := corpus(b)
	b.ReportAllocs()
	for b.Loop() {
		for _, d := range docs {
			feed.Parse(d, feed.Options{URL: "http://feed.invalid/dir/x"})
		}
	}
}

// BenchmarkArticles is the whole path, bytes to what the store is given.
func BenchmarkArticles(b *testing.B) {
	docs := corpus(b)
	now := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		for _, d := range docs {
			if doc, err := feed.Parse(d, feed.Options{URL: "http://feed.invalid/dir/x"}); err == nil {
				normalise.Entries(doc, normalise.Source{ID: "s"}, now)
			}
		}
	}
}
