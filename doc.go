// Package payneteasy pays money out through the Payneteasy platform: ConnPay and its other white labels.
//
// A payout is posted to /api/v4/payout, signed by OAuth 1.0a with RSA-SHA256, and then asked about at /api/v2/status
// until the decision is final:
//
//	payout, err := client.Payout(ctx, req)
//	entry, err := client.Wait(ctx, payout.Entry, nil)
//	if entry.Decision() == payneteasy.DecisionPaid { … }
//
// PayoutForm does the same with a page of the gateway, on which the receiver says where the money goes: send the
// receiver's browser to PayoutForm.RedirectURL.
//
// # Decisions
//
// A Decision is what the merchant's books should do about an order: it is on Entry, in News, and of an error
// (DecisionOf). Decision.PayAgain says whether the same debt may be paid again.
//
// A nil error of Payout means that the gateway has accepted the payout for processing; it is not paid yet. Every error
// matches exactly one of three:
//
//   - ErrNotSent: it is proved that nothing left this process. The same call may be made again.
//   - ErrRejected: the gateway refused, was asked again, and has no order.
//   - ErrOutcomeUnknown: it may have been paid. Give Error.Entry to Wait or Resolve, and never send it again. A refusal
//     is one of these, too, until the gateway does not know the order after Entry.Window.
//
// No order found after an unknown outcome does not mean that nothing was sent: the order may still be on its way. Of an
// order that exists, only a status of declined or filtered lets a merchant pay the debt again, under a new
// ClientOrderID: that is DecisionNotPaid. After DecisionRejected and DecisionNotSent there is no order, and the same
// ClientOrderID may be used.
//
// # Journals
//
// With a Config.Journal a payout's intent is durable before its first byte leaves, no ClientOrderID is sent twice, and
// Client.Recover finds out after a crash what became of the open ones. Package filejournal keeps one in a file, for one
// process. Package riverpayout has one in PostgreSQL, for a fleet of workers. Your own implements Journal; check it
// with payneteasytest.TestJournal.
//
// # When a person must look
//
// DecisionReview is final for the program: Entry.Cause says why a person must look, for example because the gateway
// does not know an order that may have been sent, or because another amount was paid. Client.Settle writes down what
// the person has found out.
//
// # Callbacks
//
// The gateway calls PayoutRequest.NotifyURL when an order is final, and again when money is taken back. It calls
// CallbackURL for the payout only. CallbackHandler serves both. A callback is a claim: its control covers neither
// amount nor type. The handler asks for the status, wakes Wait, and tells a function the news. RedirectHandler takes
// the receiver's browser when it comes back.
//
// # ecommpay
//
// Package ecommpay does the same for payouts through ecommpay's Payment Page, with the same decisions.
//
// # Logs and metrics
//
// Config.Logger gets one record a call, and an error when an order needs a person. Config.Observe gets an Event for
// each call, failed question, decision and callback; EventLabels gives its labels for metrics. Neither ever gets a
// card's number, a key or an account number.
//
// # Contexts
//
// A payout's context must not be that of an incoming request: when the browser goes away it ends, and if the first byte
// has left by then the outcome is unknown. Use context.WithoutCancel and a deadline of your own.
//
// # Tests
//
// Package payneteasytest is a fake gateway that verifies signatures, keeps orders, and fails the test on a double
// payout.
package payneteasy
