package main

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/spf13/cobra"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/daemon"
	"courant/cmd/courant/failure"
	"courant/cmd/courant/memory"
)

func runCommand(a *cli.App) *cobra.Command {
	var only string
	c := &cobra.Command{
		Use:   "run",
		Short: "Pull sources on schedule and serve readers, until told to stop",
		Long: `Runs the daemon: the worker, which polls the sources on schedule, and the
publisher, which serves pages and feeds. One worker works on a SQLite file at a
time, and any number share the sources of a PostgreSQL database; any number of
publishers may serve either.

SIGHUP reads the configuration again and takes over its sources, sections and rules.
SIGTERM finishes what was accepted and ends within 10 seconds; a second one
ends at once.`,
		Example: `  courant run --config /etc/courant/courant.toml
  courant run --only publisher`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			half := daemon.Half(only)
			if !half.Valid() {
				return failure.Misused(cmd, "--only %s: must be %s or %s", only, daemon.Worker, daemon.Publisher)
			}
			c, err := a.LoadConfig()
			if err != nil {
				return err
			}
			// From here on a SIGHUP is for us; before, it would have ended us.
			hup := make(chan os.Signal, 1)
			signal.Notify(hup, syscall.SIGHUP)
			defer signal.Stop(hup)
			ctx, cancel := context.WithCancel(cmd.Context())
			var yielding sync.WaitGroup
			yielding.Go(func() { memory.Yield(ctx, os.Getenv) })
			defer yielding.Wait()
			defer cancel()
			log := a.Logger(c.Log)
			if half == daemon.Worker {
				if err := daemon.GiveWay(); err != nil {
					log.Info("cannot let readers' processes go first", "err", err)
				}
			}
			return daemon.Run(ctx, c, daemon.Options{
				Only: half, Version: a.Version, Log: log, Reload: hup, Load: a.LoadConfig,
			})
		},
	}
	c.Flags().StringVar(&only, "only", "", "run one `HALF`: worker or publisher")
	return c
}
