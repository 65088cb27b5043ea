package aggregator

import (
	"path/filepath"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"courant/aggregator/feed"
	"courant/aggregator/normalise"
	"courant/aggregator/rules"
)

// rulesOf reads [[rule]] tables.
func rulesOf(t *testing.T, text string) []rules.Config {
	t.Helper()
	var c struct {
		Rules []rules.Config `toml:"rule"`
	}
	if err := toml.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	return c.Rules
}

// TestRules plays what rules do to articles that come, change, and were decided on
// by an editor; the files are as those of TestIdentity.
func TestRules(t *testing.T) {
	normalise.Make(&feed.Entry{ID: "first"}, normalise.Source{}, nil) // its compressor belongs to no bubble
	playFiles(t, filepath.Join("testdata", "rules", "*.txtar"))
}
