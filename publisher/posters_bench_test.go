package publisher

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"courant/db"
	"courant/db/dbtest"
	"courant/db/dbtest/cpu"
	"courant/db/setting"
	"courant/publisher/comments"
)

// posters is how many visitors write at once.
const posters = 16

// stampField is the signed stamp in an article's form.
var stampField = regexp.MustCompile(`name="stamp" value="([^"]*)"`)

// How many comments are on disk in a second before their writers are answered, of
// visitors that each have an address of their own behind a trusted proxy: under an
// article that nobody wrote on, and in a thread of 9,000. The store is as in
// production, and so is the way to it: a form over a connection, to the answer.
func BenchmarkPosters(b *testing.B) {
	for name, before := range map[string]int{"fresh": 0, "long": 9000} {
		b.Run(name, func(b *testing.B) {
			s := newSite(b)
			a := s.publish("daily", tidal())[0]
			if err := dbtest.FillThread(b.Context(), s.store, a.ID, before, 100); err != nil {
				b.Fatal(err)
			}
			base := serveClocked(b, s.store)
			res, err := http.Get(base + a.Path())
			if err != nil {
				b.Fatal(err)
			}
			page, err := io.ReadAll(res.Body)
			res.Body.Close()
			m := stampField.FindSubmatch(page)
			if err != nil || m == nil {
				b.Fatalf("the page has no stamp (%v)", err)
			}
			stamp := string(m[1])
			client := &http.Client{
				Transport:     &http.Transport{MaxIdleConnsPerHost: posters},
				CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			}
			defer client.CloseIdleConnections()
			post := func(i int64) error {
				form := url.Values{
					"name": {fmt.Sprint("Reader ", i)}, "stamp": {stamp},
					"text": {fmt.Sprintf("This is what reader %d thinks of the plant, at some length.", i)},
				}
				r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, base+a.Path()+"/comments", strings.NewReader(form.Encode()))
				if err != nil {
					return err
				}
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				r.Header.Set("X-Forwarded-For", fmt.Sprintf("%d.%d.%d.1", 11+i>>16, i>>8&255, i&255))
				res, err := client.Do(r)
				if err != nil {
					return err
				}
				res.Body.Close()
				if res.StatusCode != http.StatusSeeOther {
					return fmt.Errorf("comment %d: %s", i, res.Status)
				}
				return nil
			}
			var next, failed atomic.Int64
			var all sync.WaitGroup
			start, began := cpu.Used(b), time.Now()
			b.ResetTimer()
			for range posters {
				all.Go(func() {
					for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
						if err := post(i); err != nil {
							failed.Add(1)
							b.Error(err)
						}
					}
				})
			}
			all.Wait()
			b.StopTimer()
			b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "comments/s")
			b.ReportMetric(float64((cpu.Used(b)-start).Microseconds())/1000/float64(b.N), "cpu-ms/op")
			got, err := s.store.Article(b.Context(), a.ID)
			if want := before + b.N - int(failed.Load()); err != nil || got.Comments != want {
				b.Errorf("%d comments are counted (%v), want %d", got.Comments, err, want)
			}
		})
	}
}

// serveClocked serves a store by the clock of the machine, as the daemon does, and
// returns the address.
func serveClocked(b *testing.B, d *db.DB) string {
	b.Helper()
	set := testSettings()
	set.Comments.Moderation, set.Comments.MinDelay = comments.None, setting.Duration{}
	set.Publisher.TrustedProxies = []string{"127.0.0.0/8"}
	d = dbtest.Again(b, d, db.Options{})
	p, err := New(d, set, Options{})
	if err != nil {
		b.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- p.Serve(b.Context(), l) }()
	b.Cleanup(func() {
		if err := <-done; err != nil {
			b.Error(err)
		}
	})
	return "http://" + l.Addr().String()
}
