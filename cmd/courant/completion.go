package main

import (
	"strings"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/failure"

	"github.com/spf13/cobra"
)

func completionCommand(a *cli.App) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:       "completion SHELL",
		Short:     "Print what makes a shell complete our commands",
		Long:      "Prints the completions of SHELL: bash, zsh, fish or powershell.",
		Example:   `  courant completion bash > /etc/bash_completion.d/courant`,
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.Stdout, true)
			case "zsh":
				return root.GenZshCompletion(a.Stdout)
			case "fish":
				return root.GenFishCompletion(a.Stdout, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(a.Stdout)
			}
			return failure.Misused(cmd, "completion %s: must be one of %s", args[0], strings.Join(shells, ", "))
		},
	}
}
