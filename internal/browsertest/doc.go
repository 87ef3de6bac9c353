// Package browsertest goes the receiver's way in a real browser: from the page of examples/payoutform to the fake
// gateway's form, and back to the result; and from that of examples/ecommpay to the Payment Page of ecommpay's fake,
// and back. It also plays the gateway on the page of payneteasy sandbox. It is a module of its own, so that nobody else
// pays for the browser's driver.
//
//	npm ci          # axe-core, which looks for what keeps people from using a page
//	go test ./...
//
// It needs Chromium or Chrome in the PATH. Without one the tests are skipped; with CI=true that is a failure, and so is
// a missing axe-core. Pictures of all pages are written to screenshots.
package browsertest
