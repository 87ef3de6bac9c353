package main

import (
	"fmt"
	"math"
	"strings"
)

// zeroColumns are numbers of which a spreadsheet drops leading zeros.
var zeroColumns = [...]string{"account_number", "routing_number", "bank_bic", "bank_code", "receiver_inn"}

// lineLook is what is kept of a line's values for the warnings; no value can be told from it.
type lineLook struct {
	digits  [len(zeroColumns)]uint8 // how many digits a value of zeroColumns has, if it has nothing else
	rounded bool                    // the number is as long as a spreadsheet cannot keep, and ends as it rounds
}

func lookOf(values map[string]string) (look lineLook) {
	for i, name := range zeroColumns {
		value := values[name]
		if value != "" && len(value) <= math.MaxUint8 && strings.Trim(value, "0123456789") == "" {
			look.digits[i] = uint8(len(value)) //nolint:gosec // it fits
		}
	}
	for _, name := range []string{"account_number", "credit_card_number"} {
		look.rounded = look.rounded || isRounded(values[name])
	}
	return look
}

// spreadsheetDigits is how many digits of a number a spreadsheet keeps.
const spreadsheetDigits = 15

func isRounded(value string) bool {
	return len(value) > spreadsheetDigits && strings.Trim(value, "0123456789") == "" &&
		strings.Trim(value[spreadsheetDigits:], "0") == ""
}

// lostZeros are numbers that are shorter than most of the same column and currency.
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
			g := w.group(lines)
			g.Text = fmt.Sprintf("%s (%s): %s of %d digits, and %s of %d: %s", zeroColumns[c.index], c.currency,
				count(lengths[c][usual]), usual, count(len(lines)), digits, g.placed())
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

// isShorter reports whether a length is a little less than that of at least two others for each that has it.
func isShorter(lengths *[math.MaxUint8 + 1]int, length int) bool {
	usual := mostFrequent(lengths)
	return length < usual && usual-length <= 3 && lengths[usual] >= 2*lengths[length]
}

// rounded are long numbers that end in zeros.
func (w *warnings) rounded() *warning {
	found := &warning{
		Kind: "rounded_number",
		Text: "Long numbers with zeros after the 15th digit. Has a spreadsheet rounded them? Compare the last digits.",
	}
	var lines []keyedLine
	for i := range w.file.lines {
		if w.sending[i] && w.file.lines[i].look.rounded {
			lines = append(lines, keyedLine{line: i})
		}
	}
	if len(lines) > 0 {
		g := w.group(lines)
		g.Text = fmt.Sprintf("%s of %s: %s", count(len(lines)), plural(len(w.file.lines), "line"), g.placed())
		found.Groups = append(found.Groups, g)
	}
	return found
}
