// Command mutants breaks source files in one place at a time, and reports which breaks the tests do not notice.
//
//	go run ./internal/mutants -n 20 -seed 1 -test ./internal/order internal/order/next.go internal/order/decide.go
//
// A break negates a condition, drops a statement or swaps an operator. The files stay as they are, because go test
// -overlay builds the broken copy. Each mutant is tested with -short and -skip first. If it survives, all tests of
// these packages are run, or of the packages of each -then, one list after another. Without -test, the first package is
// the file's own. The exit status is 1 if a mutant survives that is not in equivalents.
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

// settings are the flags.
type settings struct {
	n       int
	seed    uint64
	first   []string   // packages. The file's own if nil
	then    [][]string // packages, one list after another. If nil, the first again, without -short and -skip
	skip    string
	timeout time.Duration
	files   []string
}

func parse(args []string) (settings, error) {
	flags := flag.NewFlagSet("mutants", flag.ContinueOnError)
	var s settings
	flags.IntVar(&s.n, "n", 20, "how many mutants; 0: all")
	flags.Uint64Var(&s.seed, "seed", 1, "which ones")
	first := flags.String("test", "", "the packages to test first, with spaces between; default: the file's own")
	then := func(packages string) error {
		s.then = append(s.then, strings.Fields(packages))
		return nil
	}
	flags.Func("then", "the packages to test if it survives; may be repeated; default: the same", then)
	flags.StringVar(&s.skip, "skip", "", "go test's -skip for the first tests")
	flags.DurationVar(&s.timeout, "timeout", 5*time.Minute, "for the tests of one mutant; one that hangs is noticed")
	if err := flags.Parse(args); err != nil {
		return settings{}, err
	}
	s.first, s.files = strings.Fields(*first), flags.Args()
	return s, nil
}

// stages are the runs of go test for a mutant of a file.
func (s settings) stages(file string) [][]string {
	first := s.first
	if len(first) == 0 {
		first = []string{"./" + filepath.ToSlash(filepath.Dir(file))}
	}
	then := s.then
	if len(then) == 0 {
		then = [][]string{first}
	}
	options := []string{"-failfast", "-timeout", s.timeout.String(), "-parallel", strconv.Itoa(2 * runtime.NumCPU())}
	short := append(slices.Clone(options), "-short")
	if s.skip != "" {
		short = append(short, "-skip", s.skip)
	}
	stages := [][]string{append(short, first...)}
	for _, packages := range then {
		stages = append(stages, slices.Concat(options, packages))
	}
	return stages
}

func run(ctx context.Context, args []string) error {
	s, err := parse(args)
	if err != nil {
		return err
	}
	all, err := drawn(s)
	if err != nil {
		return err
	}
	for _, stage := range wholeStages(s) {
		if output, err := goTest(ctx, stage); err != nil {
			return fmt.Errorf("the tests fail without a mutant: %w\n%s", err, output)
		}
	}
	tested, survivors := 0, 0
	for _, m := range all {
		if s.n > 0 && tested == s.n {
			break
		}
		began := time.Now()
		result, err := m.test(ctx, s.stages(m.file))
		if err != nil {
			return err
		}
		if result == doesNotCompile {
			continue
		}
		tested++
		if result == survived {
			survivors++
		}
		fmt.Printf("%-8s %5.1f s  %s\n", result, time.Since(began).Seconds(), m)
	}
	fmt.Printf("%d mutants of %d places, %d survived\n", tested, len(all), survivors)
	if survivors > 0 {
		return fmt.Errorf("%d survived: write the test that fails, or say in equivalents why there is none", survivors)
	}
	if tested < s.n {
		return fmt.Errorf("only %d mutants of %d compile", tested, s.n)
	}
	return nil
}

// drawn are the mutants of all files without the equivalent ones, in an order that the seed decides.
func drawn(s settings) ([]mutant, error) {
	var all []mutant
	for _, file := range s.files {
		found, err := mutantsOf(file)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	all, err := withoutEquivalents(all, s.files, equivalents)
	if err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(s.seed, 0)) //nolint:gosec // the same mutants for the same seed
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all, nil
}

// wholeStages are the different runs of go test that mutants of these files need.
func wholeStages(s settings) (all [][]string) {
	for _, file := range s.files {
		for _, stage := range s.stages(file) {
			if !slices.ContainsFunc(all, func(known []string) bool { return slices.Equal(known, stage) }) {
				all = append(all, stage)
			}
		}
	}
	return all
}
