package payneteasy

import (
	"strconv"
	"strings"
)

// Base URLs of the two brands whose hosts are documented. Every other white label of the platform is reached by its own
// URL: scheme, host and context path, which differs ("/paynet", "/checkout", "/payment"). Credentials of a sandbox and
// of production are separate.
const (
	ConnPaySandbox       = "https://sandbox.connpay.com/paynet"
	ConnPayProduction    = "https://gate.connpay.com/paynet"
	PayneteasySandbox    = "https://sandbox.payneteasy.com/paynet"
	PayneteasyProduction = "https://gate.payneteasy.com/paynet"
)

// Endpoint is where a call goes: ENDPOINTID, an entry point for one currency, or ENDPOINTGROUPID, a group of them for
// several currencies. The gateway manager names both. It is made by EndpointID or EndpointGroupID, so it is always
// exactly one of the two; the zero Endpoint means "not given".
type Endpoint struct {
	id   int64
	kind endpointKind
}

type endpointKind uint8

const (
	single endpointKind = iota + 1 // so that EndpointID(0), a forgotten id, is not "not given"
	group
)

// EndpointID is an entry point for one currency: /api/v4/payout/39915.
func EndpointID(id int64) Endpoint { return Endpoint{id, single} }

// EndpointGroupID is a group of entry points: /api/v4/payout/group/1144.
func EndpointGroupID(id int64) Endpoint { return Endpoint{id, group} }

// IsZero reports whether no endpoint was given.
func (e Endpoint) IsZero() bool { return e == Endpoint{} }

// ID is the number of the endpoint or of the group.
func (e Endpoint) ID() int64 { return e.id }

// IsGroup tells an ENDPOINTGROUPID from an ENDPOINTID.
func (e Endpoint) IsGroup() bool { return e.kind == group }

// String is the endpoint as it stands in a URL's path: "39915" or "group/1144".
func (e Endpoint) String() string {
	id := strconv.FormatInt(e.id, 10)
	if e.IsGroup() {
		return "group/" + id
	}
	return id
}

// MarshalText writes String, and nothing for the zero Endpoint.
func (e Endpoint) MarshalText() ([]byte, error) {
	if e.IsZero() {
		return nil, nil
	}
	return []byte(e.String()), nil
}

// UnmarshalText reads what MarshalText wrote.
func (e *Endpoint) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*e = Endpoint{}
		return nil
	}
	digits, isGroup := strings.CutPrefix(string(text), "group/")
	id, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || id <= 0 {
		return errorf("payneteasy: %.40q is neither an endpoint id nor group/ with one", text)
	}
	*e = EndpointID(id)
	if isGroup {
		*e = EndpointGroupID(id)
	}
	return nil
}
