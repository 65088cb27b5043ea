package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"courant/cmd/courant/cli"

	"github.com/spf13/cobra"
)

// version is what `courant version` prints; a release sets it with
// -ldflags "-X main.version=v0.1.0".
var version = "devel"

func versionCommand(a *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: `  courant version --json`,
		RunE:    func(*cobra.Command, []string) error { return printVersion(a) },
	}
}

func printVersion(a *cli.App) error {
	v := struct {
		Version string `json:"version"`
		Commit  string `json:"commit,omitempty"`
		Go      string `json:"go"`
	}{a.Version, commit(), runtime.Version()}
	if a.JSON {
		return a.PrintJSON(v)
	}
	line := "courant " + v.Version
	if v.Commit != "" {
		line += " (" + v.Commit + ")"
	}
	_, err := fmt.Fprintln(a.Stdout, line, v.Go)
	return err
}

// commit is the revision the binary was built from, or "".
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	const short = 12 // enough of a hash to find it
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) > short {
			return s.Value[:short]
		}
	}
	return ""
}
