// Package fakegateway lets a merchant reach payneteasytest's gateway from another process.
package fakegateway

import (
	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// Config returns the configuration of a merchant's client.
func Config(baseURL string) (payneteasy.Config, error) {
	key, err := payneteasy.ParsePrivateKey(payneteasytest.MerchantKeyPEM())
	return payneteasy.Config{
		BaseURL: baseURL, Endpoint: payneteasy.EndpointID(payneteasytest.EndpointID), Login: payneteasytest.Login,
		PrivateKey: key, ControlKey: payneteasy.NewSecret(payneteasytest.ControlKey),
	}, err
}
