// Package payneteasy sends payouts through the Payneteasy platform. ConnPay and other white labels run on it.
//
// Payout sends a payout to /api/v4/payout, signed by OAuth 1.0a with RSA-SHA256. Wait then asks /api/v2/status until
// the decision is final:
//
//	payout, err := client.Payout(ctx, req)
//	entry, err := client.Wait(ctx, payout.Entry, nil)
//	if entry.Decision() == payneteasy.DecisionPaid { … }
//
// With PayoutForm, the receiver enters the destination on a page of the gateway. Send the receiver's browser to
// PayoutForm.RedirectURL.
//
// # Decisions
//
// A Decision says what your books should do about an order. You find it in Entry and News, and DecisionOf returns the
// decision of an error. Decision.PayAgain says whether you may pay the same debt again.
//
// A nil error from Payout means that the gateway has accepted the payout for processing. It is not paid yet. Every
// error matches exactly one of these three:
//
//   - ErrNotSent: it is proved that nothing left this process. You may make the same call again.
//   - ErrRejected: the gateway refused the payout, was asked again, and has no order.
//   - ErrOutcomeUnknown: the receiver may have been paid. Give Error.Entry to Wait or Resolve, and never send the
//     payout again. A refusal also matches ErrOutcomeUnknown until the gateway has said, after Entry.Window, that it
//     does not know the order.
//
// A payout can still be on its way while the gateway does not know it. So "not known" does not prove that nothing was
// sent. If an order exists, you may pay the debt again only when its status is declined or filtered. That is
// DecisionNotPaid, and the next payout needs a new ClientOrderID. After DecisionRejected and DecisionNotSent there is
// no order, and you may use the same ClientOrderID.
//
// # Journals
//
// A journal is a store that survives a crash. With Config.Journal, the client stores each payout durably before its
// first byte leaves. It does not send a ClientOrderID again, unless the earlier payout was not sent or was rejected.
// After a crash, Client.Recover finds out what happened to the open payouts.
//
// Package filejournal keeps a journal in a file, for one process. Package riverpayout keeps one in PostgreSQL, for a
// fleet of workers. To write your own, implement Journal and check it with payneteasytest.TestJournal.
//
// # When a person must look
//
// DecisionReview is final for the program, and Entry.Cause says why a person must look. For example, the gateway does
// not know an order that may have been sent, or another amount was paid. Client.Settle writes down what the person has
// found out.
//
// # Callbacks
//
// The gateway calls PayoutRequest.NotifyURL when an order is final, and again when money is taken back. It calls
// CallbackURL for the payout only. CallbackHandler serves both. RedirectHandler serves the receiver's browser when it
// comes back from the gateway's page.
//
// A callback is only a claim, because its checksum (the control) covers neither the amount nor the type. So the handler
// asks for the status, wakes Wait, and tells your function the news.
//
// # ecommpay
//
// Package ecommpay sends payouts through ecommpay's Payment Page, with the same decisions.
//
// # Logs and metrics
//
// Config.Logger gets one record for each call, and an error when an order needs a person. Config.Observe gets an Event
// for each call, failed question, decision and callback. EventLabels turns an Event into labels for metrics. Neither
// Logger nor Observe ever gets a card number, an account number or a key.
//
// # Contexts
//
// Do not use the context of an incoming request for a payout. It ends when the browser disconnects. If the first byte
// has left by then, the outcome is unknown. Use context.WithoutCancel and a deadline of your own.
//
// # Tests
//
// Package payneteasytest is a fake gateway. It verifies signatures, keeps orders, and fails the test on a double
// payout.
package payneteasy
