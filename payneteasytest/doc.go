// Package payneteasytest is a stateful fake of the Payneteasy gateway, for tests of code that pays out.
//
//	gateway := payneteasytest.NewGateway(t)
//	client, err := payneteasy.NewClient(gateway.Config())
//
// It listens on loopback over HTTPS, verifies OAuth signatures with the merchant's public key and the control of status
// requests, applies the documented rules to parameters, and answers in the documented formats. It keeps orders: the
// account number decides what becomes of one, as in the platform's sandbox.
//
//	1234567890  approved
//	0987654321  declined
//	1987654321  error, PROCESSOR_INTERNAL_ERROR
//	any other   approved, unless SetAccount says otherwise
//
// An order starts, is processed, and ends. Each status request moves it on by one step, and so does time (SetStepTime).
// So tests take milliseconds, and a demonstration takes its time. For the same reason Config polls every 1 to 2 ms
// instead of every 3 to 5 s, and its ResolveWindow is 100 ms instead of two minutes.
//
// A payout that the gateway does not know stays unknown or refused for Entry.Window. That is Config.Timeout if it is
// longer than the ResolveWindow: a minute unless set. Test such payouts in virtual time, with NewPipeGateway.
//
// The gateway accepts a client_orderid a second time, as a second payout: that is the worst that the platform's
// documents allow. Orders are what it accepted, Payouts those whose money has moved. It fails the test as soon as it
// accepts what pays one client_orderid twice. AllowDoublePayouts is for tests that show just that. It cannot know that
// two ids are for one debt.
//
// A payout form (/api/v4/payout-form) answers with a link to the page on which the receiver enters account and name;
// the account number decides there. He submits it once, whatever he does in other tabs; then he sees that the payout is
// being processed, and in the end his browser is sent back to the merchant's redirect_url, or to one of the pair, by a
// POST with what a callback says: once by itself, later by a button. Without such a URL he sees the result. A Script
// made by WithConfirmation lets a payout wait until its receiver has confirmed it on a page that the status names as
// redirect-to. A link is good for 15 minutes (SetLinkLifetime, ExpireLink); then the order is declined, and until then
// it is processing: both are guesses. ReceiverURL finds the link of an order, and Redirect is what the receiver's
// browser brings back, without a browser. A browser does not trust the gateway's certificate: for a demonstration,
// ServePlainPages.
//
// When an order is final, its notify_url or its server_callback_url is called by GET, up to five times, a second and
// then longer apart (a millisecond with NewGateway), until the answer is 200. TakeBack calls notify_url only: the
// gateway calls server_callback_url for the payout, and for no reversal or chargeback. A request with both is refused,
// which is a guess. The parameters are added to the URL's own: status, merchant_order and client_orderid, orderid,
// type, amount, currency, descriptor, error_message, error_code, merchantdata, and control, the SHA-1 in hex of status,
// orderid, client_orderid and the control key, joined. It covers neither type nor amount: a callback is a hint to ask
// the status.
//
// What breaks between a merchant and a gateway is scripted: FailNext, FailOrder and FailAtRandom take a Fault for a
// call; RefuseConnections, CutConnections, HangHandshakes, CloseIdleConnections, Hide and CallBack do the rest.
//
// Become decides an order by hand while it is open; History tells what happened to one, Changed when there is more.
//
// NewPipeGateway listens on no network, but on pipes in memory, for virtual time with testing/synctest. Start is for
// programs that are not tests.
//
// What the fake does where the documents are silent (values of error-code, stages of a payout, the window for
// timestamps) is a guess, and nothing to rely on.
package payneteasytest
