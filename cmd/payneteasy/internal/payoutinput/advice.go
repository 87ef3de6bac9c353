package payoutinput

import "strings"

// Advice about a file. On a command line the words are different.
const (
	retype       = "format the column as text and enter the value again"
	widenColumn  = "the spreadsheet's column was too narrow; widen it and save the file again"
	repairCell   = "repair the cell and save the file again"
	orRemoveLine = ", or remove the line"
	orLeaveEmpty = ", or leave the cell empty"
)

// commandAdvice replaces the advice where there is no file.
var commandAdvice = strings.NewReplacer(
	retype, "write it exactly as in its source", widenColumn, "write the value from its source",
	repairCell, "write the value from its source", orRemoveLine, "", orLeaveEmpty, ", or leave the parameter out",
)
