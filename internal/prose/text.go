package main

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// block is a paragraph, an item of a list, a row of a table or a string literal.
type block struct {
	line      int // of its begin
	text      string
	sentences bool // it has some to count
}

var (
	directive = regexp.MustCompile(`^//(?:[a-z0-9]+:[a-z0-9]|export |line )`)
	output    = regexp.MustCompile(`(?i)^\s*(?:unordered )?output:`)
	item      = regexp.MustCompile(`^[\s>]*(?:[-*+•]|\d+[.)])\s+`)
	term      = regexp.MustCompile(`^((?:\S+ ){0,3}\S+): `) // "- Term: text" has a colon of the list, not of a sentence
	heading   = regexp.MustCompile(`^#{1,6} `)
	link      = regexp.MustCompile(`\]\([^)\s]*\)|^\[[^\]]+\]: \S+$`)
	code      = regexp.MustCompile("(?s)``.+?``|`[^`]+`")
	url       = regexp.MustCompile(`\w+://[^\s<>"'|]*[^\s<>"'|.,;:!?)\]]`)
)

// commentLines are the lines of a comment without its marks. What is no prose is empty: directives, code and the
// output of an example. Code is indented, and no item of a list or the rest of one.
func commentLines(lines []string) []string {
	list := false
	for i, line := range lines {
		text := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(line, "//"), "/*"), "*/")
		if output.MatchString(text) {
			return lines[:i]
		}
		indented := strings.HasPrefix(text, "\t") || strings.HasPrefix(text, "  ")
		isItem := item.MatchString(text)
		switch {
		case directive.MatchString(line):
			_, text, _ = strings.Cut(text, " // ")
		case strings.TrimSpace(text) == "":
		case isItem:
			list = true
		case !indented:
			list = false
		case !list:
			text = ""
		}
		lines[i] = text
	}
	return lines
}

// markdownLines are the lines of a text. Those of a fenced block are empty.
func markdownLines(source string) []string {
	lines := strings.Split(source, "\n")
	fence := ""
	for i, line := range lines {
		trimmed := strings.TrimSpace(line)
		fenced := fence != ""
		switch {
		case !fenced && strings.HasPrefix(trimmed, "```"):
			fence = trimmed[:len(trimmed)-len(strings.TrimLeft(trimmed, "`"))]
			fenced = true
		case fenced && trimmed == fence:
			fence = ""
		}
		if fenced {
			lines[i] = ""
		}
	}
	return lines
}

// paragraphs are the blocks of lines. Code between backquotes and a link's address are one word.
func paragraphs(first int, lines []string) (blocks []block) {
	open := false // the next line belongs to the last block
	for i, text := range lines {
		isItem, isHeading, isRow := item.MatchString(text), heading.MatchString(text), strings.HasPrefix(text, "|")
		text = strings.TrimLeft(text, "> \t")
		if isItem {
			text = term.ReplaceAllString(item.ReplaceAllString(text, ""), "$1 ")
		}
		switch {
		case strings.TrimSpace(text) == "":
			open = false
			continue
		case open && !isItem && !isHeading && !isRow:
			blocks[len(blocks)-1].text += "\n" + text
		default:
			blocks = append(blocks, block{first + i, text, !isRow})
		}
		open = !isHeading && !isRow
	}
	for i, b := range blocks {
		text := code.ReplaceAllStringFunc(b.text, func(code string) string {
			return "X" + strings.Repeat("\n", strings.Count(code, "\n"))
		})
		blocks[i].text = url.ReplaceAllString(link.ReplaceAllString(text, "]"), "")
	}
	return blocks
}

var (
	word  = regexp.MustCompile(`[\p{L}\p{N}]+`)
	colon = regexp.MustCompile(`[:;](?:\s|$)`)
	stop  = regexp.MustCompile(`([.!?…]+)(["'”’)\]*_]*)(?:\s+|$)`)
	// abbreviation is the end of a text before a full stop that ends no sentence.
	abbreviation = regexp.MustCompile(`(?i)(?:^|[^\p{L}\p{N}.])(?:e\.g|i\.e|vs|cf|viz|approx|resp|incl)$`)
)

type span struct{ from, to int }

// sentences splits a block. A full stop ends a sentence if a blank follows. It does not after an abbreviation. After
// "...", "etc.", a quotation mark or a bracket it does not if the next word is in lower case.
func sentences(text string) (all []span) {
	from := len(text) - len(strings.TrimLeftFunc(text, unicode.IsSpace))
	for _, match := range stop.FindAllStringSubmatchIndex(text, -1) {
		before, mark, closing := text[from:max(from, match[2])], text[match[2]:match[3]], text[match[4]:match[5]]
		next, _ := utf8.DecodeRuneInString(text[match[1]:])
		unclear := len(mark) > 1 || closing != "" || strings.HasSuffix(before, "etc")
		last, _ := utf8.DecodeLastRuneInString(before)
		abbreviated := mark == "." && abbreviation.MatchString(before)
		if unicode.IsSpace(last) || abbreviated || unclear && unicode.IsLower(next) {
			continue
		}
		all = append(all, span{from, match[1]})
		from = match[1]
	}
	if from < len(text) {
		all = append(all, span{from, len(text)})
	}
	return all
}
