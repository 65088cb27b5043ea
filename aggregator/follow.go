package aggregator

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"courant/aggregator/fetch"
	"courant/aggregator/poll"
	"courant/aggregator/schedule"
	"courant/aggregator/websub"
	"courant/db"
	"courant/db/push"
	"courant/db/state"
)

const (
	// askHubsEvery is how often is looked for hubs that are to be asked.
	askHubsEvery = time.Second
	// lapseEvery is how often is looked for hubs that are counted on no more.
	lapseEvery = time.Minute
	// reconcileEvery is how often subscriptions are held against the sources there are,
	// all of which are read.
	reconcileEvery = 10 * time.Minute
	// foundAtOnce is how many sources are remembered that have just named a hub; those
	// beyond it are found when all are looked at.
	foundAtOnce = 256
	// hubPatience is how long a hub has to ask back before it is asked once more; it is
	// twice as long each time, up to hubRest.
	hubPatience = 10 * time.Minute
	hubRest     = 24 * time.Hour
	// hubsAtOnce is how many hubs are asked at once.
	hubsAtOnce = 8
	// leaveTries is how often a hub is asked to end a subscription: what it delivers
	// afterwards is refused.
	leaveTries = 5
	// deliveriesAtOnce is how many are taken in at once: each may be of max_body.
	deliveriesAtOnce = 8
	// takeTries is how often one is begun that comes to no end, since the store took
	// nothing or the process died over it; it waits in between, a minute at first and
	// twice as long each time.
	takeTries = 5
	// deliveryKept is how long a delivery waits for the worker whose source it is.
	deliveryKept = 24 * time.Hour
)

// follows is how hubs are asked to tell us of what is new; the zero value asks none.
type follows struct {
	on       bool              // else what stands is ended
	out      http.RoundTripper // nil: no hub can reach us
	callback func(token string) string
}

// newFollows is a follows where subscribing is wanted and a hub elsewhere can reach
// us.
func newFollows(c Config, o Options) (f follows, err error) {
	if o.Callback == nil || !public(o.Site, c.AllowPrivateNetworks) {
		return f, nil
	}
	caller, err := NewCaller(c, o)
	if err != nil {
		return f, err
	}
	if u, err := url.Parse(o.Site); err != nil || caller.Refuses(context.Background(), u) != nil {
		return f, nil
	}
	return follows{c.WebSub, caller, o.Callback}, nil
}

// public reports whether the name of a site may be known elsewhere, as far as it tells.
func public(site string, private bool) bool {
	u, err := url.Parse(site)
	if err != nil || u.Hostname() == "" {
		return false
	}
	host := strings.TrimSuffix(u.Hostname(), ".")
	return private || host != "localhost" && !strings.HasSuffix(host, ".localhost") && strings.ContainsAny(host, ".:")
}

// hubWait is how long after a request a hub is asked again that confirms nothing.
func hubWait(tries int) time.Duration { return min(hubPatience<<min(tries, 10), hubRest) }

// follow has hubs tell us of what is new in sources that name one, until ctx ends.
func (a *Aggregator) follow(ctx context.Context) {
	tick := time.NewTicker(askHubsEvery)
	defer tick.Stop()
	every := func(wait time.Duration, f func(context.Context) error) func() error {
		next := a.sources.elapsed()
		return func() error {
			now := a.sources.elapsed()
			if now < next {
				return nil
			}
			next = now + wait
			return f(ctx)
		}
	}
	reconcile, lapse := every(reconcileEvery, a.reconcile), every(lapseEvery, a.lapse)
	for {
		if err := errors.Join(reconcile(), lapse(), a.askHubs(ctx)); err != nil && ctx.Err() == nil {
			a.log.Error("hubs not asked", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case id := <-a.found:
			if err := a.followOne(ctx, id); err != nil && ctx.Err() == nil {
				a.log.Error("hub not noted", "source", id, "err", err)
			}
		case <-tick.C:
		}
	}
}

// followOne subscribes to a source that has just named a hub.
func (a *Aggregator) followOne(ctx context.Context, id string) error {
	for s, err := range a.store.EachNamed(ctx, []string{id}) {
		if err != nil {
			return err
		}
		subject := a.sources.subject(s)
		if hub, topic := a.hubOf(subject); hub != "" {
			return a.inbox.Follow(ctx, id, hub, topic)
		}
	}
	return nil
}

// hubOf is the hub to subscribe to a source at, and as what; "" where none is wanted.
func (a *Aggregator) hubOf(s *poll.Subject) (hub, topic string) {
	c := a.sources.source(s.ID)
	if a.follows.out == nil || !a.follows.on || c == nil || !s.Active() || poll.Over(s.State) || c.WebSub != nil && !*c.WebSub {
		return "", ""
	}
	return s.Memory.Hub, s.Memory.Topic
}

// reconcile ends the subscriptions of sources that are gone, name another hub, or are
// to have none, and begins those that are missing.
func (a *Aggregator) reconcile(ctx context.Context) error {
	list, err := a.inbox.Subscriptions(ctx)
	if err != nil {
		return err
	}
	have := make(map[string]push.Subscription, len(list))
	for _, s := range list {
		have[s.Source] = s
	}
	if a.follows.out != nil || len(have) > 0 {
		for stored, err := range a.store.EachActive(ctx) {
			if err != nil {
				return err
			}
			if !a.held.owns(stored.Shard) {
				delete(have, stored.ID)
				continue
			}
			hub, topic := a.hubOf(a.sources.subject(stored))
			s, known := have[stored.ID]
			switch {
			case hub == "":
			case !known:
				err = a.inbox.Follow(ctx, stored.ID, hub, topic)
			case s.Hub == hub && s.Topic == topic && s.Asked != push.Unsubscribe:
				delete(have, stored.ID)
			}
			if err != nil {
				return err
			}
		}
	}
	for _, s := range have {
		switch {
		case s.Asked == push.Unsubscribe && s.Tries < leaveTries:
			continue
		case s.Asked == push.Unsubscribe:
			err = a.inbox.Forget(ctx, s)
		default:
			err = a.inbox.Leave(ctx, s)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// lapse has sources polled as before whose hub is counted on no more: its lease ran
// out, it refused us, or we left it.
func (a *Aggregator) lapse(ctx context.Context) error {
	ids, err := a.inbox.Lapsed(ctx)
	if err != nil || len(ids) == 0 {
		return err
	}
	for stored, err := range a.store.EachNamed(ctx, ids) {
		if err != nil {
			return err
		}
		s := a.sources.subject(stored)
		if !a.held.owns(s.Shard) || a.busy(s.ID) {
			continue // another worker's; or what comes of its job knows of it, or the next look does
		}
		if s.Config != nil && s.Active() && !poll.Over(s.State) && s.Errors == 0 {
			if d := s.Unpushed(); d.Due.Before(s.NextDue) {
				err = a.store.Reschedule(ctx, []db.Due{{Source: s.ID, Was: s.LastPass, At: d.Due, Reason: d.Reason}})
			}
		}
		if err == nil {
			err = a.inbox.Settle(ctx, s.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// askHubs asks the hubs that are to be asked; one that does not answer holds up no
// other.
func (a *Aggregator) askHubs(ctx context.Context) error {
	if a.follows.out == nil {
		return nil
	}
	list, err := a.inbox.ClaimDue(ctx, hubWait)
	if err != nil {
		return err
	}
	var group errgroup.Group
	group.SetLimit(hubsAtOnce)
	var silent sync.Map // hosts
	for _, s := range list {
		group.Go(func() error {
			if err := a.askHub(ctx, s, &silent); err != nil && ctx.Err() == nil {
				a.log.Info("hub did not take it", "source", s.Source, "hub", fetch.Host(s.Hub), "asked", s.Asked, "err", err)
			}
			return nil
		})
	}
	return group.Wait()
}

// askHub makes one request to a hub, when its host may be asked and did not just leave
// another one unanswered.
func (a *Aggregator) askHub(ctx context.Context, s push.Subscription, silent *sync.Map) error {
	host := fetch.Host(s.Hub)
	if _, known := silent.Load(host); known {
		return websub.ErrSilent
	}
	release, err := a.client.Hosts.Acquire(ctx, host)
	if err != nil {
		return err
	}
	defer release()
	if _, known := silent.Load(host); known { // while we waited
		return websub.ErrSilent
	}
	err = websub.Ask(ctx, a.follows.out, s, a.follows.callback(s.Token))
	if errors.Is(err, websub.ErrSilent) {
		silent.Store(host, true)
	}
	return err
}

// subscribed reads whether the hub of a source is to push what is new there.
func (v *visitor) subscribed(s *poll.Subject) bool {
	if s.Memory.Hub == "" {
		return false
	}
	stands, err := v.inbox.Stands(context.WithoutCancel(v.ctx), s.ID)
	return stands && err == nil // else it is polled as ever
}

// heard tells of what a pass said of its source's hub: that there is one, or that it
// was silent about what is new.
func (v *visitor) heard(l leaving, fresh int) {
	s, p := l.source, l.pass
	named := s.Memory.Hub != "" || p.Feed != nil // nothing but a document names another one
	if named && !s.Subscribed && schedule.Recall(p.Poll.Extra).Hub != "" {
		select {
		case v.found <- s.ID:
		default:
		}
	}
	if fresh > 0 && p.URL != "" && s.Subscribed && !s.Memory.HubSilent {
		if err := v.inbox.Doubt(context.WithoutCancel(v.ctx), s.ID); err != nil {
			v.log.Error("hub not doubted", "source", s.ID, "err", err)
		}
	}
}

// deliveries takes up what hubs delivered for sources that are ours to poll and have
// no job. What it leads to is stored by whoever has the source's shard by then, and
// by nobody else.
func (l *lookout) deliveries() error {
	list, err := l.a.inbox.Waiting(l.ctx)
	if err != nil {
		return err
	}
	for _, d := range list {
		if l.taking.Load() >= deliveriesAtOnce {
			break
		}
		if !l.a.held.owns(d.Shard) || !l.a.sources.Has(d.Source) {
			continue // another worker's, or nobody's any more
		}
		j := &job{ids: []string{d.Source}, shard: d.Shard, delivery: d.ID}
		if l.engine.queue.takeUp(j) {
			l.taking.Add(1)
			l.engine.workers.Go(func() {
				defer l.taking.Add(-1)
				l.engine.takeIn(j)
			})
		}
	}
	return nil
}

// takeIn makes a pass over what a hub delivered. What cannot be read is gone, as what
// a poll brings that cannot; what cannot be stored is tried again.
func (v *visitor) takeIn(j *job) {
	id, r := j.ids[0], Result{Source: j.ids[0], Outcome: state.OutcomeStopped}
	told := false
	defer func() {
		if p := recover(); p != nil { // it stays, and is tried again
			v.log.Error("pass panicked", "source", id, "err", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
		if !told {
			v.finish(j, r)
		}
	}()
	ctx := context.WithoutCancel(v.ctx)
	d, err := v.inbox.Take(ctx, j.delivery, takeWait)
	if errors.Is(err, push.ErrNotFound) { // it was taken in as we looked
		return
	}
	var wanted bool
	if err == nil {
		wanted, err = v.wants(ctx, j, d)
	}
	stored := true
	if err == nil && wanted {
		var left leaving
		if left, err = v.delivered(j, d); err == nil {
			told = true
			stored = v.save([]leaving{left})
		}
	}
	if err != nil { // nothing is wrong with what was delivered
		r.Outcome, r.Err = state.OutcomeFailed, "what its hub delivered could not be taken in"
		v.log.Error("delivery not taken in", "source", id, "err", err)
		return
	}
	if !stored {
		return
	}
	if err := v.inbox.Taken(ctx, d.ID); err != nil {
		v.log.Error("delivery stays", "source", id, "err", err)
	}
}

// takeWait is how long a delivery rests that was not taken in to the end.
func takeWait(tries int) time.Duration { return time.Minute << max(min(tries, takeTries)-1, 0) }

// wants reads how the source of a delivery stands, and reports whether it is still to
// be taken in: its hub speaks for it as long as the source itself says so.
func (v *visitor) wants(ctx context.Context, j *job, d push.Delivery) (bool, error) {
	stored, err := v.store.Source(ctx, d.Source)
	if err != nil {
		return false, err
	}
	sub, err := v.inbox.Of(ctx, d.Source)
	if err != nil && !errors.Is(err, push.ErrNotFound) {
		return false, err
	}
	s := v.sources.subject(stored)
	switch {
	case d.Tries > takeTries:
		v.log.Warn("delivery given up", "source", d.Source, "tries", takeTries)
		return false, nil
	case s.Config == nil || !s.Active() || poll.Over(s.State) || s.ImportedAt.IsZero() || !s.Config.Is(s.Source) || sub.Hub == "" || sub.Hub != s.Memory.Hub:
		v.log.Info("delivery not wanted", "source", d.Source)
		return false, nil
	}
	j.sources = []*poll.Subject{s}
	return true, nil
}

// delivered is the pass over a delivery. An error is one of the store.
func (v *visitor) delivered(j *job, d push.Delivery) (leaving, error) {
	s := j.sources[0]
	got := &poll.Visit{At: v.now(), Pushed: true, Answer: &fetch.Answer{
		URL: s.Config.Address(s.Memory), Body: d.Body, Bytes: int64(len(d.Body)), ContentType: d.ContentType,
	}}
	got.Sum()
	if !s.Knows(got) {
		v.remember(j, got)
		v.parse(got)
	}
	if err := v.recall(s, got); err != nil {
		return leaving{}, err
	}
	s.Subscribed = v.subscribed(s)
	return leaving{j, s, v.pass(s, got)}, nil
}
