package daemon

import (
	"log/slog"
	"testing"
	"time"

	"courant/db/audience"
	"courant/db/dbtest"
)

// Prometheus is told how many subscribers a feed has, of those that have most.
func TestSubscribersMetric(t *testing.T) {
	store := dbtest.New(t)
	claims := []audience.Claim{{Feed: "/feed.atom", Fetcher: "Feedbin", Subscribers: 11}, {Feed: "/feed.atom", Fetcher: "NewsBlur", Subscribers: 3}}
	if err := audience.Note(t.Context(), store.DB, time.Now(), claims); err != nil {
		t.Fatal(err)
	}
	families, err := newMetrics(store, slog.New(slog.DiscardHandler), "test").registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "courant_feed_subscribers" {
			if m := f.GetMetric(); len(m) != 1 || m[0].GetLabel()[0].GetValue() != "/feed.atom" || m[0].GetGauge().GetValue() != 14 {
				t.Errorf("%v", m)
			}
			return
		}
	}
	t.Error("nothing is told of subscribers")
}
