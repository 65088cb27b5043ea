package database

import (
	"time"

	"github.com/schollz/progressbar/v3"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/terminal"
	"courant/db/transfer"
)

// progress shows a person at a terminal how far a transfer has come.
type progress struct {
	app  *cli.App
	does string
	what string                   // of the bar
	bar  *progressbar.ProgressBar // nil where nobody watches
}

func watched(a *cli.App, does string) *progress { return &progress{app: a, does: does} }

// step shows one step: a bar for each table.
func (p *progress) step(s transfer.Step) {
	if p.app.JSON || p.app.Quiet || !terminal.Is(p.app.Err) {
		return
	}
	if s.What != p.what {
		p.end()
		p.what = s.What
		p.bar = progressbar.NewOptions64(s.All,
			progressbar.OptionSetWriter(p.app.Err),
			progressbar.OptionSetDescription(p.does+" "+s.What),
			progressbar.OptionShowCount(),
			progressbar.OptionSetWidth(30),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(),
		)
	}
	p.bar.Set64(s.Done) // an error here is the terminal's, and that is gone then
}

// end takes the bar away.
func (p *progress) end() {
	if p.bar != nil {
		p.bar.Finish()
		p.bar = nil
	}
}
