package daemon

import (
	"testing"

	"courant/db"
	"courant/db/dbtest"
	"courant/db/dbtest/cluster"
)

func TestMain(m *testing.M) { cluster.Main(m) }

// Many machines: workers share the sources and take over from each other (M4, M5), and
// /readyz says that the database is away, and when it is back (M8).
func TestMachines(t *testing.T) {
	t.Run("M4", shared)
	t.Run("M5", frozen)
	t.Run("M5 settled", settled)
	t.Run("M8", func(t *testing.T) {
		c := dbtest.Config(t)
		if c.URL == "" {
			return // on PostgreSQL's turn
		}
		p := cluster.NewProxy(t, c.URL)
		c.URL = p.Address()
		store, err := db.Open(t.Context(), c, db.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		h := &health{store: store}
		for _, step := range []struct {
			away bool
			want string
		}{{false, ""}, {true, "the database cannot be reached"}, {false, ""}} {
			p.Away(step.away)
			h.probe(t.Context())
			if got := h.degraded(t.Context()); got != step.want {
				t.Errorf("away %v: degraded() = %q, want %q", step.away, got, step.want)
			}
		}
	})
}
