package signing

import (
	"errors"
	"fmt"
	"net/url"
)

// ParseURL reads a URL without a user name. Unlike the error of url.Parse, its error does not show the URL.
func ParseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the URL cannot be read: %w", errors.Unwrap(err))
	case u.User != nil:
		return nil, errors.New("the URL has a user name, which is not signed: remove it")
	}
	return u, nil
}

// ParseAbsoluteURL is ParseURL for a URL that is called.
func ParseAbsoluteURL(raw string) (*url.URL, error) {
	u, err := ParseURL(raw)
	if err == nil && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		return nil, errors.New("the URL is not an absolute http or https URL")
	}
	return u, err
}
