package ecommpaytest

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestChecksum checks the signatures of the vectors.
func TestChecksum(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../testdata/vectors.json")
	require.NoError(t, err)
	var vectors struct {
		Vectors []struct {
			Name, Secret, JSON string
			Signature          any
		}
	}
	require.NoError(t, json.Unmarshal(raw, &vectors))
	require.Len(t, vectors.Vectors, 18)
	for _, vector := range vectors.Vectors {
		require.Equal(t, SecretKey, vector.Secret)
		want := vector.Signature
		if orders, several := want.(map[string]any); several {
			want = orders["natural_by_path"]
		}
		require.Equal(t, want, checksum(decode([]byte(vector.JSON))), vector.Name)
	}
}
