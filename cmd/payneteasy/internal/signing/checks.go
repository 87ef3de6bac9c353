package signing

import (
	"cmp"
	"crypto/rsa"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/mask"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// Check is a fault or a confirmation that does not depend on the signature.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

type checks []Check

func (c *checks) add(name string, ok bool, format string, args ...any) {
	*c = append(*c, Check{name, ok, terminal.Line(fmt.Sprintf(format, args...))})
}

// checkAuthorization checks the form of the header.
func (c *Captured) checkAuthorization(count int, faults []string) {
	switch {
	case count == 0:
		c.checks.add("authorization", false,
			"there is no Authorization header: the oauth_ parameters go into it, not into body or query")
	case count > 1:
		c.checks.add("authorization", false, "there are %d Authorization headers: only the first is checked", count)
	case len(faults) > 0:
		slices.Sort(faults)
		c.checks.add("authorization", false, `the header %s; it must be OAuth name="value", name="value"`,
			strings.Join(slices.Compact(faults), ", "))
	default:
		c.checks.add("authorization", true, "the header is well-formed")
	}
}

// check checks what the signature does not cover.
func (c *Captured) check(d derivation, signature string, key *rsa.PublicKey, at time.Time) {
	oauth := map[string]string{"oauth_signature": signature}
	for _, p := range d.parameters {
		if strings.HasPrefix(p.Name, "oauth_") && p.From == "header" {
			oauth[p.Name] = p.Value
		}
	}
	var lacking []string
	for _, name := range []string{
		"oauth_consumer_key", "oauth_nonce", "oauth_signature",
		"oauth_signature_method", "oauth_timestamp", "oauth_version",
	} {
		if oauth[name] == "" {
			lacking = append(lacking, name)
		}
	}
	if lacking != nil {
		c.checks.add("oauth_parameters", false, "missing or empty in the header: %s", strings.Join(lacking, ", "))
	} else {
		c.checks.add("oauth_parameters", true, "all six are present")
	}
	const want = "RSA-SHA256"
	method := oauth["oauth_signature_method"]
	c.checks.add("oauth_signature_method", method == want,
		"it is %s; the gateway accepts %s", cmp.Or(method, "(none)"), want)
	if version := oauth["oauth_version"]; version != "" && version != "1.0" {
		c.checks.add("oauth_version", false, "it is %s, not 1.0", version)
	}
	c.checkTime(oauth["oauth_timestamp"], at)
	c.checkRepeated(d)
	if form, told := c.isForm(); c.body != "" && (!form || !told) {
		c.checks.add("content_type", false, "it is %s; the body is signed, and read, as %s",
			cmp.Or(c.firstHeader("content-type"), "missing"), FormType)
	}
	if bits := key.N.BitLen(); bits < 2048 {
		c.checks.add("key", false, "it has %d bits; the gateway accepts no RSA key below 2048", bits)
	}
}

// suspicious is the clock difference above which the check fails. The gateway's own window is not documented.
const suspicious = 5 * time.Minute

func (c *Captured) checkTime(text string, at time.Time) {
	seconds, err := strconv.ParseInt(text, 10, 64)
	const tooLong = 1 << 33 // in seconds; a larger number is milliseconds
	switch {
	case text == "":
	case err != nil || seconds <= 0:
		c.checks.add("oauth_timestamp", false, "it is not a number of seconds since 1970")
	case seconds > tooLong:
		c.checks.add("oauth_timestamp", false, "it is far in the future: milliseconds instead of seconds?")
	default:
		off := at.Sub(time.Unix(seconds, 0)).Truncate(time.Second)
		side := "before"
		if off < 0 {
			side = "after"
		}
		c.checks.add("oauth_timestamp", off.Abs() <= suspicious,
			"%s, %s %s %s; what the gateway tolerates is not documented",
			time.Unix(seconds, 0).UTC().Format(time.RFC3339), span(off.Abs()), side, at.UTC().Format(time.RFC3339))
	}
}

// span formats a duration, also one of days.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	if d < day {
		return d.String()
	}
	return fmt.Sprintf("%d days and %s", d/day, d%day)
}

func (c *Captured) checkRepeated(d derivation) {
	seen := map[string]bool{}
	var repeated []string
	for _, p := range d.parameters {
		if seen[p.Name] && !mask.OddName(p.Name) {
			repeated = append(repeated, p.Name)
		}
		seen[p.Name] = true
	}
	slices.Sort(repeated)
	if repeated = slices.Compact(repeated); repeated != nil {
		c.checks.add("repeated_parameters", false, "present more than once: %s", strings.Join(repeated, ", "))
	}
	outside := func(p Parameter) bool { return p.From != "header" && strings.HasPrefix(p.Name, "oauth_") }
	if slices.ContainsFunc(d.parameters, outside) {
		c.checks.add("oauth_outside", false,
			"there are oauth_ parameters in body or query: the gateway reads the header")
	}
}
