package main

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestProject checks all files, and the limits of colons and of the average sentence.
func TestProject(t *testing.T) {
	const maxColons, maxAverage = 8, 150 // of 1,000 words; tenths of a word
	root, err := checkout()
	if errors.Is(err, errNoCheckout) {
		t.Skip(err)
	}
	require.NoError(t, err)
	rules, err := loadRules()
	require.NoError(t, err)
	folder := ""
	if testing.Short() { // as under the race detector, which is ten times as slow and looks for something else
		folder = "internal/"
	}
	all := figures{}
	err = rules.checkFolder(filepath.Join(root, folder), func(path string, faults []fault, c counts) error {
		name, err := relative(root, path)
		all.add(name, c)
		for _, f := range faults {
			t.Errorf("%s:%d: %s", name, f.line, f.text)
		}
		return err
	})
	require.NoError(t, err)
	t.Log("\n" + all.String())
	if folder == "" {
		comments := all["comments, "+inAll].plus(all["comments of tests, "+inAll])
		require.LessOrEqual(t, comments.rate(), maxColons, "colons and semicolons of 1,000 words of comments")
		require.LessOrEqual(t, all[inAll].average(), maxAverage, "tenths of a word of the average sentence")
	}
}

// TestCheckout refuses a downloaded module. It has no go.work above it, or lacks the other modules.
func TestCheckout(t *testing.T) {
	folder := t.TempDir()
	inner := filepath.Join(folder, "inner")
	require.NoError(t, os.Mkdir(inner, 0o700))
	t.Chdir(inner)
	_, err := checkout()
	require.ErrorIs(t, err, errNoCheckout)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "go.work"), []byte("use (\n\t./inner\n)\n"), 0o600))
	_, err = checkout()
	require.ErrorIs(t, err, errNoCheckout)
	require.NoError(t, os.WriteFile("go.mod", nil, 0o600))
	root, err := checkout()
	require.NoError(t, err)
	name, err := relative(root, "go.mod")
	require.NoError(t, err)
	require.Equal(t, "inner/go.mod", name)
}

// TestWords finds the examples of testdata/words.txt by the project's list.
func TestWords(t *testing.T) {
	t.Parallel()
	rules, err := loadRules()
	require.NoError(t, err)
	require.Equal(t, 30, rules.longest)
	require.Greater(t, len(rules.instead), 40)
	require.Equal(t, len(rules.instead)-1, rules.words.NumSubexp(), "a pattern has a group that captures")
	examples, err := os.ReadFile("testdata/words.txt")
	require.NoError(t, err)
	for example := range strings.Lines(string(examples)) {
		text, instead, _ := strings.Cut(strings.TrimSpace(example), " =>")
		faults, _ := rules.checkBlock(block{line: 1, text: text})
		if instead == "" {
			require.Empty(t, faults, text)
			continue
		}
		require.Len(t, faults, 1, text)
		require.Contains(t, faults[0].text, strings.TrimSpace(instead))
	}
	_, err = newRules(5, "swap:\n")
	require.Error(t, err)
}

// faultsOf are the faults of a text by rules with one word and sentences of at most five words.
func faultsOf(t *testing.T, path, source string) (faults []string, c counts) {
	t.Helper()
	rules, err := newRules(5, "swap:\n  (?:big )?gizmos?: tool\n")
	require.NoError(t, err)
	found, c, err := rules.check(path, source)
	require.NoError(t, err)
	for _, f := range found {
		faults = append(faults, strings.Repeat("\n", f.line)+f.text)
	}
	return faults, c
}

func TestFaults(t *testing.T) {
	t.Parallel()
	const long, aWord = "a sentence of 6 words: use at most 5", `"gizmo": use "tool"`
	for _, test := range []struct {
		name, path, source string
		faults             []string // as many line breaks as the number of the line, and the text
	}{
		{"comment", "a.go", "package a\n\n// One two. One two three four\n// five six.\n", []string{"\n\n\n" + long}},
		{"line's end", "a.go", "package a\n\nvar a int // A gizmo.\n", []string{"\n\n\n" + aWord}},
		{"block", "a.go", "package a\n\n/*\nA gizmo.\n*/\n", []string{"\n\n\n\n" + aWord}},
		{"line break", "a.go", "package a\n\n// A big\n// gizmo.\n", []string{"\n\n\n" + `"big gizmo": use "tool"`}},
		{"string", "a.go", "package a\n\nvar a = \"no\\ngizmo\"\n", []string{"\n\n\n" + aWord}},
		{"raw string", "a.go", "package a\n\nvar a = `no\ngizmo`\n", []string{"\n\n\n\n" + aWord}},
		{"long string", "a.go", "package a\n\nvar a = \"one two three four five six\"\n", nil},
		{"name", "a.go", "package a\n\nvar gizmo int\n", nil},
		{"code", "a.go", "package a\n\n// One:\n//\n//\tgizmo two three four five six\n", nil},
		{"list", "a.go", "package a\n\n// A:\n// - one two three\n//   four five six\n", []string{"\n\n\n\n" + long}},
		{"directive", "a.go", "package a\n\n//go:generate gizmo two three four five six\n", nil},
		{"its reason", "a.go", "package a\n\n//nolint:gizmo // a gizmo\n", []string{"\n\n\n" + aWord}},
		{"output", "a_test.go", "package a\n\n// Output:\n// gizmo two three four five six\n", nil},
		{"Markdown", "a.md", "# One two three\n\none two three\nfour five *six*.\n", []string{"\n\n\n" + long}},
		{"word of Markdown", "a.md", "- one\n- a gizmo\n", []string{"\n\n" + aWord}},
		{"heading", "a.md", "# One two three\none two three\n", nil},
		{"fence", "a.md", "````sh\n```\n\na gizmo\n````\nA gizmo.\n", []string{"\n\n\n\n\n\n" + aWord}},
		{"code span", "a.md", "One `gizmo two\nthree` five six. A gizmo.\n", []string{"\n\n" + aWord}},
		{"address", "a.md", "See [one](https://gizmo/two/three) and https://four/five.\n", nil},
		{"table", "a.md", "| one two three four five six |\n| --- |\n| gizmo |\n", []string{"\n\n\n" + aWord}},
		{"script", "a.js", "// a gizmo\n", []string{"\n" + aWord}},
		{"page", "a.html", "<p>\ngizmo two three four five six\n", []string{"\n\n" + aWord}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			faults, _ := faultsOf(t, test.path, test.source)
			require.Equal(t, test.faults, faults)
		})
	}
}

// TestCounts counts a colon before a blank or the end of a line. The one after the term of an item does not count.
func TestCounts(t *testing.T) {
	t.Parallel()
	_, c := faultsOf(t, "a.md", "One: two; 10:42. https://a/b: `c: d`\n\n- The term: one\n- two\n\n| a: | b |\n")
	require.Equal(t, counts{words: 9, colons: 3, sentences: 4, longest: 4}, c)
	require.Equal(t, 333, c.rate())
	require.Equal(t, 22, c.average())
	f := figures{}
	f.add("a.go", c)
	f.add("b/c/a_test.go", c)
	require.Regexp(t, regexp.MustCompile(`(?s)comments of tests, b .* 9 .*comments, root .*in all +18 +333 +2\.2 +4\n$`), f.String())
}

func TestSentences(t *testing.T) {
	t.Parallel()
	for _, want := range [][]string{
		{"One two.", "Three."},
		{"One?", "Two!", "three"},
		{"It is 10.42 USD.", "Next."},
		{"Call payneteasy.Entry.Decision first.", "nil is no limit."},
		{"Some, e.g. this one, i.e. That, vs. it, are one (cf. RFC 3339)."},
		{"A fee, a limit etc. are one."},
		{"A fee, a limit etc.", "Then two."},
		{"It says \"what now?\" and goes on."},
		{"It says \"what now?\"", "Then it ends."},
		{"(It is in brackets.)", "Then it ends."},
		{"Run go test ./... in the folder.", "See go.mod.", "v1.2.3 is next."},
		{"It waits ... and then goes on… so far."},
		{"A dot . alone"},
		{"One\ntwo.", "Three\nfour."},
	} {
		text := "\t" + strings.Join(want, " ") + " "
		var got []string
		for _, s := range sentences(text) {
			got = append(got, strings.TrimSpace(text[s.from:s.to]))
		}
		require.Equal(t, want, got)
	}
}
