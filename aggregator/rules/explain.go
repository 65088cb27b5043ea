package rules

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/file"

	"courant/db/text"
)

var (
	unknownName   = text.Pattern(`^unknown name (\S+)$`)
	unknownMember = text.Pattern(`^type (\S+) has no (?:field|method) (\S+)$`)
)

// shownLength is how much of a condition is shown from where it is wrong, in
// characters.
const shownLength = 30

// explained says what is wrong with a condition in our words: with the place, and
// the name that may be meant.
func explained(when string, err error) error {
	var e *file.Error
	if !errors.As(err, &e) {
		if kind, ok := strings.CutPrefix(err.Error(), "expected bool, but got "); ok {
			return fmt.Errorf("a condition must be true or false, and this is a %s", kind)
		}
		return err
	}
	why := strings.ReplaceAll(e.Message, "rules.sourceFields", "source")
	if m := unknownName().FindStringSubmatch(why); m != nil {
		why = "unknown name " + m[1]
		if near := meant(m[1], names()); near != "" {
			why += near
		} else {
			why += "; there are " + strings.Join(slices.Sorted(maps.Keys(fields())), ", ")
		}
	} else if m := unknownMember().FindStringSubmatch(why); m != nil && m[1] == "source" {
		own := []string{"id", "title", "section"}
		why = "source has no " + m[2]
		if near := meant(m[2], own); near != "" {
			why += near
		} else {
			why += "; it has " + strings.Join(own, ", ")
		}
	} else if strings.HasPrefix(why, "unexpected token EOF") {
		return errors.New("it ends too early: something is missing behind " + fmt.Sprintf("%q", strings.TrimSpace(when)))
	}
	return errors.New(place(when, e.From) + ": " + why)
}

// names are all that a condition can name.
func names() []string {
	list := append(slices.Sorted(maps.Keys(fields())), functions...)
	return append(list, "duration")
}

// place is where in a condition the character with the given number stands.
func place(when string, from int) string {
	line, column, at := 1, 1, len(when)
	for i, r := range when {
		if from == 0 {
			at = i
			break
		}
		from--
		if column++; r == '\n' {
			line, column = line+1, 1
		}
	}
	rest, _, _ := strings.Cut(when[at:], "\n")
	if utf8.RuneCountInString(rest) > shownLength {
		rest = string([]rune(rest)[:shownLength]) + "…"
	}
	where := fmt.Sprintf("column %d", column)
	if strings.Contains(strings.TrimSpace(when), "\n") {
		where = fmt.Sprintf("line %d, column %d", line, column)
	}
	return fmt.Sprintf("%s, at %q", where, rest)
}
