// Command prose checks the English of the project. It prints each fault as file:line, then the figures by folder:
//
//	go run ./internal/prose                        # the folder that it runs in
//	go run ./internal/prose filejournal README.md  # a folder and a file
//	go run ./internal/prose -colons filejournal    # also each line with a colon or semicolon that counts
//
// It reads the words in styles/Plain/Words.yml, and the length of the longest sentence in styles/Plain/Sentences.yml.
// So does vale. The status is 1 if there is a fault.
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	found, err := run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "prose:", err)
		os.Exit(2)
	}
	if found {
		os.Exit(1)
	}
}

func run() (found bool, err error) {
	colons := flag.Bool("colons", false, "print each line with a colon or semicolon that counts")
	flag.Parse()
	folders := flag.Args()
	if len(folders) == 0 {
		folders = []string{"."}
	}
	root, err := checkout()
	if err != nil {
		return false, err
	}
	rules, err := loadRules()
	if err != nil {
		return false, err
	}
	rules.listColons = *colons
	all := figures{}
	for _, folder := range folders {
		err := rules.checkFolder(strings.TrimSuffix(folder, "..."), func(path string, faults []fault, c counts) error {
			for _, f := range faults {
				fmt.Printf("%s:%d: %s\n", path, f.line, f.text)
			}
			found = found || len(faults) > 0
			name, err := relative(root, path)
			all.add(name, c)
			return err
		})
		if err != nil {
			return false, err
		}
	}
	fmt.Print(all)
	return found, nil
}

// relative is the name of a file in the checkout, with slashes.
func relative(root, path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	path, err = filepath.Rel(root, path)
	return filepath.ToSlash(path), err
}

var errNoCheckout = errors.New("this is no checkout of the repository")

// checkout finds the folder of go.work, the root of the repository. A module that was downloaded lacks the others.
func checkout() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	work, err := os.ReadFile(filepath.Join(folder, "go.work"))
	for err != nil {
		parent := filepath.Dir(folder)
		if parent == folder {
			return "", fmt.Errorf("%w: no folder above has a go.work", errNoCheckout)
		}
		folder = parent
		work, err = os.ReadFile(filepath.Join(folder, "go.work"))
	}
	for module := range strings.FieldsSeq(string(work)) {
		if !strings.HasPrefix(module, "./") || module == "./" { // which replaces the release
			continue
		}
		if _, err := os.Stat(filepath.Join(folder, module, "go.mod")); err != nil {
			return "", fmt.Errorf("%w: %w", errNoCheckout, err)
		}
	}
	return folder, nil
}

// checkFolder checks all files in a folder, or the one file.
func (r rules) checkFolder(folder string, report func(path string, faults []fault, c counts) error) error {
	var paths []string
	err := filepath.WalkDir(filepath.Clean(folder), func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git"):
			return fs.SkipDir
		case !entry.IsDir() && isChecked(path):
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, path := range paths {
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		faults, counted, err := r.check(path, string(source))
		if err != nil {
			return err
		}
		if err := report(path, faults, counted); err != nil {
			return err
		}
	}
	return nil
}

// counts are the figures of some prose.
type counts struct {
	words, colons, sentences, longest int
}

func (c counts) plus(other counts) counts {
	return counts{
		c.words + other.words, c.colons + other.colons, c.sentences + other.sentences, max(c.longest, other.longest),
	}
}

// rate is how many colons and semicolons 1,000 words have.
func (c counts) rate() int { return (1000*c.colons + c.words/2) / max(c.words, 1) }

// average is the length of a sentence, in tenths of a word.
func (c counts) average() int { return 10 * c.words / max(c.sentences, 1) }

// figures are the counts by folder.
type figures map[string]counts

const inAll = "in all"

func (f figures) add(file string, c counts) {
	folder, _, nested := strings.Cut(file, "/")
	if !nested {
		folder = "root"
	}
	kind := "comments"
	switch {
	case strings.HasSuffix(file, ".md"):
		kind = "Markdown"
	case strings.HasSuffix(file, "_test.go"):
		kind = "comments of tests"
	}
	for _, key := range []string{kind + ", " + folder, kind + ", " + inAll, inAll} {
		f[key] = f[key].plus(c)
	}
}

func (f figures) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-34s %7s %12s %7s %7s\n", "", "words", "colons/1000", "average", "longest")
	for _, key := range slices.SortedFunc(maps.Keys(f), cmp.Compare[string]) {
		c := f[key]
		average := fmt.Sprintf("%d.%d", c.average()/10, c.average()%10)
		fmt.Fprintf(&b, "%-34s %7d %12d %7s %7d\n", key, c.words, c.rate(), average, c.longest)
	}
	return b.String()
}
