package aggregator

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"courant/aggregator/fetch"
)

// A step that ends in time shows nowhere; one that does not shows until it ends.
func TestSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s steps
		slow, quick := s.begin(time.Minute), s.begin(2*time.Minute)
		time.Sleep(50 * time.Second)
		if got := s.late(); got != 0 {
			t.Errorf("in time: %v", got)
		}
		time.Sleep(time.Minute)
		if got := s.late(); got != 50*time.Second {
			t.Errorf("after its time: %v, want 50s", got)
		}
		slow()
		quick()
		if got := s.late(); got != 0 || len(s.ends) != 0 {
			t.Errorf("at the end: %v, %d under way", got, len(s.ends))
		}
	})
}

// hangs is a network whose answers never come, whatever becomes of the request.
type hangs struct{ until chan struct{} }

func (h hangs) RoundTrip(*http.Request) (*http.Response, error) {
	<-h.until
	return nil, context.Canceled
}

// A request and the reading of a document that do not end when they should are
// told of.
func TestStuck(t *testing.T) {
	if got := new(Aggregator).Stuck(); got != 0 {
		t.Errorf("without an engine: %v", got)
	}
	synctest.Test(t, func(t *testing.T) {
		h := hangs{make(chan struct{})}
		client, err := fetch.New(fetch.Config{UserAgent: "t", Timeout: 10 * time.Second, MaxBody: 1 << 20, Workers: 1, Now: time.Now, Transport: h})
		if err != nil {
			t.Fatal(err)
		}
		v := &visitor{client: client, parses: make(chan struct{}, 1), ctx: t.Context(), timeout: 10 * time.Second, steps: new(steps)}
		a := &Aggregator{engine: &engine{visitor: v}}
		go v.get(fetch.Request{URL: "http://news.example.org/feed"})
		synctest.Wait()
		time.Sleep(9 * time.Second)
		if got := a.Stuck(); got != 0 {
			t.Errorf("a request in time: %v", got)
		}
		time.Sleep(time.Minute)
		if got := a.Stuck(); got != 59*time.Second {
			t.Errorf("a request that never ends: %v, want 59s", got)
		}
		close(h.until)
		synctest.Wait()
		if got := a.Stuck(); got != 0 {
			t.Errorf("it has ended: %v", got)
		}
		free := make(chan struct{})
		go v.parsing(func() { <-free })
		time.Sleep(parseTime + time.Minute)
		if got := a.Stuck(); got != time.Minute {
			t.Errorf("a document that is read for ever: %v, want 1m", got)
		}
		close(free)
		synctest.Wait()
		client.Close()
	})
}
