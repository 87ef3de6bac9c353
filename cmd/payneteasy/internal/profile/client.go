package profile

import (
	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
)

// NewClient makes a client. It returns the client's objections as a usage error.
func NewClient(config payneteasy.Config) (*payneteasy.Client, error) {
	client, err := payneteasy.NewClient(config)
	if err != nil {
		return nil, &exit.Error{Status: exit.Usage, Err: err}
	}
	return client, nil
}

// ClientConfig returns the configuration of a client, from flags and a profile or variables.
func (t *Invocation) ClientConfig(s *Settings) (payneteasy.Config, error) {
	m, err := t.Merchant(s)
	if err != nil {
		return payneteasy.Config{}, err
	}
	config, err := m.config()
	if err != nil {
		return config, err
	}
	t.ChangeConfig(&config)
	client, err := NewClient(config)
	if err != nil {
		return config, err
	}
	config.BaseURL = client.BaseURL() // so that one gateway has one journal, however its address is written
	return config, nil
}
