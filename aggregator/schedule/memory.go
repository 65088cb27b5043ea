package schedule

import (
	"encoding/json"
	"slices"
	"time"
)

// Memory is what the schedule knows of a source besides the columns of its
// row: what the last answers said, kept so that a 304, which repeats little of
// it, is judged by it too. It is stored as JSON; times are Unix milliseconds
// there, durations milliseconds.
type Memory struct {
	FreshMS    int64          `json:"fresh,omitempty"`      // for how long the last answer said it stays as it is
	FreshRule  string         `json:"fresh_rule,omitempty"` // the header that said so
	TTLMin     int64          `json:"ttl,omitempty"`        // minutes
	SkipHours  []int          `json:"skip_hours,omitempty"`
	SkipDays   []time.Weekday `json:"skip_days,omitempty"`
	PeriodMS   int64          `json:"period,omitempty"` // sy:updatePeriod / sy:updateFrequency
	BaseMS     int64          `json:"base,omitempty"`   // sy:updateBase
	ActiveMS   int64          `json:"active,omitempty"` // when the feed last brought something new
	FullMS     int64          `json:"full,omitempty"`   // the last answer that was a document, not a 304
	LyingETags int            `json:"lying_etags,omitempty"`

	Chain      string `json:"chain,omitempty"`       // where permanent redirects lead, not yet proven (P60)
	ChainPolls int    `json:"chain_polls,omitempty"` // successful polls that saw it
	ChainMS    int64  `json:"chain_since,omitempty"`
	MovedTo    string `json:"moved_to,omitempty"`    // proven: asked instead of the configured address
	MovedWhy   string `json:"moved_why,omitempty"`   // "redirected for good", "found on the site's page"
	MovedFrom  string `json:"moved_from,omitempty"`  // the configured address at that time
	MergedInto string `json:"merged_into,omitempty"` // the source that polls the same address (P67)
	Suggestion string `json:"suggestion,omitempty"`  // another address that was seen, for people to judge (P68)
	FoundMS    int64  `json:"rediscovered,omitempty"`

	Hub       string `json:"hub,omitempty"`        // WebSub hub that the last document or its headers named
	Topic     string `json:"topic,omitempty"`      // the feed as it names itself to hubs
	HubSilent bool   `json:"hub_silent,omitempty"` // a poll found what the hub had not pushed (P47)

	Settings string `json:"settings,omitempty"` // digest of what the validators depend on (P19)
	RetryMS  int64  `json:"retry,omitempty"`    // until when the server asked not to be asked
	WarnedMS int64  `json:"warned,omitempty"`   // when the log said that it is failing
	CutOffs  int    `json:"cut_offs,omitempty"` // requests in a row over which the process died
	// DoneMS is when the last completed request was made, where the newest was
	// not; negative where none ever was.
	DoneMS int64 `json:"done,omitempty"`
}

// Recall reads a stored Memory. What cannot be read is forgotten.
func Recall(data json.RawMessage) (m Memory) {
	if len(data) > 2 { // more than {}
		if err := json.Unmarshal(data, &m); err != nil {
			return Memory{}
		}
	}
	return m
}

// Store is m as JSON.
func (m Memory) Store() json.RawMessage {
	data, err := json.Marshal(m)
	if err != nil {
		panic("schedule: " + err.Error()) // plain fields only
	}
	return data
}

// Skips reports whether the feed asks not to be polled in t's hour or on t's
// day, UTC (P36, P37). A feed that names all of them names none.
func (m Memory) Skips(t time.Time) bool {
	t = t.UTC()
	return skipsHour(m.SkipHours, t.Hour()) || skipsDay(m.SkipDays, t.Weekday())
}

func skipsHour(hours []int, h int) bool {
	var named [24]bool
	n := 0
	for _, x := range hours {
		if x == 24 { // RSS 0.91 counts from 1
			x = 0
		}
		if x >= 0 && x < 24 && !named[x] {
			named[x] = true
			n++
		}
	}
	return n < 24 && named[h]
}

func skipsDay(days []time.Weekday, d time.Weekday) bool {
	var named [7]bool
	n := 0
	for _, x := range days {
		if x >= 0 && x < 7 && !named[x] {
			named[x] = true
			n++
		}
	}
	return n < 7 && slices.Contains(days, d)
}

// Millis is t as Memory keeps it, 0 for none.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Time is what Millis kept.
func Time(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
