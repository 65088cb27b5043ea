package publisher

import (
	"crypto/hmac"
	"crypto/sha1"
	"database/sql"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"courant/db/push"
	"courant/publisher/hub"
)

// deliver posts a body to a callback.
func (s *testSite) deliver(token, signature, body string) int {
	s.t.Helper()
	r := httptest.NewRequest("POST", callbackPath+token, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/atom+xml")
	if signature != "" {
		r.Header.Set("X-Hub-Signature", signature)
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w.Code
}

// asks is a hub's question to a callback.
func (s *testSite) asks(token string, form ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	q := url.Values{}
	for i := 0; i < len(form); i += 2 {
		q.Set(form[i], form[i+1])
	}
	return s.ask("GET", callbackPath+token+"?"+q.Encode())
}

// What websub.rocks checks of a subscriber once a hub answers, by its numbers, and V80.
func TestRocksSubscriber(t *testing.T) {
	s := newPushed(t, shut{})
	const topic = "https://source.example/feed.xml"
	if err := s.inbox.Follow(t.Context(), "daily", "https://hub.example/", topic); err != nil {
		t.Fatal(err)
	}
	sub, err := s.inbox.Of(t.Context(), "daily")
	if err != nil {
		t.Fatal(err)
	}
	waiting := func(want int) {
		t.Helper()
		var n int
		if err := s.store.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM inbox`).Scan(&n); err != nil || n != want {
			t.Errorf("%d deliveries wait, want %d; %v", n, want, err)
		}
	}
	t.Run("205 rejects a verification with an invalid topic", func(t *testing.T) {
		for what, w := range map[string]*httptest.ResponseRecorder{
			"another topic":     s.asks(sub.Token, "hub.mode", "subscribe", "hub.topic", topic+"2", "hub.challenge", "c", "hub.lease_seconds", "3600"),
			"what nobody asked": s.asks(sub.Token, "hub.mode", "unsubscribe", "hub.topic", topic, "hub.challenge", "c"),
			"a guess":           s.asks("guess", "hub.mode", "subscribe", "hub.topic", topic, "hub.challenge", "c", "hub.lease_seconds", "3600"),
			"no mode":           s.asks(sub.Token, "hub.topic", topic, "hub.challenge", "c"),
		} {
			if w.Code != http.StatusNotFound {
				t.Errorf("%s: %d", what, w.Code)
			}
		}
	})
	t.Run("1xx creates a subscription (V80)", func(t *testing.T) {
		w := s.asks(sub.Token, "hub.mode", "subscribe", "hub.topic", topic, "hub.challenge", "<b>c</b>", "hub.lease_seconds", "99999999")
		if w.Code != http.StatusOK || w.Body.String() != "<b>c</b>" || w.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%d %q as %s", w.Code, w.Body, w.Header().Get("Content-Type"))
		}
		stands, err := s.inbox.Of(t.Context(), "daily")
		if err != nil || stands.Asked != "" || stands.Expires.After(time.Now().Add(mostTheirLease+time.Hour)) || stands.Expires.Before(time.Now().Add(mostTheirLease-time.Hour)) {
			t.Errorf("%+v, %v", stands, err)
		}
		if !stands.Due.Before(stands.Expires) || len(sub.Token) < 32 || len(sub.Secret) < 32 || len(sub.Secret) > 199 || sub.Token == sub.Secret {
			t.Errorf("%+v", stands)
		}
		if w := s.asks(sub.Token, "hub.mode", "subscribe", "hub.topic", topic, "hub.challenge", "c"); w.Code != http.StatusNotFound {
			t.Errorf("confirmed once more: %d", w.Code)
		}
	})
	const body = "<feed/>"
	mac := hmac.New(sha1.New, []byte(sub.Secret))
	mac.Write([]byte(body))
	t.Run("302 rejects a distribution with no signature", func(t *testing.T) {
		if code := s.deliver(sub.Token, "", body); code != http.StatusForbidden {
			t.Error(code)
		}
	})
	t.Run("301 rejects a distribution with an invalid signature", func(t *testing.T) {
		for _, signature := range []string{
			hub.Signature("another's", []byte(body)), hub.Signature("", []byte(body)), hub.Signature(sub.Secret, []byte("<feed />")),
			"sha256=", "sha256=zz", "md5=00", strings.TrimPrefix(hub.Signature(sub.Secret, []byte(body)), "sha256="),
		} {
			if code := s.deliver(sub.Token, signature, body); code != http.StatusForbidden {
				t.Errorf("%s: %d", signature, code)
			}
		}
		if code := s.deliver("guess", hub.Signature(sub.Secret, []byte(body)), body); code != http.StatusNotFound {
			t.Error(code)
		}
		waiting(0)
	})
	t.Run("300 answers 2xx when a payload is delivered", func(t *testing.T) {
		for i, signature := range []string{hub.Signature(sub.Secret, []byte(body)), "sha1=" + hex.EncodeToString(mac.Sum(nil))} {
			if code := s.deliver(sub.Token, signature, body); code/100 != 2 {
				t.Errorf("%s: %d", signature, code)
			}
			waiting(i + 1)
		}
	})
	t.Run("a source's inbox and a delivery are bounded", func(t *testing.T) {
		code := 0
		for range inboxItems {
			code = s.deliver(sub.Token, hub.Signature(sub.Secret, []byte(body)), body)
		}
		if code != http.StatusServiceUnavailable {
			t.Error(code)
		}
		waiting(inboxItems)
		large := strings.Repeat(" ", 1<<20+1)
		if code := s.deliver(sub.Token, hub.Signature(sub.Secret, []byte(large)), large); code != http.StatusRequestEntityTooLarge {
			t.Error(code)
		}
	})
	t.Run("1xx ends a subscription", func(t *testing.T) {
		if err := s.inbox.Leave(t.Context(), sub); err != nil {
			t.Fatal(err)
		}
		if code := s.deliver(sub.Token, hub.Signature(sub.Secret, []byte(body)), body); code != http.StatusGone {
			t.Errorf("a delivery after that: %d", code)
		}
		w := s.asks(sub.Token, "hub.mode", "unsubscribe", "hub.topic", topic, "hub.challenge", "c")
		if w.Code != http.StatusOK || w.Body.String() != "c" {
			t.Errorf("%d %q", w.Code, w.Body)
		}
		if _, err := s.inbox.Of(t.Context(), "daily"); !errors.Is(err, push.ErrNotFound) {
			t.Errorf("it stands: %v", err)
		}
	})
}

// Whoever guesses at addresses of callbacks does not get at what is written: the
// one writer there is has other things to do.
func TestGuessedCallback(t *testing.T) {
	s := newPushed(t, shut{})
	held, free := make(chan struct{}), make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		if err := s.store.Tx(t.Context(), func(*sql.Tx) error { close(held); <-free; return nil }, nil); err != nil {
			t.Error(err)
		}
	})
	<-held
	defer writer.Wait()
	defer close(free)
	for _, mode := range []string{push.Subscribe, push.Unsubscribe, push.Denied} {
		answered := make(chan int, 1)
		go func() {
			answered <- s.asks("guess", "hub.mode", mode, "hub.topic", "https://source.example/feed.xml", "hub.challenge", "c").Code
		}()
		select {
		case code := <-answered:
			if code != http.StatusNotFound {
				t.Errorf("%s: %d", mode, code)
			}
		case <-time.After(2 * time.Second):
			t.Errorf("%s: it waits to write", mode)
		}
	}
}

// However long a hub says that a subscription lasts, it is held to bounds; one that
// says nothing is asked again after a day.
func TestTheirLease(t *testing.T) {
	for said, want := range map[string]time.Duration{
		"": 24 * time.Hour, "x": 24 * time.Hour, "-1": 24 * time.Hour, "0": 24 * time.Hour, "1": leastTheirLease, "7200": 2 * time.Hour,
		"99999999": mostTheirLease, "4294967296": mostTheirLease, "18446744073709551615": mostTheirLease, "99999999999999999999": mostTheirLease,
	} {
		if got := theirLease(said); got != want {
			t.Errorf("%q: %v, want %v", said, got, want)
		}
	}
}
