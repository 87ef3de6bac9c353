package main

import (
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/mask"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/signing"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// payoutFlags are the flags of payout and payout-form.
type payoutFlags struct {
	profile.Settings
	common      map[string]*string // by the name of the flag
	data, extra []string
	maxWait     time.Duration
	wait, yes   bool
	noCheck     bool // send without asking whether the gateway knows the ID
}

// commonParameters are the parameters that have their own flags.
var commonParameters = []struct{ flag, parameter, usage string }{
	{"amount", "amount", "`AMOUNT` in major units: 10.42"},
	{"currency", "currency", "ISO 4217 `CODE` of the currency"},
	{"account-number", "account_number", "`NUMBER` of the receiver's account"},
	{"account-name", "account_name", "`NAME` of the account's holder"},
	{"bank-name", "bank_name", "`NAME` of the account's bank"},
	{"routing-number", "routing_number", "routing `NUMBER` of the account's bank"},
	{"order-desc", "order_desc", "description, a `TEXT` of at most 64 characters"},
	{"notify-url", "notify_url", "`URL` for callbacks when the order is final, and when money is taken back"},
	{"callback-url", "server_callback_url", "`URL` for a callback only when the order is final: prefer --notify-url"},
	{"redirect-url", "redirect_url", "`URL` to which the receiver's browser returns"},
}

func (f *payoutFlags) add(cmd *cobra.Command) {
	f.common = map[string]*string{}
	cmd.Flags().SortFlags = false // the flags of the payment come first
	for _, p := range commonParameters {
		f.common[p.flag] = cmd.Flags().String(p.flag, "", p.usage)
		profile.NoFileCompletion(cmd, p.flag)
	}
	cmd.Flags().StringArrayVarP(&f.data, "data", "d", nil,
		"any documented parameter, `NAME=VALUE`, or @FILE of an encoded body")
	cmd.Flags().StringArrayVar(&f.extra, "extra", nil, "an undocumented parameter of this gateway, `NAME=VALUE`")
	profile.NoFileCompletion(cmd, "extra")
	f.AddAll(cmd)
	cmd.Flags().BoolVarP(&f.yes, "yes", "y", false, "pay without asking for confirmation")
	addNoCheck(cmd, &f.noCheck)
	addMaxWait(cmd, &f.maxWait)
}

// payoutValues reads the payout from the command line. The result holds the values by documented parameter.
func (t *tool) payoutValues(cmd *cobra.Command, args []string, f *payoutFlags) (map[string]string, error) {
	if len(args) != 1 {
		return nil, exit.Usagef("%s takes one CLIENT_ORDERID; see %[1]s --help", cmd.CommandPath())
	}
	values := map[string]string{}
	set := func(name, value string) error {
		old, twice := values[name]
		switch {
		case value == "": // perhaps from an unset variable; without the value the payout may go elsewhere
			return exit.Usagef("%s is empty: %s", terminal.Line(name), emptyAdvice(name))
		case twice && old != value:
			return exit.Usagef("%s is given twice, with different values: give it once", terminal.Line(name))
		}
		values[name] = value
		return nil
	}
	if args[0] == "" {
		return nil, exit.Usagef("CLIENT_ORDERID is empty: give your ID of the payout")
	}
	err := set("client_orderid", args[0])
	for _, p := range commonParameters {
		if cmd.Flags().Changed(p.flag) {
			err = errors.Join(err, set(p.parameter, *f.common[p.flag]))
		}
	}
	if err != nil {
		return nil, err
	}
	for _, data := range f.data {
		parameters, err := t.payoutData(data)
		if err != nil {
			return nil, err
		}
		for _, p := range parameters {
			if err := set(p.Name, p.Value); err != nil {
				return nil, err
			}
		}
	}
	return values, nil
}

// emptyAdvice says what to do about an empty parameter.
func emptyAdvice(name string) string {
	if name == "amount" || name == "currency" {
		return "give it a value"
	}
	return "give it a value, or leave it out"
}

// payoutData reads the parameters of one --data. It is a parameter, or names a file with parameters.
func (t *tool) payoutData(data string) ([]signing.Parameter, error) {
	path, isFile := strings.CutPrefix(data, "@")
	if !isFile {
		p, err := dataParameter(data)
		if err != nil {
			return nil, err
		}
		if mask.IsCard(p.Name) {
			t.Note("every user of this machine can see %s on the command line: use --data @FILE", mask.Name(p.Name))
		}
		return []signing.Parameter{p}, nil
	}
	body, err := t.body(path)
	if err != nil {
		return nil, err
	}
	parameters, err := signing.ParseForm(body, "body")
	if err != nil {
		return nil, &exit.Error{Status: exit.Usage, Err: err}
	}
	return parameters, nil
}

func addNoCheck(cmd *cobra.Command, noCheck *bool) {
	cmd.Flags().BoolVar(noCheck, "no-check", false, "send without asking whether the gateway knows the ID")
}
