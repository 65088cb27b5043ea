package aggregator

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"courant/aggregator/fetch"
	"courant/aggregator/normalise"
	"courant/aggregator/poll"
	"courant/aggregator/schedule"
	"courant/db"
)

// roster is the configured sources. It is safe for concurrent use, and says to
// package poll what else is configured.
type roster struct {
	c     Config
	began time.Time // what elapsed counts from

	mu        sync.Mutex
	byID      map[string]*source
	twins     map[string][]string // ids of sources that one request serves, by key
	byAddress map[string]*source  // by configured address
	hosts     int                 // different ones that sources are configured with
}

// source is a configured source with what is made of its keys once. There may
// be tens of thousands, so what costs little to make is not stored, and what
// follows from the other keys is shared with its neighbours where they are alike.
type source struct {
	ID, URL string
	*terms
	settings        [digestSize]byte // of what its validators depend on
	shard           uint8            // of URL
	place           int              // in the configuration
	host, canonical string           // of URL
	asked           time.Duration    // when it was last asked, by elapsed; 0: never. roster.mu guards it
}

// terms are all that sources have in common which differ in id, address and
// title alone.
type terms struct {
	SourceConfig // of the first of them
	policy       schedule.Rules
	publish      db.Publish
	keep         time.Duration
	password     string
}

// rules are what the configuration says of the source's polling.
func (s *source) rules() schedule.Rules {
	r := s.policy
	r.ID = s.ID
	return r
}

// polled is what package poll has to know of the source, nil for none.
func (s *source) polled() *poll.Source {
	if s == nil {
		return nil
	}
	return &poll.Source{
		ID: s.ID, Request: s.request(),
		Rules: s.rules(), Settings: hex.EncodeToString(s.settings[:]), Revalidate: s.Revalidate == nil || *s.Revalidate,
		FullText: s.FullText, Threads: s.Threads, MaxItems: s.MaxItems, Publish: s.publish, Keep: s.keep,
		Articles: normalise.Source{ID: s.ID, Section: s.Section, Tags: s.Tags, KeyPoints: s.KeyPoints},
	}
}

// request is the one to the configured address, without validators.
func (s *source) request() fetch.Request {
	return fetch.Request{
		URL: s.URL, Named: true, Headers: s.Headers, Username: s.Username, Password: s.password,
		UserAgent: s.UserAgent, InsecureTLS: s.InsecureTLS, AllowDowngrade: s.AllowDowngrade,
	}
}

// backfills is how many articles of their past the sources are to bring that are
// configured to bring any, by id.
func (r *roster) backfills() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	most := map[string]int{}
	for id, s := range r.byID {
		if s.Backfill > 0 && !s.Paused {
			most[id] = s.Backfill
		}
	}
	return most
}

// elapsed is a clock that no setting of the time moves.
func (r *roster) elapsed() time.Duration { return time.Since(r.began) }

// source is the configured source with the given id, nil for none.
func (r *roster) source(id string) *source {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.byID[id]
}

// subject is a stored source with what is configured of it now.
func (r *roster) subject(s db.Source) *poll.Subject {
	return poll.NewSubject(s, r.source(s.ID).polled())
}

// Has implements poll.Roster.
func (r *roster) Has(id string) bool { return r.source(id) != nil }

// At implements poll.Roster.
func (r *roster) At(address string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.byAddress[fetch.Canonical(address)]; s != nil {
		return s.ID
	}
	return ""
}

// twinsOf are the ids of the sources that one request serves together with s,
// its own among them; none where it is alone.
func (r *roster) twinsOf(s *source) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.twins) == 0 {
		return nil
	}
	if ids := r.twins[key(s.request())]; len(ids) > 1 {
		return ids
	}
	return nil
}

// hostCount is how many different hosts sources are configured with.
func (r *roster) hostCount() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.hosts
}

// touch notes that sources are asked now.
func (r *roster) touch(list ...*poll.Subject) { r.touchAt(max(r.elapsed(), 1), list) }

// untouch takes touch back: no server was asked, or nobody knows when.
func (r *roster) untouch(list ...*poll.Subject) { r.touchAt(0, list) }

func (r *roster) touchAt(at time.Duration, list []*poll.Subject) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range list {
		if c := r.byID[s.ID]; c != nil {
			c.asked = at
		}
	}
}

// askedAgo is how long ago this process asked a source, if it did.
func (r *roster) askedAgo(id string) (ago time.Duration, asked bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.byID[id]
	if c == nil || c.asked == 0 {
		return 0, false
	}
	return r.elapsed() - c.asked, true
}

// digestSize is enough for a digest that only has to differ from the one before.
const digestSize = 12

// configure makes what is needed of list, each source in its place, and returns what
// takes it over.
func (r *roster) configure(list []SourceConfig) (made []source, apply func(), err error) {
	byID, byAddress := make(map[string]*source, len(list)), make(map[string]*source, len(list))
	shared, hosts := map[string]bool{}, map[string]bool{}
	made = make([]source, len(list))
	var last *terms
	var errs []error
	for i := range list {
		if i == 0 || !alike(&list[i-1], list[i]) {
			var err error
			if last, err = r.newTerms(list[i]); err != nil {
				errs = append(errs, fmt.Errorf("source %s: %w", list[i].ID, err))
			}
		}
		s := &made[i]
		s.make(list[i].ID, list[i].URL, last)
		s.shard, s.place = uint8(r.shardOf(s.host)), i
		byID[s.ID] = s
		hosts[s.host] = true
		if _, twin := byAddress[s.canonical]; twin {
			shared[s.canonical] = true
		} else if !s.Paused {
			byAddress[s.canonical] = s
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, nil, err
	}
	twins := map[string][]string{}
	for i := range made {
		if s := &made[i]; shared[s.canonical] { // most share theirs with none
			k := key(s.request())
			twins[k] = append(twins[k], s.ID)
		}
	}
	return made, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		for id, s := range byID {
			if old := r.byID[id]; old != nil && old.URL == s.URL { // else what was asked was another address
				s.asked = old.asked
			}
		}
		r.byID, r.twins, r.byAddress, r.hosts = byID, twins, byAddress, len(hosts)
	}, nil
}

// alike reports whether two sources differ in id, address and title alone.
func alike(a *SourceConfig, b SourceConfig) bool {
	b.ID, b.URL, b.Title = a.ID, a.URL, a.Title
	return reflect.DeepEqual(a, &b)
}

// newTerms makes what follows from the keys of a source but its id and address.
func (r *roster) newTerms(keys SourceConfig) (t *terms, err error) {
	t = &terms{
		SourceConfig: keys,
		policy:       schedule.Rules{Min: r.c.MinInterval.Duration, Max: r.c.MaxInterval.Duration},
		keep:         r.c.Retention.Duration,
		publish:      db.Publish{Auto: keys.Publish == "auto", InitialWindow: r.c.InitialWindow.Duration, InitialMax: r.c.InitialMax},
	}
	if t.MinInterval != nil {
		t.policy.Min, t.policy.OwnMin = t.MinInterval.Duration, true
	}
	if t.Schedule != "" {
		if t.policy.Cron, err = cron.ParseStandard(t.Schedule); err != nil {
			return t, fmt.Errorf("schedule: %w", err)
		}
	}
	if t.PasswordFile != "" {
		data, err := os.ReadFile(t.PasswordFile)
		if err != nil {
			return t, fmt.Errorf("password_file: %w", err)
		}
		t.password = strings.TrimRight(string(data), "\r\n")
	}
	return t, nil
}

// make fills s, but for its shard and its place.
func (s *source) make(id, address string, t *terms) {
	s.ID, s.URL, s.terms = id, address, t
	s.settings = s.digest()
	s.host, s.canonical = fetch.Host(address), fetch.Canonical(address)
	if s.canonical == address {
		s.canonical = address // the same bytes
	}
}

// digest is of everything that decides what the server answers and what we
// make of it: when it changes, the validators say nothing any more (P19).
func (s *source) digest() (d [digestSize]byte) {
	names := make([]string, 0, len(s.Headers))
	for name := range s.Headers {
		names = append(names, name)
	}
	slices.Sort(names)
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q %q %q %d", s.URL, s.Username, s.password, s.UserAgent, cmp.Or(s.KeyPoints, DefaultSource().KeyPoints), s.MaxItems)
	if s.Threads { // each entry is looked at for its own
		fmt.Fprint(h, " threads")
	}
	for _, name := range names {
		fmt.Fprintf(h, " %q %q", name, s.Headers[name])
	}
	copy(d[:], h.Sum(nil))
	return d
}

// key is equal for requests that are one, whatever source they are for (P44).
func key(r fetch.Request) string {
	var headers []string
	for name, value := range r.Headers {
		headers = append(headers, name+"\x00"+value)
	}
	slices.Sort(headers)
	trust := fmt.Sprint(r.InsecureTLS, r.AllowDowngrade)
	return strings.Join(append([]string{fetch.Canonical(r.URL), r.Username, r.Password, r.UserAgent, trust}, headers...), "\x00")
}
