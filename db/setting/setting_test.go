package setting_test

import (
	"strings"
	"testing"
	"time"

	"courant/db/setting"
)

func TestDuration(t *testing.T) {
	for _, c := range []struct {
		in   string
		want time.Duration
		out  string
	}{
		{"60m", time.Hour, "1h"},
		{"90s", 90 * time.Second, "90s"},
		{"0", 0, "0"},
		{"0s", 0, "0"},
		{"168h", 168 * time.Hour, "168h"},
		{"7d", 168 * time.Hour, "168h"},
		{"1500ms", 1500 * time.Millisecond, "1.5s"},
	} {
		var d setting.Duration
		if err := d.UnmarshalText([]byte(c.in)); err != nil || d.Duration != c.want || d.String() != c.out {
			t.Errorf("%q = %v (%s), %v, want %v (%s)", c.in, d.Duration, d, err, c.want, c.out)
		}
	}
	for _, in := range []string{"", "5", "-1h", "-1d", "soon", "1.5d", "99999999d"} {
		var d setting.Duration
		if err := d.UnmarshalText([]byte(in)); err == nil {
			t.Errorf("%q = %v, want an error", in, d)
		}
	}
}

func TestSize(t *testing.T) {
	for in, want := range map[string]int64{"10MiB": 10 << 20, "1 GiB": 1 << 30, "0": 0, "100": 100, "3KiB": 3072, "7B": 7} {
		var s setting.Size
		if err := s.UnmarshalText([]byte(in)); err != nil || s.Bytes != want {
			t.Errorf("%q = %d, %v, want %d", in, s.Bytes, err, want)
		}
		var again setting.Size
		if err := again.UnmarshalText([]byte(s.String())); err != nil || again != s {
			t.Errorf("%q is written %q, which reads as %d, %v", in, s, again.Bytes, err)
		}
	}
	for _, in := range []string{"", "-1", "10MB", "much", "9999999999GiB"} {
		var s setting.Size
		if err := s.UnmarshalText([]byte(in)); err == nil {
			t.Errorf("%q = %d, want an error", in, s.Bytes)
		}
	}
}

func TestRate(t *testing.T) {
	for in, want := range map[string]string{"5/1m": "5/1m", " 1 / 2h ": "1/2h", "5": "", "0/1m": "", "5/0": "", "x/1m": "", "-1/1m": ""} {
		var r setting.Rate
		err := r.UnmarshalText([]byte(strings.ReplaceAll(in, " ", "")))
		if got := r.String(); (err == nil) != (want != "") || err == nil && got != want {
			t.Errorf("rate %q = %q, %v, want %q", in, got, err, want)
		}
	}
}
