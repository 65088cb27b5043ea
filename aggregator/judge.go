package aggregator

import (
	"context"
	"fmt"

	"courant/aggregator/poll"
	"courant/aggregator/rules"
	"courant/db"
	"courant/db/ruling"
)

// SetRules has articles judged by the rules of list from now on: at start and at
// each reload. The error says which of them cannot be, and the old ones stay.
func (a *Aggregator) SetRules(list []rules.Config) error {
	set, err := rules.Compile(list)
	if err != nil {
		return fmt.Errorf("set rules: %w", err)
	}
	a.rules.Store(set)
	return nil
}

// alike counts the same articles from other sources for each entry of a pass, where
// rules ask for that.
func (v *visitor) alike(set *rules.Set, p *db.Pass) ([]int, error) {
	if !set.Uses("similar") {
		return nil, nil
	}
	ctx := context.WithoutCancel(v.ctx) // what was fetched is stored even while we stop
	counts := make([]int, len(p.Entries))
	for i := range p.Entries {
		e := &p.Entries[i]
		at := e.Article.SourcePublished
		if at.IsZero() {
			at = p.At
		}
		var err error
		if counts[i], err = ruling.Similar(ctx, v.store, p.Source, e.Link, e.Title, e.Sketch, at); err != nil {
			return nil, err
		}
	}
	return counts, nil
}

// judged has rules judge what a pass brings.
func (v *visitor) judged(s *poll.Subject, p *db.Pass) error {
	set := v.rules.Load()
	if set.Empty() || len(p.Entries) == 0 {
		return nil
	}
	alike, err := v.alike(set, p)
	if err != nil {
		return err
	}
	v.parsing(func() { v.judge(set, s, p, alike) })
	return nil
}

// judge has rules judge the entries of a pass. Which of them were stopped is
// logged, each once.
func (v *visitor) judge(set *rules.Set, s *poll.Subject, p *db.Pass, alike []int) {
	from := rules.Source{ID: s.ID, Title: s.Name(), Section: s.Section}
	type fault struct {
		first rules.Stop
		times int
	}
	var order []string
	faults := map[string]*fault{}
	for i := range p.Entries {
		e := &p.Entries[i]
		f := set.FactsOf(&e.Article, from, p.At)
		if alike != nil {
			f.Similar = alike[i]
		}
		r, stopped := set.Judge(&f)
		e.Ruling = r
		e.Article.Section, e.Article.Tags = r.Added.InSection(f.Section), r.Added.Tagged(f.Tags)
		for _, stop := range stopped {
			if faults[stop.Rule] == nil {
				faults[stop.Rule] = &fault{first: stop}
				order = append(order, stop.Rule)
			}
			faults[stop.Rule].times++
		}
	}
	for _, rule := range order {
		f := faults[rule]
		v.log.Warn("a rule was stopped: it holds the articles", "rule", rule, "source", s.ID, "articles", f.times, "err", f.first.Err)
	}
}
