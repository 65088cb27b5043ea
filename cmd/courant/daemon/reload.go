package daemon

import (
	"context"
	"errors"
	"reflect"

	"courant/cmd/courant/config"
)

// reloads reads the configuration again at each SIGHUP, until ctx ends.
func (d *daemon) reloads(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.Reload:
			notify(d.Log, reloading)
			d.reload(ctx)
			notify(d.Log, ready)
		}
	}
}

// reload takes over the sources, sections and rules of the configuration on disk. Where
// it has mistakes, all of them are logged and the old one stays.
func (d *daemon) reload(ctx context.Context) {
	c, err := d.Load()
	var wrong *config.Mistakes
	switch {
	case errors.As(err, &wrong):
		for _, m := range wrong.List {
			d.Log.Error("mistake in the configuration", "file", m.File, "line", m.Line, "key", m.Key, "err", m.Why)
		}
		d.Log.Error("the configuration is not reloaded: the old one stays", "mistakes", len(wrong.List))
		return
	case err != nil:
		d.Log.Error("the configuration is not reloaded: the old one stays", "err", err)
		return
	}
	d.warn(c)
	if d.worker != nil {
		if err := d.worker.SetSources(ctx, c.Sources); err != nil {
			d.Log.Error("the configuration is not reloaded: the old one stays", "err", err)
			return
		}
		if err := d.worker.SetRules(c.Rules); err != nil {
			d.Log.Error("the rules are not reloaded: the old ones stay", "err", err)
			return
		}
	}
	if d.publisher != nil {
		d.publisher.SetSections(c.Sections)
	}
	if needsRestart(d.config, c) {
		d.Log.Warn("a reload takes over sources, sections and rules only; restart for the rest")
	}
	d.config.Sections, d.config.Rules = c.Sections, c.Rules
	d.Log.Info("reloaded", "sources", len(c.Sources), "sections", len(c.Sections), "rules", len(c.Rules))
}

// warn logs what a configuration says that is allowed and hardly meant.
func (d *daemon) warn(c config.Config) {
	for _, m := range c.Warnings {
		d.Log.Warn("the configuration says what is hardly meant", "file", m.File, "line", m.Line, "key", m.Key, "err", m.Why)
	}
}

// needsRestart reports whether a and b differ in what a reload does not take
// over.
func needsRestart(a, b config.Config) bool {
	a.Sources, a.Sections, a.Rules, a.Warnings = b.Sources, b.Sections, b.Rules, b.Warnings
	return !reflect.DeepEqual(a, b)
}
