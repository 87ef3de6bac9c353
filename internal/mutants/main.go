// Command mutants breaks source files in one place at a time and reports which breaks the tests do not notice:
//
//	go run ./internal/mutants -n 20 -seed 1 -test ./internal/order internal/order/next.go internal/order/decide.go
//
// A break negates a condition, drops a statement or swaps an operator. The files themselves are not touched: the broken copy
// is built by go test -overlay. The status is 1 if a mutant has survived.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("mutants", flag.ContinueOnError)
	n := flags.Int("n", 20, "how many mutants")
	seed := flags.Uint64("seed", 1, "which ones")
	packages := flags.String("test", "", "the packages to test, with spaces between")
	skip := flags.String("skip", "", "go test's -skip: slow tests")
	timeout := flags.Duration("timeout", 5*time.Minute, "for the tests of one mutant; one that hangs is noticed")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var all []mutant
	for _, file := range flags.Args() {
		found, err := mutantsOf(file)
		if err != nil {
			return err
		}
		all = append(all, found...)
	}
	random := rand.New(rand.NewPCG(*seed, 0)) //nolint:gosec // the same mutants for the same seed
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	tested, survivors := 0, 0
	for _, m := range all {
		if tested == *n {
			break
		}
		result, err := m.test(ctx, strings.Fields(*packages), *skip, *timeout)
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
		fmt.Printf("%-8s %s\n", result, m)
	}
	fmt.Printf("%d mutants of %d places, %d survived\n", tested, len(all), survivors)
	if survivors > 0 {
		return fmt.Errorf("%d survived", survivors)
	}
	return nil
}

// mutant is a file with one place changed.
type mutant struct {
	file     string
	line     int
	from, to int // the bytes that are replaced
	old, new string
}

func (m mutant) String() string {
	oneLine := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	return fmt.Sprintf("%s:%d: %.90s  ->  %.90s", m.file, m.line, oneLine(m.old), oneLine(m.new))
}

// opposites are operators and what they become.
var opposites = map[token.Token]string{
	token.EQL: "!=", token.NEQ: "==", token.LSS: ">=", token.GEQ: "<", token.GTR: "<=", token.LEQ: ">", token.LAND: "||", token.LOR: "&&",
}

// mutantsOf are all places of a file that can be broken.
func mutantsOf(file string) ([]mutant, error) {
	source, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, source, 0)
	if err != nil {
		return nil, err
	}
	var all []mutant
	add := func(from, to token.Pos, replace func(old string) string) {
		at, end := set.Position(from), set.Position(to)
		old := string(source[at.Offset:end.Offset])
		all = append(all, mutant{file, at.Line, at.Offset, end.Offset, old, replace(old)})
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			add(n.Cond.Pos(), n.Cond.End(), negated)
		case *ast.SwitchStmt:
			for _, e := range conditions(n) {
				add(e.Pos(), e.End(), negated)
			}
		case *ast.BinaryExpr:
			if opposite, ok := opposites[n.Op]; ok {
				add(n.OpPos, n.OpPos+token.Pos(len(n.Op.String())), func(string) string { return opposite })
			}
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				add(n.Pos(), n.End(), nothing)
			}
		case *ast.ExprStmt, *ast.IncDecStmt, *ast.DeferStmt:
			add(n.Pos(), n.End(), nothing)
		case *ast.Ident:
			if opposite, ok := map[string]string{"true": "false", "false": "true"}[n.Name]; ok {
				add(n.Pos(), n.End(), func(string) string { return opposite })
			}
		}
		return true
	})
	return all, nil
}

func negated(condition string) string { return "!(" + condition + ")" }

func nothing(string) string { return "" }

// conditions are those of a switch without a tag.
func conditions(s *ast.SwitchStmt) (all []ast.Expr) {
	if s.Tag != nil {
		return nil
	}
	for _, clause := range s.Body.List {
		if clause, ok := clause.(*ast.CaseClause); ok {
			all = append(all, clause.List...)
		}
	}
	return all
}

type result string

const (
	killed         result = "killed"
	survived       result = "SURVIVED"
	doesNotCompile result = "does not compile"
)

// test runs the tests with the mutant in the place of its file.
func (m mutant) test(ctx context.Context, packages []string, skip string, timeout time.Duration) (result, error) {
	scratch, err := os.MkdirTemp("", "mutant-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	source, err := os.ReadFile(m.file)
	if err != nil {
		return "", err
	}
	original, err := filepath.Abs(m.file)
	if err != nil {
		return "", err
	}
	broken := filepath.Join(scratch, filepath.Base(m.file))
	if err := os.WriteFile(broken, slices.Concat(source[:m.from], []byte(m.new), source[m.to:]), 0o600); err != nil { //nolint:gosec // in a directory of our own
		return "", err
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{original: broken}})
	if err != nil {
		return "", err
	}
	list := filepath.Join(scratch, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		return "", err
	}
	if err := exec.CommandContext(ctx, "go", "build", "-overlay", list, "./"+filepath.Dir(m.file)).Run(); err != nil { //nolint:gosec // files of this module
		return doesNotCompile, nil
	}
	args := []string{"test", "-overlay", list, "-vet=off", "-failfast", "-timeout", timeout.String()}
	if skip != "" {
		args = append(args, "-skip", skip)
	}
	if err := exec.CommandContext(ctx, "go", append(args, packages...)...).Run(); err != nil { //nolint:gosec // packages of this module
		return killed, nil
	}
	return survived, nil
}
