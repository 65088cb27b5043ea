package feeds

import (
	"strings"
	"testing"
	"unicode"

	"courant/publisher/words"
)

// A line is legal text on one line, whatever is in it.
func TestLine(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		for _, s := range []string{"a" + string(r) + "b", string(r), "a " + string(r)} {
			if got, want := line(s), strings.Join(strings.Fields(legal(s)), " "); got != want {
				t.Fatalf("line(%+q) = %+q, want %+q", s, got, want)
			}
		}
	}
	for in, want := range map[string]string{
		"": "", "a": "a", "a b": "a b", " a": "a", "a ": "a", "a  b": "a b", "a\nb": "a b", "a\xc2": "a?", "\xe2\x80": "??", "\u00a0": "",
	} {
		if got := line(in); got != want {
			t.Errorf("line(%+q) = %+q, want %+q", in, got, want)
		}
	}
}

// U19: whatever else an article has, its text ends with a way to its source, to
// the original and to its thread, and nothing there moves with the thread (X43).
func TestOrigin(t *testing.T) {
	const end = `<p>First published by <a href="https://source.example/">Source Daily</a> · <a href="https://source.example/2026/tidal">Read the original</a> · <a href="https://news.example.org/article/harbour-city-opens-its-tidal-power-plant-7k3f#comments">Comments</a></p>`
	nothing := plant()
	nothing.KeyPoints, nothing.Body = nil, body("")
	for name, e := range map[string]Entry{"whole": plant(), "short": plant().Short(""), "told": plant().told(), "empty": nothing} {
		if !strings.HasSuffix(e.whole(words.English()), end) {
			t.Errorf("%s ends otherwise: %s", name, e.whole(words.English()))
		}
	}
	more := plant()
	more.Replies.Count = 99
	if more.whole(words.English()) != plant().whole(words.English()) {
		t.Error("a comment changes the text")
	}
	comment := replies()[0]
	if got := comment.whole(words.English()); got != "<p>I agree.</p>" {
		t.Errorf("a comment: %s", got)
	}
	unknown := plant()
	unknown.Source, unknown.Via, unknown.Replies = nil, "", nil
	if strings.Contains(unknown.whole(words.English()), "First published") || strings.HasSuffix(unknown.whole(words.English()), "<p></p>") {
		t.Errorf("of no known origin: %s", unknown.whole(words.English()))
	}
}

// U20: key points have their name, and a rule between them and the text.
func TestPoints(t *testing.T) {
	if got := plant().whole(words.English()); !strings.HasPrefix(got, "<p><strong>Key points</strong></p><ul><li>The plant") || !strings.Contains(got, "</ul><hr/><p>The gates") {
		t.Error(got)
	}
	if got := plant().Short("").whole(words.English()); !strings.Contains(got, "says.</li></ul><p><a href") {
		t.Errorf("there is no text to keep them from: %s", got)
	}
}

// S16: what a stranger calls his feed is no markup to a reader that takes a
// channel's description for HTML.
func TestChannelDescription(t *testing.T) {
	f := list()
	f.Description = `Articles first published by <img src=x onerror=alert(1)> & sons`
	out := written(t, f, RSS)
	if !strings.Contains(out, "<description>Articles first published by &#x26;lt;img src=x onerror=alert(1)&#x26;gt; &#x26; sons</description>") {
		t.Error(out)
	}
	f.Description, f.Title = "", "<b>x</b>"
	if out := written(t, f, RSS); !strings.Contains(out, "<description>&#x26;lt;b&#x26;gt;x&#x26;lt;/b&#x26;gt;</description>") {
		t.Error(out)
	}
}
