package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cdp "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// pokeScript does to what strangers wrote whatever may set off a handler there, and
// gives what has run, and what could.
const pokeScript = `{
	addEventListener("click", e => e.preventDefault(), true);
	for (const e of document.querySelectorAll("[data-untrusted], [data-untrusted] *")) {
		for (const kind of ["mouseover", "mouseenter", "focus", "click", "toggle", "load", "error", "animationstart"])
			e.dispatchEvent(new Event(kind, {cancelable: true, bubbles: kind == "click"}));
		if (e.localName == "details") e.open = true;
	}
	(document.documentElement.dataset.pwned ?? "") +
		[...document.querySelectorAll("[href], [action], [formaction]")].map(e => new URL(e.getAttribute("href") ?? e.getAttribute("formaction") ?? e.getAttribute("action"), location).href)
			.filter(at => !/^(https?|mailto):/.test(at)).join(" ");
}`

// hostileComments attack whoever reads them.
var hostileComments = []string{
	`<script>document.documentElement.dataset.pwned=1</script>`, `<img src=x onerror="document.documentElement.dataset.pwned=1">`,
	`[here](javascript:document.documentElement.dataset.pwned=1) it is`, "`<svg onload=document.documentElement.dataset.pwned=1>` in code",
	`![x](data:text/html,<script>document.documentElement.dataset.pwned=1</script>) a picture`,
	`<a href="https://a.example/" onmouseover="document.documentElement.dataset.pwned=1">there</a>`,
}

// What feeds and comments that attack have in them does not run in a browser that
// runs scripts and that no policy holds back.
func TestHostileInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	if _, err := exec.LookPath("chromium"); err != nil {
		if os.Getenv("COURANT_TEST_ALL") != "" {
			t.Fatal(err)
		}
		t.Skip("chromium is missing")
	}
	const folder = "../../aggregator/normalise/testdata/hostile"
	files, err := filepath.Glob(folder + "/h*")
	if err != nil || len(files) < 50 {
		t.Fatal(len(files), err)
	}
	s := newTestSite(t, func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, filepath.Join(folder, filepath.Base(r.URL.Path)))
	})
	config := filepath.Join(s.dir, "courant.toml")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	// The last table is the source of that site.
	head, source, _ := strings.Cut(string(text), "[[source]]\n")
	head = strings.Replace(head, "[aggregator]\n", "[aggregator]\ninitial_window = \"900000h\"\n", 1)
	var all strings.Builder
	all.WriteString(head)
	for i, name := range files {
		own := strings.Replace(source, `id = "harbour"`, fmt.Sprintf(`id = "h%d"`, i), 1)
		all.WriteString("[[source]]\n" + strings.Replace(own, "/feed\"", "/"+filepath.Base(name)+"\"", 1))
	}
	if err := os.WriteFile(config, []byte(all.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	startProcess(t, s.dir, nil, "run")
	s.ready(t)
	var feed struct{ Items []struct{ URL string } }
	deadline := time.Now().Add(time.Minute)
	for n, settled := -1, 0; settled < 20; time.Sleep(100 * time.Millisecond) { // until nothing more comes
		if json.Unmarshal([]byte(page(s.url+"/feed.json?n=500")), &feed) == nil && len(feed.Items) == n && n >= 100 {
			settled++
			continue
		}
		n, settled = len(feed.Items), 0
		if time.Now().After(deadline) {
			t.Fatalf("%d articles came, and too few or without an end", n)
		}
	}
	for _, c := range hostileComments {
		if status := postComment(t, feed.Items[0].URL, c); status != http.StatusSeeOther {
			t.Errorf("%q is answered with %d", c, status)
		}
	}

	ctx, cancel := chromedp.NewContext(t.Context(), chromedp.WithAllocatorOptions(chromedp.NoSandbox))
	defer cancel()
	if _, err := chromedp.Call(ctx, cdp.SetBypassCSP, cdp.SetBypassCSPParams{Enabled: true}); err != nil {
		t.Fatalf("chromium does not start: %v", err)
	}
	pages := []string{s.url + "/", s.url + "/latest", s.url + "/comments", s.url + "/feeds", s.url + "/search?q=script"}
	for _, item := range feed.Items {
		pages = append(pages, item.URL)
	}
	for _, address := range pages {
		step, done := context.WithTimeout(ctx, time.Minute)
		err := chromedp.Do(step, chromedp.Navigate(address))
		got, asked := chromedp.Run(step, chromedp.Evaluate[string](pokeScript))
		done()
		if err != nil || asked != nil || got != "" {
			t.Errorf("%s: %q, %v, %v", address, got, err, asked)
		}
	}
	// It would have run: nothing but what we made of it stood in its way.
	const attack = `new Promise(done => {
		globalThis.done = () => done(true);
		document.querySelector("[data-untrusted]").insertAdjacentHTML("beforeend", '<img src=x: onerror="done()">');
	})`
	if ran, err := chromedp.Run(ctx, chromedp.Evaluate[bool](attack, chromedp.EvalAwaitPromise)); err != nil || !ran {
		t.Errorf("the policy is not off: %v", err)
	}
}
