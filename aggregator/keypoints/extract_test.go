package keypoints_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"courant/aggregator/keypoints"
)

func TestExtract(t *testing.T) {
	const news = "The tidal plant in the harbour opened on Monday after ten years of work. "
	const homes = "The plant feeds forty thousand homes in the city with power from the tide. "
	text := news + "It rained. Nobody minded much about that, people said later on. " + homes +
		"“We never thought it would happen,” said a woman from the harbour quarter, laughing about the plant. " +
		"The band played for an hour or so. A dog ran off with a hat that belonged to somebody. " +
		"The city plans two more tidal plants along the coast before the decade ends. " + "Was it worth the power, the plant, the harbour and the city's money? Some think so."
	got := keypoints.Extract(text, "Harbour city opens its tidal plant")
	want := []string{strings.TrimSpace(news), strings.TrimSpace(homes), "The city plans two more tidal plants along the coast before the decade ends."}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Extract (-want +got):\n%s", diff)
	}
	if got := keypoints.Extract("Short. Text. Of five. Sentences. Here.", ""); got != nil {
		t.Errorf("Extract of a short text = %q, want none", got)
	}
}
