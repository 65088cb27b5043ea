// Command seek looks for words of many kinds in a store that fill made of varied texts,
// and says what each kind costs:
//
//	go run ./db/dbtest/seek varied.db
//	go run ./db/dbtest/seek postgres://…
//
// It asks as the page of a search does, with its budget. The seconds are of the processor:
// this process's and, of a PostgreSQL on this machine, those of the processes that work for
// the database. How large the index is, is told in per cent of the text that it is of.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"courant/db"
	"courant/db/dbtest"
	"courant/db/dbtest/cpu"
	"courant/db/engine"
	"courant/db/search"
	"courant/db/search/query"
	"courant/db/sqlrow"
)

func main() {
	each := flag.Int("n", 20, "how many searches of each kind")
	budget := flag.Duration("budget", 100*time.Millisecond, "after which no more is looked for")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: seek [-n N] [-budget TIME] FILE|postgres://…")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 1 || *each < 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(context.Background(), flag.Arg(0), *each, *budget); err != nil {
		fmt.Fprintln(os.Stderr, "seek:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, place string, each int, budget time.Duration) error {
	c := engine.DefaultConfig()
	if c.Path = place; strings.Contains(place, "://") {
		c.URL = place
	}
	d, err := db.OpenReader(ctx, c, db.Options{})
	if err != nil {
		return err
	}
	defer d.Close()
	s := seeker{DB: d, budget: budget}
	if err := s.size(ctx); err != nil {
		return err
	}
	texts, err := s.sample(ctx)
	if err != nil {
		return err
	}
	var all []time.Duration
	fmt.Printf("%-34s %8s %8s %8s\n", "", "median", "worst", "found")
	for _, k := range kinds {
		var took []time.Duration
		found := 0
		for i := range each {
			cost, n, err := s.find(ctx, k.text(uint64(i), texts[i%len(texts)]))
			if err != nil {
				return fmt.Errorf("%s: %w", k.name, err)
			}
			took, found = append(took, cost), found+n
		}
		all = append(all, took...)
		show(k.name, took, fmt.Sprint(found/each))
	}
	show("all", all, "")
	return nil
}

// show prints the median and the worst of some searches.
func show(name string, took []time.Duration, found string) {
	slices.Sort(took)
	ms := func(t time.Duration) string { return fmt.Sprintf("%.1f ms", float64(t.Microseconds())/1000) }
	fmt.Printf("%-34s %8s %8s %8s\n", name, ms(took[len(took)/2]), ms(took[len(took)-1]), found)
}

// kinds are what is looked for, of the i-th search and with a text that is in the store.
var kinds = []struct {
	name string
	text func(i uint64, text []string) string
}{
	{"a common word", func(i uint64, _ []string) string { return dbtest.Word(i) }},
	{"a word of every hundredth", func(i uint64, _ []string) string { return dbtest.Word(2000 + i) }},
	{"a rare word", func(i uint64, _ []string) string { return dbtest.Word(200_000 + i) }},
	{"none", func(i uint64, _ []string) string { return fmt.Sprint("qqqxj", i) }},
	{"two common words", func(i uint64, _ []string) string { return dbtest.Word(i) + " " + dbtest.Word(i+1) }},
	{"two rare words", func(i uint64, _ []string) string { return dbtest.Word(90_000+i) + " " + dbtest.Word(91_000+i) }},
	{"twelve common words", func(i uint64, _ []string) string { return words(i, 12) }},
	{"a phrase of two common words", func(i uint64, _ []string) string { return `"` + words(i, 2) + `"` }},
	{"a phrase that there is", func(_ uint64, text []string) string { return `"` + strings.Join(text[:3], " ") + `"` }},
	{"a common phrase that there is not", func(i uint64, _ []string) string { return `"` + words(i, 8) + `"` }},
	{"common, without a common one", func(i uint64, _ []string) string { return dbtest.Word(i) + " -" + dbtest.Word(i+1) }},
	{"common, without every section", func(i uint64, _ []string) string {
		return dbtest.Word(i) + " -section:section-0 -section:section-1 -section:section-2 -section:section-3 -section:section-4 -section:section-5 -section:section-6 -section:section-7"
	}},
	{"a beginning of many", func(i uint64, _ []string) string { return dbtest.Word(i)[:1] + "* " + dbtest.Word(300+i) }},
	{"common, of a source", func(i uint64, _ []string) string { return dbtest.Word(i) + fmt.Sprintf(" source:source-%d", i) }},
	{"common, of a section", func(i uint64, _ []string) string { return dbtest.Word(i) + fmt.Sprintf(" section:section-%d", i%8) }},
	{"of two sections", func(i uint64, _ []string) string {
		return fmt.Sprintf("section:section-%d section:section-%d", i%8, (i+1)%8)
	}},
	{"common, of a tag", func(i uint64, _ []string) string { return dbtest.Word(i) + " tag:storm" }},
	{"of an author", func(i uint64, _ []string) string { return "author:" + dbtest.Word(40+i) }},
	{"common, of a month long ago", func(i uint64, _ []string) string {
		return dbtest.Word(i) + " after:2012-03 before:2012-04"
	}},
	{"rare, of a year", func(i uint64, _ []string) string { return dbtest.Word(5000+i) + " after:2020 before:2021" }},
	{"two characters, common", func(i uint64, _ []string) string { return dbtest.Han(i) + dbtest.Han(i+1) }},
	{"four characters", func(i uint64, _ []string) string {
		return dbtest.Han(i) + dbtest.Han(i+1) + dbtest.Han(i+2) + dbtest.Han(i+3)
	}},
	{"one character", func(i uint64, _ []string) string { return dbtest.Han(500 + i) }},
	{"all comments", func(uint64, []string) string { return "number in:comments" }},
	{"one comment", func(i uint64, _ []string) string { return fmt.Sprintf("%d in:comments", 1000+37*i) }},
}

// words are n common words, from the i-th on.
func words(i uint64, n int) string {
	list := make([]string, n)
	for k := range list {
		list[k] = dbtest.Word(i + uint64(k))
	}
	return strings.Join(list, " ")
}

// seeker looks through one store.
type seeker struct {
	*db.DB
	budget time.Duration
}

// find looks for a text, and says what that cost and how many there were.
func (s seeker) find(ctx context.Context, text string) (cost time.Duration, n int, err error) {
	q, err := query.Parse(text, time.UTC)
	if err != nil {
		return 0, 0, fmt.Errorf("%q: %w", text, err)
	}
	began, err := s.used(ctx)
	if err != nil {
		return 0, 0, err
	}
	res, err := s.Find(ctx, q, search.Options{Budget: s.budget})
	if err != nil {
		return 0, 0, err
	}
	ended, err := s.used(ctx)
	for pid, at := range ended { // one that is gone was stopped at the end of the budget
		cost += at - began[pid]
	}
	return cost, len(res.Hits), err
}

// used is the processor time of this process, under 0, and of those that work for its
// database.
func (s seeker) used(ctx context.Context) (map[int64]time.Duration, error) {
	own, err := cpu.Own()
	all := map[int64]time.Duration{0: own}
	if err != nil || s.Path() != "" {
		return all, err
	}
	pids, err := sqlrow.Collect(ctx, s.Reader(), sqlrow.Column[int64], `SELECT pid FROM pg_stat_activity WHERE datname = current_database()`)
	for _, pid := range pids {
		if all[pid], err = cpu.Of(pid); err != nil {
			return all, err
		}
	}
	return all, err
}

// sampled is how many articles there are to one that is looked at.
const sampled = 500

// size prints how many articles there are, how long their texts are and how large the
// index of them is.
func (s seeker) size(ctx context.Context) error {
	articles, letters, looked := 0, 0, 0
	if err := s.Reader().QueryRowContext(ctx, `SELECT count(*) FROM article`).Scan(&articles); err != nil {
		return err
	}
	seqs, err := s.seqs(ctx)
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(seqs, 100) {
		list, err := s.ArticlesOf(ctx, chunk, true)
		if err != nil {
			return err
		}
		for _, a := range list {
			looked++
			letters += len(a.Headline) + len(a.Summary) + len(strings.Join(a.KeyPoints, "")) + len(a.Body.PlainText())
		}
	}
	if looked == 0 {
		return fmt.Errorf("there are no articles")
	}
	text := float64(letters) / float64(looked) * float64(articles)
	index, err := s.index(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("%d articles, %.0f MB of text, %.0f MB of index: %.1f %%\n", articles, text/1e6, float64(index)/1e6, 100*float64(index)/text)
	return nil
}

func (s seeker) seqs(ctx context.Context) ([]int64, error) {
	return sqlrow.Collect(ctx, s.Reader(), sqlrow.Column[int64], `SELECT seq FROM article WHERE seq % $1 = 0 ORDER BY seq`, sampled)
}

// index is how many bytes the index of articles takes.
func (s seeker) index(ctx context.Context) (n int64, err error) {
	text := `SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE aggregate = 1 AND name LIKE 'search\_article%' ESCAPE '\'`
	if s.Path() == "" {
		text = `SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relname LIKE 'search\_article%'`
	}
	err = s.Reader().QueryRowContext(ctx, text).Scan(&n)
	return n, err
}

// sample are the words of some articles that came last.
func (s seeker) sample(ctx context.Context) (texts [][]string, err error) {
	seqs, err := s.seqs(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.ArticlesOf(ctx, seqs[max(0, len(seqs)-100):], true)
	for _, a := range list {
		if a.Language != "en" {
			continue
		}
		var words []string
		for w := range query.Words(a.Body.PlainText()) {
			words = append(words, w.Text)
		}
		texts = append(texts, words[20:])
	}
	if err == nil && len(texts) == 0 {
		err = fmt.Errorf("there are no texts to take phrases from")
	}
	return texts, err
}
