package payneteasy

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestControlVectors(t *testing.T) {
	t.Parallel()
	vectors := readVectors[protocolVectors](t, "protocol.json")
	all := append(vectors.Controls, vectors.DerivedControls...)
	require.Len(t, all, 9)
	callbacks := 0
	for _, v := range all {
		var values []string
		for _, part := range v.Order {
			values = append(values, v.Parts[part])
		}
		key := NewSecret(values[len(values)-1])
		require.Equal(t, v.SHA1, control(key, values[:len(values)-1]...), v.ID)
		if v.Parts["merchant_order"] != "" {
			n := notice{
				status: v.Parts["status"], orderID: v.Parts["orderid"], clientOrderID: v.Parts["merchant_order"],
				values: map[string]string{"control": v.SHA1},
			}
			require.Nil(t, testClient(t).verify(n), v.ID)
			n.values["control"] = ""
			require.ErrorIs(t, testClient(t).verify(n), ErrForged)
			callbacks++
		}
		if v.Parts["login"] != "" && v.ID != "create_card_ref_v2" {
			require.Equal(t, v.SHA1,
				statusControl(key, v.Parts["login"], v.Parts["client_orderid"], v.Parts["orderid"]), v.ID)
		}
	}
	require.Equal(t, 3, callbacks)
}
