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
// An order starts, is processed, and ends. Each status request moves it on by one step, and so does time (SetStepTime), so that tests take milliseconds
// and a demonstration takes its time. Config polls every 1 to 2 ms instead of every 3 to 5 s, and resolves for 100 ms instead of 2 minutes, for the same
// reason.
//
// The gateway accepts a client_orderid a second time, as a second payout: that is the worst that the platform's documents
// allow. It counts what was really paid, and fails the test when one client_orderid was paid twice. AllowDoublePayouts is
// for tests that show just that. It cannot know that two ids are for one debt.
//
// When an order is final, its server_callback_url is called by GET, up to five times, a second and then longer apart,
// until the answer is 200; TakeBack calls it again. The parameters are added to the URL's own: status, merchant_order and
// client_orderid, orderid, type, amount, currency, descriptor, error_message, error_code, merchantdata, and control, the
// SHA-1 in hex of status, orderid, client_orderid and the control key, joined. It covers neither type nor amount: a
// callback is a hint to ask the status.
//
// What breaks between a merchant and a gateway is scripted: FailNext, FailOrder and FailAtRandom take a Fault for a call;
// RefuseConnections, CutConnections, HangHandshakes, CloseIdleConnections, Hide and CallBack do the rest.
//
// NewPipeGateway listens on no network, but on pipes in memory, for virtual time with testing/synctest. Start is for
// programs that are not tests.
//
// What the fake does where the documents are silent (values of error-code, stages of a payout, the window for timestamps)
// is a guess, and nothing to rely on.
package payneteasytest
