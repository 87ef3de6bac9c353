package payoutinput

import "regexp"

// months are the short names that spreadsheets write, in many languages.
const months = `(?i:jan|janv|ene|gen|sty|янв|feb|fév|févr|fev|fevr|lut|фев|февр|` +
	`mar|mär|mrz|mars|mrt|мар|мрт|apr|avr|abr|kwi|апр|may|mai|mag|maj|mei|май|мая|jun|juin|giu|cze|июн|` +
	`jul|juil|lug|lip|июл|aug|août|aout|ago|sie|авг|sep|sept|set|wrz|сен|сент|` +
	`oct|okt|out|ott|paź|окт|nov|lis|ноя|нояб|dec|dez|déc|dic|gru|дек)\.?`

// date matches 2034-12-05, 12.03.2004, 12/03/04, 3-Dec, Mar-04, 05/dez, and the first days of spreadsheets and
// programs. midnight matches any date with midnight, which no person writes. 12-03-04 does not match, because it is
// also a bank's sort code.
var (
	midnight = regexp.MustCompile(`[0-9][ T]00:00(?::00)?(?:\.0+)?(?:Z|[+-][0-9:]+)?$`)
	date     = regexp.MustCompile(`^(?:` +
		wholeYear + `[-/.]` + monthNumber + `[-/.]` + dayNumber + `|` +
		`[0-3]?[0-9][-/.][0-3]?[0-9][-/.]` + wholeYear + `|` +
		dayNumber + `[/.]` + monthNumber + `[/.][0-9]{2}|` +
		monthNumber + `/` + dayNumber + `/[0-9]{2}|` +
		`[0-9]{1,2}[-/. ]{1,2}` + months + `(?:[-/. ][0-9]{2,4})?|` +
		months + `[-/ ][0-9]{2,4})$`)
)

// Parts of date.
const (
	wholeYear   = `(?:0001|1[89][0-9]{2}|20[0-9]{2}|9999)`
	monthNumber = `(?:0?[1-9]|1[0-2])`
	dayNumber   = `(?:0?[0-9]|[12][0-9]|3[01])`
)

func isDate(value string, of Identifier) bool {
	return midnight.MatchString(value) || (!of.free || of.grouped) && date.MatchString(value)
}

// HasDateForm reports whether a text is written like a date without a time.
func HasDateForm(text string) bool { return date.MatchString(text) }
