package aggregator

import (
	"strings"
	"testing"
)

func TestConfigValidate(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	bad := Config{Schedule: "every now and then", Proxy: "ftp://x", InitialMax: -1, Contact: "a\nb"}
	err := bad.Validate()
	for _, key := range []string{"schedule", "max_interval", "workers", "timeout", "max_body", "initial_max", "contact", "proxy"} {
		if err == nil || !strings.Contains("\n"+err.Error(), "\n"+key+": ") {
			t.Errorf("%v names no %s", err, key)
		}
	}
}

func TestSourceConfigValidate(t *testing.T) {
	ok := SourceConfig{ID: "tidal-news", URL: "https://tidal.example/feed.xml", Schedule: "@every 2h"}
	for name, s := range map[string]SourceConfig{"sparse": ok, "with defaults": ok.WithDefaults()} {
		if err := s.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	bad := SourceConfig{
		ID: "Tidal News", URL: "ftp://x/y", Schedule: "61 * * * *", Publish: "maybe", KeyPoints: "all", Rights: "none",
		Canonical: "x", Headers: map[string]string{"a b": "c"}, UserAgent: "a\r\nb", PasswordFile: "f", MaxItems: -1,
		Tags: []string{".."},
	}
	err := bad.Validate()
	for _, key := range []string{"id", "url", "schedule", "publish", "key_points", "rights", "canonical", "headers", "user_agent", "password_file", "max_items", "tags"} {
		if err == nil || !strings.Contains("\n"+err.Error(), "\n"+key+": ") {
			t.Errorf("%v names no %s", err, key)
		}
	}
	for _, u := range []string{"", "file:///etc/passwd", "http://", "://", "https:feed"} {
		if err := (SourceConfig{ID: "a", URL: u}).Validate(); err == nil {
			t.Errorf("url %q is accepted", u)
		}
	}
}
