package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"
)

// runningDemo starts `courant demo` and returns the addresses it prints, by
// name. stop ends it and returns its status and messages.
func runningDemo(t *testing.T, args ...string) (addresses map[string]string, stop func() (int, string)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, stdout := io.Pipe()
	var stderr bytes.Buffer
	status := make(chan int, 1)
	go func() {
		status <- run(ctx, append([]string{"demo"}, args...), strings.NewReader(""), stdout, &stderr)
		stdout.Close()
	}()
	stopped := false
	stop = func() (int, string) {
		stopped = true
		cancel()
		return <-status, stderr.String()
	}
	t.Cleanup(func() {
		if !stopped {
			stop()
		}
	})
	addresses = map[string]string{}
	lines := bufio.NewScanner(out)
	for len(addresses) < 4 && lines.Scan() {
		name, address, _ := strings.Cut(lines.Text(), " ")
		addresses[name] = address
	}
	if len(addresses) < 4 {
		_, messages := stop()
		t.Fatalf("demo printed %v\n%s", addresses, messages)
	}
	return addresses, stop
}

func fetched(t *testing.T, address string) string {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s %v\n%s", address, resp.Status, err, body)
	}
	return string(body)
}

// The demo shows the main job: feeds pulled and published, an article with its
// key points, and a comment that is at once on the page and in the feeds.
func TestDemo(t *testing.T) {
	start := time.Now()
	at, stop := runningDemo(t)
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("the addresses came after %s", took)
	}
	site, err := gofeed.NewParser().ParseString(fetched(t, at["feed"]))
	if err != nil || len(site.Items) < 28 {
		t.Fatalf("%d articles in the feed: %v", len(site.Items), err)
	}
	if front := fetched(t, at["page"]); !strings.Contains(front, "Harbour City Opens Its Tidal Power Plant") {
		t.Error("the front page lacks the first article")
	}
	article := ""
	for _, item := range site.Items {
		if strings.HasPrefix(item.Title, "Harbour City Opens Its Tidal Power Plant") {
			article = item.Link
		}
	}
	if desk := strings.Fields(at["desk"]); len(desk) != 3 || desk[0] != at["page"]+"desk" || desk[1] != "editor" || len(desk[2]) != 12 {
		t.Errorf("the desk is at %q", at["desk"])
	}
	page := fetched(t, article)
	points := regexp.MustCompile(`(?s)>Key points</h2>\s*<ul[^>]*>(.*?)</ul>`).FindStringSubmatch(page)
	if points == nil || strings.Count(points[1], "<li>") != 3 || strings.Index(page, points[0]) > strings.Index(page, `<p id="p1"`) {
		t.Error("the three sentences do not stand under Key points before the body")
	}
	if n := strings.Count(page, `<p id="p`); n != 10 {
		t.Errorf("%d paragraphs, want 10", n)
	}
	for _, want := range []string{"<h1", "Comments (0)", "No comments yet. Be the first to comment!", "Leave a Comment", "/demo/tidal.png"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	stamp := regexp.MustCompile(`name="stamp" value="([^"]+)"`).FindStringSubmatch(page)[1]
	resp, err := http.PostForm(article+"/comments", url.Values{"name": {"Ann"}, "text": {"Well done."}, "stamp": {stamp}, "action": {"post"}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if page = fetched(t, article); !strings.Contains(page, "Comments (1)") || !strings.Contains(page, "Well done.") {
		t.Error("Ann's comment is not on the page")
	}
	for _, feed := range []string{article + "/feed.atom", article + "/feed.rss"} {
		if body := fetched(t, feed); !strings.Contains(body, "Well done.") || !strings.Contains(body, "thr:in-reply-to") {
			t.Errorf("%s lacks Ann's comment", feed)
		}
	}
	rss := fetched(t, at["page"]+"feed.rss")
	if item := rss[strings.Index(rss, "Tidal Power Plant"):]; !strings.Contains(item[:strings.Index(item, "</item>")], "<slash:comments>1</slash:comments>") {
		t.Error("the site's RSS does not count Ann's comment")
	}
	if status, messages := stop(); status != 0 || messages != "" {
		t.Errorf("status %d, messages %q", status, messages)
	}
}

// The thread that is printed is a conversation, and its readers did not all speak
// in one minute: each after the article came out and after what he answers.
func TestDemoThread(t *testing.T) {
	start := time.Now()
	at, _ := runningDemo(t)
	thread, err := gofeed.NewParser().ParseString(fetched(t, at["thread"]))
	if err != nil || len(thread.Items) < 5 {
		t.Fatalf("%d comments in the thread: %v", len(thread.Items), err)
	}
	minutes := map[string]bool{}
	for _, item := range thread.Items {
		minutes[item.PublishedParsed.Format("2006-01-02T15:04")] = true
		if item.PublishedParsed.After(start) {
			t.Errorf("%s spoke at %v, after the demo began", item.Title, item.PublishedParsed)
		}
	}
	if len(minutes) != len(thread.Items) {
		t.Errorf("%d comments in %d minutes", len(thread.Items), len(minutes))
	}
}

// A folder that was kept is taken up again: the same articles, the same ids.
func TestDemoDir(t *testing.T) {
	dir := t.TempDir() + "/kept"
	at, stop := runningDemo(t, "--dir", dir)
	first, err := url.Parse(at["thread"])
	if err != nil {
		t.Fatal(err)
	}
	stop()
	if _, err := os.Stat(dir + "/courant.db"); err != nil {
		t.Fatal(err)
	}
	at, _ = runningDemo(t, "--dir", dir)
	if again, err := url.Parse(at["thread"]); err != nil || again.Path != first.Path {
		t.Errorf("the article of %s is at %s now", first.Path, again.Path)
	}
	if n := strings.Count(fetched(t, at["feed"]), "<entry"); n < 28 || n > 40 {
		t.Errorf("%d articles after a second start", n)
	}
}
