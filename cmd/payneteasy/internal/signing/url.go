package signing

import (
	"errors"
	"fmt"
	"net/url"
)

var errUserInURL = errors.New("the URL holds a user's name: it is no part of what is signed, take it out")

// ParseURL reads a URL. Its error does not show it, as that of url.Parse does.
func ParseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("the URL cannot be read: %w", errors.Unwrap(err))
	}
	return u, nil
}
