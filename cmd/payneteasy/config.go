package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

const configHelp = `Show and check the profiles: who pays, at which gateway, with which keys. They
are in ~/.config/payneteasy/config.toml ($XDG_CONFIG_HOME; on Windows in
%AppData%), or in --config FILE:

  default = "sandbox"

  [profiles.sandbox]
  base_url = "https://sandbox.connpay.com/paynet"
  login = "TestMerchant"
  endpoint_id = 39915                      # or group_id
  private_key_file = "sandbox.pem"         # beside this file; or ~/…; or
  # private_key_command = ["pass", "show", "payneteasy/key"]
  control_key_file = "sandbox.control"     # or control_key = "…", or
  # control_key_command = ["pass", "show", "payneteasy/control"]

--profile NAME, or PAYNETEASY_PROFILE, takes a profile whole; default is taken
when none of the PAYNETEASY_ variables of a merchant is set. Profiles and
variables are never mixed. Flags replace single values of either.

Commands run without a shell and without the PAYNETEASY_ variables, and may ask
for a passphrase; a path of one, ./getkey, is beside this file, too. No other
user may read or change this file and the keys that it names.`

const configExamples = `  payneteasy config list
  payneteasy config check sandbox
  payneteasy payout payout-0001 --profile sandbox --amount 10.42 \
      --currency USD --account-number 1234567890`

const configCheckHelp = `Try a profile, or all: read the keys, run the commands, and look at each value.
The PAYNETEASY_ variables of a merchant are tried too, when they are set and no
profile is named.

With --ask the gateway is asked for the status of a random id, and its answer is
shown. It must be one that the SDK knows to mean that there is no such order:
only then can a payout without an answer be told from one that never arrived,
and a refused one be rejected. It proves login and control key, not the private
key.

Exit status: 0 all are good; 2 one is not; 3 with --ask: a gateway did not
answer that it does not know the order.`

func (t *tool) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "config", Short: "Show and check profiles", Long: configHelp, Example: configExamples,
		Args: cobra.ArbitraryArgs, RunE: group,
	}
	s := new(profile.Settings)
	ask := false
	path := &cobra.Command{
		Use: "path", Short: "Where the profiles are",
		Long:    "Print the path of the file of profiles, whether or not it is there.",
		Example: "  payneteasy config path", ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(_ *cobra.Command, args []string) error { return t.configPath(s, args) },
	}
	list := &cobra.Command{
		Use: "list", Short: "Which profiles there are",
		Long:    "List the profiles, and nothing secret of them. The default has a *.",
		Example: "  payneteasy config list", ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(_ *cobra.Command, args []string) error { return t.configList(s, args) },
	}
	check := &cobra.Command{
		Use: "check [NAME]", Short: "Try profiles", Long: configCheckHelp,
		Example: "  payneteasy config check\n  payneteasy config check sandbox --ask",
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return t.profileNames(s), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error { return t.configCheck(cmd.Context(), s, args, ask) },
	}
	check.Flags().BoolVar(&ask, "ask", false, "ask the gateway for an order that does not exist")
	for _, c := range []*cobra.Command{path, list, check} { // the last one runs commands
		s.AddConfig(c)
		cmd.AddCommand(c)
	}
	return cmd
}

type configPathOutput struct {
	Path   string `json:"path"`
	Exists bool   `json:"exists"`
}

func (t *tool) configPath(s *profile.Settings, args []string) error {
	if len(args) > 0 {
		return exit.Usagef("config path takes no arguments")
	}
	path, _ := t.ConfigPath(s.ConfigFile)
	if path == "" {
		return exit.Usagef("%w", profile.ErrNoHome)
	}
	_, err := os.Stat(path)
	out := configPathOutput{path, err == nil}
	if t.JSON() {
		t.PrintJSON(out)
		return nil
	}
	t.Print("%s\n", terminal.Line(path))
	if !out.Exists {
		t.Note("there is no such file: payneteasy config --help shows one")
	}
	return nil
}

// profileOutput is what may be shown of a profile.
type profileOutput struct {
	Name       string `json:"name"`
	Default    bool   `json:"default"`
	BaseURL    string `json:"base_url"`
	Login      string `json:"login"`
	EndpointID int64  `json:"endpoint_id,omitempty"`
	GroupID    int64  `json:"group_id,omitempty"`
}

func (t *tool) configList(s *profile.Settings, args []string) error {
	if len(args) > 0 {
		return exit.Usagef("config list takes no arguments")
	}
	all, err := t.ProfilesOf(s)
	if err != nil {
		return err
	}
	out := []profileOutput{}
	for _, name := range all.Names() {
		p := all.Profiles[name]
		out = append(out, profileOutput{name, name == all.Default, p.BaseURL, p.Login, p.EndpointID, p.GroupID})
	}
	if t.JSON() {
		t.PrintJSON(out)
		return nil
	}
	table := tabwriter.NewWriter(t.Stdout, 0, 0, 2, ' ', 0)
	for _, p := range out {
		mark := " "
		if p.Default {
			mark = "*"
		}
		where := ""
		switch {
		case p.EndpointID != 0:
			where = payneteasy.EndpointID(p.EndpointID).String()
		case p.GroupID != 0:
			where = payneteasy.EndpointGroupID(p.GroupID).String()
		}
		_, _ = fmt.Fprintf(table, "%s %s\t%s\t%s\t%s\n", mark, terminal.Line(p.Name),
			cmp.Or(terminal.Line(p.BaseURL), "-"), cmp.Or(terminal.Line(p.Login), "-"), cmp.Or(where, "-"))
	}
	_ = table.Flush() // what cannot be written is kept by the output
	return nil
}

func (t *tool) configCheck(ctx context.Context, s *profile.Settings, args []string, ask bool) error {
	if len(args) > 1 {
		return exit.Usagef("config check takes one NAME, or none for all")
	}
	candidates, err := t.Candidates(s, args)
	if err != nil {
		return err
	}
	out := []profile.CheckOutput{}
	worst := exit.Done
	for _, c := range candidates {
		result := c.Check(ctx, ask)
		if result.Exit == exit.Usage || worst == exit.Done {
			worst = result.Exit
		}
		out = append(out, result)
		if !t.JSON() {
			t.Print("%s: %s\n", terminal.Line(c.Name), cmp.Or(terminal.Line(result.Error), "ok"))
			if result.Answer != nil {
				t.Print("%s: %s\n", terminal.Line(c.Name), result.Answer)
			}
		}
	}
	if t.JSON() {
		t.PrintJSON(out)
	}
	if worst != exit.Done {
		return &exit.Error{Status: worst}
	}
	return nil
}
