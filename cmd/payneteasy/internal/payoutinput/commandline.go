package payoutinput

import (
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// FromCommandLine returns the request. Its error names all faults at once and shows no value.
func FromCommandLine(values map[string]string, extra []string) (*payneteasy.PayoutRequest, error) {
	req, faults := NewRequest(values)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if rule := Damage(name, values[name]); rule != "" {
			faults = append(faults, &ParameterError{name, rule})
		}
	}
	if len(faults) > 0 {
		texts := make([]string, len(faults))
		for i, fault := range faults {
			texts[i] = terminal.Line(commandAdvice.Replace(fault.Error()))
		}
		return nil, errors.New(strings.Join(texts, "; "))
	}
	for _, pair := range extra {
		name, value, isPair := strings.Cut(pair, "=")
		if !isPair || name == "" {
			return nil, errors.New("--extra must be NAME=VALUE")
		}
		if req.Extra == nil {
			req.Extra = url.Values{}
		}
		req.Extra.Add(name, value)
	}
	return req, nil
}
