package publisher

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"courant/db/engine"
	"courant/db/scope"
	"courant/publisher/channels"
	"courant/publisher/web"
)

// visitor is whom r's cookie names, or "".
func (p *Publisher) visitor(r *http.Request) string {
	c, err := r.Cookie(web.VisitorCookie)
	if err != nil {
		return ""
	}
	return p.judge.Visitor(c.Value)
}

// own is the visitor whom r's cookie names, where the cookie is one that we signed
// and they have a comment that waits for an editor, or one that they may still
// change; else "". Nobody else gets an answer of their own: a cookie is easily made
// up.
func (p *Publisher) own(r *http.Request) (visitor string, err error) {
	if !web.BearsVisitor(r) {
		return "", nil
	}
	if visitor = p.visitor(r); visitor == "" {
		return "", nil
	}
	now := p.now()
	has, known, at := p.owners.has(visitor, now)
	if !known {
		has, err = p.store.HasOwn(r.Context(), visitor, now.Add(-p.set.Comments.EditWindow.Duration))
		if engine.Gone(err) {
			return "", nil // they get what is held for everybody (M8)
		}
		if err != nil {
			return "", err
		}
		p.owners.add(visitor, has, now, at)
	}
	if !has {
		return "", nil
	}
	return visitor, nil
}

// owners are visitors of whom we know whether they have something of their own: only a
// change of theirs, which the store tells, gives it to them. To ask each time costs as
// much as the rest of an answer.
type owners struct {
	mu       sync.Mutex
	visitors map[string]time.Time // until when they have; zero: they have nothing
	changes  uint64
}

const (
	// maxOwners bounds who is remembered, at some hundred bytes each.
	maxOwners = 10_000
	// ownFor is how long a visitor is taken to have something without asking: its time
	// passes by itself, and then their page is the same as everybody's.
	ownFor = time.Minute
)

// has reports whether a visitor has something now, whether that is known, and after how
// many changes it is.
func (o *owners) has(visitor string, now time.Time) (has, known bool, at uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	until, known := o.visitors[visitor]
	has = !until.IsZero()
	return has, known && (!has || now.Before(until)), o.changes
}

// add notes whether a visitor had something after so many changes; one since then may
// have been theirs.
func (o *owners) add(visitor string, has bool, now time.Time, at uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if at != o.changes {
		return
	}
	if o.visitors == nil || len(o.visitors) >= maxOwners {
		o.visitors = map[string]time.Time{}
	}
	var until time.Time
	if has {
		until = now.Add(ownFor)
	}
	o.visitors[visitor] = until
}

// changed forgets the visitors among scopes; nil means everybody.
func (o *owners) changed(scopes []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.changes++
	if scopes == nil {
		o.visitors = nil
	}
	for _, s := range scopes {
		if visitor, is := strings.CutPrefix(s, scope.Visitor("")); is {
			delete(o.visitors, visitor)
		}
	}
}

// visitorAge is how long a visitor's cookie lives, in seconds: a year.
const visitorAge = 365 * 24 * 60 * 60

// setVisitor gives the visitor a cookie, for articles and single comments alone:
// what everybody reads, feeds and lists, stays everybody's.
func (p *Publisher) setVisitor(w http.ResponseWriter, value string) {
	for _, path := range []string{"/article/", "/comment/"} {
		http.SetCookie(w, &http.Cookie{
			Name: web.VisitorCookie, Value: value, Path: path, MaxAge: visitorAge,
			HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: strings.HasPrefix(p.set.Site.URL, "https:"),
		})
	}
}

// served notes that whoever asks gets a form, here and for the other publishers: on
// one machine there are none.
func (p *Publisher) served(r *http.Request, form string) {
	from, now, delay := web.Address(r, p.proxies), p.now(), p.set.Comments.MinDelay.Duration
	if delay == 0 {
		return
	}
	p.judge.Served(from, form, now)
	if !p.store.OneMachine() {
		p.moderator.Visited(p.judge.Visits(from, form, now, 1)[0], delay)
	}
}

// visited notes which address gets the page of which article, before the cache
// answers: a form that comes back too soon was not read by a person (V23).
func (p *Publisher) visited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name, ok := strings.CutPrefix(r.URL.Path, "/article/"); ok && r.Method == http.MethodGet && !strings.Contains(name, "/") {
			_, id := channels.SplitName(name)
			p.served(r, id)
		}
		next.ServeHTTP(w, r)
	})
}
