package content

import (
	"strings"
	"testing"
)

// What was written elsewhere becomes what a comment may be, and no more.
func TestRemark(t *testing.T) {
	long := strings.Repeat("word ", 40)
	for name, c := range map[string]struct{ in, want string }{
		"text":             {"Just words & signs", "<p>Just words &amp; signs</p>"},
		"paragraphs":       {"<p>One</p><p>Two <em>and</em> <strong>three</strong></p>", "<p>One</p><p>Two <em>and</em> <strong>three</strong></p>"},
		"a link":           {`<p>See <a href="/there" onclick="x()" rel="author" target="_blank">there</a></p>`, `<p>See <a href="https://paper.example/there" rel="nofollow ugc noopener">there</a></p>`},
		"a link of ours":   {`<p><a href="https://a.example/?x=1&amp;y=2">a</a></p>`, `<p><a href="https://a.example/?x=1&amp;y=2" rel="nofollow ugc noopener">a</a></p>`},
		"a lying link":     {`<p><a href="https://bank.example@evil.example/">bank</a></p>`, `<p><a href="https://evil.example/" rel="nofollow ugc noopener">bank</a></p>`},
		"a script address": {`<p><a href="javascript:alert(1)">go</a></p>`, `<p>go</p>`},
		"active":           {`<p>Hi<script>alert(1)</script><img src=x onerror=alert(1)></p>`, `<p>Hi</p>`},
		"a picture":        {`<p>Look: <img src="https://a.example/b.png" alt="b"></p>`, `<p>Look: </p>`},
		"nothing":          {`<img src="https://a.example/b.png">`, ""},
		"too long":         {"<p><strong>" + long + "</strong></p>", "<p>" + strings.TrimSpace(long[:100]) + "…</p>"},
		"a heading":        {`<h2>One</h2><table><tr><td>a</td><td>b</td></tr></table>`, "<p>One a b</p>"},
		"within a word":    {`<p>with<span>in</span></p>`, "<p>within</p>"},
		"nested deep":      {strings.Repeat("<blockquote>", 20) + "deep" + strings.Repeat("</blockquote>", 20), "<p>deep</p>"},
	} {
		got := Remark(c.in, "https://paper.example/a/", 100)
		if strings.TrimSpace(got.String()) != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if again := Remark(got.String(), "https://paper.example/a/", 100); again != got {
			t.Errorf("%s: once more makes %s of %s", name, again, got)
		}
	}
}
