package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"courant/aggregator"
)

const top = "../../.." // the repository, from this package

// config.example.toml decodes strictly, says what the defaults are, and has
// every key.
func TestExampleConfig(t *testing.T) {
	file := filepath.Join(top, "config.example.toml")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse(file, data)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Sources) == 0 || len(c.Sections) == 0 || len(c.Rules) == 0 {
		t.Error("it shows no source, no section or no rule")
	}
	want := Default()
	want.File = file
	want.locate(top)
	want.Sources, want.Sections, want.Rules = c.Sources, c.Sections, c.Rules
	if diff := cmp.Diff(want, c, cmp.AllowUnexported(Config{})); diff != "" {
		t.Errorf("it differs from the defaults (-default +example):\n%s", diff)
	}

	text := string(data)
	for key, kind := range keysOf(reflect.TypeFor[Config]()) {
		if tables(kind) {
			continue // its keys say that it is there
		}
		table, name := "", key
		if i := strings.LastIndexByte(key, '.'); i >= 0 {
			table, name = key[:i], key[i+1:]
		}
		part := tableText(text, table)
		if table != "" && !regexp.MustCompile(`(?m)^(# )?`+name+` = `).MatchString(part) {
			t.Errorf("it does not show %s", key)
		}
	}
}

// The keys that a [[source]] may leave out are shown with their defaults.
func TestExampleSource(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(top, "config.example.toml"))
	if err != nil {
		t.Fatal(err)
	}
	uncommented := regexp.MustCompile(`(?m)^# ([a-z_]+ = )`).ReplaceAllString(tableText(string(data), "source"), "$1")
	c, err := Parse("c.toml", []byte("[[source]]\n"+strings.ReplaceAll(uncommented, `password_file = ""`, "")))
	if err != nil {
		t.Fatal(err)
	}
	got := c.Sources[0]
	if *got.MinInterval != aggregator.DefaultConfig().MinInterval {
		t.Errorf("min_interval = %s is not the default", got.MinInterval)
	}
	if !*got.Revalidate {
		t.Error("revalidate = false is not the default")
	}
	if !*got.WebSub {
		t.Error("websub = false is not the default")
	}
	want := aggregator.DefaultSource()
	want.ID, want.URL, want.Title, want.Section, want.Tags = got.ID, got.URL, got.Title, got.Section, got.Tags
	want.MinInterval, want.Revalidate, want.WebSub, want.Headers = got.MinInterval, got.Revalidate, got.WebSub, map[string]string{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("it differs from the defaults (-default +example):\n%s", diff)
	}
}

// tableText is all that stands under the headers of a table.
func tableText(text, table string) string {
	var b strings.Builder
	inside := table == ""
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "# [[") {
			line = line[2:] // a table that is shown, and not there
		}
		if strings.HasPrefix(line, "[") {
			inside = strings.HasPrefix(line, fmt.Sprintf("[%s]", table)) || strings.HasPrefix(line, fmt.Sprintf("[[%s]]", table))
			if inside && b.Len() > 0 && strings.HasPrefix(line, "[[") && table == "source" {
				break // the first one shows all
			}
			continue
		}
		if inside {
			b.WriteString(line)
		}
	}
	return b.String()
}
