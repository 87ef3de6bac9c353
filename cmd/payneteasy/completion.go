package main

import (
	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
)

// profileNames returns the names for the shell's completion, which cannot show errors.
func (t *tool) profileNames(s *profile.Settings) []string {
	all, err := t.LoadProfiles(s.ConfigFile)
	if err != nil {
		return nil
	}
	return all.Names()
}

// completeProfiles lets the shell offer names to each --profile.
func (t *tool) completeProfiles(cmd *cobra.Command) {
	for _, c := range cmd.Commands() {
		t.completeProfiles(c)
	}
	if cmd.Flags().Lookup("profile") == nil {
		return
	}
	_ = cmd.RegisterFlagCompletionFunc("profile",
		func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
			file, _ := cmd.Flags().GetString("config")
			return t.profileNames(&profile.Settings{ConfigFile: file}), cobra.ShellCompDirectiveNoFileComp
		})
}

// completionExamples show how to enable the completion, for later shells and for the current one.
var completionExamples = map[string]string{
	"bash": "  payneteasy completion bash > /etc/bash_completion.d/payneteasy\n" +
		"  source <(payneteasy completion bash)",
	"fish": "  payneteasy completion fish > ~/.config/fish/completions/payneteasy.fish\n" +
		"  payneteasy completion fish | source",
	"powershell": "  payneteasy completion powershell >> $PROFILE\n" +
		"  payneteasy completion powershell | Out-String | Invoke-Expression",
	"zsh": "  payneteasy completion zsh > \"${fpath[1]}/_payneteasy\"\n" +
		"  source <(payneteasy completion zsh)",
}

// describeCompletion replaces cobra's help texts, which are wider than a terminal.
func describeCompletion(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() != "completion" {
			continue
		}
		c.Long = "Print a script that lets a shell complete commands, flags and profiles."
		c.Example = completionExamples["bash"]
		for _, shell := range c.Commands() {
			shell.Long, shell.Example = shell.Short+".", completionExamples[shell.Name()]
		}
	}
}
