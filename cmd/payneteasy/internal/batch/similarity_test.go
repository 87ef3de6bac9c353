package batch

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSkeletons checks that IDs that a person takes for the same have a common skeleton, and others do not.
func TestSkeletons(t *testing.T) {
	t.Parallel()
	for _, alike := range [][]string{
		{"1001", "01001", "0001001", "1001.0", "1001,00", "１００１", "10 01"},
		{
			"INV-1", "inv-1", "INV_1", "INV1", "inv 1", "INV-01", "INV.1", "INV/1", "ІNV-1", "INV–1", "INV\u00ad1",
			"INV\u200b1",
		},
		{"caf\u00e9-1", "cafe\u0301-1", "CAF\u00c9-1"},
		{"АВС-1", "ABC-1"},
		{"ΑΒΕ", "ABE"},
		{"2026-11-30", "2026_11_30", "2026.11.30", "2026 11 30", "2026-11-030"},
		{"0", "00", "000"},
		{"a0", "A-0", "a00"},
		{"1001", "1OO1", "l00l", "10O1", "I001", "1001_", "1001-"},
		{"INV-2010", "INV-2O1O", "inv_20l0"},
	} {
		keys := map[string]int{}
		for _, id := range alike {
			for _, key := range skeletons(id) {
				keys[key]++
			}
		}
		most := 0
		for _, n := range keys {
			most = max(most, n)
		}
		require.Equal(t, len(alike), most, "%q: %v", alike, keys)
	}
	seen := map[string]string{}
	for _, id := range []string{
		"1001", "1002", "10010", "1-11", "11-1", "111", "2026-1-11", "2026-11-1", "INV-1", "INV-2", "INV-10", "INV-100",
		"A-1-B", "A-1-C", "café-1", "cafe-1", "выплата-1", "выплата-2",
		"1.5", "15", "a1b2", "a12b", "x0y", "x-y", "", "O-5", "0-5", "l5", "b1O0", "b100c", "hello", "he110",
	} {
		for _, key := range skeletons(id) {
			require.NotContains(t, seen, key, "%s and %s", id, seen[key])
			seen[key] = id
		}
	}
}
