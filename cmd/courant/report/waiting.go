package report

import (
	"fmt"
	"strings"

	"courant/cmd/courant/config"
	"courant/db/record"
)

// Waiting says how many articles of a source wait and why: for an editor's word,
// or in an auto source because a first import left them. "" where none does.
func Waiting(h record.Held, auto bool, initialMax int) string {
	var parts []string
	say := func(n int, why string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d%s wait", n, why))
		}
	}
	if auto {
		say(h.Old, " older than initial_window")
		h.Waiting -= h.Old
		if h.Published >= initialMax {
			say(h.Waiting, " beyond initial_max")
			h.Waiting = 0
		}
	}
	say(h.Waiting, "")
	return strings.Join(parts, ", ")
}

// WaitingOf is Waiting of a source as c has it.
func WaitingOf(c config.Config, source string, h record.Held) string {
	s, _ := c.Source(source)
	return Waiting(h, s.Publish == PublishAuto, c.Aggregator.InitialMax)
}

// PublishAuto is the value of a source's publish under which no editor is asked.
const PublishAuto = "auto"

// Publishes is the command that publishes what waits of a source.
func Publishes(source string) string { return "courant article publish --source " + source }
