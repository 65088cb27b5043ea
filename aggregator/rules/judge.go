package rules

import (
	"strings"

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
	ready bool       // env is of this article
}

func (s *Set) newJudge() *judge {
	j := &judge{env: inner()}
	j.meter.now, j.vm.MemoryBudget = s.now, maxElements
	for i, f := range texts {
		j.env[searched+f], j.texts[i].finder = &j.texts[i], s.finders[i]
	}
	j.env[theMeter] = &j.meter
	return j
}

// load puts a field into what conditions are run on.
type load func(env map[string]any, j *judge)

// loads are those of the fields that a condition can name.
var loads = map[string]load{
	"source": func(e map[string]any, j *judge) {
		f := &j.facts
		e[ofASource+"id"], e[ofASource+"title"], e[ofASource+"section"] = f.SourceID, f.SourceTitle, f.SourceSection
	},
	"title":         func(e map[string]any, j *judge) { e["title"] = j.facts.Title },
	"text":          func(e map[string]any, j *judge) { e["text"] = string(j.texts[1].bytes()) },
	"summary":       func(e map[string]any, j *judge) { e["summary"] = j.facts.Summary },
	"author":        func(e map[string]any, j *judge) { e["author"] = j.facts.Author },
	"link":          func(e map[string]any, j *judge) { e["link"] = j.facts.Link },
	"host":          func(e map[string]any, j *judge) { e["host"] = j.facts.Host },
	"language":      func(e map[string]any, j *judge) { e["language"] = j.facts.Language },
	"tags":          func(e map[string]any, j *judge) { e["tags"] = j.facts.Tags },
	"section":       func(e map[string]any, j *judge) { e["section"] = j.facts.Section },
	"published":     func(e map[string]any, j *judge) { e["published"] = j.facts.Published },
	"age":           func(e map[string]any, j *judge) { e["age"] = j.facts.Age },
	"words":         func(e map[string]any, j *judge) { e["words"] = j.facts.Words },
	"has_image":     func(e map[string]any, j *judge) { e["has_image"] = j.facts.Image },
	"has_enclosure": func(e map[string]any, j *judge) { e["has_enclosure"] = j.facts.Enclosure },
	"similar":       func(e map[string]any, j *judge) { e["similar"] = j.facts.Similar },
}

// begin takes an article. It is let go of when the next one comes.
func (j *judge) begin(f *Facts) {
	j.facts, j.ready = *f, false
	j.texts[0].set(f.Title)
	j.texts[1].setOf(f.Text, f.points, f.body)
	j.texts[2].set(f.Summary)
}

// run runs a rule, and reports whether its condition holds. reads are of what the
// programs of all rules read.
func (j *judge) run(r *rule, reads []load) (holds bool, err error) {
	j.meter.reset()
	if r.guard != nil && !r.guard(j) {
		return false, nil
	}
	if !j.ready { // few articles come as far as that
		j.ready = true
		for _, load := range reads {
			load(j.env, j)
		}
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
