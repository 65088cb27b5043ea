package hub

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"courant/db/push"
)

// maxAnswer is how much is read of an answer: a challenge is 32 bytes, all else is
// read so that the connection can serve again.
const maxAnswer = 4 << 10

// do does a job, and says what came of it.
func (h *Hub) do(ctx context.Context, j push.Job) push.Done {
	start := time.Now()
	kind, d := "delivery", push.Done{Job: j}
	switch j.Ask {
	case push.Denied:
		kind, d.Outcome = "denial", h.deny(ctx, j)
	case "":
		d.Outcome, d.News = h.deliver(ctx, j)
	default:
		kind, d.Outcome = "verification", h.verify(ctx, j)
	}
	if d.Outcome == push.Failed {
		d.Wait = backoff(j.Tries)
		switch {
		case j.Ask != "" && j.Tries+1 >= askTries:
			d.Outcome = push.Refused
		case j.Tries+1 >= mostTries:
			d.Outcome = push.Ended
		}
	}
	if d.Outcome != push.Released {
		h.Observe(Observation{Kind: kind, Outcome: outcome(d.Outcome), Took: time.Since(start)})
	}
	h.Log.Debug("told a subscriber", "what", kind, "host", j.Host, "feed", j.Topic, "outcome", outcome(d.Outcome), "tries", j.Tries)
	return d
}

func outcome(o push.Outcome) string {
	switch o {
	case push.Delivered, push.Verified:
		return "ok"
	case push.Refused:
		return "refused"
	case push.Ended:
		return "ended"
	case push.Released:
		return "released"
	}
	return "failed"
}

// deliver sends a topic to a subscriber (section 7). 410 ends the subscription
// (W4), 2xx is all that was wanted; a redirect is not followed, for a callback is
// where its owner said that it is.
func (h *Hub) deliver(ctx context.Context, j push.Job) (push.Outcome, string) {
	doc, err := h.document(ctx, j)
	switch {
	case errors.Is(err, ErrGone): // the look that is to come tells everybody so
		return push.Failed, ""
	case err != nil:
		h.Log.Warn("feed not rendered for its subscribers", "feed", j.Topic, "err", err)
		return push.Failed, ""
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, j.Callback, bytes.NewReader(doc.Body))
	if err != nil {
		return push.Ended, ""
	}
	req.Header.Set("Content-Type", doc.ContentType)
	req.Header["Link"] = []string{"<" + Address(h.Base, h.Hub) + `>; rel="hub"`, "<" + h.Base + doc.Address + `>; rel="self"`}
	if j.Secret != "" {
		req.Header.Set("X-Hub-Signature", Signature(j.Secret, doc.Body))
	}
	switch status, _, err := h.call(req); {
	case err == nil && status/100 == 2:
		return push.Delivered, doc.News
	case err == nil && status == http.StatusGone:
		return push.Ended, ""
	}
	return push.Failed, ""
}

// Signature is what a delivery is signed with (section 7.1).
func Signature(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// verify asks a callback whether it wants what was asked in its name (section 5.3).
func (h *Hub) verify(ctx context.Context, j push.Job) push.Outcome {
	challenge := rand.Text()
	q := []string{"hub.mode", j.Ask, "hub.topic", j.Named, "hub.challenge", challenge}
	if j.Ask == push.Subscribe {
		q = append(q, "hub.lease_seconds", strconv.FormatInt(int64(j.Lease/time.Second), 10))
	}
	status, body, err := h.ask(ctx, j.Callback, q...)
	switch {
	case err != nil || status >= 500 || status == http.StatusTooManyRequests:
		return push.Failed
	case status/100 == 2 && subtle.ConstantTimeCompare(bytes.TrimSpace(body), []byte(challenge)) == 1:
		return push.Verified
	case status == http.StatusGone && j.Ask == push.Subscribe && j.Standing:
		return push.Ended
	}
	return push.Refused
}

// deny tells a subscriber that it is none any more, and why (section 5.2).
func (h *Hub) deny(ctx context.Context, j push.Job) push.Outcome {
	status, _, err := h.ask(ctx, j.Callback, "hub.mode", push.Denied, "hub.topic", h.Base+j.Named, "hub.reason", j.Reason)
	if err != nil || status >= 500 {
		return push.Failed
	}
	return push.Ended
}

// ask makes a GET request to a callback, whose query is kept, with names and values
// added.
func (h *Hub) ask(ctx context.Context, callback string, added ...string) (status int, body []byte, err error) {
	u, err := url.Parse(callback)
	if err != nil {
		return 0, nil, err
	}
	for i := 0; i < len(added); i += 2 {
		if u.RawQuery != "" {
			u.RawQuery += "&"
		}
		u.RawQuery += added[i] + "=" + url.QueryEscape(added[i+1])
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return 0, nil, err
	}
	return h.call(req)
}

// call makes a request, and reads as much of the answer as matters.
func (h *Hub) call(req *http.Request) (status int, body []byte, err error) {
	res, err := h.Out.RoundTrip(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if res.StatusCode/100 == 2 && req.Method == http.MethodPost {
		err = nil // it was taken, whatever else it was about to say
	}
	return res.StatusCode, body, err
}

// ping tells the hub elsewhere that a topic has news, and reports whether it took
// that.
func (h *Hub) ping(ctx context.Context, doc Document) bool {
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	topic := h.Base + doc.Address
	// The standard leaves the words of a ping open: hub.url is what hubs have taken
	// since before it, hub.topic what it says of all else.
	form := url.Values{"hub.mode": {"publish"}, "hub.url": {topic}, "hub.topic": {topic}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.Hub, strings.NewReader(form.Encode()))
	status := 0
	if err == nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		status, _, err = h.call(req)
	}
	if err == nil && status/100 != 2 {
		err = fmt.Errorf("%d %s", status, http.StatusText(status))
	}
	o := Observation{Kind: "ping", Outcome: "ok", Took: time.Since(start)}
	if err != nil {
		o.Outcome = "failed"
		h.Log.Warn("hub not told", "feed", doc.Address, "err", err)
	}
	h.Observe(o)
	return err == nil
}
