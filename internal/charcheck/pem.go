package charcheck

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// PEM says why a text contains no block that can be decoded, and what to do. It names everything that is wrong, and
// never shows the text. Every answer is a whole sentence, such as "it is empty".
func PEM(content []byte) string {
	if kind := otherFormat(content); kind != "" {
		return kind
	}
	text := strings.TrimPrefix(string(content), "\ufeff")
	begin := strings.Index(text, "BEGIN ")
	if begin < 0 {
		return "no PEM block found: it begins with a line -----BEGIN …-----"
	}
	var faults []string
	for _, rule := range []func(text string, begin int) string{
		quotedPEM, writtenLineBreaks, carriageReturns, dashes, indented, unseenInPEM, lostLineBreaks, ending,
	} {
		if fault := rule(text, begin); fault != "" {
			faults = append(faults, fault)
		}
	}
	if len(faults) == 0 {
		return "the PEM block is damaged: a line between BEGIN and END is not base64; copy the file again"
	}
	return strings.Join(faults, "; ")
}

// otherFormat names a format that is not PEM, or not text.
func otherFormat(content []byte) string {
	trimmed := bytes.TrimSpace(content)
	switch {
	case len(trimmed) == 0:
		return "no PEM block found: it is empty"
	case isUTF16(content):
		return "it is UTF-16: save it as UTF-8"
	case len(content) > 2 && content[0] == 0x30 && content[1] >= 0x80:
		return "no PEM block found, it is DER: openssl pkey -inform DER -in KEY -out KEY.pem"
	case bytes.HasPrefix(trimmed, []byte("PuTTY-User-Key-File")):
		return "no PEM block found, it is a PuTTY key: puttygen KEY -O private-openssh -o KEY.pem"
	case bytes.HasPrefix(trimmed, []byte("ssh-")):
		return "no PEM block found, it is an SSH public key"
	case bytes.HasPrefix(trimmed, []byte(base64.StdEncoding.EncodeToString([]byte("-----BEGIN "))[:14])):
		return "no PEM block found, it is the base64 of one: base64 -d KEY > KEY.pem"
	}
	return ""
}

// isUTF16 reports a byte order mark, or a NUL next to every ASCII character.
func isUTF16(content []byte) bool {
	if bytes.HasPrefix(content, []byte("\xff\xfe")) || bytes.HasPrefix(content, []byte("\xfe\xff")) {
		return true
	}
	start := content[:min(len(content), 64)]
	return len(start) >= 4 && bytes.Count(start, []byte{0})*2 >= len(start)-1
}

func quotedPEM(text string, _ int) string {
	text = strings.TrimSpace(text)
	first, _ := utf8.DecodeRuneInString(text)
	last, _ := utf8.DecodeLastRuneInString(text)
	switch {
	case isQuote(first):
		return "it begins with " + Name(first) + ": remove the quotes around it"
	case isQuote(last):
		return "it ends with " + Name(last) + ": remove the quotes around it"
	}
	return ""
}

func writtenLineBreaks(text string, _ int) string {
	if strings.Contains(text, `\n`) || strings.Contains(text, `\r`) {
		return `it has \n, two characters, where line breaks must be: write line breaks`
	}
	return ""
}

func carriageReturns(text string, _ int) string {
	if strings.Contains(text, "\r") && !strings.Contains(strings.TrimSpace(text), "\n") {
		return "its lines end with " + Name('\r') + " alone: write " + Name('\n')
	}
	return ""
}

// frame is a BEGIN or an END line with its dashes, of whatever kind.
var frame = regexp.MustCompile(`(?m)^(.*?)\b(BEGIN|END) ([A-Z0-9]+(?: [A-Z0-9]+)*)(.*)$`)

// dashes checks the dashes before and after the words of the first BEGIN and the last END line.
func dashes(text string, _ int) string {
	for _, found := range frame.FindAllStringSubmatch(strings.ReplaceAll(text, "\r", "\n"), -1) {
		before, behind := found[1], found[4]
		for _, side := range []string{before, behind} {
			if fault := oddDash(side); fault != "" {
				return fmt.Sprintf("its %s line has %s: write five hyphens, -----", found[2], fault)
			}
		}
		if !strings.HasSuffix(before, "-----") || !strings.HasPrefix(behind, "-----") {
			return fmt.Sprintf("its %s line has other than five hyphens, -----, on each side", found[2])
		}
	}
	return ""
}

// oddDash names a dash that is not a hyphen.
func oddDash(side string) string {
	for at, r := range side {
		switch {
		case r == utf8.RuneError && (side[at] == 0x96 || side[at] == 0x97):
			return fmt.Sprintf("the byte 0x%x, a dash of Windows-1252", side[at])
		case r != '-' && (unicode.Is(unicode.Dash, r) || r == '\u00ad'):
			return Name(r)
		}
	}
	return ""
}

// indented checks what is before the dashes in the lines of BEGIN and END.
func indented(text string, _ int) string {
	for _, found := range frame.FindAllStringSubmatch(strings.ReplaceAll(text, "\r", "\n"), -1) {
		before := strings.TrimRight(found[1], "-")
		switch {
		case before == "":
		case strings.Trim(before, " \t") == "":
			return "its lines are indented: remove the spaces before them"
		case found[2] == "BEGIN" && strings.ContainsFunc(before, isOtherText):
			return "its BEGIN line has other text before the hyphens: begin a new line there"
		}
	}
	return ""
}

// isOtherText reports text other than quotes, dashes and unseen characters, which have reports of their own.
func isOtherText(r rune) bool {
	return r != ' ' && !isQuote(r) && !IsUnseen(r) && !unicode.Is(unicode.Dash, r)
}

func unseenInPEM(text string, _ int) string {
	number := 0
	for line := range strings.Lines(text) {
		number++
		at := strings.IndexFunc(line, func(r rune) bool { return IsUnseen(r) && !strings.ContainsRune("\t\r\n", r) })
		if at < 0 {
			continue
		}
		r, size := utf8.DecodeRuneInString(line[at:])
		if size == 1 && r == utf8.RuneError {
			if line[at] == 0x96 || line[at] == 0x97 {
				continue // a dash, which is reported as one
			}
			return fmt.Sprintf("its line %d is not UTF-8: copy the file again", number)
		}
		return fmt.Sprintf("it has %s in line %d: copy the file again without it", Name(r), number)
	}
	return ""
}

func lostLineBreaks(text string, _ int) string {
	oneLine := !strings.ContainsAny(strings.TrimSpace(text), "\r\n")
	if oneLine && strings.Contains(text, "END ") && writtenLineBreaks(text, 0) == "" {
		return "the line breaks were lost: copy the file again, with its lines"
	}
	return ""
}

// ending checks that the block ends with the words that it began with.
func ending(text string, begin int) string {
	kind := regexp.MustCompile(`^BEGIN ([A-Z0-9]+(?: [A-Z0-9]+)*)`).FindStringSubmatch(text[begin:])
	_, end, found := strings.Cut(text[begin:], "END ")
	switch {
	case !found:
		return "the PEM block is cut: it has no END line"
	case kind != nil && !strings.HasPrefix(end, kind[1]+"-") && oddEnding(end, kind[1]):
		return "its END line is of another kind than its BEGIN line: copy the file again"
	}
	return ""
}

// oddEnding reports an END line with other words. Its dashes are checked elsewhere.
func oddEnding(end, kind string) bool {
	rest, same := strings.CutPrefix(end, kind)
	if !same {
		return true
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return r == ' ' || unicode.IsLetter(r)
}
