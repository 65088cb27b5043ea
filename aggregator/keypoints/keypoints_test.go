package keypoints_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"courant/aggregator/keypoints"
	"courant/db/content"
)

const (
	three = "<ul><li>The plant opened after ten years of work.</li><li>It feeds <b>forty thousand</b> homes.</li><li>Two more are planned for the coast.</li></ul>"
	rest  = "<p>The mayor cut the ribbon in the rain on Monday morning, before a crowd that had waited since dawn.</p><p>Engineers had promised the opening three times before, and each time a storm had undone their work. This time the gates held, and the turbines began to turn within the hour.</p>"
)

var points = []string{"The plant opened after ten years of work.", "It feeds forty thousand homes.", "Two more are planned for the coast."}

func TestTake(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []string
		left     string // "": as it came
	}{
		{"a list that opens the body", three + rest, points, rest},
		{"behind a picture", `<p><img src="https://a.example/a.png"></p>` + three + rest, points, "*"},
		{"in a wrapper that it leaves empty", "<div>" + three + "</div>" + rest, points, rest},
		{"under a heading", "<p>Opening words of the article, as ever.</p><h3>Key points:</h3>" + three + rest, points, "<p>Opening words of the article, as ever.</p>" + rest},
		{"under a strong line", "<p><strong>At a glance</strong></p>" + three + rest, points, rest},
		{"in a box", "<div><h4>HIGHLIGHTS</h4>" + three + "</div>" + rest, points, rest},
		{"in details", "<details><summary>Key takeaways</summary>" + three + "</details>" + rest, points, rest},
		{"paragraph of bullets", "<p>• The plant opened after ten years of work.<br>• It feeds <b>forty thousand</b> homes.<br>• Two more are planned for the coast.</p>" + rest, points, rest},
		{"paragraphs with bullets", "<p>• The plant opened after ten years of work.</p><p>• It feeds forty thousand homes.</p><p>• Two more are planned for the coast.</p>" + rest, points, rest},
		{"one paragraph with a dash is speech", "<p>— Nobody came, he said, and shut the door.</p>" + rest, nil, ""},
		{"its own heading", "<p><b>Key points</b><br>- The plant opened after ten years of work.<br>- It feeds forty thousand homes.<br>- Two more are planned for the coast.</p>" + rest, points, rest},
		{"paragraphs in items", strings.NewReplacer("<li>", "<li><p>", "</li>", "</p></li>").Replace(three) + rest, points, rest},
		{
			"more than five under a heading: the others stay", "<h3>Key points</h3><ul><li>a b c d</li><li>b b c d</li><li>c b c d</li><li>d b c d</li><li>e b c d</li><li>f b c d</li></ul>" + rest,
			[]string{"a b c d", "b b c d", "c b c d", "d b c d", "e b c d"},
			"<h3>Key points</h3><ul><li>f b c d</li></ul>" + rest,
		},

		{"no list", rest, nil, ""},
		{"a list later on", rest + three + rest, nil, ""},
		{"a listicle", "<ol><li><h3>One</h3><p>a</p></li><li><h3>Two</h3><p>b</p></li></ol>" + rest, nil, ""},
		{"a list longer than the rest", three + "<p>That is all.</p>", nil, ""},
		{"under a heading, longer than the rest", "<h3>Key points</h3>" + three + "<p>That is all.</p>", nil, ""},
		{"a form", "<ul><li>Authors: Ann Lee and Bob Odell</li><li>Published: in May of this year</li><li>The paper is long and good</li></ul>" + rest, nil, ""},
		{"names", "<ul><li>Apples</li><li>Pears</li><li>Figs</li></ul>" + rest, nil, ""},
		{"links to other articles", `<ul><li><a href="https://a.example/1">The plant that opened after ten years</a></li><li><a href="https://a.example/2">The coast that waited for two more</a></li></ul>` + rest, nil, ""},
		{"table of contents", "<ul><li>How the plant was built at last</li><li>What the town made of it then</li></ul><h2>How the plant was built at last</h2>" + rest + "<h2>What the town made of it then</h2>" + rest, nil, ""},
		{"six items and no heading", "<ul>" + strings.Repeat("<li>One more thing to do today</li>", 6) + "</ul>" + rest + rest, nil, ""},
		{"one item and no heading", "<ul><li>The plant opened after ten years of work.</li></ul>" + rest, nil, ""},
		{"paragraphs, not points", "<ul><li>" + strings.Repeat("A long point. ", 30) + "</li><li>b</li></ul>" + strings.Repeat(rest, 4), nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := content.Open(c.in, "")
			before := d.HTML().String()
			got := keypoints.Take(d)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("Take (-want +got):\n%s", diff)
			}
			left := c.left
			if left == "" {
				left = before
			}
			if after := d.HTML().String(); left != "*" && after != content.Clean(left, "").String() {
				t.Errorf("Take left\n%s\nwant\n%s", after, left)
			}
		})
	}
}

// Each of the ten most used languages of the web has its headings.
func TestLabels(t *testing.T) {
	for language, label := range map[string]string{
		"English": "KEY TAKEAWAYS", "Spanish": "Lo más destacado", "German": "Das Wichtigste in Kürze", "Japanese": "この記事のポイント",
		"French": "Ce qu’il faut retenir", "Portuguese": "Pontos-chave:", "Russian": "Главное", "Italian": "I punti chiave", "Dutch": "In het kort",
		"Polish": "Najważniejsze informacje", "Turkish": "Öne çıkanlar", "Chinese": "【核心提示】", "Persian": "نکات کلیدی", "Arabic": "أهم النقاط",
		"Korean": "핵심 요약", "with a sign": "📌 Key points",
	} {
		d := content.Open("<p>Opening words of the article, as ever.</p><h3>"+label+"</h3>"+three+rest, "")
		if got := keypoints.Take(d); len(got) != 3 {
			t.Errorf("%s: Take under %q = %q, want three points", language, label, got)
		}
	}
}
