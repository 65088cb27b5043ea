package main

import (
	"strings"

	"github.com/spf13/cobra"
)

func completionCommand(a *app) *cobra.Command {
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
				return root.GenBashCompletionV2(a.stdout, true)
			case "zsh":
				return root.GenZshCompletion(a.stdout)
			case "fish":
				return root.GenFishCompletion(a.stdout, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(a.stdout)
			}
			return misused(cmd, "completion %s: must be one of %s", args[0], strings.Join(shells, ", "))
		},
	}
}
