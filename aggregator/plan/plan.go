// Package plan says what a configuration would change in a store: sources that
// come and go, and what its rules would do with the articles that are there. It
// changes nothing, unless it is told to. Articles pass through it one by one, so
// that memory does not grow with them. Begin with Make.
package plan

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"courant/aggregator/rules"
	"courant/db"
	"courant/db/content"
	"courant/db/ruling"
	"courant/db/state"
)

// Source is what the configuration says of a source.
type Source struct {
	ID, URL, Title, Section string
	Auto                    bool // it publishes what no rule decides on
}

// Options are what Make needs besides the store.
type Options struct {
	Sources []Source
	Rules   []rules.Config
	Apply   bool // do it
}

// Plan is what would change, or, where it was applied, did. Its JSON is what
// `courant plan --json` prints.
type Plan struct {
	Applied  bool          `json:"applied"`
	Articles int           `json:"articles"` // that were looked at
	Added    []SourceLine  `json:"sources_added"`
	Dropped  []SourceLine  `json:"sources_dropped"`
	Counts                 // of articles
	Rules    []RuleLine    `json:"rules"`          // in the order of the configuration
	Kept     int           `json:"kept_as_edited"` // an editor decided otherwise
	Shown    int           `json:"published_stay"` // readers see them, though a rule rejects or holds them
	Stopped  []StoppedLine `json:"stopped"`
}

// SourceLine is a source that comes or goes.
type SourceLine struct {
	ID       string `json:"id"`
	URL      string `json:"url"`
	Articles int    `json:"articles"` // that it has; they stay
}

// Counts are how many articles something happens to.
type Counts struct {
	Publish int `json:"publish"`
	Reject  int `json:"reject"`
	Hold    int `json:"hold"` // back to incoming
	Section int `json:"section"`
	Tag     int `json:"tag"` // gets a tag, or loses one that a rule gave it
	Pin     int `json:"pin"`
	Bin     int `json:"bin"`
	Mark    int `json:"mark"`
}

// RuleLine is what a rule does, or what is undone since none does it any more.
type RuleLine struct {
	Rule string `json:"rule"`
	Gone bool   `json:"gone,omitempty"` // it said so once, and says so no more
	Counts
	Examples []Example `json:"examples"`
}

// Example is one of the articles that a rule changes.
type Example struct {
	ID       string   `json:"id"`
	Source   string   `json:"source"`
	Headline string   `json:"headline"`
	What     []string `json:"what"`
}

// StoppedLine is a rule that was stopped, which holds the articles.
type StoppedLine struct {
	Rule     string `json:"rule"`
	Articles int    `json:"articles"`
	Why      string `json:"why"` // over the first of them
}

// mostExamples is how many articles are named for each rule.
const mostExamples = 3

// Make says what o would change in store, and does it where o says so. Applied
// changes are in the log of actions, in the name of the rules; no editor's decision
// is undone.
func Make(ctx context.Context, store *db.DB, o Options) (Plan, error) {
	set, err := rules.Compile(o.Rules)
	if err != nil {
		return Plan{}, err
	}
	m := maker{store: store, set: set, at: store.Now(), apply: o.Apply, sources: map[string]from{}, lines: map[lineKey]*RuleLine{}, stopped: map[string]*StoppedLine{}}
	m.plan.Applied = o.Apply
	if err := m.compareSources(ctx, o.Sources); err != nil {
		return Plan{}, err
	}
	if err := m.look(ctx); err != nil {
		return Plan{}, err
	}
	m.finish(o.Rules)
	return m.plan, nil
}

// maker makes a plan.
type maker struct {
	store   *db.DB
	set     *rules.Set
	at      time.Time
	apply   bool
	sources map[string]from

	plan    Plan
	lines   map[lineKey]*RuleLine
	stopped map[string]*StoppedLine
}

// from is what rules know of a source, and whether it publishes by itself.
type from struct {
	rules.Source
	auto bool
}

// lineKey is what a line of the plan is of.
type lineKey struct {
	rule string
	gone bool
}

// compareSources finds which sources come and go.
func (m *maker) compareSources(ctx context.Context, list []Source) error {
	stored, err := m.store.Sources(ctx)
	if err != nil {
		return err
	}
	titles, entries, known := map[string]string{}, map[string]int{}, map[string]bool{}
	configured := make(map[string]bool, len(list))
	for _, s := range list {
		configured[s.ID] = true
	}
	for _, s := range stored {
		titles[s.ID], entries[s.ID], known[s.ID] = s.FeedTitle, s.Entries, s.Configured
		m.sources[s.ID] = from{Source: rules.Source{ID: s.ID, Title: s.Name(), Section: s.Section}}
		if s.Configured && !configured[s.ID] {
			m.plan.Dropped = append(m.plan.Dropped, SourceLine{s.ID, s.URL, s.Entries})
		}
	}
	for _, s := range list {
		m.sources[s.ID] = from{rules.Source{ID: s.ID, Title: cmp.Or(s.Title, titles[s.ID], s.ID), Section: s.Section}, s.Auto}
		if !known[s.ID] {
			m.plan.Added = append(m.plan.Added, SourceLine{s.ID, s.URL, entries[s.ID]})
		}
	}
	return nil
}

const (
	// batchArticles and batchBytes bound how many articles are judged together: what
	// is applied is so in one transaction, which others wait for, and memory holds a
	// few batches.
	batchArticles = 200
	batchBytes    = 1 << 20
)

// batch is articles on their way through the rules.
type batch struct {
	articles []ruling.Stored
	is       []ruling.Ruling
	stopped  []rules.Stop
	done     chan struct{} // closed when they are judged
}

// look has all articles judged, on all cores, and counts what that changes in the
// order of their arrival.
func (m *maker) look(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	cores := runtime.GOMAXPROCS(0)
	read, inOrder := make(chan *batch), make(chan *batch, cores)
	g.Go(func() error {
		defer close(read)
		defer close(inOrder)
		return m.read(ctx, func(b *batch) error {
			for _, to := range []chan *batch{inOrder, read} {
				select {
				case to <- b:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		})
	})
	for range cores {
		g.Go(func() error {
			for b := range read {
				if err := m.judge(ctx, b); err != nil {
					return err
				}
				close(b.done)
			}
			return nil
		})
	}
	g.Go(func() error {
		for b := range inOrder {
			select {
			case <-b.done:
			case <-ctx.Done():
				return ctx.Err()
			}
			if err := m.take(ctx, b); err != nil {
				return err
			}
		}
		return nil
	})
	return g.Wait()
}

// read gives out all articles in batches.
func (m *maker) read(ctx context.Context, give func(*batch) error) error {
	for list, err := range ruling.Each(ctx, m.store, m.set.Uses) {
		if err != nil {
			return err
		}
		for from, bytes := 0, 0; from < len(list); bytes = 0 {
			to := from
			for to < len(list) && to-from < batchArticles && bytes < batchBytes {
				bytes += len(list[to].Body.String())
				to++
			}
			if err := give(&batch{articles: list[from:to:to], done: make(chan struct{})}); err != nil {
				return err
			}
			from = to
		}
	}
	return nil
}

// judge has a batch judged, and lets go of its bodies.
func (m *maker) judge(ctx context.Context, b *batch) (err error) {
	b.is = make([]ruling.Ruling, len(b.articles))
	for i := range b.articles {
		a := &b.articles[i]
		f := m.set.FactsOfStored(a, m.sources[a.Source].Source, m.at)
		if m.set.Uses("similar") {
			if f.Similar, err = ruling.Similar(ctx, m.store, a.Source, a.LinkHash, a.TitleHash, a.Sketch, a.Date); err != nil {
				return err
			}
		}
		a.Body, a.KeyPoints = content.HTML{}, nil
		var stopped []rules.Stop
		b.is[i], stopped = m.set.Judge(&f)
		b.stopped = append(b.stopped, stopped...)
	}
	return nil
}

// take counts what a batch changes, and applies it.
func (m *maker) take(ctx context.Context, b *batch) error {
	m.plan.Articles += len(b.articles)
	for _, stop := range b.stopped {
		line := m.stopped[stop.Rule]
		if line == nil {
			line = &StoppedLine{Rule: stop.Rule, Why: stop.Err.Error()}
			m.stopped[stop.Rule] = line
		}
		line.Articles++
	}
	var changed []ruling.Stored
	var is []ruling.Ruling
	for i, a := range b.articles {
		now := b.is[i]
		if shown := a.Status == state.Published || a.Status == state.Scheduled; shown && (now.Decision == ruling.Reject || now.Decision == ruling.Hold) {
			m.plan.Shown++
		}
		if !a.Ruling.Equal(now) {
			changed, is = append(changed, a), append(is, now)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	if err := ruling.Rest(ctx, m.store, changed); err != nil {
		return err
	}
	return m.change(ctx, changed, is)
}

// change counts what other rulings do to articles, and has them do it.
func (m *maker) change(ctx context.Context, list []ruling.Stored, is []ruling.Ruling) error {
	var moved []string
	for i, a := range list {
		if ruling.Moves(a.Status, a.Ruling, is[i], m.sources[a.Source].auto) != a.Status {
			moved = append(moved, a.ID)
		}
	}
	decided := map[string]bool{}
	if len(moved) > 0 {
		var err error
		if decided, err = ruling.DecidedBy(ctx, m.store, moved); err != nil {
			return err
		}
	}
	ruled := make([]db.Ruled, len(list))
	for i, a := range list {
		if a.ID != "" {
			m.count(a, is[i], decided[a.ID])
		}
		ruled[i] = db.Ruled{ID: a.ID, Ruling: is[i], Auto: m.sources[a.Source].auto}
	}
	if !m.apply {
		return nil
	}
	if _, err := m.store.Rule(ctx, ruled); err != nil {
		return fmt.Errorf("apply rules: %w", err)
	}
	return nil
}

// finish puts the lines in their order.
func (m *maker) finish(list []rules.Config) {
	order := map[string]int{}
	for i, r := range list {
		order[r.Name] = i + 1
	}
	place := func(k lineKey) int {
		if n := order[k.rule]; n > 0 && !k.gone {
			return n
		}
		return len(list) + 1 // behind those that do something
	}
	keys := slices.SortedFunc(maps.Keys(m.lines), func(a, b lineKey) int { return cmp.Or(place(a)-place(b), cmp.Compare(a.rule, b.rule)) })
	m.plan.Rules = []RuleLine{}
	for _, k := range keys {
		m.plan.Rules = append(m.plan.Rules, *m.lines[k])
	}
	m.plan.Stopped = []StoppedLine{}
	for _, name := range slices.Sorted(maps.Keys(m.stopped)) {
		m.plan.Stopped = append(m.plan.Stopped, *m.stopped[name])
	}
	for _, l := range []*[]SourceLine{&m.plan.Added, &m.plan.Dropped} {
		if *l == nil {
			*l = []SourceLine{}
		}
	}
}
