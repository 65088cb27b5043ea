package main

import (
	"github.com/spf13/cobra"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/config"
	"courant/cmd/courant/demo"
)

func demoCommand(a *cli.App) *cobra.Command {
	var o demo.Options
	c := &cobra.Command{
		Use:   "demo",
		Short: "Try everything on this machine, with no configuration and no internet",
		Long: `Demo serves bundled sample feeds on a loopback port, pulls them as it would
pull any, publishes what they hold, and prints where to look: the front page,
its feed, and the feed of one article's comments. It runs until ^C and leaves
nothing behind, unless --dir says where to keep the database.`,
		Example: `  courant demo
  courant demo --listen 127.0.0.1:8080 --dir ./demo`,
		RunE: func(c *cobra.Command, _ []string) error {
			o.Version, o.Out = a.Version, a.Stdout
			o.Log = a.Logger(config.Log{Level: "warn", Format: "text"})
			return demo.Run(c.Context(), o)
		},
	}
	c.Flags().StringVar(&o.Listen, "listen", "", "`ADDR` to serve readers on (default a free loopback port)")
	c.Flags().StringVar(&o.Dir, "dir", "", "`DIR` to keep the database in (default a temporary folder, removed at the end)")
	return c
}
