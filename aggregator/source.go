package aggregator

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"courant/aggregator/fetch"
	"courant/aggregator/schedule"
)

// source is a configured source with what is made of its keys once. There may
// be tens of thousands, so what costs little to make is not kept.
type source struct {
	*SourceConfig
	rules           schedule.Rules
	password        string
	settings        [digestSize]byte // of what its validators depend on
	host, canonical string           // of URL
	asked           time.Duration    // when it was last asked, by elapsed; 0: never. Aggregator.mu guards it
}

// digestSize is enough for a digest that only has to differ from the one before.
const digestSize = 12

// configure makes what is needed of list and then takes it over, all or none.
func (a *Aggregator) configure(list []SourceConfig) error {
	list = slices.Clone(list)
	sources, addresses := make(map[string]*source, len(list)), make(map[string]*source, len(list))
	shared, hosts := map[string]bool{}, map[string]bool{}
	made := make([]source, len(list))
	var errs []error
	for i := range list {
		s := &made[i]
		if err := s.make(&list[i], a.c); err != nil {
			errs = append(errs, fmt.Errorf("source %s: %w", list[i].ID, err))
			continue
		}
		sources[s.ID] = s
		hosts[s.host] = true
		if _, twin := addresses[s.canonical]; twin {
			shared[s.canonical] = true
		} else if !s.Paused {
			addresses[s.canonical] = s
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	twins := map[string][]string{}
	for i := range made {
		if s := &made[i]; shared[s.canonical] { // most share theirs with none
			twins[s.key(s.URL)] = append(twins[s.key(s.URL)], s.ID)
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for id, s := range sources {
		if old := a.sources[id]; old != nil && old.URL == s.URL { // else what was asked was another address
			s.asked = old.asked
		}
	}
	a.sources, a.twins, a.addresses, a.hosts = sources, twins, addresses, len(hosts)
	return nil
}

// make fills s from its keys.
func (s *source) make(keys *SourceConfig, c Config) error {
	s.SourceConfig = keys
	s.rules = schedule.Rules{ID: s.ID, Min: c.MinInterval.Duration, Max: c.MaxInterval.Duration}
	if s.MinInterval != nil {
		s.rules.Min, s.rules.OwnMin = s.MinInterval.Duration, true
	}
	var err error
	if s.Schedule != "" {
		if s.rules.Cron, err = cron.ParseStandard(s.Schedule); err != nil {
			return fmt.Errorf("schedule: %w", err)
		}
	}
	if s.PasswordFile != "" {
		data, err := os.ReadFile(s.PasswordFile)
		if err != nil {
			return fmt.Errorf("password_file: %w", err)
		}
		s.password = strings.TrimRight(string(data), "\r\n")
	}
	s.settings = s.digest()
	s.host, s.canonical = fetch.Host(s.URL), fetch.Canonical(s.URL)
	if s.canonical == s.URL {
		s.canonical = s.URL // the same bytes
	}
	return nil
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
	return strings.Join(append([]string{fetch.Canonical(address), s.Username, s.password, s.UserAgent}, headers...), "\x00")
}
