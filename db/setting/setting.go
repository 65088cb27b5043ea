// Package setting holds what a configuration says in more than a number: a
// length of time, a size, a rate. Each reads what it writes, refuses what no one
// could mean, and says how it is written. It knows no TOML: a decoder needs
// UnmarshalText alone.
package setting

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration is a length of time as the configuration writes it: "60m", "24h",
// "1h30m", "7d" or "0". It is a struct so that a bare number, whose unit nobody
// could know, is refused by the decoder.
type Duration struct{ time.Duration }

// Every returns d as a Duration: Every(time.Hour).
func Every(d time.Duration) Duration { return Duration{d} }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16) // 65,535 days fit a time.Duration
		if err != nil {
			return fmt.Errorf("%q is not a duration: write it like \"90s\", \"60m\", \"24h\" or \"7d\"", s)
		}
		d.Duration = time.Duration(n) * 24 * time.Hour
		return nil
	}
	v, err := time.ParseDuration(s)
	if err != nil {
		return fmt.Errorf("%q is not a duration: write it like \"90s\", \"60m\", \"24h\" or \"7d\"", s)
	}
	if v < 0 {
		return fmt.Errorf("%q must not be negative", s)
	}
	d.Duration = v
	return nil
}

// MarshalText implements encoding.TextMarshaler; UnmarshalText reads it back.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// String writes d in its largest whole unit, at most hours: "24h", "90s", "0".
func (d Duration) String() string {
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if d.Duration != 0 && d.Duration%u.unit == 0 {
			return strconv.FormatInt(int64(d.Duration/u.unit), 10) + u.name
		}
	}
	if d.Duration == 0 {
		return "0"
	}
	return d.Duration.String()
}

// Size is a number of bytes as the configuration writes it: "10MiB", "512KiB",
// "1GiB" or "0".
type Size struct{ Bytes int64 }

// MiB returns n mebibytes.
func MiB(n int64) Size { return Size{n << 20} }

// The units of Size, the largest first.
func sizeUnits() []sizeUnit {
	return []sizeUnit{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}
}

type sizeUnit struct {
	name  string
	bytes int64
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Size) UnmarshalText(text []byte) error {
	in := strings.TrimSpace(string(text))
	number, unit := in, int64(1)
	for _, u := range sizeUnits() {
		if n, ok := strings.CutSuffix(in, u.name); ok {
			number, unit = strings.TrimSpace(n), u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	switch {
	case err != nil:
		return fmt.Errorf("%q is not a size: write it like \"512KiB\" or \"10MiB\"", in)
	case n < 0:
		return fmt.Errorf("%q must not be negative", in)
	case n > math.MaxInt64/unit:
		return errors.New("is too large")
	}
	s.Bytes = n * unit
	return nil
}

// MarshalText implements encoding.TextMarshaler; UnmarshalText reads it back.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// String writes s in its largest whole unit: "10MiB", "0".
func (s Size) String() string {
	if s.Bytes == 0 {
		return "0"
	}
	for _, u := range sizeUnits() {
		if s.Bytes%u.bytes == 0 {
			return strconv.FormatInt(s.Bytes/u.bytes, 10) + u.name
		}
	}
	return strconv.FormatInt(s.Bytes, 10) + "B" // not reached: a byte divides all
}

// Rate is a number of things in a length of time, written "5/1m".
type Rate struct {
	Count int
	Per   time.Duration
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *Rate) UnmarshalText(text []byte) error {
	number, per, ok := strings.Cut(strings.TrimSpace(string(text)), "/")
	n, err := strconv.Atoi(strings.TrimSpace(number))
	var d Duration
	if !ok || err != nil || n < 1 || d.UnmarshalText([]byte(per)) != nil || d.Duration <= 0 {
		return fmt.Errorf(`%q is not a rate: write it like "5/1m": five a minute`, text)
	}
	*r = Rate{Count: n, Per: d.Duration}
	return nil
}

// MarshalText implements encoding.TextMarshaler; UnmarshalText reads it back.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// String writes r as the configuration does.
func (r Rate) String() string { return fmt.Sprintf("%d/%s", r.Count, Duration{r.Per}) }
