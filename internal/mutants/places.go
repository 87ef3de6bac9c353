package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
)

// mutant is a file with one place changed.
type mutant struct {
	file     string
	source   []byte
	function string // that contains it
	line     int
	from, to int // the bytes that are replaced
	old, new string
}

func (m mutant) String() string {
	return fmt.Sprintf("%s:%d: %s: %s", m.file, m.line, m.function, m.change())
}

func (m mutant) change() string {
	oneLine := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	return oneLine(m.old) + "  ->  " + oneLine(m.new)
}

// opposites are operators and what they become.
var opposites = map[token.Token]string{
	token.EQL: "!=", token.NEQ: "==", token.LSS: ">=", token.GEQ: "<", token.GTR: "<=", token.LEQ: ">",
	token.LAND: "||", token.LOR: "&&",
}

// finder collects the places of a file.
type finder struct {
	file     string
	function string
	source   []byte
	set      *token.FileSet
	negated  map[ast.Expr]bool // conditions. Swapping the operator of one is the same break
	found    []mutant
}

// mutantsOf are all places of a file that can be broken.
func mutantsOf(file string) ([]mutant, error) {
	source, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	f := &finder{file: file, source: source, set: token.NewFileSet(), negated: map[ast.Expr]bool{}}
	parsed, err := parser.ParseFile(f.set, file, source, 0)
	if err != nil {
		return nil, err
	}
	for _, declared := range parsed.Decls {
		if function, ok := declared.(*ast.FuncDecl); ok {
			f.function = function.Name.Name
			ast.Inspect(function, f.look)
		}
	}
	return f.found, nil
}

func (f *finder) add(from, to token.Pos, replace func(old string) string) {
	at, end := f.set.Position(from), f.set.Position(to)
	old := string(f.source[at.Offset:end.Offset])
	f.found = append(f.found, mutant{f.file, f.source, f.function, at.Line, at.Offset, end.Offset, old, replace(old)})
}

func (f *finder) negate(condition ast.Expr) {
	f.negated[condition] = true
	f.add(condition.Pos(), condition.End(), negated)
}

func (f *finder) look(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IfStmt:
		f.negate(n.Cond)
	case *ast.SwitchStmt:
		for _, condition := range conditions(n) {
			f.negate(condition)
		}
	case *ast.BinaryExpr:
		opposite, ok := opposites[n.Op]
		isNegated := f.negated[n] && n.Op != token.LAND && n.Op != token.LOR
		if ok && !isNegated {
			operator := int(n.OpPos - n.Pos())
			f.add(n.Pos(), n.End(), func(old string) string {
				return old[:operator] + opposite + old[operator+len(n.Op.String()):]
			})
		}
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			f.add(n.Pos(), n.End(), nothing)
		}
	case *ast.ExprStmt, *ast.IncDecStmt, *ast.DeferStmt:
		f.add(n.Pos(), n.End(), nothing)
	case *ast.Ident:
		if opposite, ok := map[string]string{"true": "false", "false": "true"}[n.Name]; ok {
			f.add(n.Pos(), n.End(), func(string) string { return opposite })
		}
	}
	return true
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
