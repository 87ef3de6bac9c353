package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// commandsOf returns a command and all its subcommands.
func commandsOf(c *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{c}
	for _, under := range c.Commands() {
		all = append(all, commandsOf(under)...)
	}
	return all
}

// TestHelp checks that the help of every command has examples and fits the 80 columns of a terminal.
func TestHelp(t *testing.T) {
	t.Parallel()
	root := newTool(nil, strings.NewReader(""), io.Discard, io.Discard).rootCommand()
	commands := commandsOf(root)
	require.Len(t, commands, 33)
	for _, c := range commands {
		path := strings.Fields(c.CommandPath())[1:]
		r := call(t, nil, "", append(path, "--help")...)
		require.Zero(t, r.status, path)
		require.Empty(t, r.stderr)
		require.NotEmpty(t, c.Short)
		require.Contains(t, r.stdout, "Examples:\n  payneteasy ", path)
		require.Equal(t, r.stdout, call(t, nil, "", append([]string{"help"}, path...)...).stdout)
		for text := range strings.Lines(r.stdout) {
			wide := len(strings.TrimSuffix(strings.ReplaceAll(text, "\t", "        "), "\n"))
			require.LessOrEqual(t, wide, 80, "%s: %s", path, text)
		}
	}
	for text := range strings.Lines(call(t, nil, "", "help", "--help").stdout) {
		require.LessOrEqual(t, len(text), 81, text)
	}
	golden(t, "help.txt", call(t, nil, "", "--help").stdout)
}

// TestUsage checks that a usage error is one line on stderr, and that the status is 2.
func TestUsage(t *testing.T) {
	t.Parallel()
	key := file(t, string(payneteasytest.MerchantKeyPEM()))
	public := file(t, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")
	lines := file(t, "a=1\nb=2\n")
	signing := func(args ...string) []string { return append([]string{"sign", "--key", key, "--login", "L"}, args...) }
	asking := func(args ...string) []string {
		return append([]string{"status", "--key", key, "--login", "L", "--base-url", "https://sandbox.example/paynet"},
			args...)
	}
	for _, test := range []struct {
		name string
		env  string
		args []string
		says string
	}{
		{
			"an unknown command", "",
			[]string{"pay"},
			"payneteasy has no such command: use one of batch, callback, completion, config, con",
		},
		{
			"an unknown command of a group", "",
			[]string{"control", "sale"},
			"payneteasy control has no such command: use one of callback, redirect, status",
		},
		{"an unknown flag", "", []string{"sign", "--keys", "x"}, "unknown flag: --keys"},
		{"an unknown form", "", []string{"sign", "-o", "xml"}, "must be one of text, json"},
		{
			"a misspelt variable", "PAYNETEASY_LOGN=x",
			[]string{"sign", "https://a.example/"},
			"PAYNETEASY_LOGN: not one of PAYNETEASY_BASE_URL",
		},
		{"no URL", "", signing(), "sign takes one URL"},
		{"two URLs", "", signing("https://a.example/", "credit_card_number=1"), "sign takes one URL"},
		{
			"neither login nor key", "",
			[]string{"sign", "https://a.example/"},
			"missing: --login or PAYNETEASY_LOGIN; --key or PAYNETEASY_PRIVATE_KEY_FILE",
		},
		{
			"no such key file", "",
			[]string{"sign", "--login", "L", "--key", "nowhere.pem", "https://a.example/"},
			"--key: ",
		},
		{
			"a public key", "PAYNETEASY_PRIVATE_KEY_FILE=" + public,
			[]string{"sign", "--login", "L", "https://a.example/"},
			"PAYNETEASY_PRIVATE_KEY_FILE: private key: this is a public key",
		},
		{
			"a login that ends with a blank", "",
			[]string{"sign", "--login", "L ", "--key", key, "https://a.example/"},
			"--login ends with U+0020 (space): copy it again without it",
		},
		{"no scheme", "", signing("a.example"), "not an absolute http or https URL"},
		{
			"a URL that cannot be read", "", signing("https://a.example/%zz"),
			`the URL cannot be read: invalid URL escape "%zz"`,
		},
		{"a URL with a user", "", signing("https://u:p@a.example/"), "the URL has a user name"},
		{"a broken query", "", signing("https://a.example/?a=%4"), "the query has a %"},
		{"a broken body", "", signing("--data-raw", "a=100%", "https://a.example/"), "the body has a %"},
		{"data without =", "", signing("--data", "a", "https://a.example/"), "one has no ="},
		{
			"two bodies", "", signing("--data-raw", "a=1", "--data", "@"+lines, "https://a.example/"),
			"there are two bodies",
		},
		{
			"a body and a parameter", "", signing("--data-raw", "a=1", "--data", "b=1", "https://a.example/"),
			"use only one of them",
		},
		{"a body of several lines", "", signing("--data", "@"+lines, "https://a.example/"), "several lines"},
		{"no such body", "", signing("--data", "@nowhere", "https://a.example/"), "--data @FILE: "},
		{
			"curl without the card", "", signing("--curl", "--data", "cvv2=123", "https://a.example/"),
			"add --show-card-data",
		},
		{"a timestamp in words", "", signing("--timestamp", "now", "https://a.example/"), `"--timestamp"`},
		{
			"a control of nothing", "PAYNETEASY_CONTROL_KEY=k",
			[]string{"control", "callback"},
			"missing: --status; --orderid; --client-orderid",
		},
		{
			"a control without key", "",
			[]string{"control", "status", "--login", "L", "--client-orderid", "a"},
			"missing: --control-key-file or PAYNETEASY_CONTROL_KEY",
		},
		{
			"a control key of blanks", "PAYNETEASY_CONTROL_KEY= k",
			[]string{"control", "status", "--login", "L", "--client-orderid", "a"},
			"PAYNETEASY_CONTROL_KEY begins with U+0020 (space)",
		},
		{
			"a control of arguments", "PAYNETEASY_CONTROL_KEY=k",
			[]string{"control", "status", "a"},
			"takes no arguments",
		},
		{"a key pair of no file", "", []string{"keygen"}, "keygen takes one FILE"},
		{"a short key", "", []string{"keygen", "--bits", "1024", "a.pem"}, "2048 to 16384"},
		{"a status of nothing", "", []string{"status"}, "takes one CLIENT_ORDERID"},
		{
			"a status without configuration", "",
			[]string{"status", "a"},
			"missing: --base-url or PAYNETEASY_BASE_URL; --login",
		},
		{
			"two kinds of endpoint", "PAYNETEASY_CONTROL_KEY=k", asking("--endpoint-id", "1", "--group-id", "2", "a"),
			"remove one",
		},
		{
			"an endpoint in words", "PAYNETEASY_CONTROL_KEY=k", asking("--endpoint-id", "x", "a"),
			"not a positive number",
		},
		{
			"an order id in words", "PAYNETEASY_CONTROL_KEY=k", asking("--endpoint-id", "1", "--orderid", "x", "a"),
			"orderid is not a number",
		},
		{
			"plain http", "PAYNETEASY_CONTROL_KEY=k",
			asking("--base-url", "http://a.example/paynet", "--endpoint-id", "1", "a"), "BaseURL",
		},
		{"an amount without currency", "", asking("--amount", "1", "a"), "--currency must be given together"},
		{"an amount in words", "", asking("--amount", "x", "--currency", "USD", "a"), "amount"},
		{
			"a wait of no time", "",
			[]string{"wait", "--orderid", "1", "--max-wait", "0s", "a"},
			"--max-wait must be longer than 0",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := call(t, []string{test.env}, "", test.args...)
			require.Equal(t, exit.Usage, r.status, r)
			require.Contains(t, r.stderr, test.says)
			require.True(t, strings.HasPrefix(r.stderr, "payneteasy: "), r.stderr)
			require.Equal(t, 1, strings.Count(r.stderr, "\n"), r.stderr)
			require.Empty(t, r.stdout)
		})
	}
	for _, args := range [][]string{{}, {"control"}} { // perhaps a script with an unset variable
		r := call(t, nil, "", args...)
		require.Equal(t, exit.Usage, r.status)
		require.Empty(t, r.stdout)
		require.Contains(t, r.stderr, "Examples:")
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestUnwritableOutput(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	args := []string{"control", "status", "--login", "L", "--client-orderid", "a"}
	status := run(t.Context(), args, []string{"PAYNETEASY_CONTROL_KEY=k"}, strings.NewReader(""), fullDisk{}, &stderr)
	require.Equal(t, exit.Unknown, status) // a payout may have been sent
	require.Contains(t, stderr.String(), "no space left")
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		r := call(t, nil, "", "completion", shell)
		require.Zero(t, r.status)
		require.Contains(t, r.stdout, "payneteasy")
	}
	require.Contains(t, call(t, nil, "", "__complete", "sign", "--output", "").stdout, "text\njson\n")
	require.Contains(t, call(t, nil, "", "__complete", "control", "").stdout, "callback\tThe control of a callback\n")
}

// TestNothingSecret checks that no output shows a key or a card, even if the user gives it in the wrong place.
func TestNothingSecret(t *testing.T) {
	t.Parallel()
	const (
		controlKey = "B17F59B4-A7DC-41B4"
		card       = "4444444444444448"
		url        = "https://sandbox.example/paynet/api/v4/payout/1"
	)
	pem := string(payneteasytest.MerchantKeyPEM())
	const cvv = "7371hidden" // a folder's name or a public key can contain digits alone by chance
	secrets := []string{controlKey, card, cvv, "PRIVATE KEY"}
	for text := range strings.Lines(pem) {
		secrets = append(secrets, strings.TrimSpace(text))
	}
	key := file(t, pem)
	cards := "credit_card_number=" + card + "&cvv%32=" + cvv + "&%63ard_printed_name=" + cvv
	environ := []string{
		"PAYNETEASY_CONTROL_KEY=" + controlKey, "PAYNETEASY_PRIVATE_KEY_FILE=" + key, "PAYNETEASY_LOGIN=L",
		"PAYNETEASY_BASE_URL=https://127.0.0.1:1/paynet", "PAYNETEASY_ENDPOINT_ID=1",
	}
	sign := func(args ...string) []string { return append([]string{"sign"}, args...) }
	for _, args := range [][]string{
		sign(url + "?" + cards),
		sign(url + "?" + cards + "&a=%"),
		sign("--data", "credit_card_number="+card, "--data", "CVV2="+cvv, "--data", "recurring-payment-id="+cvv, url),
		sign("--data-raw", cards, url),
		sign("--data-raw", cards+"&%", url),
		sign("--data-raw", cards, "--curl", url),
		sign("--data", "@-", url),
		sign("--data", "@"+card, url),
		sign("--data", card, url),
		sign(url, "credit_card_number="+card),
		sign("-"+card, url),
		sign("--credit_card_number="+card, url),
		sign("--key", pem, url),
		sign("--key", "-", url),
		sign("-h"),
		{card},
		{"control", card},
		{"control", "status", "--client-orderid", "a"},
		{"control", "callback", "--status", "approved", "--orderid", "1", "--client-orderid", "a"},
		{
			"control", "redirect", "--status", "approved", "--orderid", "1", "--client-orderid", "a",
			"--control-key-file", controlKey,
		},
		{"keygen", "--bits", "2048", filepath.Join(t.TempDir(), "a.pem")},
		{"keygen", key},
		{"status", "a"},
		{"wait", "a", "--orderid", "1", "--max-wait", "1ms"},
		{"status", "a", "--control-key-file", controlKey},
		{"status", "a", "--base-url", ""},
	} {
		for _, form := range []string{"text", "json"} {
			r := call(t, environ, cards, append(args, "--output", form)...)
			for _, secret := range secrets {
				require.NotContains(t, r.stdout+r.stderr, secret, args)
			}
		}
	}
}

// TestInterrupt checks that an interrupted wait says that the payout may still be paid.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	environ := []string{
		"PAYNETEASY_CONTROL_KEY=k", "PAYNETEASY_PRIVATE_KEY_FILE=" + file(t, string(payneteasytest.MerchantKeyPEM())),
		"PAYNETEASY_LOGIN=L", "PAYNETEASY_BASE_URL=https://127.0.0.1:1/paynet", "PAYNETEASY_ENDPOINT_ID=1",
	}
	var out bytes.Buffer
	status := run(ctx, []string{"wait", "a", "--orderid", "1"}, environ, strings.NewReader(""), &out, &out)
	require.Equal(t, exit.Unknown, status, out.String())
	require.Contains(t, out.String(), "may still be paid")
}
