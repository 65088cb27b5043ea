package main

import (
	"bufio"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"courant/cmd/courant/config"
	"courant/db"
)

// withdrawnLine is what came of a takedown, as JSON.
type withdrawnLine struct {
	Source    string `json:"source"`
	Withdrawn int    `json:"withdrawn"`
}

// sourceWithdraw takes all of a source's published articles back.
func sourceWithdraw(a *app) *cobra.Command {
	var reason string
	var yes bool
	c := &cobra.Command{
		Use:     "withdraw ID",
		Short:   "Take all published articles of a source back",
		Example: `  courant source withdraw bbc --reason "Its publisher asked us to." --yes`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), func(c config.Config, store *db.DB) error {
				s, err := sourceOf(cmd, c, store, args[0])
				if err != nil {
					return err
				}
				if !yes && !a.agrees("Withdraw every published article of "+s.Name()+"?") {
					return hint(fmt.Errorf("source %s: nothing was withdrawn", s.ID), "answer y, or say --yes")
				}
				reason := a.reasonFor(cmd, reason, "all of "+s.Name())
				n, err := shellEditor(c, store).WithdrawSource(cmd.Context(), s.ID, reason)
				if errors.Is(err, db.ErrNotFound) {
					return noSource(s.ID, err)
				}
				if err != nil {
					return err
				}
				if a.json {
					return a.printJSON(withdrawnLine{s.ID, n})
				}
				a.say("%s  %s withdrawn", s.ID, count(n, "article"))
				return nil
			})
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "`TEXT` for readers")
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return c
}

// reasonFor is the reason that readers are given: the flag's, or where a person
// sits at the terminal and gave none, what he answers.
func (a *app) reasonFor(cmd *cobra.Command, reason, what string) string {
	if !a.asks || cmd.Flags().Changed("reason") {
		return reason
	}
	fmt.Fprintf(a.stderr, "Why is %s withdrawn? Readers see the reason (empty: none): ", what)
	return a.answer()
}

// answer is the line that a person writes.
func (a *app) answer() string {
	if a.answers == nil {
		a.answers = bufio.NewReader(a.stdin)
	}
	line, _ := a.answers.ReadString('\n') // no line is an empty one
	return strings.TrimSpace(line)
}

// agrees asks a question and reports whether the answer was yes. No answer is
// none.
func (a *app) agrees(question string) bool {
	fmt.Fprintf(a.stderr, "%s [y/N] ", question)
	answer := strings.ToLower(a.answer())
	return answer == "y" || answer == "yes"
}
