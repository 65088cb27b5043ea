package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func versionCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: `  courant version --json`,
		RunE:    func(*cobra.Command, []string) error { return a.printVersion() },
	}
}

func (a *app) printVersion() error {
	v := struct {
		Version string `json:"version"`
		Commit  string `json:"commit,omitempty"`
		Go      string `json:"go"`
	}{version, commit(), runtime.Version()}
	if a.json {
		return a.printJSON(v)
	}
	line := "courant " + v.Version
	if v.Commit != "" {
		line += " (" + v.Commit + ")"
	}
	_, err := fmt.Fprintln(a.stdout, line, v.Go)
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
