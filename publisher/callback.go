package publisher

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"courant/db/push"
	"courant/publisher/web"
)

// callbackPath is where hubs elsewhere deliver what our sources publish; what follows
// it is known to one hub, for one source.
const callbackPath = "/websub/"

// CallbackAddress is where a hub reaches the subscription with a token, on a site at
// base.
func CallbackAddress(base, token string) string { return base + callbackPath + token }

const (
	// inboxItems is how many deliveries of one source wait for the worker, and inboxBytes
	// how large all may be together: it takes in each within a second, and a hub comes
	// back with what there was no room for.
	inboxItems = 16
	inboxBytes = 256 << 20
	// deliveriesAtOnce bounds the memory for bodies that are just received, each of
	// which may be as large as a document that we fetch.
	deliveriesAtOnce = 4
	// deliveryTime is how long a body of that size may take.
	deliveryTime = 30 * time.Second
	// leastTheirLease and mostTheirLease bound what a hub may say that a subscription
	// lasts: a shorter one is renewed all the time, a longer one is as good as never
	// looked at (V80).
	leastTheirLease = time.Minute
	mostTheirLease  = 30 * 24 * time.Hour
	// refusedWait is when a hub is asked again that refused us.
	refusedWait = 24 * time.Hour
)

// callbacks are the addresses for hubs elsewhere, none where nothing is subscribed to.
func (p *Publisher) callbacks() []route {
	if p.maxDelivery == 0 {
		return nil
	}
	return []route{
		{"GET " + callbackPath + "{token}", p.confirm},
		{"POST " + callbackPath + "{token}", p.receive},
	}
}

// confirm answers a hub that asks whether we want what somebody asked for in our
// name: its challenge where we did, as plain text, and nothing else ever (V80).
func (p *Publisher) confirm(w http.ResponseWriter, r *http.Request) error {
	q, token := r.URL.Query(), r.PathValue("token")
	mode, topic, challenge := q.Get("hub.mode"), q.Get("hub.topic"), q.Get("hub.challenge")
	if _, err := p.inbox.ByToken(r.Context(), token); err != nil { // a guess takes no turn at writing
		return err
	}
	switch {
	case mode == push.Denied:
		if err := p.inbox.Refuse(r.Context(), token, topic, refusedWait); err != nil {
			return err
		}
		challenge = ""
	case (mode == push.Subscribe || mode == push.Unsubscribe) && challenge != "":
		if err := p.inbox.Confirm(r.Context(), token, mode, topic, theirLease(q.Get("hub.lease_seconds"))); err != nil {
			return err
		}
	default:
		return &web.Error{Status: http.StatusNotFound}
	}
	return p.plainly(w, r, http.StatusOK, challenge)
}

// plainly answers a program in plain text.
func (p *Publisher) plainly(w http.ResponseWriter, r *http.Request, status int, text string) error {
	if err := web.Once(w, r, status, "text/plain; charset=utf-8", web.NoStore, []byte(text)); err != nil {
		p.log.Debug("answer cut short", "err", err)
	}
	return nil
}

// theirLease is how long a hub says that a subscription lasts, within bounds.
func theirLease(seconds string) time.Duration {
	n, err := strconv.ParseUint(seconds, 10, 64)
	if errors.Is(err, strconv.ErrRange) {
		return mostTheirLease
	}
	if err != nil || n == 0 {
		return 24 * time.Hour // it should have said
	}
	return max(time.Duration(min(n, uint64(mostTheirLease/time.Second)))*time.Second, leastTheirLease)
}

// receive stores what a hub delivers, if it is signed with the secret that we gave
// this hub for this source. Nothing of it is looked at here: a pass of the worker
// takes it in.
func (p *Publisher) receive(w http.ResponseWriter, r *http.Request) error {
	s, err := p.inbox.ByToken(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	if s.Asked == push.Unsubscribe {
		return &web.Error{Status: http.StatusGone, Message: "There is nothing at this address."}
	}
	if err := slowly(w); err != nil {
		p.log.Debug("a delivery must be quick", "err", err) // no server is behind this one, as in tests
	}
	body, err := p.body(r)
	if err != nil {
		return err
	}
	if !signed(s.Secret, r.Header.Get("X-Hub-Signature"), body) {
		p.log.Warn("delivery refused: it is not signed by the source's hub", "source", s.Source)
		return p.plainly(w, r, http.StatusForbidden, "Not signed with the secret of this subscription.\n")
	}
	err = p.inbox.Put(context.WithoutCancel(r.Context()), push.Delivery{Source: s.Source, ContentType: r.Header.Get("Content-Type"), Body: body}, push.Room{Items: inboxItems, Bytes: inboxBytes})
	switch {
	case errors.Is(err, push.ErrFull):
		web.SetRetryAfter(w.Header(), time.Minute)
		return p.plainly(w, r, http.StatusServiceUnavailable, "Too much waits here already.\n")
	case err != nil:
		return err
	}
	return p.plainly(w, r, http.StatusAccepted, "Thank you.\n")
}

// body reads what is delivered, when there is room for it.
func (p *Publisher) body(r *http.Request) ([]byte, error) {
	select {
	case p.deliveries <- struct{}{}:
		defer func() { <-p.deliveries }()
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	return io.ReadAll(r.Body)
}

// signed reports whether a body bears the signature of who knows the secret
// (section 7.1 of the standard, which lets hubs choose the hash).
func signed(secret, signature string, body []byte) bool {
	name, sum, _ := strings.Cut(strings.TrimSpace(signature), "=")
	hashes := map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New}
	made := hashes[strings.ToLower(name)]
	got, err := hex.DecodeString(sum)
	if made == nil || err != nil || secret == "" {
		return false
	}
	mac := hmac.New(made, []byte(secret))
	mac.Write(body)
	return hmac.Equal(mac.Sum(nil), got)
}

// isDelivery reports whether r is for a callback.
func isDelivery(r *http.Request) bool {
	return r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, callbackPath)
}

// slowly lets a delivery take its time: it may be a thousand times as large as a form.
func slowly(w http.ResponseWriter) error {
	return http.NewResponseController(w).SetReadDeadline(time.Now().Add(deliveryTime))
}
