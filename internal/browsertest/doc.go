// Package browsertest follows the receiver in a real browser, from the page of examples/payoutform to the fake
// gateway's form and back to the result. It does the same from the page of examples/ecommpay to the Payment Page of
// ecommpay's fake. It also plays the gateway on the page of payneteasy sandbox. It is a module of its own, so that no
// other module depends on the browser's driver.
//
//	npm ci          # axe-core, which looks for what keeps people from using a page
//	go test ./...
//
// It needs Chromium or Chrome in the PATH. Without one the tests skip. With CI=true they fail, also if axe-core is
// missing. Pictures of all pages are written to screenshots.
package browsertest
