package blocks_test

import (
	"errors"
	"testing"
	"time"

	"courant/db/blocks"
	"courant/db/dbtest"
	"courant/db/record"
)

func TestBlocks(t *testing.T) {
	d := dbtest.New(t)
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	s := blocks.New(d.DB, func() time.Time { return now })
	ctx := t.Context()
	add := func(kind, trait string) {
		t.Helper()
		if err := s.Add(ctx, blocks.Block{Kind: kind, Trait: trait, Shown: trait, Comment: "c1", Actor: "shell"}); err != nil {
			t.Fatal(err)
		}
	}
	match := func(traits map[string]string, networks ...string) string {
		t.Helper()
		met, err := s.Met(ctx, traits, networks)
		b, ok := met.First()
		if err != nil || ok != (b.Kind != "") {
			t.Fatal(b, ok, err)
		}
		return b.Kind
	}
	annSays := func(text string) map[string]string { return blocks.Traits("Ann", "", "", text) }
	if got := match(annSays("Hello"), "n1"); got != "" {
		t.Errorf("blocked by %s before anything was", got)
	}
	add(blocks.Name, blocks.Traits("Ann", "", "", "")[blocks.Name])
	add(blocks.Name, blocks.Traits("Ann", "", "", "")[blocks.Name]) // again: nothing
	add(blocks.Email, blocks.Traits("", "Ann@A.example", "", "")[blocks.Email])
	add(blocks.Text, blocks.Traits("", "", "", "Buy now!")[blocks.Text])
	add(blocks.Network, "n1")
	for _, c := range []struct {
		name     string
		traits   map[string]string
		networks []string
		want     string
	}{
		{"another", blocks.Traits("Bob", "bob@a.example", "", "Hello"), []string{"n2"}, ""},
		{"the name, typed otherwise", blocks.Traits("  ＡＮＮ.", "", "", "Hello"), nil, blocks.Name},
		{"the address", blocks.Traits("Bob", "ann@a.EXAMPLE", "", "Hello"), nil, blocks.Email},
		{"the text", blocks.Traits("Bob", "", "", "buy   NOW"), nil, blocks.Text},
		{"the network of an earlier day", blocks.Traits("Bob", "", "", "Hello"), []string{"n3", "n1"}, blocks.Network},
		{"nothing at all", blocks.Traits("", "", "", ""), nil, ""},
		{"an address where the other has none", blocks.Traits("Bob", "", "", "x"), []string{""}, ""},
	} {
		if got := match(c.traits, c.networks...); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	list, err := s.List(ctx)
	if err != nil || len(list) != 4 {
		t.Fatalf("%d blocks, want 4: %v", len(list), err)
	}
	if b := list[0]; !b.At.Equal(now) || b.Comment != "c1" || b.Actor != "shell" {
		t.Errorf("%+v", b)
	}
	name := blocks.Block{Kind: blocks.Name, Trait: "ann", Comment: "c2", Actor: "eve"}
	if err := s.Remove(ctx, name); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(ctx, name); !errors.Is(err, blocks.ErrNotFound) {
		t.Errorf("a block that is gone: %v", err)
	}
	if got := match(annSays("Hello")); got != "" {
		t.Errorf("still blocked by %s", got)
	}
	// Four blocks and one that was lifted; the one again is nothing that was done.
	done, err := record.Actions(ctx, d, "comment", "c1")
	if err != nil || len(done) != 4 || done[0].What != "block" || done[0].Detail != blocks.Name {
		t.Errorf("the log: %+v %v", done, err)
	}
	if done, err = record.Actions(ctx, d, "comment", "c2"); err != nil || len(done) != 1 || done[0].What != "unblock" || done[0].Actor != "eve" {
		t.Errorf("the log: %+v %v", done, err)
	}
	// A network is forgotten when no hash of it can be met any more.
	now = now.AddDate(0, 0, blocks.NetworkDays+1)
	add(blocks.Network, "n9")
	if got := match(nil, "n1"); got != "" {
		t.Error("an old network is still blocked")
	}
	if got := match(nil, "n9"); got != blocks.Network {
		t.Error("a new network is not blocked")
	}
}
