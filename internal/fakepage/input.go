package fakepage

// Input is one field of a form.
type Input struct {
	Name, Label, Hint, Value, Wrong string
	Autocomplete, Mode              string // the attributes of the same names in HTML
	Length                          int
}

// Inputs are the fields of a form, for the templates "fields" and "faults".
type Inputs []Input

// Invalid reports whether a field has an invalid value.
func (all Inputs) Invalid() bool {
	for _, i := range all {
		if i.Wrong != "" {
			return true
		}
	}
	return false
}
