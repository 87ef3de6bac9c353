package main

import (
	_ "embed"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	//go:embed styles/Plain/Words.yml
	wordsFile string
	//go:embed styles/Plain/Sentences.yml
	sentencesFile string
)

// rules are what vale's rules say, too.
type rules struct {
	longest    int // words a sentence
	words      *regexp.Regexp
	instead    []string // of the word in the group of this number, from 1 on
	listColons bool
}

func loadRules() (rules, error) {
	_, after, _ := strings.Cut(sentencesFile, "\nmax: ")
	longest, err := strconv.Atoi(strings.Split(after, "\n")[0])
	if err != nil {
		return rules{}, fmt.Errorf("styles/Plain/Sentences.yml: %w", err)
	}
	return newRules(longest, wordsFile)
}

var swap = regexp.MustCompile(`(?m)^  '?(.+?)'?: '?(.+?)'?$`)

// newRules reads the lines "pattern: replacement" of a list of words. A pattern has no group that captures.
func newRules(longest int, list string) (rules, error) {
	r := rules{longest: longest, instead: []string{""}}
	var patterns []string
	for _, match := range swap.FindAllStringSubmatch(list, -1) {
		patterns = append(patterns, "("+strings.ReplaceAll(match[1], " ", `\s+`)+")")
		r.instead = append(r.instead, match[2])
	}
	if len(patterns) == 0 {
		return rules{}, errors.New("the list of words is empty")
	}
	var err error
	r.words, err = regexp.Compile(`(?i)\b(?:` + strings.Join(patterns, "|") + `)\b`)
	return r, err
}

type fault struct {
	line int
	text string
}

// isChecked says whether a file is read. Only the words count in pages, scripts and SQL.
func isChecked(path string) bool {
	return slices.Contains([]string{".go", ".md", ".html", ".js", ".sql", ".txtar"}, filepath.Ext(path))
}

// check finds the faults of a file, and counts.
func (r rules) check(path, source string) (faults []fault, all counts, err error) {
	blocks, err := blocksOf(path, source)
	if err != nil {
		return nil, counts{}, err
	}
	for _, b := range blocks {
		found, counted := r.checkBlock(b)
		faults, all = append(faults, found...), all.plus(counted)
	}
	slices.SortStableFunc(faults, func(a, b fault) int { return a.line - b.line })
	return faults, all, nil
}

func (r rules) checkBlock(b block) (faults []fault, c counts) {
	add := func(at int, text string) {
		faults = append(faults, fault{b.line + strings.Count(b.text[:at], "\n"), text})
	}
	for _, match := range r.words.FindAllStringSubmatchIndex(b.text, -1) {
		group := 1
		for match[2*group] < 0 {
			group++
		}
		found := strings.Join(strings.Fields(b.text[match[0]:match[1]]), " ")
		add(match[0], fmt.Sprintf("%q: use %q", found, r.instead[group]))
	}
	if !b.sentences {
		return faults, c
	}
	for _, at := range colon.FindAllStringIndex(b.text, -1) {
		c.colons++
		if r.listColons {
			add(at[0], "a colon or semicolon")
		}
	}
	for _, s := range sentences(b.text) {
		words := len(word.FindAllString(b.text[s.from:s.to], -1))
		c = c.plus(counts{words: words, sentences: min(words, 1), longest: words})
		if words > r.longest {
			add(s.from, fmt.Sprintf("a sentence of %d words: use at most %d", words, r.longest))
		}
	}
	return faults, c
}

func blocksOf(path, source string) ([]block, error) {
	switch filepath.Ext(path) {
	case ".go":
		return goBlocks(path, source)
	case ".md":
		return paragraphs(1, markdownLines(source)), nil
	}
	return []block{{line: 1, text: source}}, nil
}

// goBlocks are the comments and the string literals of a Go file.
func goBlocks(path, source string) (blocks []block, err error) {
	positions := token.NewFileSet()
	file, err := parser.ParseFile(positions, path, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, group := range file.Comments {
		first := positions.Position(group.Pos()).Line
		var lines []string
		for _, comment := range group.List {
			lines = append(lines, strings.Split(comment.Text, "\n")...)
		}
		blocks = append(blocks, paragraphs(first, commentLines(lines))...)
	}
	ast.Inspect(file, func(node ast.Node) bool {
		if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			text := strings.Trim(literal.Value, "`")
			if unquoted, err := strconv.Unquote(literal.Value); err == nil && literal.Value[0] == '"' {
				text = strings.ReplaceAll(unquoted, "\n", " ") // it is one line of the source
			}
			blocks = append(blocks, block{line: positions.Position(literal.Pos()).Line, text: text})
		}
		return true
	})
	return blocks, nil
}
