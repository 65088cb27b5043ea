package main

import (
	"fmt"
	"strings"

	"courant/cmd/courant/config"
	"courant/db"
)

// waiting says how many articles of a source wait and why: for an editor's word,
// or in an auto source because a first import left them. "" where none does.
func waiting(h db.Held, auto bool, initialMax int) string {
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

// waits is waiting of a source as c has it.
func waits(c config.Config, source string, h db.Held) string {
	s, _ := c.Source(source)
	return waiting(h, s.Publish == publishAuto, c.Aggregator.InitialMax)
}

// publishAuto is the value of a source's publish under which no editor is asked.
const publishAuto = "auto"

// publishes is the command that publishes what waits of a source.
func publishes(source string) string { return "courant article publish --source " + source }
