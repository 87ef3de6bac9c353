package main

import "github.com/payneteasy-go/payneteasy"

func newClient(config payneteasy.Config) (*payneteasy.Client, error) {
	client, err := payneteasy.NewClient(config)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	return client, nil
}

// clientConfig is what a client is made from, by flags and a profile or variables.
func (t *environment) clientConfig(s *settings) (payneteasy.Config, error) {
	m, err := t.merchant(s)
	if err != nil {
		return payneteasy.Config{}, err
	}
	config, err := m.config()
	if err != nil {
		return config, err
	}
	t.config(&config)
	client, err := newClient(config)
	if err != nil {
		return config, err
	}
	config.BaseURL = client.BaseURL() // one gateway has one journal, however its address is written
	return config, nil
}
