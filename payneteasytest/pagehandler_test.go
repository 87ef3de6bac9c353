package payneteasytest_test

import (
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestPagesOverHTTP checks that an invalid request gets an HTTP error and changes nothing.
func TestPagesOverHTTP(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	receiver := newVisitor(t, gateway)
	link := openForm(t, newClient(t, gateway), "a").RedirectURL.Reveal()
	const good = "account_number=1234567890&account_name=Jane"
	for _, test := range []struct {
		method, link, contentType, body string
		status                          int
	}{
		{http.MethodGet, gateway.URL() + "/form/" + strings.Repeat("A", 26), "", "", http.StatusNotFound},
		{http.MethodGet, gateway.URL() + "/form/", "", "", http.StatusNotFound},
		{http.MethodGet, link + "/", "", "", http.StatusNotFound},
		{http.MethodPost, link + "A", "application/x-www-form-urlencoded", good, http.StatusNotFound},
		{http.MethodPut, link, "application/x-www-form-urlencoded", good, http.StatusMethodNotAllowed},
		{http.MethodDelete, link, "", "", http.StatusMethodNotAllowed},
		{http.MethodPost, link, "text/plain", good, http.StatusUnsupportedMediaType},
		{http.MethodPost, link, "", good, http.StatusUnsupportedMediaType},
		{
			http.MethodPost, link, "application/x-www-form-urlencoded", good + "&account_number=0987654321",
			http.StatusBadRequest,
		},
		{http.MethodPost, link, "application/x-www-form-urlencoded", good + "&x=%zz", http.StatusBadRequest},
		{
			http.MethodPost, link, "application/x-www-form-urlencoded", good + "&x=" + strings.Repeat("x", 64<<10),
			http.StatusRequestEntityTooLarge,
		},
		{http.MethodPost, link + "?" + good, "application/x-www-form-urlencoded", "", http.StatusUnprocessableEntity},
	} {
		req, err := http.NewRequestWithContext(t.Context(), test.method, test.link, strings.NewReader(test.body))
		require.NoError(t, err)
		req.Header.Set("Content-Type", test.contentType)
		page := receiver.do(req, nil)
		require.Equal(t, test.status, page.status, "%s %s %.80s", test.method, test.link, test.body)
		require.Equal(t, test.status == http.StatusMethodNotAllowed, page.header.Get("Allow") != "")
	}
	require.Equal(t, "Receive 10.42 USD", receiver.open(link).title())
	require.Empty(t, gateway.Orders()[0].Account)
}

// TestPageFaults checks that a fault breaks a merchant's call, and not a browser's request.
func TestPageFaults(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	client, receiver := newClient(t, gateway), newVisitor(t, gateway)
	link := openForm(t, client, "a").RedirectURL.Reveal()
	gateway.FailNext(payneteasytest.ResetBeforeBody())
	require.Equal(t, "Receive 10.42 USD", receiver.open(link).title())
	_, err := client.Payout(t.Context(), request(t, "b", "1234567890"))
	require.ErrorIs(t, err, payneteasy.ErrOutcomeUnknown)
}

// TestServePlainPages checks the pages for browsers that do not trust the gateway's certificate. The merchant's calls
// stay on https.
func TestServePlainPages(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	require.NoError(t, gateway.ServePlainPages())
	require.ErrorContains(t, gateway.ServePlainPages(), "was called before")
	receiver := visitor{t: t, client: &http.Client{}}
	link := openForm(t, newClient(t, gateway), "a").RedirectURL.Reveal()
	require.True(t, strings.HasPrefix(link, "http://127.0.0.1:"), link)
	require.Equal(t, "Please wait", receiver.send(link, "account_number", "1234567890", "account_name", "Jane").title())
	require.True(t, gateway.Finish("a"))
	require.Len(t, gateway.Payouts("a"), 1)
	base, _, _ := strings.Cut(link, "/form/")
	require.Equal(t, http.StatusNotFound, receiver.send(base+"/api/v2/status/39915", "login", "x").status)
	gateway.Close()
	_, err := receiver.client.Get(link)
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
}
