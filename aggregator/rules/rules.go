// Package rules judges articles by the rules of the configuration: a condition in
// the language of github.com/expr-lang/expr over what an article says, and what is
// to be done where it holds. It is pure: facts in, a ruling out, no store and no
// clock but the one that stops a rule which takes too long.
//
// Rules are tried in order. The first that publishes, rejects or holds decides;
// sections, tags, pins, marks and the bin of all that hold add up, but of sections
// the first counts. Each sees the article as it came, not what others added.
//
// A condition is compiled when it is loaded. What it may cost then is bounded: each
// turn of a loop, and each look through a text, is charged to a meter, which reads
// the clock now and then and ends the run when its time is up. Text is looked
// through once for all rules: one pass finds all that patterns need to hold at all,
// and the pattern itself is only run around that. So hundreds of rules cost little
// more than one. Begin with Compile.
package rules

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/expr-lang/expr/vm"

	"courant/db/content"
	"courant/db/ruling"
)

// Config is one [[rule]] table of the configuration.
type Config struct {
	Name   string   `toml:"name"`
	When   string   `toml:"when"`   // a condition
	Then   []string `toml:"then"`   // what is done where it holds
	Reason string   `toml:"reason"` // for editors
}

const (
	// maxName bounds names, in characters: they stand in lists and logs.
	maxName = 100
	// maxReason is the same for reasons.
	maxReason = 500
	// maxRules bounds what each article is held against.
	maxRules = 1000
	// maxText is how much of a text rules see, in bytes: a long book chapter.
	maxText = 256 << 10
	// timeout is how long a rule may take over an article (spec/desk.md, Rules).
	timeout = 5 * time.Millisecond
	// maxElements is how many elements of lists a rule may make in one run.
	maxElements = 100_000
)

// Validate names everything that is wrong with c, each as "key: why", joined; nil
// where all is well.
func (c Config) Validate() error {
	_, err := compile(c)
	return err
}

// Facts are what rules know of an article. Of Text, a rule sees the first 256 KiB.
type Facts struct {
	SourceID, SourceTitle, SourceSection string

	Title, Text, Summary string // plain text; of Text see FactsOf
	Author, Link, Host   string // Host of Link, in lower case, without www.
	Language             string // BCP 47, or empty
	Section              string
	Tags                 []string
	Published            time.Time     // the source's date, else when it was first seen
	Age                  time.Duration // since then
	Words                int
	Image, Enclosure     bool
	Similar              int // the same article from other sources

	points []string     // key points, and
	body   content.HTML // the body, that Text is made of where it is empty
}

// A Stop is a rule that was stopped, or failed, over an article.
type Stop struct {
	Rule string
	Err  error
}

// ErrSlow stops a rule that takes too long over an article.
var ErrSlow = errors.New("it took more than 5 ms, or needs too much memory")

// Set is rules that are compiled, in their order. The zero value is of none. It is
// safe for concurrent use.
type Set struct {
	rules   []*rule
	uses    map[string]bool // fields that any rule reads
	reads   []load          // of those that programs read as they are
	finders [3]*finder      // by the number of a field among texts
	pool    sync.Pool       // of *judge
	now     func() time.Time
}

// rule is a compiled [[rule]].
type rule struct {
	Config
	program *vm.Program
	guard   guard
	does    action
	uses    map[string]bool
	reads   []string     // of uses, what the program reads as it is
	needles [3][]*needle // that it looks for, by the number of a field among texts
}

// Compile compiles list. The error names every rule that cannot be, joined.
func Compile(list []Config) (*Set, error) {
	s := &Set{uses: map[string]bool{}, now: time.Now}
	var errs []error
	if len(list) > maxRules {
		errs = append(errs, fmt.Errorf("%d rules are more than %d", len(list), maxRules))
	}
	for _, c := range list {
		r, err := compile(c)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		s.rules = append(s.rules, r)
		for field := range r.uses {
			s.uses[field] = true
		}
	}
	s.ready()
	return s, errors.Join(errs...)
}

// ready gathers what the rules have in common.
func (s *Set) ready() {
	read := map[string]bool{}
	for i := range s.finders {
		s.finders[i] = newFinder()
	}
	for _, r := range s.rules {
		for _, field := range r.reads {
			if load := loads[field]; load != nil && !read[field] {
				s.reads, read[field] = append(s.reads, load), true
			}
		}
		for i, list := range r.needles {
			for _, n := range list {
				if len(n.folded) >= shortNeedle {
					n.id = s.finders[i].add(n.folded)
				}
			}
		}
	}
	for _, f := range s.finders {
		f.ready()
	}
}

// Empty reports whether there are no rules; a nil Set has none.
func (s *Set) Empty() bool { return s == nil || len(s.rules) == 0 }

// Uses reports whether a rule reads the given field, such as "text" or "similar":
// what none reads need not be in Facts.
func (s *Set) Uses(field string) bool { return s != nil && s.uses[field] }

// Judge says what the rules say of an article, and which of them were stopped over
// it: one that is stopped counts as one that holds.
func (s *Set) Judge(f *Facts) (r ruling.Ruling, stopped []Stop) {
	if s.Empty() {
		return r, nil
	}
	j, _ := s.pool.Get().(*judge)
	if j == nil {
		j = s.newJudge()
	}
	defer s.pool.Put(j)
	j.begin(f)
	for _, rule := range s.rules {
		holds, err := j.run(rule, s.reads)
		switch {
		case err != nil:
			stopped = append(stopped, Stop{rule.Name, err})
			r.Added.Steps = append(r.Added.Steps, ruling.Step{Rule: rule.Name, Then: []string{string(ruling.Hold)}})
			if r.Decision == ruling.None {
				r.Decision, r.Rule, r.Reason = ruling.Hold, rule.Name, "the rule was stopped: "+err.Error()
			}
		case holds:
			rule.does.add(&r, rule, f)
		}
	}
	return r, stopped
}

// add adds what a rule does to r.
func (a action) add(r *ruling.Ruling, rule *rule, f *Facts) {
	r.Added.Steps = append(r.Added.Steps, ruling.Step{Rule: rule.Name, Then: rule.Then})
	if r.Decision == ruling.None && a.decision != ruling.None {
		r.Decision, r.Rule, r.Reason = a.decision, rule.Name, rule.Reason
	}
	if r.Added.Section == "" && a.section != "" && a.section != f.Section {
		r.Added.Section, r.Added.Was = a.section, f.Section
	}
	for _, tag := range a.tags {
		if !slices.Contains(f.Tags, tag) && !slices.Contains(r.Added.Tags, tag) {
			r.Added.Tags = append(r.Added.Tags, tag)
		}
	}
	for _, letter := range a.marks {
		if !slices.Contains(r.Added.Marks, letter) {
			r.Added.Marks = append(r.Added.Marks, letter)
		}
	}
	r.Added.Pin, r.Added.Bin = r.Added.Pin || a.pin, r.Added.Bin || a.bin
}
