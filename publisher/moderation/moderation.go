// Package moderation judges comments by all that is known: the rules of the
// configuration, whom editors blocked, how a writer's other comments fared, what the
// judge learned from editors. It joins package comments, which decides, and the store,
// which knows. Begin with New; Check is for what visitors post, and Elsewhere for the threads
// that articles have at their sources.
package moderation

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"courant/db"
	"courant/db/blocks"
	"courant/db/conduct"
	"courant/db/engine"
	"courant/db/state"
	"courant/db/text"
	"courant/db/thread"
	"courant/publisher/comments"
)

// Moderator judges the comments of a store. It is safe for concurrent use.
type Moderator struct {
	c       comments.Config
	rules   *comments.Threads
	blocks  blocks.Blocks
	conduct conduct.Conduct
	log     *slog.Logger
	now     func() time.Time
	lessons lessons
}

// New returns the moderator of store that judges by rules, which c describes.
func New(store *db.DB, c comments.Config, rules *comments.Threads, log *slog.Logger, now func() time.Time) *Moderator {
	return &Moderator{c: c, rules: rules, blocks: blocks.New(store.DB, now), conduct: conduct.New(store.DB, now), log: log, now: now}
}

// Check is the check of a comment, which q asks of; known says that its writer is known
// whatever is stored. may says whether one may post who posted when a Past says, or gives
// a conduct.RateError.
func (m *Moderator) Check(ctx context.Context, c comments.Posting, q conduct.Question, known bool, may func(conduct.Past) error) conduct.Check {
	m.learn(ctx)
	traits, networks := blocks.Traits(c.Name, c.Email, "", c.Text), m.rules.Networks(c.From, m.now(), blocks.NetworkDays)
	return m.conduct.Check(q, func() (conduct.Judge, engine.Statement) {
		var met blocks.Met
		return func(p conduct.Past) (state.Comment, string, string, error) {
			if err := may(p); err != nil {
				return "", "", "", err
			}
			p.Known = p.Known || known
			v := m.judge(c, p, met)
			return v.Status, v.Reason(), v.Flagged(), nil
		}, met.Ask(traits, networks)
	})
}

// Visited notes that who has the name got a form, for whoever else judges what comes
// back, see conduct.Conduct.Visited.
func (m *Moderator) Visited(name string, keep time.Duration) { m.conduct.Visited(name, keep) }

// judge judges a comment whose writer's past is known, and what blocks it meets.
func (m *Moderator) judge(c comments.Posting, past conduct.Past, met blocks.Met) comments.Verdict {
	c.Known, c.Decided, c.Refused, c.Same, c.OwnSame, c.Got = past.Known, past.Decided, past.Refused, past.Same, past.OwnSame, past.Got
	if b, is := met.First(); is {
		c.Blocked = "the " + b.Kind + " of comment " + b.Comment
	}
	return m.rules.Judge(c, m.now())
}

// Takes reports whether the thread of an article that was published then takes
// comments.
func (m *Moderator) Takes(published time.Time) bool {
	return m.c.Enabled && !m.c.Closed(published, m.now())
}

// Clean is a comment of a source's thread as it may be shown; ok is false where
// nothing of it can. One without a name bears that of its source, and a writer is known
// by their name there.
func (m *Moderator) Clean(source db.Source, s thread.Said) (_ thread.Said, ok bool) {
	if strings.TrimSpace(s.Name) == "" {
		s.Name = source.Name()
	}
	d, ok := m.rules.Elsewhere(s.Name, s.Markup, s.Base)
	s.Name, s.Text, s.Body, s.Writer = d.Name, d.Text, d.Body, "@"+source.ID+" "+text.Essence(d.Name) // no cookie begins so
	return s, ok
}

// Elsewhere judges comments of sources' threads, which are clean, by the rules that
// visitors are judged by, but for those of a form, which nobody had: stamp, rate and
// delay.
func (m *Moderator) Elsewhere(ctx context.Context, list []thread.Said) error {
	m.learn(ctx)
	same := map[string]int{} // of this list
	for i := range list {
		s := &list[i]
		past, err := m.conduct.Of(ctx, conduct.Question{Visitor: s.Writer, Text: s.Text, Comment: s.ID})
		if err != nil {
			return err
		}
		if key := conduct.TextKey(s.Text); key != "" {
			past.Same += same[key]
			same[key]++
		}
		met, err := m.blocks.Met(ctx, blocks.Traits(s.Name, "", "", s.Text), nil)
		if err != nil {
			return err
		}
		v := m.judge(comments.Posting{Draft: comments.Draft{Name: s.Name, Text: s.Text, Body: s.Body}, Elsewhere: true}, past, met)
		s.Status, s.Reason, s.Flagged = v.Status, v.Reason(), v.Flagged()
	}
	return nil
}

// lessons is what the judge has learned from.
type lessons struct {
	mu     sync.Mutex
	at     time.Time // when that was looked at
	newest time.Time // of the decisions
}

// learnEvery is how often at most the judge learns anew, which takes a tenth of a
// second: what an editor decided counts as soon as readers see it everywhere.
const learnEvery = time.Second

// learn sees to it that the judge knows what editors decided up to a second ago.
func (m *Moderator) learn(ctx context.Context) {
	l := &m.lessons
	if !l.mu.TryLock() {
		return // another comment waits for it, and this one is judged by what was known
	}
	defer l.mu.Unlock()
	now := m.now()
	if !l.at.IsZero() && now.Sub(l.at) < learnEvery && !now.Before(l.at) {
		return
	}
	newest, err := m.conduct.LastDecision(ctx)
	var list []conduct.Lesson
	if err == nil && !newest.Equal(l.newest) {
		if list, err = m.conduct.Lessons(ctx); err == nil {
			m.rules.Teach(comments.Examples(list))
		}
	}
	if err != nil {
		m.log.Warn("cannot learn from what editors decided", "err", err) // what was learned before serves
		return
	}
	l.at, l.newest = now, newest
}
