package usage

import (
	"time"

	"github.com/spf13/pflag"

	"courant/db/setting"
)

// Duration is d as the value of a flag.
func Duration(d *setting.Duration) pflag.Value { return &durationFlag{d} }

type durationFlag struct{ d *setting.Duration }

// String implements pflag.Value.
func (f *durationFlag) String() string { return f.d.String() }

// Set implements pflag.Value.
func (f *durationFlag) Set(text string) error { return f.d.UnmarshalText([]byte(text)) }

// Type implements pflag.Value.
func (f *durationFlag) Type() string { return "TIME" }

// Moment is the time that a user names: a date, UTC, or how long before now.
func Moment(s string, now time.Time) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	var ago setting.Duration
	if err := ago.UnmarshalText([]byte(s)); err != nil {
		return time.Time{}, false
	}
	return now.Add(-ago.Duration), true
}
