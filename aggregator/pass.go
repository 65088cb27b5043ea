package aggregator

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	"courant/aggregator/feed"
	"courant/aggregator/fetch"
	"courant/aggregator/normalise"
	"courant/aggregator/schedule"
	"courant/db"
)

// taken is what one request brought, before it is stored for each source that
// shares it.
type taken struct {
	at     time.Time
	answer *fetch.Answer
	err    *fetch.Error   // nil: a document, or 304
	hash   []byte         // of the document
	doc    *feed.Document // nil where it was not parsed: unchanged
	outage bool           // the failure is ours: no host can be reached
	manual bool           // asked for by hand
	spread bool           // the poll came late, with many others: the next one parts from them
	found  *discovery     // what a look for the feed came to; nil: there was none
}

// run makes the request of a job and stores what came of it.
func (e *engine) run(j *job) {
	a := e.a
	if until := a.client.Hosts.PausedUntil(j.host); !until.IsZero() {
		e.queue.done(j)
		e.delay(j, until)
		return
	}
	if a.held(j) {
		e.queue.done(j)
		e.writes <- write{job: j, held: true}
		return
	}
	a.touch(max(a.elapsed(), 1), j.sources...)
	t := &taken{at: a.now(), manual: j.manual, spread: !j.notBefore.IsZero()}
	request := j.request(t.at)
	answer, err := func() (*fetch.Answer, error) {
		defer e.queue.done(j) // its host is free while we parse
		return a.client.Get(e.ctx, request)
	}()
	t.answer = answer
	defer func() { t.answer.Release() }()
	if err != nil {
		t.err, _ = errors.AsType[*fetch.Error](err)
		if e.ctx.Err() != nil && errors.Is(err, context.Canceled) { // we stop, and its time is up
			e.cutOff(j, answer.Sent, t.at)
			return
		}
		if t.err.Kind == fetch.Paused && !answer.Sent {
			a.touch(0, j.sources...) // no server was asked
			e.delay(j, a.now().Add(t.err.RetryAfter))
			return
		}
	}
	e.take(j, t)
}

// touch notes when sources were asked, by elapsed; 0: nobody knows.
func (a *Aggregator) touch(at time.Duration, list ...*subject) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range list {
		if c := a.sources[s.ID]; c != nil {
			c.asked = at
		}
	}
}

// address is what is asked: the configured address, or the one that is known
// to have taken its place.
func (s *source) address(m schedule.Memory) string {
	if m.MovedTo != "" && m.MovedFrom == fetch.Redact(s.URL) {
		return m.MovedTo
	}
	return s.URL
}

// request is conditional when what is stored allows it for every source that
// it serves.
func (j *job) request(now time.Time) fetch.Request {
	lead := j.sources[0]
	s, m := lead.c, lead.memory
	r := fetch.Request{
		URL: s.address(m), Headers: s.Headers, Username: s.Username, Password: s.password,
		UserAgent: s.UserAgent, InsecureTLS: s.InsecureTLS, AllowDowngrade: s.AllowDowngrade,
	}
	if m.MovedTo != "" && r.URL == m.MovedTo && !fetch.SameOrigin(s.URL, m.MovedTo) {
		r.Headers, r.Username, r.Password = nil, "", "" // secrets are for the configured origin (P65)
	}
	for _, other := range j.sources {
		if other.ETag != lead.ETag || other.LastModified != lead.LastModified || other.ValidatorsFor != lead.ValidatorsFor {
			return r // one of them lacks what the others have
		}
	}
	if !s.settled(m) || s.revalidates(lead, m, now) {
		return r
	}
	r.ETag, r.LastModified, r.ValidatorsFor = lead.ETag, lead.LastModified, lead.ValidatorsFor
	return r
}

// revalidates reports whether it is time to ask for the whole document once
// more: a server that has answered 304 for long, while nothing new ever came,
// may be wrong (P24).
func (s *source) revalidates(src *subject, m schedule.Memory, now time.Time) bool {
	if s.Revalidate != nil && !*s.Revalidate || m.FullMS == 0 {
		return false
	}
	full := schedule.Time(m.FullMS)
	return !src.LastNew.After(full) && now.Sub(full) >= schedule.RevalidateWait+s.rules().Spread(schedule.RevalidateWait/10)
}

// take makes passes of what came, once it is parsed where it is new to any of
// the job's sources.
func (e *engine) take(j *job, t *taken) {
	a := e.a
	if e.observe(j, t) {
		return // its verdict is still open
	}
	if t.err == nil && !t.answer.NotModified {
		t.hash = hashOf(t.answer.Body)
		if slices.ContainsFunc(j.sources, func(s *subject) bool { return !a.knows(s, t) }) {
			a.parse(t)
		}
	}
	if t.err != nil && !t.outage {
		e.rediscover(j.sources[0].c, j.sources[0], t)
	}
	e.settle(j, t)
}

// settle saves what came for each source of the job.
func (e *engine) settle(j *job, t *taken) {
	for _, s := range j.sources {
		e.save(j, s, e.a.pass(s, t))
	}
}

func hashOf(body []byte) []byte {
	sum := sha256.Sum256(body)
	return sum[:]
}

// knows reports whether t brought the very document that s has taken in (P21).
func (a *Aggregator) knows(s *subject, t *taken) bool {
	return bytes.Equal(s.BodyHash, t.hash) && s.c.settled(s.memory)
}

// parsing runs f when a core is free for it: there are as many at once as
// cores, so that memory is bounded by them.
func (a *Aggregator) parsing(f func()) {
	a.parses <- struct{}{}
	defer func() { <-a.parses }()
	f()
}

// parse reads the document.
func (a *Aggregator) parse(t *taken) {
	if t.hash == nil {
		t.hash = hashOf(t.answer.Body)
	}
	a.parsing(t.parse)
}

func (t *taken) parse() {
	if len(t.answer.Body) == 0 {
		t.err = &fetch.Error{Kind: fetch.Broken, Status: t.answer.Status, Err: errors.New("the document is empty")} // P76
		return
	}
	doc, err := feed.Parse(t.answer.Body, feed.Options{URL: t.answer.URL, ContentType: t.answer.ContentType})
	if err != nil {
		t.err = &fetch.Error{Kind: fetch.Broken, Status: t.answer.Status, Err: err}
		return
	}
	t.doc = doc
}

// pass is what a poll leaves behind for one source.
func (a *Aggregator) pass(s *subject, t *taken) db.Pass {
	c := s.c
	p := db.Pass{
		Source: s.ID, At: t.at, Took: t.answer.Took, URL: t.answer.URL, Status: t.answer.Status, Bytes: t.answer.Bytes,
		Conditional: t.answer.Conditional, Poll: s.Poll, Manual: t.manual, QuietUntil: quietUntil(t),
		Publish: db.Publish{Auto: c.Publish == "auto", InitialWindow: a.c.InitialWindow.Duration, InitialMax: a.c.InitialMax},
	}
	if t.outage { // it says nothing of the source, which stays due (P42)
		p.Outcome, p.Error = OutcomeOutage, t.err.Error()
		a.touch(0, s) // no server was asked
		return p
	}
	p.Poll.LastPass = t.at
	if t.answer.Pause != nil {
		pause := db.HostPause(*t.answer.Pause)
		p.Pause = &pause
	}
	m := s.memory
	m.CutOffs = 0
	if t.err != nil {
		a.failed(c, s, t, &p, m)
		return p
	}
	p.Poll.LastSuccess, p.Poll.Errors, p.Poll.Error, p.Poll.ErrorSince = t.at, 0, "", time.Time{}
	m.FoundMS, m.WarnedMS = 0, 0
	if m.MergedInto != "" && a.source(m.MergedInto) == nil {
		m.MergedInto = "" // it left the configuration
	}
	fresh(&m, t)
	a.moved(c, &m, t, &p)
	switch {
	case t.answer.NotModified:
		p.Outcome = OutcomeNotModified
		keepValidators(&p.Poll, t.answer)
	case a.knows(s, t):
		p.Outcome = db.OutcomeUnchanged
		a.document(c, s, t, &p, &m)
	default:
		a.document(c, s, t, &p, &m)
		a.parsing(func() { read(c, s, t, &p, &m) })
	}
	a.decide(c, s, t, &p, m)
	return p
}

// quietUntil is until when the answer asked not to be asked again.
func quietUntil(t *taken) (until time.Time) {
	if t.answer.RetryAfter > 0 {
		until = t.at.Add(t.answer.RetryAfter)
	}
	if p := t.answer.Pause; p != nil && p.Until.After(until) {
		until = p.Until
	}
	return until
}

// fresh takes over what the answer says of its freshness; a 304 that says
// nothing leaves what the last answer said (P15, P16).
func fresh(m *schedule.Memory, t *taken) {
	if f := t.answer.Fresh; f.Given || !t.answer.NotModified {
		m.FreshMS, m.FreshRule = f.For.Milliseconds(), f.Rule
	}
	m.RetryMS = 0
	if t.answer.RetryAfter > 0 {
		m.RetryMS = t.at.Add(t.answer.RetryAfter).UnixMilli()
	}
}

// keepValidators replaces those that a 304 names and keeps the others (P15).
func keepValidators(p *db.Poll, answer *fetch.Answer) {
	if answer.ETag != "" {
		p.ETag = answer.ETag
	}
	if answer.LastModified != "" {
		p.LastModified = answer.LastModified
	}
}

// document takes over what a 200 says around its document: its validators
// replace the stored ones, absent ones too (P13).
func (a *Aggregator) document(c *source, s *subject, t *taken, p *db.Pass, m *schedule.Memory) {
	if s.ETag != "" && s.ETag == t.answer.ETag && !bytes.Equal(s.BodyHash, t.hash) && s.ValidatorsFor == t.answer.URL && c.settled(*m) {
		m.LyingETags++ // P23
	}
	p.Poll.ETag, p.Poll.LastModified, p.Poll.ValidatorsFor = t.answer.ETag, t.answer.LastModified, t.answer.URL
	p.Poll.BodyHash = t.hash
	m.FullMS, m.Settings = t.at.UnixMilli(), c.settingsText()
}

// read takes over what the document itself says.
func read(c *source, s *subject, t *taken, p *db.Pass, m *schedule.Memory) {
	doc := t.doc
	m.TTLMin, m.SkipHours, m.SkipDays = int64(doc.Hints.TTL/time.Minute), doc.Hints.SkipHours, doc.Hints.SkipDays
	m.PeriodMS, m.BaseMS = doc.Hints.Period.Milliseconds(), schedule.Millis(doc.Hints.Base)
	suggest(m, t)
	p.Feed = &db.Feed{ID: doc.ID, Title: doc.Title, Link: doc.Link, Language: doc.Language, Updated: doc.Updated}
	p.Repairs = doc.Repairs
	limited := *doc
	limited.Entries = newest(doc.Entries, c.MaxItems)
	p.Entries = normalise.Entries(&limited, normalise.Source{ID: c.ID, Section: c.Section, Tags: c.Tags, KeyPoints: c.KeyPoints}, t.at)
	if s.ImportedAt.IsZero() {
		m.ActiveMS = schedule.Millis(latest(doc.Entries, t.at))
	}
}

// latest is the newest date that an entry has, none later than now; now where
// there is none.
func latest(entries []feed.Entry, now time.Time) time.Time {
	var last time.Time
	for _, e := range entries {
		for _, date := range []time.Time{e.Published, e.Updated} {
			if date.After(last) && !date.After(now) {
				last = date
			}
		}
	}
	if last.IsZero() {
		return now
	}
	return last
}

// newest is the most newest entries, in document order; all where most is 0.
// Entries without a date count as their place in the document says.
func newest(entries []feed.Entry, most int) []feed.Entry {
	if most <= 0 || len(entries) <= most {
		return entries
	}
	order := make([]int, len(entries))
	for i := range order {
		order[i] = i
	}
	dated := !slices.ContainsFunc(entries, func(e feed.Entry) bool { return e.Published.IsZero() })
	if dated {
		slices.SortStableFunc(order, func(i, j int) int { return entries[j].Published.Compare(entries[i].Published) })
	}
	order = order[:most]
	slices.Sort(order)
	list := make([]feed.Entry, most)
	for i, at := range order {
		list[i] = entries[at]
	}
	return list
}

// decide sets when the source is next due after a good poll: at once for what
// a 304 brings, else when the store has counted what is new.
func (a *Aggregator) decide(c *source, s *subject, t *taken, p *db.Pass, m schedule.Memory) {
	poll := p.Poll
	at := schedule.Poll{
		At: t.at, First: s.LastPass.IsZero() || t.spread, Status: t.answer.Status, RetryAfter: t.answer.RetryAfter, HostPause: hostPause(t),
		Validators: conditionalNext(poll, t.at), Known: true,
	}
	settle := func(n int) db.Poll {
		if n > 0 && !s.ImportedAt.IsZero() {
			m.ActiveMS = t.at.UnixMilli()
		}
		d := c.rules().After(m, at)
		poll.NextDue, poll.Reason, poll.State, poll.Extra = d.Due, d.Reason, d.State, m.Store()
		if m.MergedInto != "" {
			poll.NextDue, poll.State = time.Time{}, schedule.Merged
			poll.Reason = "its address is that of " + m.MergedInto + " now, which polls it"
		}
		return poll
	}
	p.Poll = settle(0)
	if p.Feed != nil {
		p.Decide = settle
	}
}

// conditionalNext reports whether the next request will carry a validator.
func conditionalNext(p db.Poll, now time.Time) bool {
	return p.ETag != "" || p.LastModified != "" && fetch.LastModifiedUsable(p.LastModified, now)
}

// hostPause is for how long the answer's host is left alone from the poll on.
func hostPause(t *taken) time.Duration {
	if t.answer.Pause == nil || t.answer.Pause.Until.IsZero() {
		return 0
	}
	return t.answer.Pause.Until.Sub(t.at)
}

// failed is a pass that brought no document: validators, entries and what is
// known of the feed stay (P17, P18).
func (a *Aggregator) failed(c *source, s *subject, t *taken, p *db.Pass, m schedule.Memory) {
	p.Outcome, p.Error = OutcomeFailed, t.err.Error()
	m.RetryMS = 0
	if t.answer.RetryAfter > 0 {
		m.RetryMS = t.at.Add(t.answer.RetryAfter).UnixMilli()
	}
	if t.found != nil {
		m.FoundMS = t.at.UnixMilli()
		if t.found.suggestion != "" {
			m.Suggestion = t.found.suggestion
		}
	}
	m.Chain, m.ChainPolls, m.ChainMS = "", 0, 0 // only good polls prove a redirect (P63)
	if t.err.Kind == fetch.Locked {
		m.Settings = c.settingsText() // which credentials were refused
	}
	at := schedule.Poll{
		At: t.at, First: s.LastPass.IsZero(), Kind: kindOf(t.err), Status: t.err.Status, RetryAfter: t.answer.RetryAfter,
		HostPause: hostPause(t), Validators: conditionalNext(s.Poll, t.at), Known: !s.LastSuccess.IsZero(),
	}
	poll := &p.Poll
	poll.Error = p.Error
	if at.Kind == schedule.KindThrottled {
		p.Outcome = OutcomeThrottled // counts towards nothing (P55)
	} else {
		poll.Errors++
	}
	if poll.ErrorSince.IsZero() {
		poll.ErrorSince = t.at
	}
	at.Errors, at.ErrorSince = poll.Errors, poll.ErrorSince
	d := c.rules().After(m, at)
	poll.NextDue, poll.Reason, poll.State = d.Due, d.Reason, d.State
	a.warn(s, poll, &m)
	poll.Extra = m.Store()
}

func kindOf(err *fetch.Error) schedule.Kind {
	switch err.Kind {
	case fetch.Throttled, fetch.Paused:
		return schedule.KindThrottled
	case fetch.Missing:
		return schedule.KindMissing
	case fetch.Gone:
		return schedule.KindGone
	case fetch.Locked:
		return schedule.KindLocked
	case fetch.Forbidden:
		return schedule.KindForbidden
	}
	return schedule.Failed
}

// warnAfter is how long a source fails before somebody should look.
const warnAfter = 24 * time.Hour

// Alarming reports whether a source has been failing for a day.
func Alarming(p db.Poll) bool {
	return !p.ErrorSince.IsZero() && p.LastPass.Sub(p.ErrorSince) >= warnAfter
}

// warn says in the log, once, that a source has been failing for a day.
func (a *Aggregator) warn(s *subject, p *db.Poll, m *schedule.Memory) {
	if !Alarming(*p) || m.WarnedMS != 0 {
		return
	}
	m.WarnedMS = p.LastPass.UnixMilli()
	a.log.Warn("source is failing", "source", s.ID, "since", p.ErrorSince, "state", p.State, "err", p.Error)
}
