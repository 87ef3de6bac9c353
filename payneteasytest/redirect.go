package payneteasytest

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// Redirect returns the request with which the receiver's browser comes back to the merchant. It is the POST from the
// gateway's page to redirect_url, or to redirect_success_url or redirect_fail_url. It has a valid control and the
// headers of a cross-site request. Each call makes a new request, because a browser may come twice. Send it with an
// http.Client, or give it to your handler's ServeHTTP.
//
// It is nil unless the latest order of the client_orderid is final. It is also nil if the receiver had no page of the
// gateway, or if the payout has no such URL.
func (g *Gateway) Redirect(clientOrderID string) *http.Request {
	g.mu.Lock()
	defer g.mu.Unlock()
	o := g.find("", clientOrderID, "")
	if o == nil || !o.now().final() || o.receiver.token == "" || o.returnURL() == "" {
		return nil
	}
	form := url.Values{}
	for _, p := range o.returned() {
		form.Set(p.name, p.value)
	}
	body := strings.NewReader(form.Encode())
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, o.returnURL(), body)
	if err != nil {
		return nil // no browser can go there
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", strings.TrimSuffix(g.pages, basePath))
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	return req
}
