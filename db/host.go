package db

import (
	"context"
	"time"
)

// HostPause is a host, or a registrable domain, that asked to be left alone.
type HostPause struct {
	Host    string
	Until   time.Time // zero: over
	Strikes int       // how often in a row it named no time
}

// HostPauses returns the pauses that were stored and not ended.
func (d *DB) HostPauses(ctx context.Context) ([]HostPause, error) {
	return collect(ctx, d.r, func(r row) (p HostPause, err error) {
		err = r.Scan(&p.Host, msTime{&p.Until}, &p.Strikes)
		return p, err
	}, `SELECT host, until, strikes FROM host`)
}

// PrunePauses forgets the pauses that were over before the given moment, of hosts
// that nobody has asked since, and returns how many.
func (d *DB) PrunePauses(ctx context.Context, before time.Time) (n int64, err error) {
	return write(ctx, d, func(t *tx) (int64, error) {
		res, err := t.ExecContext(ctx, `DELETE FROM host WHERE until < $1`, ms(before))
		if err != nil {
			return 0, err
		}
		return res.RowsAffected()
	})
}

func (t *tx) savePause(ctx context.Context, p HostPause) error {
	if p.Until.IsZero() {
		_, err := t.ExecContext(ctx, `DELETE FROM host WHERE host = $1`, p.Host)
		return err
	}
	_, err := t.ExecContext(ctx, `
		INSERT INTO host (host, until, strikes) VALUES ($1, $2, $3)
		ON CONFLICT (host) DO UPDATE SET until = excluded.until, strikes = excluded.strikes`,
		p.Host, ms(p.Until), p.Strikes)
	return err
}
