package store

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

func storeConfig(baseURL, login string, endpoint payneteasy.Endpoint) payneteasy.Config {
	return payneteasy.Config{BaseURL: baseURL, Login: login, Endpoint: endpoint}
}

func invocation(environ ...string) *profile.Invocation {
	return profile.NewInvocation(environ, nil, terminal.NewOutput(io.Discard, io.Discard, nil))
}

// TestStoreDir checks that each gateway, login and endpoint has its own store.
func TestStoreDir(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	e := invocation("PAYNETEASY_STATE_DIR=" + state)
	dir := func(baseURL, login string, endpoint payneteasy.Endpoint) string {
		dir, err := dirOf(e, storeConfig(baseURL, login, endpoint))
		require.NoError(t, err)
		return dir
	}
	const sandbox = "https://sandbox.connpay.com/paynet"
	first := dir(sandbox, "TestMerchant", payneteasy.EndpointID(39915))
	require.Regexp(t, `^sandbox\.connpay\.com-TestMerchant-39915-[0-9a-f]{8}$`, filepath.Base(first))
	all := map[string]bool{first: true}
	for _, other := range []string{
		dir("https://connpay.com/paynet", "TestMerchant", payneteasy.EndpointID(39915)),
		dir("https://sandbox.connpay.com/checkout", "TestMerchant", payneteasy.EndpointID(39915)),
		dir("https://sandbox.connpay.com:8443/paynet", "TestMerchant", payneteasy.EndpointID(39915)),
		dir(sandbox, "TestMerchant2", payneteasy.EndpointID(39915)),
		dir(sandbox, "Test/Merchant", payneteasy.EndpointID(39915)),
		dir(sandbox, "Test_Merchant", payneteasy.EndpointID(39915)),
		dir(sandbox, "TestMerchant", payneteasy.EndpointID(1144)),
		dir(sandbox, "TestMerchant", payneteasy.EndpointGroupID(39915)),
	} {
		require.False(t, all[other], other)
		all[other] = true
		require.Equal(t, state, filepath.Dir(other))
	}
}

func TestDestinations(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := func() *Destinations {
		d, err := openDestinations(dir)
		require.NoError(t, err)
		return d
	}
	d := open()
	account := map[string]string{"account_number": "80236479180236479", "amount": "1.00", "cvv2": "123"}
	sum := d.Of(account)
	require.NotEqual(t, sum, d.Of(map[string]string{"account_number": "80236479180236478"}))
	require.NotEqual(t, sum, d.Of(map[string]string{"ewallet_wallet": "80236479180236479"}))
	require.NotEqual(t, d.Of(map[string]string{"account_number": "1", "bank_name": "2"}),
		d.Of(map[string]string{"account_number": "1\nbank_name=1:2"}))
	require.Equal(t, sum, d.Of(map[string]string{"account_number": "80236479180236479", "amount": "2.00"}),
		"amounts are in the journal")
	require.Equal(t, d.Of(
		map[string]string{"account_number": "GB82WEST12345698765432", "account_name": "Jane"}).Account,
		d.Of(map[string]string{"account_number": "gb82-west-1234-5698-7654-32", "account_name": "J. Doe"}).Account,
		"the same account")
	for _, same := range [][]map[string]string{
		{
			{"account_number": "0012345678"},
			{"account_number": "12345678"},
			{"account_number": "12-345-678"},
			{"account_number": "１２３４５６７８"},
		},
		{
			{"ewallet_wallet": "+7 999 123-45-67"},
			{"ewallet_wallet": "79991234567"},
			{"ewallet_wallet": "007 (999) 1234567"},
			{"account_number": "79991234567"},
		},
		{
			{"ewallet_wallet": "Jane.Doe@example.com"},
			{"ewallet_wallet": "jane.doe@EXAMPLE.com"},
			{"account_number": "jane.doe@example.com"},
		},
		{{"card_recurring_payment_id": "1234"}, {"recurring-payment-id": "1234"}},
		{
			{"crypto_wallet_address": "0x52908400098527886E0F7030069857D2E4169EE7"},
			{"crypto_wallet_address": "0x52908400098527886e0f7030069857d2e4169ee7"},
		},
	} {
		for _, values := range same {
			require.Equal(t, d.Of(same[0]).Account, d.Of(values).Account, values)
		}
	}
	others := map[Fingerprint]string{}
	for _, value := range []string{
		"jane", "jane-doe", "janedoe", "jane.doe@upi", "janedoe@upi",
		"1", "10", "100", "1a", "a1",
	} {
		account := d.Of(map[string]string{"ewallet_wallet": value}).Account
		require.NotContains(t, others, account, "%s and %s", value, others[account])
		others[account] = value
	}
	require.NoError(t, errors.Join(d.Remember("a \"b\"\n", sum),
		d.Remember("c", DestinationSum{whole: Fingerprint{1}})))
	require.NoError(t, d.Remember("c", DestinationSum{whole: Fingerprint{2}}))
	require.NoError(t, d.close())

	path := filepath.Join(dir, destinationsName)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NotContains(t, string(content), "80236479180236479")
	require.NoError(t, os.WriteFile(path, append(content, "torn"...), 0o600)) // after a crash
	d = open()
	require.Equal(t, map[string]DestinationSum{"a \"b\"\n": sum, "c": {whole: Fingerprint{2}}}, d.known)
	require.Equal(t, sum, d.Of(account), "the key stays")
	require.NoError(t, d.Remember("d", DestinationSum{whole: Fingerprint{4}}))
	require.NoError(t, d.close())
	d = open()
	require.Len(t, d.known, 3)
	require.NoError(t, d.close())

	require.NoError(t, os.WriteFile(path, append(content, "x\n"...), 0o600))
	_, err = openDestinations(dir)
	require.ErrorContains(t, err, "a line cannot be read")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	require.NoError(t, os.Remove(filepath.Join(dir, fingerprintKey)))
	_, err = openDestinations(dir)
	require.ErrorIs(t, err, os.ErrNotExist, "with a new key no fingerprint would match")
}

// TestFailedOpen checks that a store that could not be opened is not in use.
func TestFailedOpen(t *testing.T) {
	t.Parallel()
	for _, name := range []string{destinationsName, notesName} {
		e := invocation("PAYNETEASY_STATE_DIR=" + t.TempDir())
		config := storeConfig("https://sandbox.connpay.com/paynet", "TestMerchant", payneteasy.EndpointID(39915))
		dir, err := dirOf(e, config)
		require.NoError(t, err)
		obstacle := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(obstacle, 0o700))
		_, err = Open(e, config)
		require.ErrorContains(t, err, "is not a regular file")
		require.NoError(t, os.Remove(obstacle))
		s, err := Open(e, config)
		require.NoError(t, err)
		require.NoError(t, s.Close())
	}
}
