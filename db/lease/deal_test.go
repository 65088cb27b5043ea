package lease

import (
	"fmt"
	"testing"
)

// The shares of workers are as alike as can be, and together they are all.
func TestShare(t *testing.T) {
	for workers := 1; workers <= 2*Shards; workers++ {
		sum, least, most := 0, Shards, 0
		for rank := range workers {
			n := share(rank, workers)
			sum, least, most = sum+n, min(least, n), max(most, n)
		}
		if sum != Shards || most-least > 1 {
			t.Errorf("%d workers have from %d to %d, %d together", workers, least, most, sum)
		}
	}
	for _, c := range []struct{ rank, workers, want int }{
		{0, 1, 256}, {0, 2, 128}, {1, 2, 128}, {0, 3, 86}, {1, 3, 85}, {2, 3, 85}, {255, 300, 1}, {256, 300, 0},
	} {
		if got := share(c.rank, c.workers); got != c.want {
			t.Errorf("share(%d, %d) = %d, want %d", c.rank, c.workers, got, c.want)
		}
	}
}

// What is stored of a host must stay what it is, and hosts that are alike are not
// all in one shard.
func TestShardOf(t *testing.T) {
	for host, want := range map[string]int{"": 197, "news.example": 32, "127.0.0.1": 100, "blog.example.org": 70} {
		if got := ShardOf(host); got != want {
			t.Errorf("ShardOf(%q) = %d, want %d", host, got, want)
		}
	}
	for _, pattern := range []string{"blog%d.example.com", "h%d", "127.0.0.%d", "%d.example.org"} {
		var in [Shards]int
		const hosts = 64 * Shards
		for i := range hosts {
			in[ShardOf(fmt.Sprintf(pattern, i))]++
		}
		for shard, n := range in {
			if n < 20 || n > 130 { // 64 are meant, and chance alone gives 40 to 90
				t.Errorf("%s: shard %d has %d of %d", pattern, shard, n, hosts)
			}
		}
	}
}

func TestSet(t *testing.T) {
	var a, b Set
	a[0], a[3], b[3], b[255] = true, true, true, true
	if got := fmt.Sprint(a.Minus(b).Numbers(), a.Plus(b).Numbers(), a.Len(), All().Len(), All().Minus(All()).Numbers()); got != "[0] [0 3 255] 2 256 []" {
		t.Error(got)
	}
}
