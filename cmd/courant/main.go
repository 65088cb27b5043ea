// Command courant pulls articles from feeds on a schedule, lets an editor
// curate them, and serves them with their comment threads as pages and as RSS,
// Atom and JSON Feed. It is the one package that knows both halves: it reads
// flags and TOML, wires aggregator, publisher and db together, and turns errors
// into messages and exit statuses. `go run ./cmd/courant demo` shows it all.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"courant/cmd/courant/article"
	"courant/cmd/courant/cli"
	"courant/cmd/courant/comment"
	"courant/cmd/courant/database"
	"courant/cmd/courant/memory"
	"courant/cmd/courant/source"
	"courant/cmd/courant/terminal"
	"courant/cmd/courant/usage"
	"courant/cmd/courant/worker"
)

func main() {
	memory.Tune(os.Getenv)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the whole program but for signals: it returns the exit status.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &cli.App{
		Version: version,
		Stdin:   stdin, Stdout: terminal.Harmless(stdout), Stderr: terminal.Harmless(stderr), Out: stdout, Err: stderr,
	}
	a.Asks = terminal.Is(stdin) && terminal.Is(stderr)
	root := rootCommand(a)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	return conclude(a, root.ExecuteContext(ctx))
}

// commands makes each command, in the order of the help.
func commands(a *cli.App) []*cobra.Command {
	return []*cobra.Command{
		demoCommand(a),
		runCommand(a),
		fetchCommand(a),
		checkCommand(a),
		planCommand(a),
		source.Command(a),
		article.Command(a),
		comment.Command(a),
		explainCommand(a),
		scoreCommand(a),
		parseCommand(a),
		opmlCommand(a),
		database.Backup(a),
		database.Restore(a),
		database.Command(a),
		worker.Command(a),
		statsCommand(a),
		passwdCommand(a),
		completionCommand(a),
		versionCommand(a),
		manCommand(a),
	}
}

func rootCommand(a *cli.App) *cobra.Command {
	var version bool
	root := &cobra.Command{
		Use:   "courant",
		Short: "A feed aggregator and publisher in one binary",
		Long: `Courant pulls articles from feeds on a schedule, keeps them in SQLite, lets you
curate them, and serves them with their comment threads as web pages and as
RSS, Atom and JSON Feed.`,
		Example: `  courant demo          # everything on this machine, no configuration
  courant check         # is courant.toml right?
  courant run           # the daemon`,
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true, // conclude prints them, once and in our form
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if version {
				return printVersion(a)
			}
			return usage.NeedsCommand(cmd, args)
		},
		PersistentPreRun:  func(*cobra.Command, []string) { a.Started = true },
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.Config, "config", "", "configuration `FILE` (default courant.toml, then /etc/courant/courant.toml)")
	flags.BoolVar(&a.JSON, "json", false, "print JSON: lines for lists, one document for all else")
	flags.BoolVar(&a.Quiet, "quiet", false, "print errors only")
	flags.BoolVar(&a.Verbose, "verbose", false, "log each step")
	root.Flags().BoolVar(&version, "version", false, "print the version")
	root.SetFlagErrorFunc(usage.FlagError)
	root.SetHelpCommand(usage.HelpCommand())
	root.AddCommand(commands(a)...)
	usage.Check(root)
	return root
}
