package rules

import (
	"errors"
	"fmt"
	"strings"

	"courant/db/ruling"
	"courant/db/text"
)

// action is what a rule does.
type action struct {
	decision ruling.Decision
	section  string
	tags     []string
	marks    []string
	pin, bin bool
}

// verbs are what then may say; a colon at the end wants a value behind it.
var verbs = []string{"publish", "reject", "hold", "pin", "bin", "section:", "tag:", "mark:"}

// maxTag bounds a tag, in bytes.
const maxTag = 100

// parseThen reads what a rule does. The error says all that is wrong with it, each
// as "then: why".
func parseThen(rule string, then []string) (a action, err error) {
	var errs []error
	wrong := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("then: rule %q: %s", rule, fmt.Sprintf(format, args...)))
	}
	if len(then) == 0 {
		wrong("must name what to do: one or more of %s", strings.Join(verbs, ", "))
	}
	for _, s := range then {
		verb, value, valued := strings.Cut(s, ":")
		switch {
		case valued && (verb == "section" || verb == "tag" || verb == "mark") && value == "":
			wrong("%q names no %s", s, verb)
		case verb == "section" && valued:
			if a.section != "" {
				wrong("%q is a second section: an article is in one", s)
			}
			a.section = value
		case verb == "tag" && valued:
			if err := text.CheckTag(value); err != nil {
				wrong("%s", err)
			} else if len(value) > maxTag {
				wrong("%q is longer than %d bytes", s, maxTag)
			}
			a.tags = append(a.tags, value)
		case verb == "mark" && valued:
			if len(value) != 1 || value[0] < 'A' || value[0] > 'Z' {
				wrong("%q must end in one letter, A to Z", s)
			}
			a.marks = append(a.marks, value)
		case s == "pin":
			a.pin = true
		case s == "bin":
			a.bin = true
		case s == "publish" || s == "reject" || s == "hold":
			if a.decision != ruling.None && a.decision != ruling.Decision(s) {
				wrong("%q and %q are two decisions: a rule takes one", a.decision, s)
			}
			a.decision = ruling.Decision(s)
		default:
			wrong("%q is not known%s", s, meant(verb, verbs))
		}
	}
	return a, errors.Join(errs...)
}

// meant asks whether the nearest of some names is meant, "" where none is near.
func meant(name string, known []string) string {
	best, slips := "", 0
	for _, k := range known {
		n := distance(strings.ToLower(name), strings.TrimSuffix(k, ":"))
		if n <= max(1, len(k)/3) && (best == "" || n < slips) {
			best, slips = k, n
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; is %q meant?", best)
}

// distance is how many letters must be put in, taken out, replaced or swapped with
// their neighbour to make b of a.
func distance(a, b string) int {
	if len(a) > maxName { // no name of ours is near it
		return len(a)
	}
	before, row, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next[0] = i + 1
		for j := range len(b) {
			cost := row[j]
			if a[i] != b[j] {
				cost++
			}
			next[j+1] = min(cost, next[j]+1, row[j+1]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}
