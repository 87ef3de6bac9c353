package batch

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/payoutinput"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// zeroColumns are numbers that lose leading zeros in a spreadsheet. Numbers that are counted up, such as IDs of orders,
// have as many digits as they need. So they are not in the list.
var zeroColumns = [...]string{
	"account_number", "routing_number", "bank_bic", "bank_branch", "bank_code", "ewallet_wallet",
	"legal_person_document_number", "receiver_identity_document_id", "receiver_identity_document_number",
	"receiver_inn", "receiver_phone",
}

// roundedColumns are numbers that a spreadsheet rounds. These are all identifiers and the code of a branch.
var roundedColumns = append(slices.Sorted(maps.Keys(payoutinput.Identifiers)), "bank_branch")

// lineLook is the part of a line's values that the warnings need. No value can be read from it.
type lineLook struct {
	digits  [len(zeroColumns)]uint8 // number of digits of each value of zeroColumns that has only digits
	rounded uint32                  // a bit for each of roundedColumns whose value ends as if rounded
}

func lookOf(values map[string]string) (look lineLook) {
	for i, name := range zeroColumns {
		if value := values[name]; len(value) <= math.MaxUint8 && isDigits(value) {
			look.digits[i] = uint8(len(value)) //nolint:gosec // it fits
		}
	}
	for i, name := range roundedColumns {
		if isRounded(values[name]) {
			look.rounded |= 1 << i
		}
	}
	return look
}

func isDigits(value string) bool { return value != "" && strings.Trim(value, "0123456789") == "" }

// spreadsheetDigits is how many digits of a number a spreadsheet keeps.
const spreadsheetDigits = 15

func isRounded(value string) bool {
	return len(value) > spreadsheetDigits && isDigits(value) && strings.Trim(value[spreadsheetDigits:], "0") == ""
}

// lostZeros finds numbers that are shorter than most others of the same column and currency.
func (w *warnings) lostZeros() *warning {
	found := &warning{
		Kind: "shorter_number",
		Text: "Numbers shorter than the others. Has a spreadsheet dropped leading zeros?",
	}
	type column struct {
		index    int
		currency string
	}
	lengths := map[column]*[math.MaxUint8 + 1]int{}
	for i := range w.file.lines {
		l := &w.file.lines[i]
		for index, digits := range l.look.digits {
			if digits > 0 {
				c := column{index, l.amount.Currency()}
				if lengths[c] == nil {
					lengths[c] = new([math.MaxUint8 + 1]int)
				}
				lengths[c][digits]++
			}
		}
	}
	shorter := map[column]map[uint8][]keyedLine{}
	for i := range w.file.lines {
		l := &w.file.lines[i]
		for index, digits := range l.look.digits {
			c := column{index, l.amount.Currency()}
			if digits > 0 && w.sending[i] && isShorter(lengths[c], int(digits)) {
				if shorter[c] == nil {
					shorter[c] = map[uint8][]keyedLine{}
				}
				shorter[c][digits] = append(shorter[c][digits], keyedLine{line: i})
			}
		}
	}
	for c, byDigits := range shorter {
		usual := mostFrequent(lengths[c])
		for digits, lines := range byDigits {
			w.concern(found, zeroColumns[c.index], lines, func(int) string {
				return fmt.Sprintf("has %s, and %s in %s have %d: "+
					"compare it with its source, as a spreadsheet drops leading zeros",
					terminal.Plural(int(digits), "digit"), terminal.Plural(lengths[c][usual], "other"),
					c.currency, usual)
			})
			g := w.group(lines)
			g.Text = fmt.Sprintf("%s (%s): %s of %d digits, and %s of %d: %s",
				zeroColumns[c.index], c.currency,
				terminal.Count(lengths[c][usual]), usual, terminal.Count(len(lines)), digits, g.placed())
			found.Groups = append(found.Groups, g)
		}
	}
	return found
}

func mostFrequent(lengths *[math.MaxUint8 + 1]int) (most int) {
	for length, n := range lengths {
		if n >= lengths[most] {
			most = length
		}
	}
	return most
}

// isShorter reports whether a length is up to three digits less than the most frequent length. The latter must be at
// least twice as frequent.
func isShorter(lengths *[math.MaxUint8 + 1]int, length int) bool {
	usual := mostFrequent(lengths)
	return length < usual && usual-length <= 3 && lengths[usual] >= 2*lengths[length]
}

// rounded finds long numbers that end in zeros.
func (w *warnings) rounded() *warning {
	found := &warning{
		Kind: "rounded_number",
		Text: "Long numbers with zeros after the 15th digit. Has a spreadsheet rounded them? Compare the last digits.",
	}
	for column, name := range roundedColumns {
		var lines []keyedLine
		for i := range w.file.lines {
			if w.sending[i] && w.file.lines[i].look.rounded&(1<<column) != 0 {
				lines = append(lines, keyedLine{line: i})
			}
		}
		if len(lines) == 0 {
			continue
		}
		w.concern(found, name, lines, func(int) string {
			return "has only zeros after the 15th digit, as if a spreadsheet had rounded it: " +
				"compare its last digits with its source"
		})
		g := w.group(lines)
		g.Text = fmt.Sprintf("%s: %s of %s: %s", name, terminal.Count(len(lines)),
			terminal.Plural(len(w.file.lines), "line"), g.placed())
		found.Groups = append(found.Groups, g)
	}
	return found
}
