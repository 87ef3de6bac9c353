package main

import (
	"errors"
	"strconv"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/ecommpay"
	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

const variables = `Without these variables it starts a fake of ecommpay on this machine and pays there.
With them it pays for a real project. Take one for tests: it cannot tell them apart.

  ECOMMPAY_PROJECT_ID  the project's number
  ECOMMPAY_SECRET_KEY  its secret key
  ECOMMPAY_BASE_URL    of Gate API, unless it is the usual one
  ECOMMPAY_PAGE_URL    of Payment Page, unless it is the usual one
`

// configure reads the variables. If none is set, it starts a fake; the caller closes it.
func configure(getenv func(string) string) (ecommpay.Config, *ecommpaytest.Gateway, error) {
	project, key := getenv("ECOMMPAY_PROJECT_ID"), getenv("ECOMMPAY_SECRET_KEY")
	base, page := getenv("ECOMMPAY_BASE_URL"), getenv("ECOMMPAY_PAGE_URL")
	if project+key+base+page == "" {
		fake, err := ecommpaytest.Start()
		if err != nil {
			return ecommpay.Config{}, nil, err
		}
		if err := fake.ServePlainPages(); err != nil { // a browser does not trust the fake's certificate
			fake.Close()
			return ecommpay.Config{}, nil, err
		}
		config := fake.Config()
		config.Wait = ecommpay.WaitOptions{} // the usual pace
		return config, fake, nil
	}
	id, err := strconv.ParseInt(project, 10, 64)
	if err != nil {
		return ecommpay.Config{}, nil, errors.New("set ECOMMPAY_PROJECT_ID to the project's number")
	}
	return ecommpay.Config{ProjectID: id, SecretKey: payneteasy.NewSecret(key), BaseURL: base, PageURL: page}, nil, nil
}
