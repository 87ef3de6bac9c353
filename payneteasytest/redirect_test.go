package payneteasytest_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestRedirect checks that Redirect is the request that the gateway's page sends. RedirectHandler must accept it
// several times.
func TestRedirect(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	gateway.SetStepTime(0)
	client := newClient(t, gateway)
	link := openForm(t, client, "a", func(r *payneteasy.PayoutRequest) {
		r.RedirectURL, r.MerchantData = "https://merchant.example/back?session=7", "4711"
	}).RedirectURL.Reveal()
	require.Nil(t, gateway.Redirect("a"), "its receiver has not answered")
	require.True(t, gateway.SubmitForm("a", "0987654321", "Jane Doe"))
	require.Nil(t, gateway.Redirect("a"), "it is not final")
	require.True(t, gateway.Finish("a"))

	var claims []payneteasy.StatusCode
	handler := client.RedirectHandler(func(r *http.Request, claimed *payneteasy.Redirect) string {
		require.Equal(t, "7", r.URL.Query().Get("session"))
		claims = append(claims, claimed.Status)
		return "/result"
	})
	for range 2 {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, gateway.Redirect("a"))
		require.Equal(t, http.StatusSeeOther, answer.Code)
		require.Equal(t, "/result", answer.Header().Get("Location"))
	}
	require.Equal(t, []payneteasy.StatusCode{payneteasy.StatusDeclined, payneteasy.StatusDeclined}, claims)

	req := gateway.Redirect("a")
	require.NoError(t, req.ParseForm())
	action, fields, byItself := newVisitor(t, gateway).open(link).wayBack()
	require.True(t, byItself, "the page must send the browser back by itself")
	require.Equal(t, action, req.URL.String())
	require.Equal(t, fields, req.PostForm)
	require.ErrorContains(t, http.NewCrossOriginProtection().Check(req), "cross-origin")
}

// TestNoRedirect checks that there is no redirect for a payout whose receiver had nothing to do, or without a URL.
func TestNoRedirect(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	client := newClient(t, gateway)
	require.Nil(t, gateway.Redirect("a"), "there is no such order")
	plain := request(t, "a", "1234567890")
	plain.RedirectURL = "https://merchant.example/back"
	_, err := client.Payout(t.Context(), plain)
	require.NoError(t, err)
	require.True(t, gateway.Finish("a"))
	require.Nil(t, gateway.Redirect("a"), "its receiver had no page")
	openForm(t, client, "b")
	require.True(t, gateway.SubmitForm("b", "1234567890", "Jane Doe"))
	require.True(t, gateway.Finish("b"))
	require.Nil(t, gateway.Redirect("b"), "it has no URL")
}
