package aggregator

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"courant/db/dbtest"
	"courant/db/dbtest/cpu"
)

// grown is a server whose feeds grow.
type grown struct {
	text    string // of each entry
	entries int    // of each feed
}

func (g *grown) RoundTrip(r *http.Request) (*http.Response, error) {
	var b strings.Builder
	b.WriteString(`<rss version="2.0"><channel><title>Long</title><link>http://a.example/</link>`)
	for i := g.entries; i > 0; i-- {
		fmt.Fprintf(&b, `<item><guid>%d</guid><title>Title number %[1]d</title><link>http://a.example/%[1]d</link><pubDate>%s</pubDate><description><![CDATA[<p>It is %[1]d.</p>%s]]></description></item>`,
			i, time.Unix(1_700_000_000+int64(i)*60, 0).UTC().Format(time.RFC1123Z), g.text)
	}
	doc := b.String()
	return &http.Response{
		StatusCode: http.StatusOK, Request: r, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/rss+xml"}}, ContentLength: int64(len(doc)), Body: io.NopCloser(strings.NewReader(doc)),
	}, nil
}

// poll has the feeds be so long and returns what it costs to take in what is new.
func (g *grown) poll(b *testing.B, a *Aggregator, entries, fresh int) time.Duration {
	g.entries = entries
	runtime.GC()
	before := cpu.Used(b)
	sum, err := a.Fetch(b.Context(), Select{All: true}, func(Result) {})
	runtime.GC()
	if used := cpu.Used(b) - before; err == nil && sum.New == fresh {
		return used
	}
	b.Fatalf("%+v, want %d new: %v", sum, fresh, err)
	return 0
}

func (g *grown) aggregator(b *testing.B, publish string, sources int) *Aggregator {
	c := DefaultConfig()
	c.ManualGap.Duration, c.PerHostGap.Duration = 0, 0
	a, err := New(dbtest.New(b), c, nil, Options{Transport: g})
	var list []SourceConfig
	for i := range sources {
		list = append(list, SourceConfig{ID: fmt.Sprintf("s%d", i), URL: fmt.Sprintf("http://s%d.example/feed", i), Publish: publish})
	}
	if err == nil {
		err = a.SetSources(b.Context(), list)
	}
	if err != nil {
		b.Fatal(err)
	}
	return a
}

func newGrown() *grown {
	return &grown{text: strings.Repeat("<p>One of the <b>paragraphs</b> that <a href=\"/more\">articles</a> have, which say nothing new.</p>\n", 15)}
}

// BenchmarkLongFeed reports what a feed of 5,000 entries costs when 10 of them are
// new, of what it cost at first. At most a quarter is what it may.
func BenchmarkLongFeed(b *testing.B) {
	g := newGrown()
	var first, next time.Duration
	for b.Loop() {
		a := g.aggregator(b, "review", 1)
		first += g.poll(b, a, 4990, 4990)
		next += g.poll(b, a, 5000, 10)
	}
	b.ReportMetric(float64(next)/float64(first), "next/first")
	b.ReportMetric(first.Seconds()/float64(b.N), "first-CPU-s")
}

// BenchmarkAuto reports what many new entries at one poll cost where they are
// published at once, of what they cost where they wait. It may be a tenth more.
func BenchmarkAuto(b *testing.B) {
	for _, c := range []struct{ sources, entries int }{{1, 1000}, {2, 10_000}} { // of one document no more are read
		b.Run(fmt.Sprint(c.sources*c.entries), func(b *testing.B) {
			g := newGrown()
			const before = 5
			used := map[string]time.Duration{}
			for b.Loop() {
				for _, publish := range []string{"review", "auto"} {
					a := g.aggregator(b, publish, c.sources)
					g.poll(b, a, before, c.sources*before)
					used[publish] += g.poll(b, a, c.entries, c.sources*(c.entries-before))
				}
			}
			b.ReportMetric(float64(used["auto"])/float64(used["review"]), "auto/review")
			b.ReportMetric(used["review"].Seconds()/float64(b.N), "review-CPU-s")
		})
	}
}
