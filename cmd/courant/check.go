package main

import (
	"errors"

	"github.com/spf13/cobra"
)

func checkCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Say whether the configuration is right",
		Long: `Reads the configuration strictly and names all its mistakes at once, each with
file, line and key.`,
		Example: `  courant check --config /etc/courant/courant.toml`,
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := a.loadConfig()
			var wrong *mistakes
			if a.json && errors.As(err, &wrong) {
				return a.checked(checkDocument{File: wrong.file, Mistakes: wrong.json()})
			}
			if err != nil {
				return err
			}
			if a.json {
				return a.checked(checkDocument{File: c.file, Sources: len(c.Sources), Mistakes: []mistakeLine{}})
			}
			a.say("%s is right: %s, %s", c.file, count(len(c.Sources), "source"), count(len(c.Sections), "section"))
			return nil
		},
	}
}

// checkDocument is the JSON of check.
type checkDocument struct {
	File     string        `json:"file"`
	Sources  int           `json:"sources"`
	Mistakes []mistakeLine `json:"mistakes"`
}

type mistakeLine struct {
	Line int    `json:"line"`
	Key  string `json:"key"`
	Why  string `json:"why"`
}

func (m *mistakes) json() (list []mistakeLine) {
	for _, one := range m.list {
		list = append(list, mistakeLine{one.line, one.key, one.why})
	}
	return list
}

func (a *app) checked(d checkDocument) error {
	if err := a.printJSON(d); err != nil {
		return err
	}
	if len(d.Mistakes) > 0 {
		return errTold
	}
	return nil
}
