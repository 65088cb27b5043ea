package prose

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"courant/db/content"
)

// What a body is made of shows in its text.
func TestProse(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"paragraphs, wrapped", "<p>One two three four five six seven eight nine.</p><p>Ten.</p>", "One two three four five six\nseven eight nine.\n\nTen.\n"},
		{"a heading", "<p>Before.</p><h2>The <em>plant</em></h2><p>After.</p>", "Before.\n\n## The plant\n\nAfter.\n"},
		{
			"a list", "<p>Bring:</p><ul><li>bread</li><li>cheese that is old and hard enough</li></ul><p>Eat.</p>",
			"Bring:\n\n• bread\n• cheese that is old and hard\n  enough\n\nEat.\n",
		},
		{"a numbered list in a list", "<ol start=\"9\"><li>nine<ul><li>a</li></ul></li><li>ten</li></ol>", "9. nine\n   • a\n10. ten\n"},
		{
			"links, numbered once", `<p><a href="https://a.example/">One</a>, <a href="https://b.example/">two</a>, <a href="https://a.example/">one</a>.</p>`,
			"One[1], two[2], one[1].\n\n[1] https://a.example/\n[2] https://b.example/\n",
		},
		{"a link that says its address", `<p><a href="https://a.example/">https://a.example/</a></p>`, "https://a.example/\n"},
		{
			"a picture", `<figure><img src="https://a.example/p.png" alt="The mole"><figcaption>At low tide.</figcaption></figure>`,
			"(picture: The mole)[1]\nAt low tide.\n\n[1] https://a.example/p.png\n",
		},
		{"a quotation", "<p>He said:</p><blockquote><p>Well.</p><p>Done.</p></blockquote><p>So.</p>", "He said:\n\n> Well.\n>\n> Done.\n\nSo.\n"},
		{"code", "<pre>if x {\n\ty()\n}</pre><p>Call <code>y</code>.</p>", "    if x {\n        y()\n    }\n\nCall `y`.\n"},
		{"a table", "<table><tbody><tr><th>Place</th><th>MW</th></tr><tr><td>Mole</td><td>40</td></tr></tbody></table>", "Place  MW\nMole   40\n"},
		{
			"a table too wide", "<table><tbody><tr><td>one two three four</td><td>five six seven eight</td></tr></tbody></table>",
			"one two three four | five six\nseven eight\n",
		},
		{"line breaks", "<p>Rose<br>is a rose</p>", "Rose\nis a rose\n"},
		{"terms", "<dl><dt>Ebb</dt><dd>Water that goes.</dd></dl>", "Ebb\n\n    Water that goes.\n"},
		{"wide letters", "<p>" + strings.Repeat("潮汐 ", 8) + "</p>", "潮汐 潮汐 潮汐 潮汐 潮汐 潮汐\n潮汐 潮汐\n"},
		{"a rule", "<p>a</p><hr><p>b</p>", "a\n\n* * *\n\nb\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Of(content.Clean(c.in, "https://news.example/"), 30)
			if diff := cmp.Diff(strings.Split(c.want, "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
