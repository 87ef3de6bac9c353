package signing

import (
	"errors"
	"net/url"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
)

var errUserInURL = exit.Usagef("the URL holds a user's name: it is no part of what is signed, take it out")

// ParseURL reads a URL. Its error does not show it, as that of url.Parse does.
func ParseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, exit.Usagef("the URL cannot be read: %w", errors.Unwrap(err))
	}
	return u, nil
}
