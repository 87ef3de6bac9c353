package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const source = `package p

func decide(a, b int, done bool) (n int) {
	if a == b {
		n = 1
	}
	if a < b && !done {
		n++
	}
	switch {
	case done:
		return n
	}
	defer println(true)
	return n
}
`

func placesOf(t *testing.T, source string) (file string, all []mutant) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "p.go")
	require.NoError(t, os.WriteFile(file, []byte(source), 0o600))
	all, err := mutantsOf(file)
	require.NoError(t, err)
	return file, all
}

// TestPlaces checks that each place is there once, even if two kinds of break have the same result.
func TestPlaces(t *testing.T) {
	t.Parallel()
	_, all := placesOf(t, source)
	var changes []string
	for _, m := range all {
		require.Equal(t, "decide", m.function)
		require.Equal(t, m.old, source[m.from:m.to])
		changes = append(changes, m.change())
	}
	require.Equal(t, []string{
		"a == b  ->  !(a == b)",
		"n = 1  ->  ",
		"a < b && !done  ->  !(a < b && !done)",
		"a < b && !done  ->  a < b || !done",
		"a < b  ->  a >= b",
		"n++  ->  ",
		"done  ->  !(done)",
		"defer println(true)  ->  ",
		"true  ->  false",
	}, changes)
}

// TestEquivalents checks that a listed mutant is left out, and that a line for a place that is gone is an error.
func TestEquivalents(t *testing.T) {
	t.Parallel()
	file, all := placesOf(t, source)
	listed := equivalent{file, "decide", "n++  ->  ", "n is not read"}
	left, err := withoutEquivalents(all, []string{file}, []equivalent{listed})
	require.NoError(t, err)
	require.Len(t, left, 8)
	listed.change = "n--  ->  "
	_, err = withoutEquivalents(left, []string{file}, []equivalent{listed})
	require.ErrorContains(t, err, "n is not read")
	_, err = withoutEquivalents(left, []string{"other.go"}, []equivalent{listed})
	require.NoError(t, err, "its file is not among those that are broken")
}

// TestMutant checks that the tests of a module see the broken copy, and that the file stays as it is.
func TestMutant(t *testing.T) {
	const one = "package p\n\nfunc one() int {\n\tn := 2\n\tn = 1\n\tif n > 5 {\n\t\tn--\n\t}\n\treturn n\n}\n"
	file, all := placesOf(t, one)
	t.Chdir(filepath.Dir(file))
	for name, content := range map[string]string{
		"go.mod": "module p\n\ngo 1.26\n",
		"p_test.go": "package p\n\nimport \"testing\"\n\n" +
			"func TestOne(t *testing.T) {\n\tif one() != 1 {\n\t\tt.Fail()\n\t}\n}\n",
	} {
		require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
	}
	t.Setenv("GOWORK", "off")
	broken := all[0]
	broken.new = "n = x"
	results := map[string]result{}
	for _, m := range append(all, broken) {
		got, err := m.test(t.Context(), [][]string{{"-short", "."}, {"."}})
		require.NoError(t, err)
		results[m.change()] = got
	}
	require.Equal(t, map[string]result{
		"n = 1  ->  ":         killed,
		"n > 5  ->  !(n > 5)": killed,
		"n--  ->  ":           survived,
		"n = 1  ->  n = x":    doesNotCompile,
	}, results)
}
