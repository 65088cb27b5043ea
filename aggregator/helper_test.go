package aggregator

import (
	"context"
	"net/http"
	"testing"

	"courant/aggregator/feed"
	"courant/aggregator/normalise"
	"courant/db/dbtest/cluster"
)

// What packs entries makes a channel at its first use, which must not come
// inside a bubble of fake time.
func TestMain(m *testing.M) {
	if _, err := normalise.Pack(feed.Entry{}); err != nil {
		panic(err)
	}
	cluster.Main(m)
}

// roundTripper is a server as a function.
type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func contextOf(t *testing.T) (context.Context, context.CancelFunc) {
	return context.WithCancel(t.Context())
}
