// Package ecommpay sends payouts through ecommpay's Payment Page. You register a payout through Gate API. The receiver
// confirms it on a page of ecommpay, with a code that ecommpay sends them by e-mail.
//
//  1. Client.RegisterPayout registers the payout. That moves no money yet. Never register a debt under two payment IDs,
//     because it may be paid twice. An error is payneteasy.ErrNotSent or ErrOutcomeUnknown, and its Decision says more.
//     After a refused or an unknown registration, register the same payment ID again, and never another.
//  2. ecommpay calls back with the payout's uuid, which is valid for 30 minutes (Callback.Session).
//  3. Client.PaymentPageURL returns the address for the receiver's browser.
//  4. ecommpay calls back with the result. CallbackHandler confirms it with Client.Status, and Client.Wait polls for
//     it. News.Decision and Payout.Decision say what to book.
//
// Client.NewPayout does these steps in one place. Package ecommpaytest is a fake of ecommpay, for tests.
//
// All messages are signed with the project's secret key (Signer). The facts come from ecommpay's documentation (Gate
// API; Payment Page; "Payouts processing"). Some facts are only likely, and their comments say so. Nothing here has
// been tried against the real platform.
package ecommpay
