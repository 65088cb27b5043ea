package publisher

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"courant/db"
)

// crowd is how many clients ask at once, each over a connection of its own.
const crowd = 1000

// A feed that has just changed is rendered once however many ask for it, and
// none of them gets it as it was before the change.
func TestCrowdOnChangedFeed(t *testing.T) {
	s := newSite(t)
	a := s.publish("daily", tidal())[0]
	server := httptest.NewServer(s.Handler())
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: crowd}}
	defer client.CloseIdleConnections()
	ask := func(encoding string) (string, error) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/feed.atom", http.NoBody)
		if err != nil {
			return "", err
		}
		r.Header.Set("Accept-Encoding", encoding)
		res, err := client.Do(r)
		if err != nil {
			return "", err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err == nil && res.StatusCode != http.StatusOK {
			err = fmt.Errorf("status %s", res.Status)
		}
		return string(body), err
	}
	for change := range 3 {
		headline := fmt.Sprintf("Turn number %d", change)
		if _, _, err := s.store.EditArticle(t.Context(), a.ID, db.Edit{Headline: &headline}, "shell"); err != nil {
			t.Fatal(err)
		}
		before := s.Rendered()
		var all sync.WaitGroup
		var stale atomic.Int32
		start := make(chan struct{})
		for range crowd {
			all.Go(func() {
				<-start
				body, err := ask("identity")
				if err != nil {
					t.Error(err)
				} else if !strings.Contains(body, headline) {
					stale.Add(1)
				}
			})
		}
		close(start)
		all.Wait()
		if n := s.Rendered() - before; n != 1 {
			t.Errorf("change %d: %d clients had it rendered %d times", change, crowd, n)
		}
		if n := stale.Load(); n > 0 {
			t.Errorf("change %d: %d answers are older than it", change, n)
		}
	}
}

// Changes go on while clients ask: no answer is older than a change that was
// acknowledged before its request.
func TestCrowdWhileChanging(t *testing.T) {
	s := newSite(t)
	a := s.publish("daily", tidal())[0]
	server := httptest.NewServer(s.Handler())
	defer server.Close()
	var acknowledged atomic.Int64
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 50 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				least := acknowledged.Load()
				res, err := http.Get(server.URL + "/feed.atom")
				if err != nil {
					t.Error(err)
					return
				}
				body, err := io.ReadAll(res.Body)
				res.Body.Close()
				if err != nil {
					t.Error(err)
					return
				}
				var got int64
				if _, after, ok := strings.Cut(string(body), "Turn number "); ok {
					fmt.Sscan(after, &got)
				}
				if got < least {
					t.Errorf("got change %d after %d was acknowledged", got, least)
				}
			}
		})
	}
	for change := int64(1); change <= 100; change++ {
		headline := fmt.Sprintf("Turn number %d .", change)
		if _, _, err := s.store.EditArticle(t.Context(), a.ID, db.Edit{Headline: &headline}, "shell"); err != nil {
			t.Fatal(err)
		}
		acknowledged.Store(change)
	}
	close(stop)
	readers.Wait()
}
