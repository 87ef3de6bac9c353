package payneteasy

import (
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// TestAmountsHoldNoReplies: a currency came in a reply or a callback, and an amount that a journal keeps does not keep its
// body in memory.
func TestAmountsHoldNoReplies(t *testing.T) {
	t.Parallel()
	body := strings.Repeat(" ", 1000) + "USD"
	amount := replyAmount("10.42", body[1000:])
	require.Equal(t, "10.42 USD", amount.String())
	require.NotSame(t, unsafe.StringData(body[1000:]), unsafe.StringData(amount.Currency()))
	runtime.KeepAlive(body)
}
