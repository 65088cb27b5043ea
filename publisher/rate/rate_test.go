package rate

import (
	"net/netip"
	"testing"
	"time"

	"courant/db/setting"
)

// What was spent has to come again first, for that network alone.
func TestSpend(t *testing.T) {
	l := New(setting.Rate{Count: 10, Per: 10 * time.Second})
	now := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	a, b := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8:0:1::1")
	if _, ok := l.Ready(a, now); !ok {
		t.Fatal("not ready at first")
	}
	l.Spend(netip.MustParseAddr("2001:db8::ffff"), now, 12)
	if wait, ok := l.Ready(a, now); ok || wait != 3*time.Second {
		t.Errorf("two tokens short: %v, after %v, want false and 3s", ok, wait)
	}
	if _, ok := l.Ready(b, now); !ok {
		t.Error("another network pays")
	}
	if _, ok := l.Ready(a, now.Add(3*time.Second)); !ok {
		t.Error("not ready again")
	}
	for i := range 10 {
		if _, ok := l.Take(a, now.Add(time.Hour)); !ok {
			t.Fatalf("%d tokens after an hour, want 10", i)
		}
	}
	if _, ok := l.Take(a, now.Add(time.Hour)); ok {
		t.Error("an eleventh token")
	}
}
