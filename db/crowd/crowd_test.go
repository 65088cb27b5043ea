package crowd

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Whoever comes while a group is at work is in the next one, and everybody gets what
// became of their own.
func TestGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		odd := errors.New("odd")
		var groups [][]int
		q := New(0, func(_ context.Context, in []int) []Result[int] {
			time.Sleep(time.Second)
			groups = append(groups, in)
			list := make([]Result[int], len(in))
			for i, n := range in {
				list[i].Out = 10 * n
				if n%2 == 1 {
					list[i].Err = odd
				}
			}
			return list
		})
		var all sync.WaitGroup
		for n := range most + 5 {
			time.Sleep(time.Millisecond)
			all.Go(func() {
				out, err := q.Do(t.Context(), n)
				if out != 10*n || (n%2 == 1) != errors.Is(err, odd) {
					t.Errorf("Do(%d) = %d, %v", n, out, err)
				}
			})
		}
		all.Wait()
		var sizes []int
		for _, g := range groups {
			sizes = append(sizes, len(g))
		}
		if want := []int{1, most, 4}; !slices.Equal(sizes, want) {
			t.Errorf("groups of %d, want %d", sizes, want)
		}
	})
}

// Those who come again as soon as they are answered are done together, and whoever comes
// alone does not wait.
func TestGather(t *testing.T) {
	for gather, together := range map[time.Duration]bool{0: false, time.Millisecond: true} {
		synctest.Test(t, func(t *testing.T) {
			var sizes []int
			q := New(gather, func(_ context.Context, in []int) []Result[int] {
				time.Sleep(time.Second)
				sizes = append(sizes, len(in))
				return make([]Result[int], len(in))
			})
			ask := func() {
				if _, err := q.Do(t.Context(), 1); err != nil {
					t.Error(err)
				}
			}
			var all sync.WaitGroup
			for i := range 4 {
				all.Go(func() {
					time.Sleep(time.Duration(i) * time.Millisecond)
					for range 3 {
						ask()
						time.Sleep(time.Microsecond)
					}
				})
			}
			all.Wait()
			if got := slices.Contains(sizes, 4); got != together {
				t.Errorf("gathering for %v: groups of %d", gather, sizes)
			}
			ask()
			began := time.Now()
			ask()
			if took := time.Since(began); took != time.Second {
				t.Errorf("gathering for %v: alone it took %v", gather, took)
			}
		})
	}
}

// Who has waited for long enough goes, without what was asked for having been done; the
// others of the group are done all the same.
func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var done []string
		slow := true
		q := New(0, func(ctx context.Context, in []string) []Result[string] {
			list := make([]Result[string], len(in))
			wait := time.Millisecond
			if slow {
				wait = 3 * time.Second
			}
			select {
			case <-ctx.Done():
				for i := range list {
					list[i].Err = ctx.Err()
				}
				return list
			case <-time.After(wait):
			}
			slow = false
			mu.Lock()
			defer mu.Unlock()
			done = append(done, in...)
			return list
		})
		do := func(name string, patience time.Duration, want error) func() {
			return func() {
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				if _, err := q.Do(ctx, name); !errors.Is(err, want) {
					t.Errorf("%s: %v, want %v", name, err, want)
				}
			}
		}
		var all sync.WaitGroup
		all.Go(do("first", 10*time.Second, nil))
		time.Sleep(time.Millisecond)
		all.Go(do("waits in vain", time.Second, context.DeadlineExceeded)) // nobody has begun with it
		all.Go(do("in time", 5*time.Second, nil))
		all.Wait()
		slow = true
		all.Go(do("too short", time.Second, context.DeadlineExceeded)) // while it is worked on
		time.Sleep(time.Millisecond)
		all.Go(do("after it", 10*time.Second, nil))
		all.Wait()
		if slices.Sort(done); !slices.Equal(done, []string{"after it", "first", "in time"}) {
			t.Errorf("done: %q", done)
		}
	})
}

// Who went away has nobody's work done twice, and who shares a group with one that has
// less patience waits on.
func TestShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var tries atomic.Int32
		q := New(0, func(ctx context.Context, in []int) []Result[int] {
			tries.Add(1)
			list := make([]Result[int], len(in))
			select {
			case <-ctx.Done():
				for i := range list {
					list[i].Err = ctx.Err()
				}
			case <-release:
			}
			return list
		})
		var all sync.WaitGroup
		all.Go(func() { q.Do(t.Context(), 0) })
		synctest.Wait()
		ctx, leave := context.WithCancel(t.Context())
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for i, c := range []context.Context{ctx, short, t.Context()} {
			all.Go(func() {
				_, err := q.Do(c, i+1)
				if gone := errors.Is(err, context.DeadlineExceeded); gone != (i == 1) {
					t.Errorf("%d: %v", i, err)
				}
			})
		}
		synctest.Wait()
		release <- struct{}{} // the first is done, and the group of three is at work
		synctest.Wait()
		leave()
		synctest.Wait()
		if n := tries.Load(); n != 2 {
			t.Errorf("%d tries, want 2: one left, and all was begun again", n)
		}
		time.Sleep(2 * time.Second) // until the second gives up
		close(release)
		all.Wait()
		if n := tries.Load(); n < 3 {
			t.Errorf("%d tries, want 3", n)
		}
	})
}

// A panic goes to whoever did the work, and leaves nobody waiting.
func TestPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := make(chan struct{})
		q := New(0, func(_ context.Context, in []int) []Result[int] {
			if len(in) == 1 && in[0] == 0 {
				<-begun
				return make([]Result[int], 1)
			}
			panic("broken")
		})
		var all sync.WaitGroup
		all.Go(func() { q.Do(t.Context(), 0) })
		synctest.Wait()
		var panics, errs int
		var mu sync.Mutex
		for n := 1; n <= 3; n++ {
			all.Go(func() {
				defer func() {
					mu.Lock()
					defer mu.Unlock()
					if recover() != nil {
						panics++
					} else {
						errs++
					}
				}()
				if _, err := q.Do(t.Context(), n); !errors.Is(err, errBroken) {
					t.Errorf("%d: %v", n, err)
				}
			})
		}
		synctest.Wait()
		close(begun)
		all.Wait()
		if panics != 1 || errs != 2 {
			t.Errorf("%d panics and %d errors, want 1 and 2", panics, errs)
		}
	})
}
