package keypoints_test

import (
	"strings"
	"testing"
	"time"

	"courant/aggregator/keypoints"
	"courant/db/content"
)

// Whatever a body is full of, looking for key points costs what it is long: the
// input is doubled twice, and one round of best runs that are near enough to
// 2.3 times each is proof.
func TestLinear(t *testing.T) {
	cost := func(d *content.Draft) time.Duration {
		shortest := time.Duration(1 << 62)
		for range 3 {
			begin := time.Now()
			keypoints.Extract(d, "Harbour city opens its tidal plant")
			keypoints.Take(d)
			shortest = min(shortest, time.Since(begin))
		}
		return shortest
	}
	for _, one := range []string{
		"<p>• a</p>", "<p>The tidal plant opened on Monday in the harbour of the city.</p>", "<ul><li>a b c d</ul>", "<h3>Key points</h3><ul><li>a b c d e f g h i j k l m n o p q r s t</ul><h2>a</h2>",
		"<p>a<br>b", "<b>a</b> ", "a. ", "a\n", "A\n", "(", "<p>• a<br>• b</p>",
	} {
		small, large := content.Open(strings.Repeat(one, 1500), ""), content.Open(strings.Repeat(one, 6000), "")
		few, many, ok := time.Duration(1<<62), time.Duration(1<<62), false
		for round := 0; round < 20 && !ok; round++ {
			few, many = min(few, cost(small)), min(many, cost(large))
			ok = float64(many) <= 2.3*2.3*float64(few)
		}
		if !ok {
			t.Errorf("%q: %v, four times as much %v", one, few, many)
		}
	}
}
