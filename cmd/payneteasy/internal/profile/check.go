package profile

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// Candidate is a configuration that config check tries.
type Candidate struct {
	Name   string
	client func() (*payneteasy.Client, error)
}

// environmentName stands for the variables. It is unlikely as the name of a profile.
const environmentName = "(environment)"

// Candidates returns the named profile. Without a name it returns the variables, if they are set, and all profiles.
func (t *Invocation) Candidates(s *Settings, args []string) (found []Candidate, err error) {
	variables := len(args) == 0 && s.ConfigFile == "" && t.Env[envProfile] == "" && t.merchantVariables() != nil
	if variables {
		found = append(found, Candidate{environmentName, func() (*payneteasy.Client, error) {
			m, err := t.Merchant(s)
			if err != nil {
				return nil, err
			}
			return t.tryMerchant(s, m)
		}})
	}
	all, err := t.ProfilesOf(s)
	switch {
	case err != nil && variables && errors.Is(err, fs.ErrNotExist):
		return found, nil
	case err != nil:
		return nil, err
	}
	names := all.Names()
	if len(args) == 1 {
		if _, err := all.find(args[0]); err != nil {
			return nil, err
		}
		names = args
	}
	for _, name := range names {
		found = append(found, Candidate{name, func() (*payneteasy.Client, error) {
			return t.tryMerchant(s, t.fromProfile(s, all, name, all.Profiles[name]))
		}})
	}
	if len(found) == 0 {
		return nil, exit.Usagef("%s has no profile", all.path)
	}
	return found, nil
}

// Check tries a configuration, and also asks its gateway if ask is true.
func (c Candidate) Check(ctx context.Context, ask bool) CheckOutput {
	result := CheckOutput{Name: c.Name, OK: true}
	client, err := c.client()
	switch {
	case err != nil:
		result.Exit = exit.Usage
	case ask:
		result.Answer, err = askRandom(ctx, client)
		if err != nil || !result.Answer.NotKnown {
			result.Exit = exit.Unknown
		}
	}
	if err != nil {
		result.OK = false
		result.Error = strings.TrimPrefix(terminal.Message(err), "configuration: ")
	}
	return result
}

// tryMerchant reads the keys of a configuration and names every fault.
func (t *Invocation) tryMerchant(s *Settings, m *Merchant) (*payneteasy.Client, error) {
	faults := []error{m.damaged(s)}
	if m.key != nil {
		m.key.read = sync.OnceValues(m.key.read) // a command may ask the person for a passphrase
		_, err := m.privateKey()
		faults = append(faults, err)
	}
	if m.control != nil {
		m.control.read = sync.OnceValues(m.control.read)
		_, err := m.ControlKey()
		faults = append(faults, err)
	}
	var texts []string
	for _, fault := range faults {
		if fault != nil {
			texts = append(texts, strings.TrimPrefix(fault.Error(), "configuration: "))
		}
	}
	if len(texts) > 0 {
		return nil, exit.Usagef("%s", strings.Join(texts, "; "))
	}
	config, err := m.config()
	if err != nil {
		return nil, err
	}
	t.ChangeConfig(&config)
	return NewClient(config)
}

// CheckOutput is the result of config check for one configuration.
type CheckOutput struct {
	Name   string       `json:"name"`
	OK     bool         `json:"ok"`
	Error  string       `json:"error,omitempty"`
	Answer *CheckAnswer `json:"answer,omitempty"` // to the question about a random id

	Exit int `json:"-"`
}

// CheckAnswer is a gateway's answer to a question about an order that does not exist.
type CheckAnswer struct {
	HTTPStatus int    `json:"http_status"`
	Type       string `json:"type,omitempty"`
	Code       string `json:"error_code,omitempty"`
	Message    string `json:"error_message,omitempty"`
	NotKnown   bool   `json:"not_known"` // it is known to mean that there is no such order
}

func (a *CheckAnswer) String() string {
	verdict := "does NOT count as \"there is no such order\""
	if a.NotKnown {
		verdict = "counts as \"there is no such order\""
	}
	return fmt.Sprintf("a random id was answered by HTTP %d, type %q, error-code %q, error-message %q, which %s",
		a.HTTPStatus, a.Type, a.Code, a.Message, verdict)
}

// askRandom asks a gateway about an order that does not exist.
func askRandom(ctx context.Context, client *payneteasy.Client) (*CheckAnswer, error) {
	status, err := client.Status(ctx, payneteasy.OrderRef{ClientOrderID: "check-" + rand.Text()})
	failed, ok := errors.AsType[*payneteasy.Error](err)
	switch {
	case err == nil:
		return nil, fmt.Errorf("the gateway has an order with a random id: %s", status.OrderID)
	case !ok || failed.HTTPStatus == 0, errors.Is(err, payneteasy.ErrInvalidControl):
		return nil, err
	}
	return &CheckAnswer{
		failed.HTTPStatus, failed.ReplyType, failed.Code, failed.Message, errors.Is(err, payneteasy.ErrOrderNotFound),
	}, nil
}
