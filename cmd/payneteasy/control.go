package main

import (
	"cmp"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/mask"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/signing"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

const controlHelp = `Compute a control. It is the SHA-1, in hex, of some values and the merchant
control key, joined without separators. The joined string is shown with the key
as [redacted].

The key comes from PAYNETEASY_CONTROL_KEY or from a file. It never comes from
the command line, because every user of this machine could read it there.`

// controlKind is one of the three controls.
type controlKind struct {
	name, short, long, example string
	parts                      []string // wire names, in the order of the control
}

var controlKinds = []controlKind{
	{
		name: "status", short: "The control of a status request", parts: []string{"login", "client_orderid", "orderid"},
		long: `Compute the control of a request to /api/v2/status. It covers login,
client_orderid, orderid and key. An orderid that is not sent counts as empty.`,
		example: `  payneteasy control status --login TestMerchant \
      --client-orderid payout-0001 --orderid 6982864
  payneteasy control status --login TestMerchant \
      --client-orderid payout-0001 --control-key-file key.txt`,
	},
	{
		name: "callback", short: "The control of a callback", parts: []string{"status", "orderid", "client_orderid"},
		long: `Compute the control of a callback to notify_url or server_callback_url. It
covers status, orderid, client_orderid (also sent as merchant_order) and key.
It does not cover the amount or the type.`,
		example: `  payneteasy control callback --status approved --orderid 6982864 \
      --client-orderid payout-0001`,
	},
	{
		name: "redirect", short: "The control of the final redirect",
		parts: []string{"status", "orderid", "client_orderid"},
		long: `Compute the control of the browser's POST to redirect_url. It covers status,
orderid, client_orderid (also sent as merchant_order) and key, as the control
of a callback does.`,
		example: `  payneteasy control redirect --status approved --orderid 6982864 \
      --client-orderid payout-0001`,
	},
}

var partFlags = map[string]string{
	"status":         "the claimed `STATUS`",
	"orderid":        "the gateway's `ID` of the order",
	"client_orderid": "the merchant's `ID` of the order",
}

func (t *tool) controlCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "control",
		Short: "Compute the control of a status request, a callback or a redirect",
		Long:  controlHelp,
		Args:  cobra.ArbitraryArgs,
		RunE:  group,
	}
	for i, kind := range controlKinds {
		cmd.AddCommand(t.controlKindCommand(kind))
		if i == 0 {
			cmd.Example = kind.example
		} else {
			cmd.Example += "\n" + kind.example
		}
	}
	return cmd
}

func (t *tool) controlKindCommand(kind controlKind) *cobra.Command {
	s := new(profile.Settings)
	values := map[string]*string{}
	cmd := &cobra.Command{
		Use: kind.name, Short: kind.short, Long: kind.long, Example: kind.example,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return t.control(cmd, args, kind, s, values)
		},
	}
	s.AddProfile(cmd)
	for _, part := range kind.parts {
		if part == "login" {
			s.AddLogin(cmd)
			continue
		}
		values[part] = cmd.Flags().String(flagOf(part), "", partFlags[part])
		profile.NoFileCompletion(cmd, flagOf(part))
	}
	s.AddControlKey(cmd)
	return cmd
}

func (t *tool) control(
	cmd *cobra.Command, args []string, kind controlKind, s *profile.Settings, values map[string]*string,
) error {
	m, err := t.Merchant(s)
	if err != nil {
		return err
	}
	if len(args) > 0 {
		return exit.Usagef("%s takes no arguments, only flags; see %[1]s --help", cmd.CommandPath())
	}
	out := signing.Control{Kind: kind.name}
	var wanting []string
	for _, part := range kind.parts {
		value := ""
		switch {
		case part == "login":
			if value = m.Login; value == "" {
				wanting = append(wanting, m.LoginName())
			}
		case cmd.Flags().Changed(flagOf(part)): // the value may be empty
			value = *values[part]
		case kind.name != "status" || part != "orderid":
			wanting = append(wanting, "--"+flagOf(part))
		}
		out.Parts = append(out.Parts, signing.NamedValue{Name: part, Value: value})
	}
	if !m.HasControlKey() {
		wanting = append(wanting, m.ControlKeyName())
	}
	if len(wanting) > 0 {
		return m.Missing(wanting)
	}
	key, err := m.ControlKey()
	if err != nil {
		return err
	}
	out.Compute(key)
	if t.JSON() {
		t.PrintJSON(out)
		return nil
	}
	for _, part := range out.Parts {
		t.Print("%-14s  %s\n", part.Name, cmp.Or(terminal.Line(part.Value), "(empty)"))
	}
	t.Print("%-14s  %s\n\n", "control key", mask.Redacted)
	t.Print("joined          %s\n", terminal.Line(out.String))
	t.Print("SHA-1, in hex   %s\n", out.Control)
	return nil
}
