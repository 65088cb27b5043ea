package comments

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"courant/db/content"
	"courant/db/state"
)

func draft(name, text string) Draft {
	return Draft{Name: name, Text: text, Body: content.Comment(text)}
}

// decided are n comments of each kind that editors decided on.
func decided(n int) (list []Example) {
	nouns := []string{"harbour", "turbine", "tide", "council", "ferry"}
	for i := range n {
		list = append(list,
			Example{Draft: draft("Ann", fmt.Sprintf("I live by the %s and the %s is what we hoped for, says number %d.", nouns[i%5], nouns[(i+1)%5], i))},
			Example{Draft: draft("Win777", fmt.Sprintf("BIG casino bonus %d!!! Play at https://casino.example/%d now", i, i)), Refused: true})
	}
	return list
}

// It says nothing until editors have decided on fifty of each kind.
func TestLearnedIsOff(t *testing.T) {
	spam := draft("Win777", "casino bonus https://casino.example/")
	for name, l := range map[string]*Learned{"nothing": nil, "49 of each": Learn(decided(learnedFrom - 1)), "one kind": Learn(slices.DeleteFunc(decided(200), func(e Example) bool { return !e.Refused }))} {
		if like, why := l.Judge(spam); like != 0 || why != nil {
			t.Errorf("%s: %.2f by %q", name, like, why)
		}
	}
	if like, _ := Learn(decided(learnedFrom)).Judge(spam); like < heldFrom {
		t.Errorf("50 of each: %.2f", like)
	}
}

// It tells them apart, and by what; what it does not know moves it nowhere.
func TestLearned(t *testing.T) {
	l := Learn(decided(100))
	for _, c := range []struct {
		name, writer, text string
		from, to           float64
		why                string
	}{
		{"spam", "Lucky8", "Casino! Play now at https://casino.example/77 for a bonus", heldFrom, 1, "“casino”"},
		{"a reader", "Bob", "We hoped for the tide and the council came.", 0, 0.05, "“the”"},
		{"somebody new", "Zoë", "Grüezi mitenand", 0, 0.9, ""},
	} {
		like, why := l.Judge(draft(c.writer, c.text))
		if like < c.from || like > c.to || len(why) > told || !strings.Contains(strings.Join(why, " "), c.why) {
			t.Errorf("%s: %.3f by %q, want %v to %v by %s", c.name, like, why, c.from, c.to, c.why)
		}
	}
	_, why := l.Judge(draft("Win777", "Casino bonus!!! https://casino.example/"))
	if len(why) != told {
		t.Errorf("explained by %q, want %d traits", why, told)
	}
	if again, also := l.Judge(draft("Win777", "Casino bonus!!! https://casino.example/")); fmt.Sprint(also) != fmt.Sprint(why) || again <= 0 {
		t.Errorf("judged again by %q, before by %q", also, why)
	}
}

// What it is sure of waits for an editor, with the reason, and is never spam by its
// word alone.
func TestJudgeByWhatWasLearned(t *testing.T) {
	th := threads(t, func(c *Config) { c.Moderation = None })
	p := Posting{Stamp: th.Stamp("a1", noon), Article: "a1", From: alice, Draft: draft("Win777", "casino bonus at https://casino.example/")}
	if v := th.Judge(p, noon); v.Status != state.Approved {
		t.Errorf("before anything was learned: %+v", v)
	}
	th.Teach(decided(60))
	if v := th.Judge(p, noon); v.Status != state.Pending || !strings.HasPrefix(v.Reason(), "learned: 9") || !strings.Contains(v.Reason(), "casino") {
		t.Errorf("after: %+v", v)
	}
	p.Draft = draft("Ann", "The ferry is what we hoped for.")
	if v := th.Judge(p, noon); v.Status != state.Approved {
		t.Errorf("a reader: %+v", v)
	}
}
