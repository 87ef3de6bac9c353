package main

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"sync"

	"github.com/payneteasy-go/payneteasy"
)

// candidate is a configuration that config check tries.
type candidate struct {
	name   string
	client func() (*payneteasy.Client, error)
}

// environmentName stands for the variables. No person would call a profile so.
const environmentName = "(environment)"

// candidates are the profile that is named, or else the variables, if they are set, and all profiles.
func (t *tool) candidates(s *settings, args []string) (found []candidate, err error) {
	environment := len(args) == 0 && s.configFile == "" && t.env[envProfile] == "" && t.merchantVariables() != nil
	if environment {
		found = append(found, candidate{environmentName, func() (*payneteasy.Client, error) {
			m, err := t.merchant(s)
			if err != nil {
				return nil, err
			}
			return t.tryMerchant(s, m)
		}})
	}
	all, err := t.profilesOf(s)
	switch {
	case err != nil && environment && errors.Is(err, fs.ErrNotExist):
		return found, nil
	case err != nil:
		return nil, err
	}
	names := all.names()
	if len(args) == 1 {
		if _, err := all.find(args[0]); err != nil {
			return nil, err
		}
		names = args
	}
	for _, name := range names {
		found = append(found, candidate{name, func() (*payneteasy.Client, error) {
			return t.tryMerchant(s, t.fromProfile(s, all, name, all.Profiles[name]))
		}})
	}
	if len(found) == 0 {
		return nil, usage("%s has no profile", all.path)
	}
	return found, nil
}

// check tries a configuration, and asks its gateway if that is wanted.
func (c candidate) check(ctx context.Context, ask bool) checkOutput {
	result := checkOutput{Name: c.name, OK: true}
	client, err := c.client()
	switch {
	case err != nil:
		result.exit = exitUsage
	case ask:
		result.Answer, err = askRandom(ctx, client)
		if err != nil || !result.Answer.NotKnown {
			result.exit = exitUnknown
		}
	}
	if err != nil {
		result.OK = false
		result.Error = strings.TrimPrefix(strings.TrimPrefix(err.Error(), "payneteasy: "), "configuration: ")
	}
	return result
}

// tryMerchant reads the keys of a configuration and names every fault.
func (t *tool) tryMerchant(s *settings, m *merchant) (*payneteasy.Client, error) {
	faults := []error{m.damaged(s)}
	if m.key != nil {
		m.key.read = sync.OnceValues(m.key.read) // a command may ask the person for a passphrase
		_, err := m.privateKey()
		faults = append(faults, err)
	}
	if m.control != nil {
		m.control.read = sync.OnceValues(m.control.read)
		_, err := m.controlKey()
		faults = append(faults, err)
	}
	var texts []string
	for _, fault := range faults {
		if fault != nil {
			texts = append(texts, strings.TrimPrefix(fault.Error(), "configuration: "))
		}
	}
	if len(texts) > 0 {
		return nil, usage("%s", strings.Join(texts, "; "))
	}
	config, err := m.config()
	if err != nil {
		return nil, err
	}
	t.config(&config)
	return newClient(config)
}
