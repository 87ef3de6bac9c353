package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/ecommpay"
	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

// target is where to pay: the project that the environment names, or a fake of ecommpay. Your own program has its
// ecommpay.Config from wherever it keeps its secrets.
type target struct {
	name   string
	client *ecommpay.Client
	fake   *ecommpaytest.Gateway // nil for a real project
}

// close stops the fake, if it is one.
func (t target) close() {
	if t.fake != nil {
		t.fake.Close()
	}
}

// The variables, by the field of ecommpay.Config.
var variables = map[string]string{ //nolint:gosec // names, no values
	"ProjectID": "ECOMMPAY_PROJECT_ID",
	"SecretKey": "ECOMMPAY_SECRET_KEY",
	"BaseURL":   "ECOMMPAY_BASE_URL",
	"PageURL":   "ECOMMPAY_PAGE_URL",
}

// fromEnv takes the project that the environment names, or starts a fake if it names nothing. Its error names all that is
// wrong.
func fromEnv(environ []string) (target, error) {
	names := slices.Sorted(maps.Values(variables))
	env := map[string]string{}
	var wrong []error
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		switch {
		case !strings.HasPrefix(name, "ECOMMPAY_") || value == "":
		case !slices.Contains(names, name):
			wrong = append(wrong, fmt.Errorf("configuration: %s is none of %s", name, strings.Join(names, ", ")))
		default:
			env[name] = value
		}
	}
	if len(env) == 0 && len(wrong) == 0 {
		return fake()
	}
	project, err := strconv.ParseInt(env["ECOMMPAY_PROJECT_ID"], 10, 64)
	if err != nil {
		project = 0 // which is refused
	}
	client, err := ecommpay.NewClient(ecommpay.Config{
		ProjectID: project,
		SecretKey: payneteasy.NewSecret(env["ECOMMPAY_SECRET_KEY"]),
		BaseURL:   env["ECOMMPAY_BASE_URL"],
		PageURL:   env["ECOMMPAY_PAGE_URL"],
	})
	if refused, ok := errors.AsType[*payneteasy.ConfigError](err); ok {
		for _, fault := range refused.Faults {
			wrong = append(wrong, fmt.Errorf("configuration: %s %s", variables[fault.Field], fault.Rule))
		}
	}
	if len(wrong) > 0 || err != nil {
		return target{}, errors.Join(append(wrong, errors.New("(or set none of these variables, for a fake)"))...)
	}
	return target{name: client.String(), client: client}, nil
}

// fake is an ecommpay of our own that takes its time, so that there is something to see.
func fake() (target, error) {
	gateway, err := ecommpaytest.Start()
	if err != nil {
		return target{}, err
	}
	t := target{name: gateway.URL() + " (a fake on this machine)", fake: gateway}
	if err := gateway.ServePlainPages(); err != nil { // no browser trusts its certificate
		t.close()
		return target{}, err
	}
	gateway.SetStepTime(2 * time.Second)
	config := gateway.Config()
	config.Wait = ecommpay.WaitOptions{} // the usual pace
	if t.client, err = ecommpay.NewClient(config); err != nil {
		t.close()
		return target{}, err
	}
	return t, nil
}
