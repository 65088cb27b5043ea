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
	"time"

	"github.com/robfig/cron/v3"

	"courant/aggregator/fetch"
	"courant/aggregator/schedule"
)

// source is a configured source with what is made of its keys once. There may
// be tens of thousands, so what costs little to make is not kept, and what
// follows from the other keys is shared with its neighbours where they are alike.
type source struct {
	ID, URL string
	*kind
	settings        [digestSize]byte // of what its validators depend on
	host, canonical string           // of URL
	asked           time.Duration    // when it was last asked, by elapsed; 0: never. Aggregator.mu guards it
}

// kind is all that sources have in common which differ in id, address and title
// alone.
type kind struct {
	SourceConfig // of the first of them
	policy       schedule.Rules
	password     string
}

// rules are what the configuration says of the source's polling.
func (s *source) rules() schedule.Rules {
	r := s.policy
	r.ID = s.ID
	return r
}

// digestSize is enough for a digest that only has to differ from the one before.
const digestSize = 12

// configure makes what is needed of list and returns what takes it over.
func (a *Aggregator) configure(list []SourceConfig) (apply func(), err error) {
	sources, addresses := make(map[string]*source, len(list)), make(map[string]*source, len(list))
	shared, hosts := map[string]bool{}, map[string]bool{}
	made := make([]source, len(list))
	var last *kind
	var errs []error
	for i := range list {
		if i == 0 || !alike(&list[i-1], list[i]) {
			var err error
			if last, err = a.kind(list[i]); err != nil {
				errs = append(errs, fmt.Errorf("source %s: %w", list[i].ID, err))
			}
		}
		s := &made[i]
		s.make(list[i].ID, list[i].URL, last)
		sources[s.ID] = s
		hosts[s.host] = true
		if _, twin := addresses[s.canonical]; twin {
			shared[s.canonical] = true
		} else if !s.Paused {
			addresses[s.canonical] = s
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	twins := map[string][]string{}
	for i := range made {
		if s := &made[i]; shared[s.canonical] { // most share theirs with none
			twins[s.key(s.URL)] = append(twins[s.key(s.URL)], s.ID)
		}
	}
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		for id, s := range sources {
			if old := a.sources[id]; old != nil && old.URL == s.URL { // else what was asked was another address
				s.asked = old.asked
			}
		}
		a.sources, a.twins, a.addresses, a.hosts = sources, twins, addresses, len(hosts)
	}, nil
}

// alike reports whether two sources differ in id, address and title alone.
func alike(a *SourceConfig, b SourceConfig) bool {
	b.ID, b.URL, b.Title = a.ID, a.URL, a.Title
	return reflect.DeepEqual(a, &b)
}

// kind makes what follows from the keys of a source but its id and address.
func (a *Aggregator) kind(keys SourceConfig) (k *kind, err error) {
	k = &kind{SourceConfig: keys, policy: schedule.Rules{Min: a.c.MinInterval.Duration, Max: a.c.MaxInterval.Duration}}
	if k.MinInterval != nil {
		k.policy.Min, k.policy.OwnMin = k.MinInterval.Duration, true
	}
	if k.Schedule != "" {
		if k.policy.Cron, err = cron.ParseStandard(k.Schedule); err != nil {
			return k, fmt.Errorf("schedule: %w", err)
		}
	}
	if k.PasswordFile != "" {
		data, err := os.ReadFile(k.PasswordFile)
		if err != nil {
			return k, fmt.Errorf("password_file: %w", err)
		}
		k.password = strings.TrimRight(string(data), "\r\n")
	}
	return k, nil
}

// make fills s.
func (s *source) make(id, address string, k *kind) {
	s.ID, s.URL, s.kind = id, address, k
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
	for _, name := range names {
		fmt.Fprintf(h, " %q %q", name, s.Headers[name])
	}
	copy(d[:], h.Sum(nil))
	return d
}

// settled reports whether what m remembers came of the present settings.
func (s *source) settled(m schedule.Memory) bool { return m.Settings == s.settingsText() }

// settingsText is the digest of the settings as it is stored.
func (s *source) settingsText() string { return hex.EncodeToString(s.settings[:]) }

// key is equal for sources that one request serves (P44).
func (s *source) key(address string) string {
	var headers []string
	for name, value := range s.Headers {
		headers = append(headers, name+"\x00"+value)
	}
	slices.Sort(headers)
	trust := fmt.Sprint(s.InsecureTLS, s.AllowDowngrade)
	return strings.Join(append([]string{fetch.Canonical(address), s.Username, s.password, s.UserAgent, trust}, headers...), "\x00")
}
