package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/failure"
	"courant/cmd/courant/terminal"
	"courant/publisher/password"
)

func passwdCommand(a *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "passwd",
		Short: "Make the hash of a password for the desk",
		Long: `Asks for a password twice, without showing it, and prints its argon2id hash: the
password_hash of [desk] or of a [[desk.user]]. From standard input it reads one
line, twice. The password itself is stored nowhere.`,
		Example: `  courant passwd
  printf '%s\n%s\n' "$PASSWORD" "$PASSWORD" | courant passwd`,
		RunE: func(*cobra.Command, []string) error {
			first, second, err := newPassword(a)
			switch {
			case err != nil:
				return fmt.Errorf("passwd: %w", err)
			case utf8.RuneCountInString(first) < password.MinLength:
				return failure.Hint(fmt.Errorf("passwd: the password has fewer than %d characters", password.MinLength), "four or five words make a good one")
			case len(first) > password.MaxBytes:
				return fmt.Errorf("passwd: the password has more than %d bytes", password.MaxBytes)
			case first != second:
				return failure.Hint(errors.New("passwd: the two passwords are not the same"), "type the same one twice")
			}
			hash := password.Hash(first)
			if a.JSON {
				return a.PrintJSON(struct {
					Hash string `json:"password_hash"`
				}{hash})
			}
			_, err = fmt.Fprintln(a.Stdout, hash)
			return err
		},
	}
}

// newPassword asks for a password twice. At a terminal it is not shown.
func newPassword(a *cli.App) (first, second string, err error) {
	if terminal.Is(a.Stdin) {
		if first, err = hiddenLine(a, "New password: "); err == nil {
			second, err = hiddenLine(a, "The same again: ")
		}
		return first, second, err
	}
	in := bufio.NewReader(a.Stdin)
	for _, line := range []*string{&first, &second} {
		if *line, err = in.ReadString('\n'); err != nil && *line == "" {
			return "", "", errors.New("standard input must have the password on two lines")
		}
		*line = strings.TrimRight(*line, "\r\n")
	}
	return first, second, nil
}

func hiddenLine(a *cli.App, question string) (string, error) {
	fmt.Fprint(a.Stderr, question)
	line, err := term.ReadPassword(int(a.Stdin.(*os.File).Fd()))
	fmt.Fprintln(a.Stderr)
	return string(line), err
}
