package keypoints_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"courant/aggregator/keypoints"
	"courant/db/content"
)

func TestExtract(t *testing.T) {
	const news = "The tidal plant in the harbour opened on Monday after ten years of work. "
	const homes = "The plant feeds forty thousand homes in the city with power from the tide. "
	text := news + "It rained. Nobody minded much about that, people said later on. " + homes +
		"“We never thought it would happen,” said a woman from the harbour quarter, laughing about the plant. " +
		"The band played for an hour or so. A dog ran off with a hat that belonged to somebody. " +
		"The city plans two more tidal plants along the coast before the decade ends. " + "Was it worth the power, the plant, the harbour and the city's money? Some think so."
	got := keypoints.Extract(content.Open(text, ""), "Harbour city opens its tidal plant")
	want := []string{strings.TrimSpace(news), strings.TrimSpace(homes), "The city plans two more tidal plants along the coast before the decade ends."}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Extract (-want +got):\n%s", diff)
	}
	if got := keypoints.Extract(content.Open("Short. Text. Of five. Sentences. Here.", ""), ""); got != nil {
		t.Errorf("Extract of a short text = %q, want none", got)
	}
}

// Blocks keep their borders, and what cannot stand alone is no key point.
func TestExtractCandidates(t *testing.T) {
	const first = "The tidal plant in the harbour opened on Monday after ten years of work."
	const second = "The plant feeds forty thousand homes in the city with power from the tide."
	const filler = "<p>It rained. Nobody minded. The band played for an hour or so. A dog ran off. People laughed.</p>"
	good := []string{first, second}
	for name, in := range map[string]string{
		"nothing beside":        "",
		"heading":               "<h2>Tidal plant power for the harbour city homes</h2><p>So the plant and the tide feed the harbour city with power.</p>",
		"heading in bold":       "<p><strong>Tidal plant power for the harbour</strong> However the plant feeds the harbour city with power.</p>",
		"heading of a line":     "<p>Tidal plant power for the harbour<br>Then the plant feeds the harbour city with power from the tide.</p>",
		"heading lost":          "<p>Tidal plant power\nIt feeds the harbour city with power from the tide, the plant says.</p>",
		"caption":               "<figure><img src=/a><figcaption>The plant in the harbour city feeds homes with power from the tide.</figcaption></figure>",
		"quotation":             "<blockquote>The plant in the harbour city feeds homes with power from the tide.</blockquote>",
		"item":                  "<ul><li>The plant in the harbour city feeds homes with power from the tide.</li></ul>",
		"code":                  "<pre>The plant in the harbour city feeds homes with power from the tide.</pre>",
		"all link":              "<p><a href=https://a.example/>The plant in the harbour city feeds homes with power from the tide.</a></p>",
		"all emphasis":          "<p><em>The plant in the harbour city feeds homes with power from the tide.</em></p>",
		"this":                  "<p>This demonstrates that the plant in the harbour city feeds homes with power.</p>",
		"those":                 "<p>Those would have to wait for power from the plant in the harbour city.</p>",
		"then":                  "<p>Then: the plant in the harbour city feeds homes with power from the tide.</p>",
		"a word and a colon":    "<p>Result: the plant in the harbour city feeds homes with power from the tide.</p>",
		"in this way":           "<p>In this way the plant in the harbour city feeds homes with power from the tide.</p>",
		"as a result":           "<p>As a result the plant in the harbour city feeds homes with power from the tide.</p>",
		"a pronoun":             "<p>When the tide turns, it feeds homes in the harbour city with power of the plant.</p>",
		"an end that hangs":     "<p>The harbour city and its homes need power from the tide and the plant for this.</p>",
		"German":                "<p>Deshalb the plant in the harbour city feeds homes with power from the tide.</p>",
		"Russian":               "<p>Поэтому the plant in the harbour city feeds homes with power from the tide.</p>",
		"subscribe":             "<p>Subscribe to news of the plant in the harbour city, its homes, power and the tide.</p>",
		"newsletter":            "<p>The harbour plant newsletter brings power and tide of the city to all homes.</p>",
		"follow":                "<p>Follow the plant in the harbour city as it feeds homes with power from the tide.</p>",
		"byline":                "<p>Written by Ann Lee, who follows the plant, power and tide in the harbour city.</p>",
		"credit":                "<p>Photo: the plant in the harbour city feeds homes with power from the tide.</p>",
		"first appeared":        "<p>The post on the plant, the harbour city and the tide appeared first on Power.</p>",
		"question":              "<p>Can the plant in the harbour city feed all homes with power from the tide?</p>",
		"speech":                "<p>“The plant in the harbour city feeds homes with power from the tide.”</p>",
		"shout":                 "<p>THE PLANT IN THE HARBOUR CITY FEEDS HOMES WITH POWER FROM THE TIDE.</p>",
		"no end":                "<p>The plant in the harbour city feeds homes with power from the tide</p>",
		"parenthesis, half":     "<p>The plant in the harbour (city feeds homes with power from the tide.</p>",
		"an address":            "<p>The plant in the harbour city has a page at https://plant.example/ on power.</p>",
		"the article itself":    "<p>The power of the plant in the harbour city is what this article is about.</p>",
		"sponsor":               "<p>The harbour plant is sponsored by Power of the city, for homes and the tide.</p>",
		"nothing but the title": "<p>Harbour city opens its tidal plant on the tide.</p>",
	} {
		t.Run(name, func(t *testing.T) {
			d := content.Open("<p>"+first+"</p>"+in+"<p>"+second+"</p>"+filler, "")
			if diff := cmp.Diff(good, keypoints.Extract(d, "Harbour city opens its tidal plant")); diff != "" {
				t.Errorf("Extract (-want +got):\n%s", diff)
			}
		})
	}
	for name, in := range map[string]string{
		"one good sentence": "<p>" + first + "</p>" + filler + filler,
		"no good sentence":  filler + filler,
		"a short text":      "<p>" + first + " " + second + "</p>",
	} {
		if got := keypoints.Extract(content.Open(in, ""), "Harbour city opens its tidal plant"); got != nil {
			t.Errorf("%s: %q, want none", name, got)
		}
	}
}

// What only begins alike stands: a day, a company, people.
func TestExtractNeighbours(t *testing.T) {
	for _, s := range []string{
		"On Monday the tidal plant in the harbour began to feed the homes of the city.",
		"Photographers from the city came to the harbour to see the tidal plant at work.",
		"Credit Suisse lent the harbour city the money for its tidal plant and homes.",
		"Ten homes of the harbour city had power of the tidal plant within the hour.",
		"Die Stadt am Hafen bekommt Strom vom tidal plant in the harbour, for its homes.",
		"When the tide turns, the plant feeds homes in the harbour city with power.",
		"The harbour city and its tidal plant have made history this year, for all homes.",
		"Share prices of the tidal plant in the harbour rose as homes in the city had power.",
	} {
		d := content.Open("<p>"+s+"</p><p>The tidal plant is owned by fishermen whom storms once made poor and wise. It rained. A dog ran. People laughed. It was fun. The end came. All left.</p>", "")
		if got := keypoints.Extract(d, "Of the harbour and a tidal plant"); len(got) != 2 || got[0] != s {
			t.Errorf("%q is no key point: %q", s, got)
		}
	}
}
