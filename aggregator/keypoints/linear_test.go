package keypoints_test

import (
	"strings"
	"testing"

	"courant/aggregator/keypoints"
	"courant/db/content"
	"courant/db/dbtest/linear"
)

// Whatever a body is full of, looking for key points costs what it is long.
func TestLinear(t *testing.T) {
	for _, one := range []string{
		"<p>• a</p>", "<p>The tidal plant opened on Monday in the harbour of the city.</p>", "<ul><li>a b c d</ul>", "<h3>Key points</h3><ul><li>a b c d e f g h i j k l m n o p q r s t</ul><h2>a</h2>",
		"<p>a<br>b", "<b>a</b> ", "a. ", "a\n", "A\n", "(", "<p>• a<br>• b</p>",
	} {
		t.Run(one, func(t *testing.T) {
			linear.Check(t, func(n int) string { return strings.Repeat(one, n) }, func(b []byte) {
				d := content.Open(string(b), "")
				keypoints.Extract(d, "Harbour city opens its tidal plant")
				keypoints.Take(d)
			})
		})
	}
}
