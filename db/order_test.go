package db

import (
	"context"
	"database/sql"
	"slices"
	"sync"
	"testing"
	"time"

	"courant/db/dbtest/cluster"
)

// told collects the scopes that a store's listeners are told of.
type told struct {
	mu     sync.Mutex
	scopes []string
	all    int // how often anything may have changed
}

func (w *told) tell(scopes []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if scopes == nil {
		w.all++
	}
	w.scopes = append(w.scopes, scopes...)
}

// times is how often anything may have changed so far.
func (w *told) times() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.all
}

// within reports whether something comes to hold.
func (w *told) within(t *testing.T, holds func() bool) bool {
	t.Helper()
	for until := time.Now().Add(20 * time.Second); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		w.mu.Lock()
		ok := holds()
		w.mu.Unlock()
		if ok {
			return true
		}
	}
	return false
}

// watching is another process that follows what changes in the store of d.
func watching(t *testing.T, d *DB) *told {
	t.Helper()
	w := &told{}
	d.OnChange(w.tell)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- d.Watch(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return w
}

// A change that was begun before another and is committed after it is missed by
// nobody who was told of that one (M6).
func lateCommit(t *testing.T) {
	c := testConfig(t)
	var stores []*DB
	for range 3 {
		d, err := Open(t.Context(), c, Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		stores = append(stores, d)
	}
	w := watching(t, stores[0])
	before := -1 // how often anything had changed when the second was told of, the first not being committed
	numbered, second := make(chan struct{}), make(chan error)
	go func() {
		<-numbered
		second <- stores[2].inTx(t.Context(), func(x *tx) error {
			x.scopes.add("second")
			return nil
		})
	}()
	// Tx and not inTx: its commit is to come late, after all that it does.
	if err := stores[1].Tx(t.Context(), func(sqlTx *sql.Tx) error {
		x := &tx{Gathering: stores[1].Gather(sqlTx), e: stores[1].DB, now: stores[1].Now()}
		x.scopes.add("first")
		if err := x.logChange(t.Context(), x.scopes.list(), new(int64)); err != nil {
			return err
		}
		if err := x.Flush(t.Context()); err != nil {
			return err
		}
		all := w.times()
		close(numbered)
		select {
		case err := <-second: // it did not wait for us
			second = nil
			if err == nil && !w.within(t, func() bool { return slices.Contains(w.scopes, "second") || w.all > all }) {
				t.Error("nobody was told of the second change")
			}
			before = w.times()
			return err
		case <-time.After(300 * time.Millisecond):
			return nil
		}
	}, nil); err != nil {
		t.Fatal(err)
	}
	if second != nil {
		if err := <-second; err != nil {
			t.Fatal(err)
		}
	}
	if !w.within(t, func() bool {
		return slices.Contains(w.scopes, "first") && slices.Contains(w.scopes, "second") || before >= 0 && w.all > before
	}) {
		t.Errorf("told of %v alone", w.scopes)
	}
}

// A process whose connection was lost, to the server or to a pooler before it, drops
// everything, and follows on (M6).
func watchLost(t *testing.T) {
	c := testConfig(t)
	if c.URL == "" {
		return // a file is not lost
	}
	near := c
	p := cluster.NewProxy(t, c.URL)
	near.URL = p.Address()
	d, err := Open(t.Context(), near, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	other, err := Open(t.Context(), c, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	w := watching(t, d)
	change := func(scope string) {
		t.Helper()
		if err := other.inTx(t.Context(), func(x *tx) error { x.scopes.add(scope); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	change("before")
	if !w.within(t, func() bool { return slices.Contains(w.scopes, "before") }) {
		t.Fatal("not told of a change")
	}
	p.Cut()
	if !w.within(t, func() bool { return w.all == 1 }) {
		t.Fatal("not told that anything may have changed")
	}
	change("after")
	if !w.within(t, func() bool { return slices.Contains(w.scopes, "after") }) {
		t.Error("not told of a change afterwards")
	}
}
