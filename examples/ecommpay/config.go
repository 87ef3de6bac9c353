package main

import (
	"errors"
	"strconv"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/ecommpay"
	"github.com/payneteasy-go/payneteasy/ecommpay/ecommpaytest"
)

const variables = `If none of these variables is set, it starts a fake of ecommpay on this machine and pays
there. If they are set, it pays for that project. Use a test project. The program cannot
check that.

  ECOMMPAY_PROJECT_ID  the project's number
  ECOMMPAY_SECRET_KEY  its secret key
  ECOMMPAY_BASE_URL    URL of Gate API, if not the default
  ECOMMPAY_PAGE_URL    URL of Payment Page, if not the default
`

// configure reads the variables. If none is set, it starts a fake gateway, which the caller must close.
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
		config.Wait = ecommpay.WaitOptions{} // the default intervals
		return config, fake, nil
	}
	id, err := strconv.ParseInt(project, 10, 64)
	if err != nil {
		return ecommpay.Config{}, nil, errors.New("set ECOMMPAY_PROJECT_ID to the project's number")
	}
	return ecommpay.Config{ProjectID: id, SecretKey: payneteasy.NewSecret(key), BaseURL: base, PageURL: page}, nil, nil
}
