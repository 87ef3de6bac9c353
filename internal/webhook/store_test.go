package webhook

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestKey pins the key, because stores keep records under it. Another key would lose them.
func TestKey(t *testing.T) {
	t.Parallel()
	require.Equal(t, "8595b54acd321726dd4af5b910dac35641d24c0294090155ce48d0276b445a42",
		Key("https://gateway.example/paynet", "merchant", "order-1"))
}
