package db

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"courant/db/engine"
)

// Who only reads neither waits for who writes nor writes, be it by mistake.
func TestOpenReader(t *testing.T) {
	c := testConfig(t)
	if c.URL == "" {
		if d, err := OpenReader(t.Context(), c, Options{}); err == nil {
			d.Close()
			t.Error("a store that is not there was opened")
		}
		if _, err := os.Stat(c.Path); err == nil {
			t.Error("and made")
		}
	}
	writer, err := Open(t.Context(), c, Options{Authority: "news.example.org"})
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	if err := writer.inTx(t.Context(), func(*tx) error {
		start := time.Now()
		reader, err := OpenReader(t.Context(), c, Options{})
		if err != nil {
			return err
		}
		defer reader.Close()
		if got := reader.Tag(); got != writer.Tag() {
			t.Errorf("the tag is %v, want %v", got, writer.Tag())
		}
		if list, err := reader.Sources(t.Context()); err != nil || len(list) != 0 {
			t.Errorf("Sources() = %v, %v", list, err)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("beside a writer it took %v", took)
		}
		if err := reader.inTx(t.Context(), func(*tx) error { return nil }); !errors.Is(err, engine.ErrForReading) {
			t.Errorf("a write gives %v", err)
		}
		if err := reader.Checkpoint(t.Context()); !errors.Is(err, engine.ErrForReading) {
			t.Errorf("a checkpoint gives %v", err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// A store of another schema is not read as if it were ours, and stays as it is.
func TestOpenReaderSchema(t *testing.T) {
	for name, of := range map[string]struct {
		change string
		want   error
	}{
		"newer": {`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)`, engine.ErrNewer},
		"older": {`DELETE FROM goose_db_version WHERE version_id > 0`, engine.ErrOlder},
	} {
		t.Run(name, func(t *testing.T) {
			c := emptyConfig(t)
			d, err := Open(t.Context(), c, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := d.inTx(t.Context(), func(tx *tx) error {
				_, err := tx.ExecContext(context.Background(), of.change)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			d.Close()
			if _, err := OpenReader(t.Context(), c, Options{}); !errors.Is(err, of.want) {
				t.Errorf("%s: %v, want %v", name, err, of.want)
			}
		})
	}
}
