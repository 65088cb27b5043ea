package cli

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

// ReadFile reads a file, or standard input for "-": at most 16 MiB.
func (a *App) ReadFile(name string) ([]byte, error) {
	in := a.Stdin
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

// ReasonFor is the reason that readers are given: the flag's, or where a person
// sits at the terminal and gave none, what he answers.
func (a *App) ReasonFor(cmd *cobra.Command, reason, what string) string {
	if !a.Asks || cmd.Flags().Changed("reason") {
		return reason
	}
	fmt.Fprintf(a.Stderr, "Why is %s withdrawn? Readers see the reason (empty: none): ", what)
	return a.answer()
}

// answer is the line that a person writes.
func (a *App) answer() string {
	if a.answers == nil {
		a.answers = bufio.NewReader(a.Stdin)
	}
	line, _ := a.answers.ReadString('\n') // no line is an empty one
	return strings.TrimSpace(line)
}

// Agrees asks a question and reports whether the answer was yes. No answer is
// none.
func (a *App) Agrees(question string) bool {
	fmt.Fprintf(a.Stderr, "%s [y/N] ", question)
	answer := strings.ToLower(a.answer())
	return answer == "y" || answer == "yes"
}
