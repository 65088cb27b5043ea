package aggregator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"courant/aggregator/fetch"
	"courant/aggregator/poll"
	"courant/aggregator/schedule"
	"courant/db"
	"courant/db/lease"
	"courant/db/push"
	"courant/db/state"
	"courant/db/text"
)

// Explanation says when a source is polled next, and why.
type Explanation struct {
	Source  string    `json:"source"`
	URL     string    `json:"url"`             // as configured, without a password
	Asked   string    `json:"asked,omitempty"` // the address that is asked instead
	State   string    `json:"state"`
	Last    time.Time `json:"last_pass,omitzero"`
	NextDue time.Time `json:"next_due,omitzero"`
	Reason  string    `json:"reason"` // the header or rule that decided
	Error   string    `json:"error,omitempty"`
	Weighed []Weighed `json:"weighed,omitempty"` // what a good poll weighs, as far as it is known
	Shares  []Shared  `json:"shares,omitempty"`  // of what the wait is made; together they reach NextDue
	Notes   []string  `json:"notes,omitempty"`   // what else bears on it
}

// Weighed is one of the rules that ask for a wait.
type Weighed struct {
	Rule  string    `json:"rule"`
	Until time.Time `json:"until"` // what it would have set
}

// Shared is a part of the wait from the last pass to the next.
type Shared struct {
	Rule string `json:"rule"`
	Wait string `json:"wait"` // such as "1h0m0s"
}

// Explain says why a source is polled next when it is. An unknown id is
// db.ErrNotFound.
func (a *Aggregator) Explain(ctx context.Context, id string) (Explanation, error) {
	s, err := a.store.Source(ctx, id)
	if err != nil {
		return Explanation{}, fmt.Errorf("source %s: %w", id, err)
	}
	if err := a.restore(ctx); err != nil {
		return Explanation{}, err
	}
	x := Explanation{
		Source: id, URL: s.URL, State: StateOf(s), Last: s.LastPass, NextDue: s.NextDue, Reason: s.Reason, Error: s.Error,
	}
	subject := a.sources.subject(s)
	c, m := subject.Config, subject.Memory
	switch {
	case c == nil:
		x.Reason, x.NextDue = "it is no longer configured, so it is no longer polled", time.Time{}
	case !s.Active():
		x.Reason, x.NextDue = "it is paused: not polled until it is resumed", time.Time{}
	case s.LastPass.IsZero() && s.NextDue.IsZero():
		x.Reason = "it was never polled: due at once"
	}
	if c == nil {
		return x, nil
	}
	if to := c.Address(m); text.Redact(to) != s.URL {
		x.Asked = text.Redact(to)
	}
	last := schedule.Poll{At: s.LastPass, Validators: poll.Conditional(s.Poll, s.LastPass), Known: true}
	if s.Errors > 0 {
		last.Kind = schedule.Failed
	}
	hub, err := a.hubNote(ctx, subject, &last)
	if err != nil {
		return Explanation{}, fmt.Errorf("hub of %s: %w", id, err)
	}
	if last.Kind == schedule.Good && !s.LastPass.IsZero() {
		for _, w := range c.Rules.Waits(m, last) {
			x.Weighed = append(x.Weighed, Weighed{w.Name, s.LastPass.Add(w.Wait)})
		}
	}
	if s.Active() && !s.LastPass.IsZero() && s.NextDue.After(s.LastPass) {
		for _, share := range c.Rules.Shares(m, last, s.NextDue, s.Reason) {
			x.Shares = append(x.Shares, Shared{share.Name, share.Wait.Round(time.Millisecond).String()})
		}
	}
	x.Notes = a.notes(subject)
	if hub != "" {
		x.Notes = append(x.Notes, hub)
	}
	workers, err := lease.Workers(ctx, a.store)
	for _, w := range workers {
		if w.Shards[s.Shard] && s.Active() {
			x.Notes = append(x.Notes, w.Holder.String()+" polls it")
		}
	}
	return x, err
}

// hubNote says how it stands with the hub of a source, and has last know whether that
// pushes.
func (a *Aggregator) hubNote(ctx context.Context, s *poll.Subject, last *schedule.Poll) (string, error) {
	sub, err := a.inbox.Of(ctx, s.ID)
	if errors.Is(err, push.ErrNotFound) {
		return "", nil
	}
	if err == nil {
		s.Subscribed, err = a.inbox.Stands(ctx, s.ID)
	}
	if err != nil {
		return "", err
	}
	last.Pushed = s.Subscribed && !s.Memory.HubSilent
	host := fetch.Host(sub.Hub)
	switch {
	case last.Pushed:
		return fmt.Sprintf("its hub at %s pushes what is new, as it confirmed until %s", host, sub.Expires.UTC().Format(time.RFC3339)), nil
	case s.Subscribed:
		return fmt.Sprintf("its hub at %s did not push what a poll found: polls do not wait for it until it pushes again", host), nil
	}
	return fmt.Sprintf("its hub at %s confirms no subscription: it was asked %d times in a row", host, sub.Tries), nil
}

// notes are the sentences that Explain adds.
func (a *Aggregator) notes(s *poll.Subject) (notes []string) {
	c, m := s.Config, s.Memory
	add := func(holds bool, format string, args ...any) {
		if holds {
			notes = append(notes, fmt.Sprintf(format, args...))
		}
	}
	add(m.MovedTo != "", "%s: %s (the configuration still has %s)", m.MovedWhy, text.Redact(m.MovedTo), s.URL)
	add(m.MergedInto != "", "source %s polls the same address", m.MergedInto)
	add(m.Chain != "", "a permanent redirect leads to %s: seen by %d polls since %s, kept after %d over %s",
		text.Redact(m.Chain), m.ChainPolls, schedule.Time(m.ChainMS).Format(time.RFC3339), schedule.MovePolls, schedule.Span(schedule.MoveProof))
	add(m.Suggestion != "", "the feed names another address: %s", m.Suggestion)
	add(len(m.SkipHours) > 0, "the feed wants no polls in the hours %v (skipHours, UTC)", m.SkipHours)
	add(len(m.SkipDays) > 0, "the feed wants no polls on %v (skipDays, UTC)", m.SkipDays)
	if configured := a.sources.source(s.ID); configured != nil {
		add(configured.Schedule != "", "it may be polled by the schedule %q only", configured.Schedule)
	}
	add(c.Request.InsecureTLS, "its TLS certificate is not checked (insecure_tls = true)")
	add(m.LyingETags > 0, "its server sent another document under the same ETag %d times", m.LyingETags)
	if until := a.client.Hosts.PausedUntil(fetch.Host(c.Address(m))); !until.IsZero() {
		add(true, "its host asked to be left alone until %s", until.UTC().Format(time.RFC3339))
	}
	add(!s.ErrorSince.IsZero(), "failing since %s, %d times in a row", s.ErrorSince.Format(time.RFC3339), s.Errors)
	return notes
}

// StateOf is a source's state in one word: that of its polling, or that nobody
// polls it.
func StateOf(s db.Source) string {
	switch {
	case !s.Configured:
		return state.Dropped
	case s.Paused || s.PausedConfig:
		return state.Paused
	}
	return s.State
}
