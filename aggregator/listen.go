package aggregator

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"courant/aggregator/feed"
	"courant/aggregator/fetch"
	"courant/aggregator/poll"
	"courant/db"
	"courant/db/state"
	"courant/db/text"
	"courant/db/thread"
)

const (
	// listenEvery is how often a worker looks which threads are due.
	listenEvery = time.Second
	// threadsAtOnce is how many are asked for at once, each on another host: a comment
	// feed may be of max_body, and news come first.
	threadsAtOnce = 4
	// threadClaim is how long after it was asked for a thread of which nothing came is
	// due again: its process died meanwhile.
	threadClaim = 15 * time.Minute
	// pausedWait is how long the threads of a paused source rest before it is looked
	// whether that is polled again.
	pausedWait = time.Hour
	// maxThreadPages is how many documents of one thread are read at a visit: feeds
	// have some fifty comments on a page.
	maxThreadPages = 40
	// maxThreadComments is how many comments an article may have from its source: what
	// is beyond nobody reads here, and a feed without an end fills no disk.
	maxThreadComments = 2000
)

// Moderator decides what becomes of the comments that are made at sources. The worker
// needs it for their threads, and cmd passes the publisher's, since they are judged as
// those are that visitors make here.
type Moderator interface {
	// Takes reports whether the thread of an article that was published then takes
	// comments.
	Takes(published time.Time) bool
	// Clean is a comment as it may be shown; ok is false where nothing of it can.
	Clean(db.Source, thread.Said) (s thread.Said, ok bool)
	// Elsewhere sets where comments stand that are clean, and why.
	Elsewhere(context.Context, []thread.Said) error
}

// listener follows the threads that articles have at their sources (P101), beside the
// polls, by the same client: so one request goes to a host at a time, at the pace that
// it is owed. What a thread brings is stored with how it stands.
type listener struct {
	*visitor
	polls     thread.Polls
	moderator Moderator
}

// listen follows all threads until ctx ends.
func (a *Aggregator) listen(ctx context.Context, e *engine) {
	if a.moderator == nil {
		return
	}
	l := &listener{e.visitor, thread.New(a.store.DB), a.moderator}
	var under sync.WaitGroup
	defer under.Wait()
	var mu sync.Mutex
	hosts := map[string]bool{}      // that are asked
	again := make(chan struct{}, 1) // a host is free
	tick := time.NewTicker(listenEvery)
	defer tick.Stop()
	for {
		list, err := l.due(ctx)
		if err != nil && ctx.Err() == nil {
			a.log.Error("threads of sources are not followed", "err", err)
		}
		for _, t := range list {
			host := fetch.Host(t.Address)
			mu.Lock()
			free := !hosts[host] && len(hosts) < threadsAtOnce
			if free {
				hosts[host] = true
			}
			mu.Unlock()
			if !free {
				continue
			}
			under.Go(func() {
				if err := l.visit(ctx, t); err != nil && ctx.Err() == nil && !errors.Is(err, thread.ErrTaken) {
					a.log.Error("the thread of a source is not read", "source", t.Source, "article", t.ID, "err", err)
				}
				mu.Lock()
				delete(hosts, host)
				mu.Unlock()
				select {
				case again <- struct{}{}:
				default:
				}
			})
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-again:
		}
	}
}

// Listen asks for every thread that is due, once, one after the other: what a running
// worker does all the time.
func (a *Aggregator) Listen(ctx context.Context) error {
	if a.moderator == nil {
		return nil
	}
	if err := a.restore(ctx); err != nil {
		return err
	}
	e, release := a.use()
	defer release()
	l := &listener{e.visitor, thread.New(a.store.DB), a.moderator}
	began := a.now()
	for {
		list, err := l.due(ctx)
		if err != nil {
			return err
		}
		left := 0
		for _, t := range list {
			if t.Due.After(began) {
				continue
			}
			left++
			if err := l.visit(ctx, t); err != nil && !errors.Is(err, thread.ErrTaken) {
				return err
			}
		}
		if left == 0 {
			return ctx.Err()
		}
	}
}

// due are the threads that we may ask for now.
func (l *listener) due(ctx context.Context) (mine []thread.Poll, err error) {
	if l.network.isDown() {
		return nil, nil
	}
	list, err := l.polls.Due(ctx, l.now())
	for _, t := range list {
		if l.held.owns(t.Shard) {
			mine = append(mine, t)
		}
	}
	return mine, err
}

// visit asks for a thread, if it is to be followed still, and stores what it brings.
func (l *listener) visit(ctx context.Context, t thread.Poll) (err error) {
	defer func() {
		if p := recover(); p != nil { // it is due again when its claim ends
			err = fmt.Errorf("a fault of ours: %v\n%s", p, debug.Stack())
		}
	}()
	if !l.held.enter(t.Shard) {
		return thread.ErrTaken
	}
	defer l.held.leave(t.Shard)
	stored, err := l.store.Source(ctx, t.Source)
	if err != nil {
		return err
	}
	s := l.sources.subject(stored)
	if s.Config == nil || !s.Config.Threads {
		return l.polls.Drop(ctx, t.Article)
	}
	now := l.now()
	if t, err = l.polls.Claim(ctx, t, now, now.Add(threadClaim)); err != nil {
		return err
	}
	step := thread.Step{Poll: t}
	switch {
	case !s.Active():
		step.Poll.Due = now.Add(pausedWait)
		return l.put(ctx, s, now, nil, step)
	case !l.moderator.Takes(t.Published):
		step.Poll.Due, step.Poll.Why = time.Time{}, "its comments are closed here"
		return l.put(ctx, s, now, nil, step)
	}
	documents, first, failed := l.read(ctx, s, t)
	if ctx.Err() != nil {
		return ctx.Err() // we stop: it is asked for again when its claim ends
	}
	if failed != nil {
		step.Poll = poll.Unheard(s.Config, t, failed, now)
		return l.put(ctx, s, now, first, step)
	}
	var latest time.Time
	if !first.NotModified {
		step.Poll.ETag, step.Poll.LastModified = first.ETag, first.LastModified
		if latest, err = l.take(ctx, s, &step, documents); err != nil {
			return err
		}
	} else if first.ETag != "" {
		step.Poll.ETag = first.ETag
	}
	step.Poll = poll.Heard(s.Config, step.Poll, first, now, latest)
	return l.put(ctx, s, now, first, step)
}

// read asks for the documents of a thread: the first, and those that it leads to as
// long as they have anything that is new. first is what the first request brought, or
// the one that failed; then what came before it is read another time.
func (l *listener) read(ctx context.Context, s *poll.Subject, t thread.Poll) (list []*feed.Document, first *fetch.Answer, failed *fetch.Error) {
	known, err := l.polls.Known(ctx, t.Article)
	if err != nil {
		return nil, &fetch.Answer{}, &fetch.Error{Kind: fetch.Temporary, Err: err}
	}
	r := s.Config.Request
	if own := r.URL; !fetch.SameOrigin(own, t.Address) {
		r.Headers, r.Username, r.Password = nil, "", "" // secrets are for the configured origin (P65)
	}
	r.URL, r.Named, r.Whole = t.Address, false, true
	r.ETag, r.LastModified, r.ValidatorsFor = t.ETag, t.LastModified, t.Address
	asked := map[string]bool{}
	for len(list) < maxThreadPages && !asked[r.URL] {
		asked[r.URL] = true
		got := &poll.Visit{At: l.now()}
		got.Answer, err = l.ask(ctx, r)
		if first == nil || err != nil {
			first = got.Answer
		}
		if got.Err, _ = errors.AsType[*fetch.Error](err); got.Err == nil && !got.Answer.NotModified {
			l.parse(got)
		}
		got.Answer.Release()
		if got.Err != nil {
			return nil, first, got.Err
		}
		if got.Answer.NotModified {
			return nil, first, nil
		}
		list = append(list, got.Document)
		next, news := got.Document.NextPage, false
		for _, said := range poll.Comments([]*feed.Document{got.Document}, l.ours) {
			if _, old := known[said.External]; !old {
				news = true
			}
		}
		if next == "" || !news || !fetch.SameOrigin(next, t.Address) {
			break
		}
		r.URL, r.ETag, r.LastModified = next, "", ""
	}
	return list, first, nil
}

// ask makes a request, when its host may be asked.
func (l *listener) ask(ctx context.Context, r fetch.Request) (*fetch.Answer, error) {
	defer l.steps.begin(l.timeout)()
	return l.client.Get(ctx, r)
}

// take says in step what of a thread is new here, otherwise, or taken back; latest is
// of what is new.
func (l *listener) take(ctx context.Context, s *poll.Subject, step *thread.Step, documents []*feed.Document) (latest time.Time, err error) {
	known, err := l.polls.Known(ctx, step.Poll.Article)
	if err != nil {
		return latest, err
	}
	there := map[string]bool{}
	var news, others []thread.Said
	l.parsing(func() {
		for _, said := range poll.Comments(documents, l.ours) {
			there[said.External] = true
			k, old := known[said.External]
			if !old && len(known)+len(news) >= maxThreadComments {
				continue
			}
			said, ok := l.moderator.Clean(s.Source, said)
			switch {
			case !ok:
			case !old:
				news = append(news, said)
			case k.Taken || (k.Text != said.Text || k.Name != said.Name) && (k.Status == state.Approved || k.Status == state.Pending):
				said.ID = k.ID
				others = append(others, said)
			}
		}
	})
	if err := l.moderator.Elsewhere(ctx, news); err != nil {
		return latest, err
	}
	if err := l.moderator.Elsewhere(ctx, others); err != nil {
		return latest, err
	}
	step.New, step.Else = news, map[string]thread.Said{}
	for _, said := range others {
		step.Else[said.ID] = said
	}
	for _, said := range news {
		if said.At.IsZero() {
			said.At = l.now()
		}
		if said.At.After(latest) {
			latest = said.At
		}
	}
	for external, k := range known {
		if !there[external] && poll.TakenBack(documents, external) && (k.Status == state.Approved || k.Status == state.Pending) {
			step.Gone = append(step.Gone, k.ID)
		}
	}
	return latest, nil
}

// put stores a step, with what the answer said of its host.
func (l *listener) put(ctx context.Context, s *poll.Subject, at time.Time, a *fetch.Answer, step thread.Step) error {
	p := db.Pass{Source: s.ID, At: at, Thread: &step}
	if a != nil && a.Pause != nil {
		pause := db.HostPause(*a.Pause)
		p.Pause = &pause
	}
	stored, err := l.store.Ingest(context.WithoutCancel(ctx), []db.Pass{p})
	if err != nil {
		return err
	}
	if stored[0].Err != nil {
		return stored[0].Err
	}
	if a != nil {
		l.log.Info("thread of a source", "source", s.ID, "article", step.Poll.ID, "url", text.Redact(step.Poll.Address), "status", a.Status, "took", a.Took,
			"new", stored[0].New, "published", stored[0].Shown, "changed", stored[0].Changed, "err", step.Poll.Why)
	}
	return nil
}
