package main

import (
	"context"
	"errors"
	"reflect"
)

// reloads reads the configuration again at each SIGHUP, until ctx ends.
func (d *daemon) reloads(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.hup:
			notify(d.log, reloading)
			d.reload(ctx)
			notify(d.log, ready)
		}
	}
}

// reload takes over the sources and sections of the configuration on disk. Where
// it has mistakes, all of them are logged and the old one stays.
func (d *daemon) reload(ctx context.Context) {
	c, err := d.app.loadConfig()
	var wrong *mistakes
	switch {
	case errors.As(err, &wrong):
		for _, m := range wrong.list {
			d.log.Error("mistake in the configuration", "file", m.file, "line", m.line, "key", m.key, "err", m.why)
		}
		d.log.Error("the configuration is not reloaded: the old one stays", "mistakes", len(wrong.list))
		return
	case err != nil:
		d.log.Error("the configuration is not reloaded: the old one stays", "err", err)
		return
	}
	if d.worker != nil {
		if err := d.worker.SetSources(ctx, c.Sources); err != nil {
			d.log.Error("the configuration is not reloaded: the old one stays", "err", err)
			return
		}
	}
	if d.publisher != nil {
		d.publisher.SetSections(c.Sections)
	}
	if needsRestart(d.config, c) {
		d.log.Warn("a reload takes over sources and sections only; restart for the rest")
	}
	d.config.Sections = c.Sections
	d.log.Info("reloaded", "sources", len(c.Sources), "sections", len(c.Sections))
}

// needsRestart reports whether a and b differ in what a reload does not take
// over.
func needsRestart(a, b config) bool {
	a.Sources, a.Sections, a.warnings = b.Sources, b.Sections, b.warnings
	return !reflect.DeepEqual(a, b)
}
