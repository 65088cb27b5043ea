package plan

import (
	"slices"

	"courant/db/ruling"
	"courant/db/state"
)

// effect is what a ruling does to one article, by the rule that does it.
type effect struct {
	key    lineKey
	counts Counts
	what   []string
}

// count counts what becomes of an article by another ruling; decided says that an
// editor has decided on its state.
func (m *maker) count(a ruling.Stored, is ruling.Ruling, decided bool) {
	var effects []effect
	var all Counts
	add := func(rule string, gone bool, what string, count func(c *Counts) *int) {
		*count(&all) = 1
		key := lineKey{rule, gone}
		i := slices.IndexFunc(effects, func(e effect) bool { return e.key == key })
		if i < 0 {
			i = len(effects)
			effects = append(effects, effect{key: key})
		}
		effects[i].what = append(effects[i].what, what)
		*count(&effects[i].counts) = 1
	}
	m.move(a, is, decided, add)
	added(a, is, add)
	m.plan.Counts.add(all)
	for _, e := range effects {
		m.line(a, e)
	}
}

// adder notes that a rule does something; gone: that it is undone since none does
// it any more.
type adder func(rule string, gone bool, what string, count func(c *Counts) *int)

// move adds where an article's state goes.
func (m *maker) move(a ruling.Stored, is ruling.Ruling, decided bool, add adder) {
	to := ruling.Moves(a.Status, a.Ruling, is, m.sources[a.Source].auto)
	if to == a.Status {
		return
	}
	if decided {
		m.plan.Kept++
		return
	}
	rule, gone := is.Rule, false
	if rule == "" {
		rule, gone = a.Ruling.Rule, true
	}
	switch to {
	case state.Published:
		add(rule, gone, "publish", func(c *Counts) *int { return &c.Publish })
	case state.Rejected:
		add(rule, gone, "reject", func(c *Counts) *int { return &c.Reject })
	case state.Incoming:
		add(rule, gone, "hold", func(c *Counts) *int { return &c.Hold })
	}
}

// added adds what rules add to an article, and what they added once.
func added(a ruling.Stored, is ruling.Ruling, add adder) {
	was := a.Ruling.Added
	if bare := was.BareSection(a.Section); !slices.Contains(a.Curated, "section") {
		switch to := is.Added.InSection(bare); {
		case to == a.Section:
		case is.Added.Section != "":
			add(whose(is.Added, "section:"+to), false, "section:"+to, func(c *Counts) *int { return &c.Section })
		default:
			add(whose(was, "section:"+was.Section), true, "section:"+to, func(c *Counts) *int { return &c.Section })
		}
	}
	if !slices.Contains(a.Curated, "tags") {
		for _, tag := range is.Added.Tags {
			if !slices.Contains(a.Tags, tag) {
				add(whose(is.Added, "tag:"+tag), false, "tag:"+tag, func(c *Counts) *int { return &c.Tag })
			}
		}
		for _, tag := range was.Tags {
			if slices.Contains(a.Tags, tag) && !slices.Contains(is.Added.Tags, tag) {
				add(whose(was, "tag:"+tag), true, "tag:"+tag, func(c *Counts) *int { return &c.Tag })
			}
		}
	}
	for _, f := range []struct {
		verb    string
		was, is bool
		count   func(c *Counts) *int
	}{
		{"pin", was.Pin, is.Added.Pin, func(c *Counts) *int { return &c.Pin }},
		{"bin", was.Bin, is.Added.Bin, func(c *Counts) *int { return &c.Bin }},
	} {
		switch {
		case f.is && !f.was:
			add(whose(is.Added, f.verb), false, f.verb, f.count)
		case f.was && !f.is:
			add(whose(was, f.verb), true, f.verb, f.count)
		}
	}
	for _, letter := range is.Added.Marks {
		if !slices.Contains(was.Marks, letter) {
			add(whose(is.Added, "mark:"+letter), false, "mark:"+letter, func(c *Counts) *int { return &c.Mark })
		}
	}
	for _, letter := range was.Marks {
		if !slices.Contains(is.Added.Marks, letter) {
			add(whose(was, "mark:"+letter), true, "mark:"+letter, func(c *Counts) *int { return &c.Mark })
		}
	}
}

// whose is the first rule that says to do something.
func whose(a ruling.Added, verb string) string {
	for _, s := range a.Steps {
		if slices.Contains(s.Then, verb) {
			return s.Rule
		}
	}
	return ""
}

// line adds an effect to the line of its rule.
func (m *maker) line(a ruling.Stored, e effect) {
	l := m.lines[e.key]
	if l == nil {
		l = &RuleLine{Rule: e.key.rule, Gone: e.key.gone, Examples: []Example{}}
		m.lines[e.key] = l
	}
	l.add(e.counts)
	if len(l.Examples) < mostExamples {
		l.Examples = append(l.Examples, Example{a.ID, a.Source, a.Headline, e.what})
	}
}

// add adds other counts, each at most once an article.
func (c *Counts) add(o Counts) {
	c.Publish, c.Reject, c.Hold, c.Section = c.Publish+o.Publish, c.Reject+o.Reject, c.Hold+o.Hold, c.Section+o.Section
	c.Tag, c.Pin, c.Bin, c.Mark = c.Tag+o.Tag, c.Pin+o.Pin, c.Bin+o.Bin, c.Mark+o.Mark
}
