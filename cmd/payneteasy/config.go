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

const configHelp = `Show and check the profiles. A profile says who pays, at which gateway, with
which keys. Profiles are in ~/.config/payneteasy/config.toml (in
$XDG_CONFIG_HOME, if it is set; on Windows in %AppData%), or in --config FILE:

  default = "sandbox"

  [profiles.sandbox]
  base_url = "https://sandbox.connpay.com/paynet"
  login = "TestMerchant"
  endpoint_id = 39915                      # or group_id
  private_key_file = "sandbox.pem"         # beside this file, or ~/…, or
  # private_key_command = ["pass", "show", "payneteasy/key"]
  control_key_file = "sandbox.control"     # or control_key = "…", or
  # control_key_command = ["pass", "show", "payneteasy/control"]

--profile NAME or PAYNETEASY_PROFILE chooses a profile. The default profile is
used when none of the merchant's PAYNETEASY_ variables is set. Profiles and
variables are never mixed. A flag replaces a single value of either.

The tool runs a key command without a shell and without the PAYNETEASY_
variables. The command can ask for a passphrase. A relative path of a command,
such as ./getkey, starts at the folder of this file. No other user may be able
to read or change this file or the keys that it names.`

const configExamples = `  payneteasy config list
  payneteasy config check sandbox
  payneteasy payout payout-0001 --profile sandbox --amount 10.42 \
      --currency USD --account-number 1234567890`

const configCheckHelp = `Check a profile, or all profiles: read the keys, run the key commands, and check
each value. If you name no profile, the merchant's PAYNETEASY_ variables are
checked too, when they are set.

--ask asks the gateway for the status of a random ID and shows the answer. The
SDK must recognise it as "there is no such order". Otherwise it can never prove
that a payout without an answer did not arrive, or that a refused payout is
rejected. The answer proves the login and the control key, but not the private
key.

Exit status: 0 all are valid; 2 at least one is not; 3 with --ask, if a gateway
did not answer that it does not know the order.`

func (t *tool) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "config", Short: "Show and check profiles", Long: configHelp, Example: configExamples,
		Args: cobra.ArbitraryArgs, RunE: group,
	}
	s := new(profile.Settings)
	ask := false
	path := &cobra.Command{
		Use: "path", Short: "Show where the profiles are",
		Long:    "Print the path of the file of profiles, even if the file does not exist.",
		Example: "  payneteasy config path", ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(_ *cobra.Command, args []string) error { return t.configPath(s, args) },
	}
	list := &cobra.Command{
		Use: "list", Short: "List the profiles",
		Long:    "List the profiles without their secrets. The default profile has a *.",
		Example: "  payneteasy config list", ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(_ *cobra.Command, args []string) error { return t.configList(s, args) },
	}
	check := &cobra.Command{
		Use: "check [NAME]", Short: "Check the profiles", Long: configCheckHelp,
		Example: "  payneteasy config check\n  payneteasy config check sandbox --ask",
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return t.profileNames(s), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error { return t.configCheck(cmd.Context(), s, args, ask) },
	}
	check.Flags().BoolVar(&ask, "ask", false, "ask the gateway for an order that does not exist")
	for _, c := range []*cobra.Command{path, list, check} { // only check runs key commands
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
		t.Note("this file does not exist: payneteasy config --help shows an example")
	}
	return nil
}

// profileOutput holds the values of a profile that are not secret.
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
	_ = table.Flush() // t.Stdout keeps a write error
	return nil
}

func (t *tool) configCheck(ctx context.Context, s *profile.Settings, args []string, ask bool) error {
	if len(args) > 1 {
		return exit.Usagef("config check takes one NAME, or no name for all profiles")
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
