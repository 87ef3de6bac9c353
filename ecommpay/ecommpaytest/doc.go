// Package ecommpaytest is a stateful fake of ecommpay's Gate API and Payment Page, for tests of code that sends
// payouts.
//
//	gateway := ecommpaytest.NewGateway(t)
//	gateway.SetCallbackURL(shop.URL + "/callback")
//	client, err := ecommpay.NewClient(gateway.Config())
//
// The gateway listens on loopback over HTTPS. It verifies signatures with its own code, applies the documented rules to
// fields, and answers in the documented formats. A registration gets its uuid by callback after one step (SetStepTime).
// Then the receiver has 30 minutes (SetLinkLifetime) to confirm it on Payment Page. They enter a card, or arrive with
// account_token (Token). Then they enter a code from an e-mail. The page shows the code, and EmailCode returns it.
// Confirm does all this without a browser. A payout is paid once, no matter how often it is confirmed. Payments returns
// what the gateway accepted, and Payouts returns what was paid. The gateway cannot know whether two payment IDs are for
// one debt. Your test must check that.
//
// The card decides the outcome:
//
//	4242424242424242  CardApproved       success
//	4000000000000002  CardDeclined       decline, code 100
//	4000000000009995  CardNoBalance      decline, code 3028: the merchant's balance is too low
//	4000000000009979  CardLimit          decline, code 3104: the card's payout limit is exceeded
//	4000000000003220  CardClarification  awaiting clarification, code 3191, then decline, code 603
//	4000000000000119  CardError          error, code 501
//	any other with a right check digit   success
//
// An expired payout is declined with code 604, and Expire does the same. Three wrong codes are a decline with code 100.
// Reverse takes a success back. DisablePayouts and SetAllowedIPs produce the codes 317 and 403.
//
// The gateway repeats a callback until the answer is 200, at the pace of an older page of the documentation. With
// NewGateway the pauses are milliseconds, for ten attempts. The callbacks for a payment arrive in order if the merchant
// accepts them. CallBack sends another one at any time, changed or forged.
//
// You can script failures between a merchant and Gate API. FailNext, FailPayment and FailAtRandom set a Fault for a
// call. RefuseConnections, CutConnections, HangHandshakes, CloseIdleConnections and Hide do the rest.
//
// NewPipeGateway does not listen on a network, but on pipes in memory, for virtual time with testing/synctest. Start is
// for programs that are not tests. A browser does not trust the gateway's certificate, so call ServePlainPages for a
// demonstration.
//
// ecommpay documents the paths, the fields of a registration and of its callback, and the parameters of Payment Page.
// It also documents that Payment Page refuses best_before, that a uuid lasts 30 minutes, and the codes 317 and 403.
//
// Some facts are only likely. These are the answer to a registration and its refusals (HTTP 400, 403 and 422 with a
// code), and the limits of lengths. The formats of a status answer and of the result's callback are also likely. So are
// the codes of each outcome, and the place of code 317. It is likely that a payment ID is free again after an error.
//
// Some facts are not known, and are guessed. These are the status answer about an unknown payment (SetUnknownRefused),
// and whether a status answer has the uuid (SetStatusUUID). Whether a payout expires by itself (SetExpiryOnVisit) is
// also a guess, and so is every card except the first. The gateway never asks for a sender's or receiver's personal
// data.
package ecommpaytest
