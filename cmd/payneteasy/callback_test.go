package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

func TestCallbackUsage(t *testing.T) {
	t.Parallel()
	const to = "http://127.0.0.1:1/"
	sending := func(args ...string) []string {
		return append([]string{"callback", "send", "--status", "approved", "--orderid", "1", "--client-orderid", "a"},
			args...)
	}
	for _, test := range []struct {
		name, env string
		args      []string
		says      string
	}{
		{"no such command", keyed[0], []string{"callback", "read"}, "use one of listen, send, verify"},
		{"nothing", keyed[0], []string{"callback", "verify"}, "takes a URL, a query, or --data @FILE"},
		{"two", keyed[0], []string{"callback", "verify", "a", "b"}, "one URL or query, in quotes"},
		{"no key", "", []string{"callback", "verify", "a=b"}, "missing: --control-key-file or PAYNETEASY_CONTROL_KEY"},
		{"no query", keyed[0], []string{"callback", "verify", "https://a.example/b"}, "the URL has no query"},
		{"no URL", keyed[0], sending(), "callback send takes one URL"},
		{
			"no ids", "",
			[]string{"callback", "send", to},
			"missing: --status; --orderid; --client-orderid; --control-key-file or",
		},
		{"another machine", keyed[0], sending("http://192.0.2.1/"), "not on this machine: give --any-host"},
		{"no scheme", keyed[0], sending("127.0.0.1"), "not an absolute http or https URL"},
		{"a bad URL", keyed[0], sending("http://127.0.0.1/%zz"), "cannot be read"},
		{"never", keyed[0], sending(to, "--times", "0"), "--times must be from 1 to 1000"},
		{"data without =", keyed[0], sending(to, "--data", "a"), "one has no ="},
		{"another method", keyed[0], sending(to, "--method", "PUT"), "must be one of GET, POST"},
		{"an argument", keyed[0], []string{"callback", "listen", "8086"}, "takes no arguments"},
		{
			"an invalid answer", keyed[0],
			[]string{"callback", "listen", "--answer", "42"},
			"--answer must be from 200 to 599",
		},
		{
			"two answers", keyed[0],
			[]string{"callback", "listen", "--answer", "500", "--confirm"},
			"cannot be used with --confirm",
		},
		{"no slash", keyed[0], []string{"callback", "listen", "--path", "a"}, "--path must begin with /"},
		{"a negative count", keyed[0], []string{"callback", "listen", "--count", "-1"}, "--count must not be negative"},
		{"no address", keyed[0], []string{"callback", "listen", "--listen", "nowhere"}, "missing port"},
		{"to confirm with nothing", keyed[0], []string{"callback", "listen", "--confirm"}, "missing: --base-url"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := call(t, []string{test.env}, "", test.args...)
			requireUsage(t, r, test.says)
		})
	}
}

// TestCallbackSend checks what the server receives, and that a redirect is not followed.
func TestCallbackSend(t *testing.T) {
	t.Parallel()
	var got []*http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		got = append(got, r)
		if len(got) == 3 {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}
	}))
	defer server.Close()
	args := []string{
		"callback", "send", server.URL + "/c?shop=1", "--status", "declined", "--orderid", "12",
		"--client-orderid", "a b",
		"--amount", "10.42", "--currency", "USD", "--type", "reversal", "--error-message", "no & no",
		"--error-code", "2", "--merchantdata", "m", "--data", "x=1=2",
	}
	require.Zero(t, call(t, keyed, "", args...).status)
	require.Zero(t, call(t, keyed, "", append(args, "-X", "POST")...).status)
	r := call(t, keyed, "", append(args, "-o", "json")...)
	require.Equal(t, exit.Rejected, r.status)
	require.NotContains(t, r.stdout, control(t, "declined", "a b"))
	require.Len(t, got, 3)
	want := url.Values{
		"shop": {"1"}, "status": {"declined"}, "orderid": {"12"}, "client_orderid": {"a b"}, "merchant_order": {"a b"},
		"amount":   {"10.42"},
		"currency": {"USD"}, "type": {"reversal"}, "error_message": {"no & no"}, "error_code": {"2"},
		"merchantdata": {"m"}, "x": {"1=2"},
		"control": {control(t, "declined", "a b")},
	}
	require.Equal(t, want, got[0].URL.Query())
	require.Equal(t, http.MethodPost, got[1].Method)
	require.Equal(t, "shop=1", got[1].URL.RawQuery)
	require.NoError(t, got[1].ParseForm())
	require.Equal(t, want, got[1].Form)
}

// TestCallbackNothingSecret checks that no output shows the key, the correct control of a forged callback, or card
// data, even if a server echoes them.
func TestCallbackNothingSecret(t *testing.T) {
	t.Parallel()
	right := control(t, "approved", "a")
	secrets := []string{payneteasytest.ControlKey, right, "4444444444444448", "4444.4444", "DE8937", "737"}
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "\x1b[2J"+r.URL.RawQuery+"\n"+payneteasytest.ControlKey+" 4444 4444 4444 4448 "+
			strings.Repeat("long ", 1000))
	}))
	defer echo.Close()
	key := file(t, payneteasytest.ControlKey)
	forged := "status=approved&orderid=12&client_orderid=a&cvv2=737&x=4444444444444448&credit_card_number=4444444444444448&control=" + strings.Repeat("0", 40)
	sending := []string{
		"callback", "send", echo.URL, "--status", "approved", "--orderid", "12",
		"--client-orderid", "a",
	}
	for _, args := range [][]string{
		{"callback", "verify", forged},
		{"callback", "verify", "%zz" + forged},
		{"callback", "verify", "--control-key-file", key, "a.example?" + forged},
		{"callback", "verify", "--control-key-file", payneteasytest.ControlKey, "a"},
		{"callback", "verify", `{"cvv2":"737"}`},
		{"callback", "verify", "--data-raw", forged},
		{
			"callback", "verify",
			"status=approved&orderid=12&client_orderid=4444444444444448&a=1;cvv2=737&card[cvv]=737&order_desc=4444.4444.4444.4448+737&pan=4444444444444448",
		},
		{
			"callback", "verify",
			"status=approved&client_orderid=a&%2563vv2=737&u=https%3A%2F%2Fa%2F%3Fcvv2%3D737&account_number=DE89370400440532013000",
		},
		{"callback", "verify", "--data", "@" + payneteasytest.ControlKey},
		sending, append(sending, "--forged"), append(sending, "--control-key-file", key), append(sending, "-X", "POST"),
		{"callback", "send", "http://127.0.0.1:1/", "--status", "approved", "--orderid", "12", "--client-orderid", "a"},
		{
			"callback", "send", "http://127.0.0.1:1/?cvv2=737", "--status", "approved", "--orderid", "12",
			"--client-orderid", "a", "--data", "cvv2=737",
		},
		{"callback", "listen", "--listen", payneteasytest.ControlKey, "--control-key-file", "-"},
	} {
		for _, form := range []string{"text", "json"} {
			r := call(t, keyed, "", append(args, "-o", form)...)
			said := strings.ReplaceAll(r.stdout+r.stderr, echo.URL, "") // the port may contain the CVV
			for _, secret := range append(secrets, "\x1b", "4444 4444") {
				require.NotContains(t, said, secret, args)
			}
			require.Less(t, len(r.stdout), 2000)
		}
	}
}

// TestCallbackPaste checks that a command is shown only if it can be pasted.
func TestCallbackPaste(t *testing.T) {
	t.Parallel()
	const card = "4111111111111111" // in the same callback
	for id, want := range map[string]string{
		"a b":          "  payneteasy status --orderid 12 -- 'a b'\n",
		"$(touch x)'`": "  payneteasy status --orderid 12 -- '$(touch x)'\\''`'\n", "-v": " -- -v\n",
		"'$(touch x)'\ue000": "", "4444444444444448": "  payneteasy status --orderid 12 -- 4444444444444448\n",
		"ORD 4444444444444448": "  payneteasy status --orderid 12 -- 'ORD 4444444444444448'\n",
		card:                   "", "p-4111-1111-1111-1111": "",
	} {
		form := url.Values{
			"status": {"approved"}, "orderid": {"12"}, "client_orderid": {id},
			"control": {control(t, "approved", id)},
		}
		r := call(t, keyed, "", "callback", "verify", form.Encode()+"&credit_card_number="+card)
		require.Zero(t, r.status, r.stdout)
		if want != "" {
			require.Contains(t, r.stdout, want)
			continue
		}
		require.NotContains(t, r.stdout, "payneteasy status --orderid", id)
		require.NotContains(t, r.stdout, card)
		require.NotContains(t, r.stdout, "4111-1111")
		require.Contains(t, r.stdout, "payneteasy status; this id cannot")
	}
	sign := call(t, nil, "", signArgs(t, "--curl", "https://a.example/", "--data-raw", "a=\x1b[2J")...)
	requireUsage(t, sign, "cannot be printed")
}

// TestCallbackBrokenAnswers checks that the correct control is not shown when a server echoes the request in a broken
// answer.
func TestCallbackBrokenAnswers(t *testing.T) {
	t.Parallel()
	right := control(t, "approved", "a")
	for _, answer := range []string{
		"HTTP/1.1 %s\r\n\r\n", "%s\r\n\r\n", "HTTP/1.1 200 OK\r\n%s\r\n\r\n",
		"HTTP/1.1 302 Found\r\nLocation: http://%s%%zz\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: %s\r\n\r\n",
	} {
		listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		require.NoError(t, err)
		go func() {
			for {
				connection, err := listener.Accept()
				if err != nil {
					return
				}
				request, err := http.ReadRequest(bufio.NewReader(connection))
				if err == nil {
					_, _ = fmt.Fprintf(connection, answer, request.URL.RawQuery+payneteasytest.ControlKey)
				}
				_ = connection.Close()
			}
		}()
		for _, form := range []string{"text", "json"} {
			r := call(t, keyed, "", "callback", "send", "http://"+listener.Addr().String(), "--status", "approved",
				"--orderid", "12", "--client-orderid", "a", "-o", form)
			require.NotZero(t, r.status, answer)
			for _, secret := range []string{right, strings.ToUpper(right), payneteasytest.ControlKey} {
				require.NotContains(t, r.stdout+r.stderr, secret, answer)
			}
		}
		require.NoError(t, listener.Close())
	}
}
