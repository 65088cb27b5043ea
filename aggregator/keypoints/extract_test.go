package keypoints_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"courant/aggregator/keypoints"
)

func TestSentences(t *testing.T) {
	for in, want := range map[string][]string{
		"One. Two! Three? four":                                  {"One.", "Two!", "Three? four"},
		"Dr. Lee met J. Odell in the U.S. on Monday. It rained.": {"Dr. Lee met J. Odell in the U.S. on Monday.", "It rained."},
		"It cost 3.5 million. Version 2.0 is out.":               {"It cost 3.5 million.", "Version 2.0 is out."},
		"今日は雨でした。明日は晴れです。":                                       {"今日は雨でした。", "明日は晴れです。"},
		"": nil,
	} {
		if diff := cmp.Diff(want, keypoints.Sentences(in)); diff != "" {
			t.Errorf("Sentences(%q) (-want +got):\n%s", in, diff)
		}
	}
}

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
