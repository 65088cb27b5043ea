package publisher

import (
	"net/http"
	"strings"
	"sync"

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
	known, at := p.ownless.has(visitor)
	if known {
		return "", nil
	}
	has, err := p.store.HasOwn(r.Context(), visitor, p.now().Add(-p.set.Comments.EditWindow.Duration))
	if engine.Gone(err) {
		return "", nil // they get what is held for everybody (M8)
	}
	if err != nil {
		return "", err
	}
	if !has {
		p.ownless.add(visitor, at)
		return "", nil
	}
	return visitor, nil
}

// ownless are visitors who had nothing of their own when we last asked: only a change
// of theirs, which the store tells, gives them something. To ask each time costs as
// much as the rest of an answer.
type ownless struct {
	mu       sync.Mutex
	visitors map[string]struct{}
	changes  uint64
}

// maxOwnless bounds who is remembered, at some hundred bytes each.
const maxOwnless = 10_000

// has reports whether a visitor is one of them, and after how many changes that is.
func (o *ownless) has(visitor string) (known bool, at uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, known = o.visitors[visitor]
	return known, o.changes
}

// add adds a visitor who had nothing after so many changes; one since then may have
// been theirs.
func (o *ownless) add(visitor string, at uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if at != o.changes {
		return
	}
	if o.visitors == nil || len(o.visitors) >= maxOwnless {
		o.visitors = map[string]struct{}{}
	}
	o.visitors[visitor] = struct{}{}
}

// changed forgets the visitors among scopes; nil means everybody.
func (o *ownless) changed(scopes []string) {
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
