// Package ecommpaytest is a stateful fake of ecommpay's Gate API and Payment Page, for tests of code that pays out.
//
//	gateway := ecommpaytest.NewGateway(t)
//	gateway.SetCallbackURL(shop.URL + "/callback")
//	client, err := ecommpay.NewClient(gateway.Config())
//
// It listens on loopback over HTTPS, verifies signatures by code of its own, applies the documented rules to fields,
// and answers in the documented formats. A registration gets its uuid by callback after a step (SetStepTime); then the
// receiver has 30 minutes (SetLinkLifetime) to confirm it on Payment Page: he enters a card, or comes with
// account_token (Token), and then the code of an e-mail, which the page shows and EmailCode returns. Confirm does all
// that without a browser. A payout is paid once, however often it is confirmed: Payments are what it accepted, Payouts
// what was paid. Whether two payment ids are for one debt is for the test to know.
//
// The card decides what becomes of it:
//
//	4242424242424242  CardApproved       success
//	4000000000000002  CardDeclined       decline, code 100
//	4000000000009995  CardNoBalance      decline, code 3028: the merchant's balance is too low
//	4000000000009979  CardLimit          decline, code 3104: the card's payout limit is exceeded
//	4000000000003220  CardClarification  awaiting clarification, code 3191, then decline, code 603
//	4000000000000119  CardError          error, code 501
//	any other with a right check digit   success
//
// A time that is over is a decline with the code 604, and so is Expire; three wrong codes are one with the code 100.
// Reverse takes a success back. DisablePayouts and SetAllowedIPs are for the codes 317 and 403.
//
// Callbacks are repeated until the answer is 200, at the pace that an older page of the documentation tells of
// (milliseconds with NewGateway, ten attempts). Those about a payment come in order, as long as the merchant takes
// them; CallBack sends one more at any time, changed or forged.
//
// What breaks between a merchant and Gate API is scripted: FailNext, FailPayment and FailAtRandom take a Fault for a
// call; RefuseConnections, CutConnections, HangHandshakes, CloseIdleConnections and Hide do the rest.
//
// NewPipeGateway listens on no network, but on pipes in memory, for virtual time with testing/synctest. Start is for
// programs that are not tests; a browser does not trust the gateway's certificate, so for a demonstration,
// ServePlainPages.
//
// The paths, the fields of a registration and of the callback about it, the parameters of Payment Page and its refusal
// of best_before, the uuid's 30 minutes and the codes 317 and 403 are documented. Only likely are the answer to a
// registration and its refusals (HTTP 400, 403 and 422 with a code), limits of lengths, the formats of a status answer
// and of the result's callback, the codes of each outcome, a payment id being free again after an error, and where 317
// stands. Not known, and guessed, are what a status answer says of an unknown payment (SetUnknownRefused), whether it
// carries the uuid (SetStatusUUID), whether the end of the time is told by itself (SetExpiryOnVisit), and every card
// but the first. Nothing of it asks for a sender's or receiver's particulars.
package ecommpaytest
