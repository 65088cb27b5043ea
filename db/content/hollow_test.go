package content

import "testing"

// U25: what link sites write in place of a text is none.
func TestHollow(t *testing.T) {
	for text, want := range map[string]bool{
		"Comments": true, "Comments ": true, "12 comments": true, "Comments (3)": true, "[link] [comments]": true, "Discuss": true,
		"submitted by /u/somebody [link] [comments]": true,
		"View comments on Hacker News →":             true,
		"Article URL: https://a.example/x Comments URL: https://news.ycombinator.com/item?id=1 Points: 5 # Comments: 0": true,
		"": false, "12": false, "Read the article": false, "Comments are closed": false, "No comments": false, "Comments on the budget": false, "Discuss it with us": false,
	} {
		if got := Hollow(text); got != want {
			t.Errorf("Hollow(%q) = %v", text, got)
		}
	}
	for markup, want := range map[string]bool{
		`<a href="https://news.ycombinator.com/item?id=1">Comments</a>`: true, `<p><img src="https://a.example/x.png" alt=""/> Comments</p>`: false,
	} {
		if got := Clean(markup, "").Hollow(); got != want {
			t.Errorf("%s: %v", markup, got)
		}
	}
}
