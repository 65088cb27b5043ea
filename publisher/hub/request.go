package hub

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"courant/db/push"
	"courant/db/setting"
	"courant/publisher/web"
)

const (
	// A lease under leastLease would be renewed as often as the feed may be polled
	// (Cache-Control: max-age=300), and gain nothing over that.
	leastLease = 5 * time.Minute
	// usualLease is what those get who name none, as most hubs give it.
	usualLease = 10 * 24 * time.Hour
	// mostLease is how long somebody who has gone is still sent what is new.
	mostLease = 30 * 24 * time.Hour
	// maxSecret is the standard's (section 5.1): less than 200 bytes.
	maxSecret = 199
	// maxCallback is the longest address that others are known to take; it comes back
	// in each verification with all that we add.
	maxCallback = 2048
)

// limits bound what strangers may have us keep and do. A subscription takes about
// a kilobyte, and delivering to all of them some minutes of waiting at the worst;
// at one host there are as many as a service has that subscribes for many people.
func limits() push.Limits { return push.Limits{All: 10_000, Host: 2_000, Unverified: 2_000} }

// askRate is how often one network may ask: a service renews all that limits lets
// one host have in one go, and somebody who has us call strangers does so five times
// a second.
func askRate() setting.Rate { return setting.Rate{Count: 3_000, Per: 10 * time.Minute} }

// retryFull is when there may be room again for who was told that there is none:
// what is unverified by then is forgotten.
const retryFull = 10 * time.Minute

// refusal is an answer that says no, in words for whoever reads the log of a
// subscriber.
type refusal struct {
	status int
	why    string
}

func (r refusal) Error() string { return r.why }

func refuse(status int, why string, args ...any) error {
	return refusal{status, fmt.Sprintf(why, args...)}
}

// Handle answers a request to the hub, whose form was read: 202 where it is taken,
// to be verified; else why not, as plain text.
func (h *Hub) Handle(w http.ResponseWriter, r *http.Request) error {
	if wait, ok := h.askers.Take(h.From(r), h.Now()); !ok {
		web.SetRetryAfter(w.Header(), wait)
		return say(w, r, http.StatusTooManyRequests, "Your network asks too often.")
	}
	status, why := http.StatusAccepted, "Your callback will be asked."
	err := h.take(r)
	no, refused := errors.AsType[refusal](err)
	switch {
	case errors.Is(err, push.ErrFull):
		web.SetRetryAfter(w.Header(), retryFull)
		status, why = http.StatusServiceUnavailable, "This hub has as many subscriptions as it takes."
	case refused:
		status, why = no.status, no.why
	case err != nil:
		return err
	default:
		poke(h.send)
		poke(h.look)
	}
	return say(w, r, status, why)
}

// say answers in plain text: a program reads it, or a person its log.
func say(w http.ResponseWriter, r *http.Request, status int, what string) error {
	web.Once(w, r, status, "text/plain; charset=utf-8", web.NoStore, []byte(what+"\n")) // an error: whoever asked has gone
	return nil
}

// take notes what r asks for. What the standard does not name is ignored.
func (h *Hub) take(r *http.Request) error {
	f := r.PostForm
	q := push.Request{Mode: f.Get("hub.mode"), Named: f.Get("hub.topic"), Callback: f.Get("hub.callback"), Secret: f.Get("hub.secret")}
	if q.Mode != push.Subscribe && q.Mode != push.Unsubscribe {
		return refuse(http.StatusBadRequest, "hub.mode must be subscribe or unsubscribe: this hub knows by itself what is new.")
	}
	if len(q.Secret) > maxSecret {
		return refuse(http.StatusBadRequest, "hub.secret must be less than %d bytes.", maxSecret+1)
	}
	var err error
	if q.Lease, err = lease(f.Get("hub.lease_seconds")); err != nil {
		return err
	}
	if q.Host, err = h.callback(r, q.Callback); err != nil {
		return err
	}
	at, ok := h.within(q.Named)
	if !ok || len(q.Named) > web.MaxAddress {
		return refuse(http.StatusNotFound, "hub.topic must be a feed of %s.", h.Base)
	}
	doc, err := h.Topics.Topic(r.Context(), at, false)
	switch {
	case errors.Is(err, ErrGone) && q.Mode == push.Unsubscribe:
		doc.Address = at // its subscribers are told so anyway
	case errors.Is(err, ErrGone):
		return refuse(http.StatusNotFound, "There is no such feed at %s.", h.Base)
	case err != nil:
		return err
	}
	q.Topic, q.News, q.Scopes = doc.Address, doc.News, doc.Scopes
	if err = h.store.Ask(r.Context(), q, limits()); errors.Is(err, push.ErrNotFound) {
		return refuse(http.StatusNotFound, "There is no such subscription.")
	}
	return err
}

// lease is how long a subscription is to last: what was asked for, within bounds.
func lease(seconds string) (time.Duration, error) {
	if seconds == "" {
		return usualLease, nil
	}
	n, err := strconv.ParseUint(seconds, 10, 64)
	if errors.Is(err, strconv.ErrRange) {
		return mostLease, nil
	}
	if err != nil || n == 0 {
		return 0, refuse(http.StatusBadRequest, "hub.lease_seconds must be a number of seconds.")
	}
	return min(max(time.Duration(min(n, uint64(mostLease/time.Second)))*time.Second, leastLease), mostLease), nil
}

// callback looks at a callback before anything is sent there, and returns its host.
// Where its name leads is seen as it is dialled (W5).
func (h *Hub) callback(r *http.Request, address string) (host string, err error) {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil || u.Fragment != "" || len(address) > maxCallback {
		return "", refuse(http.StatusBadRequest, "hub.callback must be an http or https address of at most %d bytes.", maxCallback)
	}
	if err := h.Out.Refuses(r.Context(), u); err != nil {
		return "", refuse(http.StatusForbidden, "hub.callback is refused: %s.", err)
	}
	return strings.TrimSuffix(strings.ToLower(u.Hostname()), "."), nil
}
