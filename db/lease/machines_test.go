package lease

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"courant/db/dbtest"
)

// crew is several workers of one store, each with what it was dealt and has in
// flight.
type crew struct {
	t    *testing.T
	d    Store
	open func(now func() time.Time) Store // once more, as another process does
	busy map[*Lease]Set                   // shards of which something is in flight
}

// join adds a worker, as a process with the store opened once more has.
func (c *crew) join() *Lease {
	c.t.Helper()
	l, err := Join(c.t.Context(), c.open(nil))
	if err != nil {
		c.t.Fatal(err)
	}
	l.back = l.back.Add(-time.Hour) // others had their time to come back
	return l
}

// beat has some workers beat, who give what is not theirs and not busy.
func (c *crew) beat(list ...*Lease) {
	c.t.Helper()
	for _, l := range list {
		var giving Set
		for _, shard := range l.Held().Numbers() {
			if giving.Len() < l.Surplus() && !c.busy[l][shard] {
				giving[shard] = true
			}
		}
		if err := l.Beat(c.t.Context(), giving); err != nil {
			c.t.Fatal(err)
		}
	}
}

// dealt are the numbers of shards that the workers hold, which must be of different
// ones.
func (c *crew) dealt(list ...*Lease) (numbers []int) {
	c.t.Helper()
	var all Set
	for _, l := range list {
		held := l.Held()
		if held.Plus(all).Len() != held.Len()+all.Len() {
			c.t.Errorf("a shard has two holders")
		}
		all = all.Plus(held)
		numbers = append(numbers, held.Len())
	}
	return numbers
}

func (c *crew) want(when, want string, list ...*Lease) {
	c.t.Helper()
	if got := fmt.Sprint(c.dealt(list...)); got != want {
		c.t.Errorf("%s they hold %s, want %s", when, got, want)
	}
}

// TestMachines holds who polls what to what machines.md says of it.
func TestMachines(t *testing.T) {
	t.Run("M4", dealing4)
	t.Run("M5", takenOver)
	t.Run("M5 fence", fenced)
	t.Run("M5 outage", outage)
}

func newCrew(t *testing.T) *crew {
	d := dbtest.New(t)
	if d.OneMachine() {
		t.Skip("on one machine one worker holds all: see TestJoin")
	}
	open := func(now func() time.Time) Store { return dbtest.Beside(t, d, now) }
	return &crew{t: t, d: d, open: open, busy: map[*Lease]Set{}}
}

// W workers hold as many shards each as can be, soon after one comes or goes: two
// looks of each are enough, and one looks every three seconds. What is in flight is
// not given away.
func dealing4(t *testing.T) {
	c := newCrew(t)
	a := c.join()
	c.want("alone", "[256]", a)
	b := c.join()
	c.busy[a] = All()
	c.beat(a, b, a, b)
	c.want("while all is busy", "[256 0]", a, b)
	c.busy[a] = Set{}
	c.beat(a, a, b)
	c.want("after the second came", "[128 128]", a, b)
	third := c.join()
	if a.Next() != sharedEvery || third.Next() != soon {
		t.Errorf("the first looks every %v, the one that waits every %v", a.Next(), third.Next())
	}
	c.beat(a, b, a, b, third)
	c.want("after the third came", "[86 85 85]", a, b, third)
	before := a.Held()
	c.beat(a, b, third)
	if a.Held() != before || a.Surplus() != 0 {
		t.Error("what was dealt does not stay")
	}
	if err := b.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.beat(a, third)
	c.want("after the second went", "[128 128]", a, third)
	if before.Minus(a.Held()) != (Set{}) {
		t.Error("one that gets more had to give something away")
	}
	list, err := Workers(t.Context(), c.d)
	if err != nil || len(list) != 2 || list[0].Shards != a.Held() || list[1].Shards != third.Held() || list[0].Run != a.self.Run {
		t.Errorf("Workers() = %v, %v", list, err)
	}
}

// A worker that fell silent loses its shards once its lease ran out by the clock of
// the database, and not before, whatever the clock of another says.
func takenOver(t *testing.T) {
	c := newCrew(t)
	a := c.join()
	b, err := Join(t.Context(), c.open(func() time.Time { return time.Now().Add(time.Hour) }))
	if err != nil {
		t.Fatal(err)
	}
	b.back = b.back.Add(-time.Hour)
	c.beat(a, b, a, a, b, b)
	c.want("with a clock that is ahead", "[128 128]", a, b)
	if ahead := b.Ahead(); (ahead-time.Hour).Abs() > time.Minute || a.Ahead().Abs() > time.Minute {
		t.Errorf("their clocks are ahead by %v and %v", a.Ahead(), ahead)
	}
	pass(t, c.d, leaseFor-2*time.Second, a.self.Run)
	c.beat(b)
	c.want("while the lease of the silent one lasts", "[128]", b)
	pass(t, c.d, 3*time.Second, a.self.Run)
	c.beat(b)
	c.want("once it ran out", "[256]", b)
	if err := a.Beat(t.Context(), Set{}); !errors.Is(err, ErrLost) {
		t.Errorf("the silent one comes back: %v", err)
	}
	// Nobody who could be asked for something that is another's by then is: by its own
	// clock it stops before its lease runs out.
	if until := time.Until(b.Until()); until > leaseFor || until > 30*time.Second-sharedEvery {
		t.Errorf("it may ask for %v after it fell silent", until)
	}
}

// A transaction that stores what a worker fetched commits only while the worker has
// the source's shard: it keeps others from taking it over, or finds that they have.
func fenced(t *testing.T) {
	c := newCrew(t)
	ctx := t.Context()
	if err := c.d.Tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO source (id, url, shard) VALUES ('low', '', 3), ('high', '', 250)`)
		return err
	}, nil); err != nil {
		t.Fatal(err)
	}
	a := c.join()
	// A worker that is frozen in the midst of one holds its row no longer than its
	// lease lasts: the server ends a transaction that waits for it.
	if err := c.d.Tx(ctx, func(tx *sql.Tx) error {
		var word string
		err := tx.QueryRowContext(ctx, `SELECT current_setting('idle_in_transaction_session_timeout')`).Scan(&word)
		if held, bad := time.ParseDuration(word); bad != nil || held <= 0 || held > leaseFor-margin {
			t.Errorf("a transaction may wait for %s, and a lease lasts for %v", word, leaseFor)
		}
		return err
	}, nil); err != nil {
		t.Fatal(err)
	}
	if got := lost(ctx, t, c.d, a, "low", "high"); got != nil {
		t.Errorf("of all that it holds %v are refused", got)
	}
	b := c.join()
	c.beat(a, a, b)
	mine, others := "low", "high"
	if !a.Held()[3] {
		mine, others = others, mine
	}
	c.beat(a)
	if a.Held()[3] == a.Held()[250] { // as it may be dealt: move one
		t.Fatalf("both are in shards of one worker: %v", a.Held().Numbers())
	}
	if got := lost(ctx, t, c.d, a, mine, others); !slices.Equal(got, []string{others}) {
		t.Errorf("of %s and %s, which is another's, %v are refused", mine, others, got)
	}
	// It commits first: whoever takes over waits for it.
	pass(t, c.d, time.Hour, a.self.Run)
	began, end := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- c.d.Tx(ctx, func(tx *sql.Tx) error {
			refused, err := a.fence(ctx, tx, []string{mine})
			if err == nil && len(refused) > 0 {
				err = errors.New("refused")
			}
			close(began)
			<-end
			return err
		}, nil)
	}()
	<-began
	took := make(chan error, 1)
	go func() { took <- b.Beat(ctx, Set{}) }()
	waiting(t, c.d, "DELETE FROM worker%")
	if b.Held().Len() == Shards {
		t.Error("a shard was taken over in the midst of a transaction that stores for it")
	}
	close(end)
	if err := errors.Join(<-done, <-took); err != nil {
		t.Error(err)
	}
	if b.Held() != All() {
		t.Errorf("%d shards were taken over", b.Held().Len())
	}
	if got := lost(ctx, t, c.d, a, mine); !slices.Equal(got, []string{mine}) {
		t.Error("what a worker fetched is stored although it was taken for dead")
	}
	// Nor is it when the shards are free again: others may have polled meanwhile.
	if err := b.Release(ctx); err != nil {
		t.Fatal(err)
	}
	if got := lost(ctx, t, c.d, a, mine); !slices.Equal(got, []string{mine}) {
		t.Error("what a worker fetched is stored although it was taken for dead, and nobody has its shards")
	}
}

// waiting waits until a statement like text waits for a lock.
func waiting(t *testing.T, d Store, text string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		var n int
		if err := d.Reader().QueryRowContext(t.Context(), `
			SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1 AND datname = current_database()`, text).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("nothing like %q waits", text)
		}
	}
}

// When the database was away, every lease has run out. Whoever is back first takes
// nobody's shards before the others had time to come back too.
func outage(t *testing.T) {
	c := newCrew(t)
	a, b := c.join(), c.join()
	c.beat(a, a, b)
	pass(t, c.d, time.Hour, a.self.Run, b.self.Run)
	a.beaten, b.beaten = a.beaten.Add(-time.Hour), b.beaten.Add(-time.Hour)
	c.beat(a, b)
	c.want("after the database was away", "[128 128]", a, b)
	// One that does not come back is taken over a little later.
	pass(t, c.d, time.Hour, a.self.Run, b.self.Run)
	a.beaten = a.beaten.Add(-time.Hour)
	c.beat(a)
	c.want("at once", "[128]", a)
	a.back = a.back.Add(-2 * sharedEvery)
	c.beat(a)
	c.want("a little later", "[256]", a)
}
