package mask

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWorkOfNames: the work for a name does not grow faster than the name. It is counted in allocations.
func TestWorkOfNames(t *testing.T) { //nolint:paralleltest // allocations are counted
	for _, part := range []string{"a.", "[a]", "x-a.", "order.", "orderid."} {
		name := strings.Repeat(part, 1<<13)
		require.Less(t, testing.AllocsPerRun(1, func() { kindOf(name) }), 300.0, part)
	}
	for _, name := range []string{
		strings.Repeat("a.", 10) + "client_orderid", "a[b][by][request][sn]", "x.X-Client-Order-Id", "a.b.client.order.id[0]",
	} {
		require.Equal(t, id, kindOf(name), name)
	}
}
