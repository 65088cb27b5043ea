package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// maxInput bounds a file that a command reads whole.
const maxInput = 16 << 20

// readFile reads a file, or standard input for "-".
func (a *app) readFile(name string) ([]byte, error) {
	in := a.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxInput+1))
	if err == nil && len(data) > maxInput {
		err = fmt.Errorf("read %s: it has more than %d MiB", name, maxInput>>20)
	}
	return data, err
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
