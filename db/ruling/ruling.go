// Package ruling is what the rules of the configuration said of an article, as it
// is stored beside it: which one decided, why, and what the others added; and the
// articles as rules see them. What rules are, and how they come to it, is
// aggregator's business; what becomes of an article, db's. Begin with Ruling.
package ruling

import (
	"fmt"
	"slices"
	"strings"
)

// Decision is what becomes of an article. The first rule that has one decides.
type Decision string

// The decisions. None leaves it to what the source says of its articles.
const (
	None    Decision = ""
	Publish Decision = "publish"
	Reject  Decision = "reject"
	Hold    Decision = "hold" // until an editor decides
)

// Ruling is what all rules said of an article. The zero value: none held.
type Ruling struct {
	Decision Decision
	Rule     string // the name of the one that decided, or that was stopped
	Reason   string // for editors
	Added    Added
}

// Added is what rules add to an article.
type Added struct {
	Steps   []Step   `json:"steps,omitempty"`   // the rules that held, in their order
	Section string   `json:"section,omitempty"` // id, of the first that names one
	Was     string   `json:"was,omitempty"`     // the section before
	Tags    []string `json:"tags,omitempty"`    // that it did not have
	Marks   []string `json:"marks,omitempty"`   // letters
	Pin     bool     `json:"pin,omitempty"`
	Bin     bool     `json:"bin,omitempty"`
}

// Step is a rule that held, and what it says to do.
type Step struct {
	Rule string   `json:"rule"`
	Then []string `json:"then"`
}

// Say is the rules that held and what they say to do, for the log of actions.
func (a Added) Say() string {
	said := make([]string, len(a.Steps))
	for i, s := range a.Steps {
		said[i] = fmt.Sprintf("rule %q: %s", s.Rule, strings.Join(s.Then, ", "))
	}
	return strings.Join(said, "; ")
}

// Say is the rule that decided and its reason, for the log of actions.
func (r Ruling) Say() string {
	switch {
	case r.Rule == "":
		return "no rule decides"
	case r.Reason == "":
		return fmt.Sprintf("rule %q", r.Rule)
	}
	return fmt.Sprintf("rule %q: %s", r.Rule, r.Reason)
}

// Silent reports whether no rule held.
func (r Ruling) Silent() bool { return r.Decision == None && len(r.Added.Steps) == 0 }

// Equal reports whether two rulings say the same.
func (r Ruling) Equal(o Ruling) bool {
	return r.Decision == o.Decision && r.Rule == o.Rule && r.Reason == o.Reason && r.Added.equal(o.Added)
}

func (a Added) equal(o Added) bool {
	return a.Section == o.Section && a.Pin == o.Pin && a.Bin == o.Bin && slices.Equal(a.Tags, o.Tags) && slices.Equal(a.Marks, o.Marks) &&
		slices.EqualFunc(a.Steps, o.Steps, func(x, y Step) bool { return x.Rule == y.Rule && slices.Equal(x.Then, y.Then) })
}
