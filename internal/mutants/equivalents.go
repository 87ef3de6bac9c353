package main

import (
	"fmt"
	"slices"
)

// equivalent is a mutant that no test can notice, because it has no visible effect. change is its printed form.
type equivalent struct{ file, function, change, why string }

var equivalents = []equivalent{}

func (e equivalent) is(m mutant) bool {
	return e.file == m.file && e.function == m.function && e.change == m.change()
}

// withoutEquivalents leaves out the listed mutants. A listed mutant that no longer exists is an error.
func withoutEquivalents(all []mutant, files []string, listed []equivalent) ([]mutant, error) {
	for _, e := range listed {
		if slices.Contains(files, e.file) && !slices.ContainsFunc(all, e.is) {
			return nil, fmt.Errorf("equivalents: %s has no place %s: %s (%s): remove the line",
				e.file, e.function, e.change, e.why)
		}
	}
	return slices.DeleteFunc(all, func(m mutant) bool {
		return slices.ContainsFunc(listed, func(e equivalent) bool { return e.is(m) })
	}), nil
}
