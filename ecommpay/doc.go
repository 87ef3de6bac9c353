// Package ecommpay pays out through ecommpay's Payment Page: a payout is registered through Gate API, and its receiver
// confirms it on a page of ecommpay's, with a code that is sent to him by e-mail.
//
//  1. Client.RegisterPayout registers it. That moves no money yet, but registering a debt under two payment ids may pay
//     it twice. An error is payneteasy.ErrNotSent or ErrOutcomeUnknown, and its Decision says more. After a refused or
//     an unknown registration, register the same payment id again, and never another.
//  2. ecommpay calls back with the payout's uuid, which lives for 30 minutes (Callback.Session).
//  3. Client.PaymentPageURL is where the receiver's browser goes.
//  4. ecommpay calls back with the result, which CallbackHandler confirms by Client.Status; Client.Wait polls for it.
//     News.Decision and Payout.Decision say what to book.
//
// Client.NewPayout does these steps in one place. Package ecommpaytest is a fake of all that, for tests.
//
// Everything is signed with the project's secret key (Signer). The facts are those of ecommpay's documentation (Gate
// API; Payment Page; "Payouts processing"), some of which are only likely; their comments say so. Nothing here has been
// tried against the real platform.
package ecommpay
