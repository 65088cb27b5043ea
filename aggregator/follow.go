package aggregator

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

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
	// reconcileEvery is how often subscriptions are held against the sources there are.
	reconcileEvery = time.Minute
	// foundAtOnce is how many sources are remembered that have just named a hub; those
	// beyond it are found when all are looked at.
	foundAtOnce = 256
	// hubPatience is how long a hub has to ask back before it is asked once more; it is
	// twice as long each time, up to hubRest.
	hubPatience = 10 * time.Minute
	hubRest     = 24 * time.Hour
	// leaveTries is how often a hub is asked to end a subscription: what it delivers
	// afterwards is refused.
	leaveTries = 5
	// deliveriesAtOnce is how many are taken in at once: each may be of max_body.
	deliveriesAtOnce = 8
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
	var looked time.Duration
	for {
		var err error
		if now := a.sources.elapsed(); looked == 0 || now-looked > reconcileEvery {
			looked = max(now, 1)
			err = a.reconcile(ctx)
		}
		if err = errors.Join(err, a.askHubs(ctx)); err != nil && ctx.Err() == nil {
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

// askHubs asks the hubs that are to be asked, one after the other.
func (a *Aggregator) askHubs(ctx context.Context) error {
	if a.follows.out == nil {
		return nil
	}
	list, err := a.inbox.ClaimDue(ctx, hubWait)
	if err != nil {
		return err
	}
	for _, s := range list {
		if err := a.askHub(ctx, s); err != nil {
			a.log.Info("hub did not take it", "source", s.Source, "hub", fetch.Host(s.Hub), "asked", s.Asked, "err", err)
		}
	}
	return nil
}

// askHub makes one request to a hub, when its host may be asked.
func (a *Aggregator) askHub(ctx context.Context, s push.Subscription) error {
	release, err := a.client.Hosts.Acquire(ctx, fetch.Host(s.Hub))
	if err != nil {
		return err
	}
	defer release()
	return websub.Ask(ctx, a.follows.out, s, a.follows.callback(s.Token))
}

// subscribed reads until when the hub of a source is to push what is new.
func (v *visitor) subscribed(s *poll.Subject) {
	if s.Memory.Hub == "" {
		return
	}
	if sub, err := v.inbox.Of(context.WithoutCancel(v.ctx), s.ID); err == nil { // else it is polled as ever
		s.Subscribed = sub.Expires
	}
}

// heard tells of what a pass said of its source's hub: that there is one, or that it
// was silent about what is new.
func (v *visitor) heard(l leaving, fresh int) {
	s, p := l.source, l.pass
	if s.Subscribed.IsZero() && schedule.Recall(p.Poll.Extra).Hub != "" {
		select {
		case v.found <- s.ID:
		default:
		}
	}
	if fresh > 0 && p.URL != "" && s.Subscribed.After(p.At) && !s.Memory.HubSilent {
		if err := v.inbox.Doubt(context.WithoutCancel(v.ctx), s.ID); err != nil {
			v.log.Error("hub not doubted", "source", s.ID, "err", err)
		}
	}
}

// deliveries takes up what hubs delivered for sources that have no job.
func (l *lookout) deliveries() error {
	list, err := l.a.inbox.Waiting(l.ctx)
	if err != nil {
		return err
	}
	for _, d := range list {
		if l.taking.Load() >= deliveriesAtOnce {
			break
		}
		if !l.a.sources.Has(d.Source) {
			continue // another worker's, or nobody's any more
		}
		j := &job{ids: []string{d.Source}, delivery: d.ID}
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

// takeIn makes a pass over what a hub delivered. It is taken up once, whatever comes
// of it: what it brought that could not be stored, the next poll brings.
func (v *visitor) takeIn(j *job) {
	ctx := context.WithoutCancel(v.ctx)
	id := j.ids[0]
	done, stays := false, false
	defer func() {
		if r := recover(); r != nil {
			v.log.Error("pass panicked", "source", id, "err", fmt.Sprint(r), "stack", string(debug.Stack()))
		}
		if !stays {
			if err := v.inbox.Taken(ctx, j.delivery); err != nil {
				v.log.Error("delivery stays", "source", id, "err", err)
			}
		}
		if !done {
			v.finish(j, Result{Source: id, Outcome: state.OutcomeFailed, Err: "its hub delivered what could not be taken in"})
		}
	}()
	d, err := v.inbox.Read(ctx, j.delivery)
	if errors.Is(err, push.ErrNotFound) { // it was taken in as we looked
		return
	}
	var stored db.Source
	if err == nil {
		stored, err = v.store.Source(ctx, id)
	}
	if err != nil { // nothing is wrong with what was delivered
		stays = true
		v.log.Error("delivery not read", "source", id, "err", err)
		return
	}
	s := v.sources.subject(stored)
	if s.Config == nil || !s.Active() || poll.Over(s.State) || s.ImportedAt.IsZero() {
		v.log.Info("delivery not wanted", "source", id)
		return
	}
	j.sources = []*poll.Subject{s}
	got := &poll.Visit{At: v.now(), Pushed: true, Answer: &fetch.Answer{
		URL: s.Config.Address(s.Memory), Status: http.StatusOK, Body: d.Body, Bytes: int64(len(d.Body)), ContentType: d.ContentType,
	}}
	got.Sum()
	v.remember(j, got)
	if v.parse(got); got.Document == nil {
		v.log.Warn("delivery cannot be read", "source", id, "err", got.Err)
		return
	}
	done = true
	v.save(v.leaves(j, got))
}
