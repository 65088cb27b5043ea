package report

import "courant/cmd/courant/config"

// CheckDocument is what is wrong with a configuration, in the JSON of check.
type CheckDocument struct {
	File     string    `json:"file"`
	Sources  int       `json:"sources"`
	Mistakes []Mistake `json:"mistakes"`
	Warnings []Mistake `json:"warnings"`
	Failing  []Failing `json:"failing,omitempty"` // with --online
}

// Mistake is one mistake.
type Mistake struct {
	Line int    `json:"line"`
	Key  string `json:"key"`
	Why  string `json:"why"`
}

// Failing is a source that could not be had.
type Failing struct {
	Source string `json:"source"`
	Why    string `json:"why"`
}

// Mistakes are those of list.
func Mistakes(list []config.Mistake) []Mistake {
	out := []Mistake{}
	for _, m := range list {
		out = append(out, Mistake{m.Line, m.Key, m.Why})
	}
	return out
}
