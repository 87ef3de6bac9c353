package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
)

type orderFlags struct {
	profile.Settings
	orderID, amount, currency string
	maxWait                   time.Duration
}

func (f *orderFlags) add(cmd *cobra.Command) {
	f.AddAll(cmd)
	cmd.Flags().StringVar(&f.orderID, "orderid", "", "the gateway's `ID` of the order")
	cmd.Flags().StringVar(&f.amount, "amount", "", "the `AMOUNT` of the order in major units: 10.42")
	cmd.Flags().StringVar(&f.currency, "currency", "", "the ISO 4217 `CODE` of the currency")
	profile.NoFileCompletion(cmd, "orderid", "amount", "currency")
}

func (f *orderFlags) ref(cmd *cobra.Command, args []string) (payneteasy.OrderRef, error) {
	if len(args) != 1 {
		return payneteasy.OrderRef{}, exit.Usagef("%s takes one CLIENT_ORDERID; see %[1]s --help", cmd.CommandPath())
	}
	ref := payneteasy.OrderRef{ClientOrderID: args[0], OrderID: f.orderID}
	if f.amount == "" && f.currency == "" {
		return ref, nil
	}
	if f.amount == "" || f.currency == "" {
		return ref, exit.Usagef("--amount and --currency must be given together")
	}
	var err error
	if ref.Amount, err = payneteasy.ParseAmount(f.amount, f.currency); err != nil {
		return ref, &exit.Error{Status: exit.Usage, Err: err}
	}
	return ref, nil
}
