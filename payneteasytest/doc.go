// Package payneteasytest is a stateful fake of the Payneteasy gateway, for tests of code that pays out.
//
//	gateway := payneteasytest.NewGateway(t)
//	client, err := payneteasy.NewClient(gateway.Config())
//
// It listens on loopback over HTTPS. It verifies OAuth signatures with the merchant's public key, and the control of
// status requests. It checks parameters by the documented rules and answers in the documented formats. It also keeps
// orders. As in the platform's sandbox, the account number decides the outcome.
//
//	1234567890  approved
//	0987654321  declined
//	1987654321  error, PROCESSOR_INTERNAL_ERROR
//	any other   approved, unless SetAccount says otherwise
//
// An order starts, is processed, and ends. Each status request moves it on by one step, and so does time (SetStepTime).
// Tests take milliseconds, but a demonstration can run at a natural pace. For the same reason Config polls every 1 to 2
// ms instead of every 3 to 5 s. Its ResolveWindow is 100 ms instead of two minutes.
//
// A payout that the gateway does not know stays unknown or refused for Entry.Window. The window is the longer of
// Config.Timeout and ResolveWindow, so it is a minute if Timeout is unset. Test such payouts in virtual time, with
// NewPipeGateway.
//
// The gateway accepts a client_orderid a second time, as a second payout. This is the worst case that the platform's
// documentation allows. Orders returns what it accepted. Payouts returns the orders whose money has moved. The gateway
// fails the test as soon as it accepts a payout that pays one client_orderid twice. Call AllowDoublePayouts in a test
// that shows exactly this. The gateway cannot know that two IDs are for one debt.
//
// A payout form (/api/v4/payout-form) is answered with a link to a page. There the receiver enters account and name,
// and this account number decides the outcome. The receiver can submit the form once, even from several tabs. Then the
// page says that the payout is being processed. At the end the page sends the receiver's browser to the merchant's
// redirect_url, or to redirect_success_url or redirect_fail_url. It sends a POST with the fields of a callback, the
// first time by itself, later by a button. Without such a URL the page shows the result.
//
// With a Script made by WithConfirmation, a payout waits until its receiver has confirmed it on a page. The status
// names this page as redirect-to.
//
// A link can be used for 15 minutes (SetLinkLifetime, ExpireLink). Until then the order is processing, and after that
// it is declined. Both are guesses. ReceiverURL finds the link of an order. Redirect makes the request of the
// receiver's browser without a browser. A browser does not trust the gateway's certificate, so call ServePlainPages for
// a demonstration.
//
// When an order is final, the gateway calls its notify_url or its server_callback_url by GET. It tries up to five
// times, until the answer is 200. The first pause is a second (a millisecond with NewGateway), and each further pause
// is longer. TakeBack calls notify_url only, because the gateway calls server_callback_url for the payout and not for a
// reversal or chargeback. A request with both URLs is refused, which is a guess.
//
// The callback adds its parameters to the URL's own query. They are status, merchant_order and client_orderid, orderid,
// type, amount, currency, descriptor, error_message, error_code, merchantdata, and control. The control is the SHA-1 in
// hex of status, orderid, client_orderid and the control key, joined. It covers neither type nor amount, so treat a
// callback as a hint to ask for the status.
//
// You can script what breaks between a merchant and a gateway. FailNext, FailOrder and FailAtRandom take a Fault for a
// call. For the rest there are RefuseConnections, CutConnections, HangHandshakes, CloseIdleConnections, Hide and
// CallBack.
//
// Become decides an open order by hand. History returns what happened to an order, and Changed signals that something
// new has happened.
//
// NewPipeGateway listens on pipes in memory instead of a network, for virtual time with testing/synctest. Start is for
// programs that are not tests.
//
// Where the documentation is silent, the behavior of the fake is a guess. Do not rely on it. Examples are values of
// error-code, stages of a payout, and the window for timestamps.
package payneteasytest
