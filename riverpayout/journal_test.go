package riverpayout_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/payneteasy-go/payneteasy/riverpayout"
)

func TestJournal(t *testing.T) {
	t.Parallel()
	url := database(t)
	payneteasytest.TestJournal(t, func() (payneteasy.Journal, error) {
		return riverpayout.NewJournal(t.Context(), poolOf(t, url), "https://gateway.example/paynet", "TestMerchant")
	})
	require.NotEmpty(t, url)
}
