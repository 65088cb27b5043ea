package rules

import (
	"strings"
	"time"

	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"courant/db/text"
)

// judge runs rules over one article at a time.
type judge struct {
	vm    vm.VM
	env   map[string]any
	meter meter
	facts Facts
	texts [3]subject // in the order of texts
}

func newJudge(now func() time.Time) *judge {
	j := &judge{env: inner()}
	j.meter.now, j.vm.MemoryBudget = now, maxElements
	for i, f := range texts {
		j.env[searched+f] = &j.texts[i]
	}
	j.env[theMeter] = &j.meter
	return j
}

// loads put each field that a condition can name into what it is run on.
var loads = map[string]func(env map[string]any, f *Facts){
	"source": func(e map[string]any, f *Facts) {
		e[ofASource+"id"], e[ofASource+"title"], e[ofASource+"section"] = f.SourceID, f.SourceTitle, f.SourceSection
	},
	"title":         func(e map[string]any, f *Facts) { e["title"] = f.Title },
	"text":          func(e map[string]any, f *Facts) { e["text"] = f.Text },
	"summary":       func(e map[string]any, f *Facts) { e["summary"] = f.Summary },
	"author":        func(e map[string]any, f *Facts) { e["author"] = f.Author },
	"link":          func(e map[string]any, f *Facts) { e["link"] = f.Link },
	"host":          func(e map[string]any, f *Facts) { e["host"] = f.Host },
	"language":      func(e map[string]any, f *Facts) { e["language"] = f.Language },
	"tags":          func(e map[string]any, f *Facts) { e["tags"] = f.Tags },
	"section":       func(e map[string]any, f *Facts) { e["section"] = f.Section },
	"published":     func(e map[string]any, f *Facts) { e["published"] = f.Published },
	"age":           func(e map[string]any, f *Facts) { e["age"] = f.Age },
	"words":         func(e map[string]any, f *Facts) { e["words"] = f.Words },
	"has_image":     func(e map[string]any, f *Facts) { e["has_image"] = f.Image },
	"has_enclosure": func(e map[string]any, f *Facts) { e["has_enclosure"] = f.Enclosure },
	"similar":       func(e map[string]any, f *Facts) { e["similar"] = f.Similar },
}

// begin takes an article, and of its facts the fields that rules use. It is let go
// of when the next one comes.
func (j *judge) begin(f *Facts, uses map[string]bool) {
	j.facts = *f
	if len(f.Text) > maxText {
		j.facts.Text = strings.ToValidUTF8(f.Text[:maxText], "")
	}
	for i, s := range [...]string{j.facts.Title, j.facts.Text, j.facts.Summary} {
		j.texts[i].set(s)
	}
	for name := range uses {
		if load := loads[name]; load != nil {
			load(j.env, &j.facts)
		}
	}
}

// run runs a rule, and reports whether its condition holds.
func (j *judge) run(r *rule) (holds bool, err error) {
	j.meter.reset()
	if r.guard != nil && !r.guard(j) {
		return false, nil
	}
	out, err := j.vm.Run(r.program, j.env)
	if err == nil {
		holds, _ = out.(bool)
		return holds, nil
	}
	e, ok := err.(*file.Error)
	switch {
	case ok && e.Prev == ErrSlow, ok && strings.Contains(e.Message, "memory budget exceeded"):
		return false, ErrSlow
	case ok:
		return false, failure{text.Cut(text.Line(e.Message), 200)}
	}
	return false, err
}

// failure is why a condition could not be run.
type failure struct{ why string }

func (f failure) Error() string { return f.why }
