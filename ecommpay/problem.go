package ecommpay

import (
	"slices"
	"strings"

	"github.com/payneteasy-go/payneteasy/internal/masking"
)

// Problem is why something was refused or declined, in the platform's words (operation.code and message, or an item of
// errors). Its texts are masked.
type Problem struct {
	Code        string // "0" is success
	Message     string
	Field       string // the parameter it is about, if any
	Description string
}

// RefusalError is a Problem as an error.
type RefusalError struct{ Problem Problem }

func (e *RefusalError) Error() string {
	text := "ecommpay: code " + e.Problem.Code
	if e.Problem.Message != "" {
		text += ": " + e.Problem.Message
	}
	if e.Problem.Field != "" {
		text += " (" + e.Problem.Field + ")"
	}
	return text
}

// Is matches the sentinel of the code.
func (e *RefusalError) Is(target error) bool {
	return target != nil && target == sentinelOf(e.Problem.Code)
}

// problemsOf finds why something was refused. The place of a code depends on the message. For a refused registration it
// is not documented. Success is not a problem.
func problemsOf(m value, mask masking.Masker) []Problem {
	const most = 100 // documented messages have a few
	var problems []Problem
	add := func(v value) {
		if v.kind != object || len(problems) == most {
			return
		}
		p := Problem{
			Code: mask.Text(v.get("code").text), Message: mask.Text(v.get("message").text),
			Field: mask.Text(v.get("field").text), Description: mask.Text(v.get("description").text),
		}
		if p.Code != "" && strings.Trim(p.Code, "0") != "" && !slices.Contains(problems, p) {
			problems = append(problems, p)
		}
	}
	add(m)
	add(m.get("operation"))
	for _, list := range []value{
		m.get("error"), m.get("errors"), m.get("request", "errors"),
		m.get("operation", "errors"),
	} {
		add(list) // it may be one problem, or lists by parameter
		for _, item := range list.fields {
			add(item.value)
			for _, deeper := range item.value.fields {
				add(deeper.value)
			}
		}
	}
	last := lastOf(readOperations(m, mask))
	for _, item := range m.get("operations").fields {
		if last.ID == item.value.get("id").text {
			add(item.value)
		}
	}
	return problems
}

// codesOf returns the codes of the reasons. They are at the root, in the operation, and in the errors.
func codesOf(m value) []string {
	var codes []string
	for _, problem := range problemsOf(m, masking.Masker{}) {
		codes = append(codes, problem.Code)
	}
	return codes
}
