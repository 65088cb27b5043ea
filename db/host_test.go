package db

import (
	"testing"
	"time"
)

// A pause that ended long ago is forgotten; one that ended lately, or holds, is not.
func TestPrunePauses(t *testing.T) {
	d := testStore(t, nil)
	now := d.Now()
	if err := d.inTx(t.Context(), func(tx *tx) error {
		for host, until := range map[string]time.Time{
			"gone.example": now.Add(-8 * 24 * time.Hour), "lately.example": now.Add(-time.Hour), "holds.example": now.Add(time.Hour),
		} {
			if err := tx.savePause(t.Context(), HostPause{Host: host, Until: until, Strikes: 1}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if n, err := d.PrunePauses(t.Context(), now.Add(-7*24*time.Hour)); err != nil || n != 1 {
		t.Errorf("PrunePauses() = %d, %v", n, err)
	}
	left, err := d.HostPauses(t.Context())
	if err != nil || len(left) != 2 {
		t.Errorf("%v, %v are left", left, err)
	}
	for _, p := range left {
		if p.Host == "gone.example" {
			t.Error("a pause that ended long ago is kept")
		}
	}
}
