package aggregator

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"courant/aggregator/feed"
	"courant/aggregator/normalise"
	"courant/aggregator/rules"
	"courant/db"
	"courant/db/dbtest"
	"courant/db/dbtest/cpu"
	"courant/db/state"
)

// rulesOf reads [[rule]] tables.
func rulesOf(t *testing.T, text string) []rules.Config {
	t.Helper()
	var c struct {
		Rules []rules.Config `toml:"rule"`
	}
	if err := toml.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	return c.Rules
}

// TestRules plays what rules do to articles that come, change, and were decided on
// by an editor; the files are as those of TestIdentity.
func TestRules(t *testing.T) {
	normalise.Make(&feed.Entry{ID: "first"}, normalise.Source{}, nil) // its compressor belongs to no bubble
	playFiles(t, filepath.Join("testdata", "rules", "*.txtar"))
}

// A rule that cannot be run holds the articles and is named in the log, once a pass.
func TestStoppedRuleIsLogged(t *testing.T) {
	const doc = `<rss version="2.0"><channel><title>S</title>
		<item><guid>1</guid><title>One</title></item><item><guid>2</guid><title>Two</title></item></channel></rss>`
	store := dbtest.New(t)
	var log bytes.Buffer
	a, err := New(store, DefaultConfig(), nil, Options{
		Log:   slog.New(slog.NewTextHandler(&log, nil)),
		Rules: []rules.Config{{Name: "third tag", When: `tags[2] == "x"`, Then: []string{"publish"}}},
		Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Request: r, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(doc))}, nil
		}),
	})
	if err == nil {
		err = a.SetSources(t.Context(), []SourceConfig{{ID: "a", URL: "http://a.example/feed", Publish: "auto"}})
	}
	if err != nil {
		t.Fatal(err)
	}
	if sum, err := a.Fetch(t.Context(), Select{All: true}, func(Result) {}); err != nil || sum.New != 2 {
		t.Fatal(sum, err)
	}
	if n := strings.Count(log.String(), `rule="third tag" source=a articles=2`); n != 1 {
		t.Errorf("it is named %d times in\n%s", n, &log)
	}
	list, err := store.Articles(t.Context(), db.ArticleQuery{Status: state.Incoming})
	if err != nil || len(list) != 2 {
		t.Errorf("%d articles are held, %v", len(list), err)
	}
}

// fiftyRules are as an editor may write them: by source, by headline, by text, by
// tag, and by several of these.
func fiftyRules() (list []rules.Config) {
	words := strings.Fields("climate budget election ferry harbour vaccine museum football opera railway wildfire asteroid banking housing strike merger quantum glacier tariff drought")
	for i := range 50 {
		word := words[i%len(words)]
		c := rules.Config{Name: fmt.Sprintf("rule %d", i), Then: []string{"tag:" + word}}
		switch i % 5 {
		case 0:
			c.When = fmt.Sprintf(`source.id == "s%d" && title matches "(?i)\\b%s"`, i, word)
		case 1:
			c.When = fmt.Sprintf(`title matches "(?i)\\b(%s|%s)\\b"`, word, words[(i+7)%len(words)])
		case 2:
			c.When = fmt.Sprintf(`text matches "(?i)\\b%s(s|ing)?\\b" && words > 200`, word)
		case 3:
			c.When, c.Then = fmt.Sprintf(`"%s" in tags || host == "%s.example"`, word, word), []string{"mark:A"}
		case 4:
			c.When, c.Then = fmt.Sprintf(`text contains "%s" && language startsWith "en" && age < duration("3d")`, word), []string{"hold"}
		}
		list = append(list, c)
	}
	return list
}

// BenchmarkRules reports what fifty rules cost of the CPU of a first import of many
// feeds, from the server's answer to the store: with them and without, in turn.
func BenchmarkRules(b *testing.B) {
	paths, _ := filepath.Glob("../../shared/corpus/feeds/*")
	if len(paths) == 0 {
		paths, _ = filepath.Glob("feed/testdata/*/*.*ml")
	}
	var sources []SourceConfig
	docs := map[string][]byte{}
	for i, path := range paths {
		doc, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		host := fmt.Sprintf("s%d.example", i)
		docs[host] = doc
		sources = append(sources, SourceConfig{ID: fmt.Sprintf("s%d", i), URL: "http://" + host + "/feed", Publish: "auto"})
	}
	serve := roundTripper(func(r *http.Request) (*http.Response, error) {
		doc := docs[r.URL.Hostname()]
		return &http.Response{
			StatusCode: http.StatusOK, Request: r, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{"Content-Type": {"application/xml"}}, ContentLength: int64(len(doc)), Body: io.NopCloser(bytes.NewReader(doc)),
		}, nil
	})
	var articles int
	run := func(list []rules.Config) time.Duration {
		store := dbtest.New(b)
		a, err := New(store, DefaultConfig(), nil, Options{Transport: serve, Rules: list})
		if err == nil {
			err = a.SetSources(b.Context(), sources)
		}
		if err != nil {
			b.Fatal(err)
		}
		runtime.GC()
		before := cpu.Used(b)
		sum, err := a.Fetch(b.Context(), Select{All: true}, func(Result) {})
		runtime.GC()
		used := cpu.Used(b) - before
		if err != nil || sum.New == 0 {
			b.Fatal(sum, err)
		}
		articles = sum.New
		return used
	}
	var with, without time.Duration
	for b.Loop() {
		without += run(nil)
		with += run(fiftyRules())
	}
	b.ReportMetric(float64(with)/float64(without), "with/without")
	b.ReportMetric(float64(without.Microseconds())/float64(b.N*articles), "µs/article")
	b.ReportMetric(float64((with-without).Microseconds())/float64(b.N*articles), "µs-of-rules/article")
}
