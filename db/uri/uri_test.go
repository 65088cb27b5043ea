package uri_test

import (
	"testing"

	"courant/db/uri"
)

func TestTag(t *testing.T) {
	tag := uri.Tag{Authority: "news.example", Date: "2026"}
	for want, got := range map[string]string{
		"tag:news.example,2026:article/a1":        tag.Article("a1"),
		"tag:news.example,2026:notice/n1":         tag.Notice("n1"),
		"tag:news.example,2026:comment/c1":        tag.Comment("c1"),
		"tag:news.example,2026:feed/section/arts": tag.Feed("/section/arts"),
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
