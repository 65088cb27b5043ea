// Package websub asks hubs elsewhere, by W3C WebSub, to tell us of what is new in a
// feed, or to tell us no more. What was asked, and what a hub confirmed, stands in the
// store (package push); the publisher answers a hub that asks back. Begin with Ask.
package websub

import (
	"context"
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

const (
	// lease is what we ask for: a hub that gives less says so, and all do.
	lease = 10 * 24 * time.Hour
	// timeout is how long a hub may take. It answers before it does anything.
	timeout = 20 * time.Second
	// maxHops is how many redirects a hub may lead over.
	maxHops = 3
	// maxAnswer is how much of an answer is read, so that its connection serves again.
	maxAnswer = 4 << 10
)

// ErrSilent says that a hub was not reached: it will not be for another subscription.
var ErrSilent = errors.New("the hub was not reached")

// Ask asks the hub of s for what s says, to be confirmed and delivered at callback.
// An error says why the hub did not take it.
func Ask(ctx context.Context, out http.RoundTripper, s push.Subscription, callback string) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	form := url.Values{"hub.mode": {s.Asked}, "hub.topic": {s.Topic}, "hub.callback": {callback}}
	if s.Asked == push.Subscribe {
		form.Set("hub.secret", s.Secret)
		form.Set("hub.lease_seconds", strconv.Itoa(int(lease/time.Second)))
	}
	hub := s.Hub
	for range maxHops + 1 {
		to, err := post(ctx, out, hub, form.Encode())
		if err != nil || to == "" {
			return err
		}
		hub = to
	}
	return fmt.Errorf("the hub led over more than %d redirects", maxHops)
}

// post sends a form, and returns where it is to be sent instead, "" where it was
// taken. The secret goes where the hub leads, for it means nothing elsewhere; but
// not from https to http.
func post(ctx context.Context, out http.RoundTripper, hub, form string) (to string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, hub, strings.NewReader(form))
	if err != nil {
		return "", errors.New("the hub's address is not valid")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := out.RoundTrip(req)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrSilent, err)
	}
	defer res.Body.Close()
	io.Copy(io.Discard, io.LimitReader(res.Body, maxAnswer))
	switch res.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		next, err := res.Location()
		if err != nil || req.URL.Scheme == "https" && next.Scheme != "https" {
			return "", fmt.Errorf("the hub answered %d and led nowhere", res.StatusCode)
		}
		return next.String(), nil
	}
	if res.StatusCode/100 != 2 {
		return "", fmt.Errorf("the hub answered %d %s", res.StatusCode, http.StatusText(res.StatusCode))
	}
	return "", nil
}
