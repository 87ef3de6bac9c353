package ecommpay

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestOperationOrder checks that the last of twelve operations in any order is the latest.
func TestOperationOrder(t *testing.T) {
	t.Parallel()
	var operations []string
	for i := range 12 {
		operations = append(operations,
			fmt.Sprintf(`{"id":"%d","type":"t%d","status":"success","date":"2024-04-24T13:%02d:00+0000"}`, 9+i, i, i))
	}
	for turn := range operations {
		turned := append(append([]string(nil), operations[turn:]...), operations[:turn]...)
		cb, err := parse(t,
			signed(t, `{"payment":{"id":"p","status":"success"},"operations":[`+strings.Join(turned, ",")+`]}`))
		require.NoError(t, err)
		require.Equal(t, "20", cb.Operation.ID)
		require.Len(t, cb.Operations, 12)
	}
}
