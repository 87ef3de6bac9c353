package main

import (
	"cmp"
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // controls that were made with it are to be named
	"crypto/sha1" //nolint:gosec // the protocol's own checksum; the key in it is what protects
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/mask"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/signing"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

const callbackVerifyHelp = `Verify the control of a callback, given as the URL that was called, its query
string, or a line of an access log; - is stdin. The body of a POST goes by
--data @FILE or --data-raw. If the control does not fit, known mistakes are
tried. The right one is never shown. An order's ids show whole, card data and
account numbers do not.

Exit status: 0 the control is right; 1 it is not, or this is no callback; 2
usage or configuration.`

const callbackVerifyExamples = `  payneteasy callback verify 'https://shop.example/callback?status=approved&…'
  payneteasy callback verify --data @body.txt --control-key-file key.txt \
      --output json`

// covers is said of every callback, for its control is easily taken for more than it is.
const covers = "The control covers status, orderid and client_orderid, and neither amount nor type."

// callbackVerdict is the output. Its names are stable.
type callbackVerdict struct {
	Valid         bool                 `json:"valid"`
	Mistake       string               `json:"mistake"`     // a code; empty if valid
	Explanation   string               `json:"explanation"` // for a person
	Status        string               `json:"status"`
	OrderID       string               `json:"orderid"`
	ClientOrderID string               `json:"client_orderid"`
	Parameters    []signing.NamedValue `json:"parameters"`
	Redacted      []string             `json:"redacted,omitempty"`
	Note          string               `json:"note"`
}

func (t *tool) callbackVerifyCommand() *cobra.Command {
	var s profile.Settings
	var data dataFlags
	cmd := &cobra.Command{
		Use: "verify [flags] [URL|QUERY]", Short: "Verify the control of a callback", Long: callbackVerifyHelp, Example: callbackVerifyExamples,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, args []string) error { return t.callbackVerify(cmd, args, &s, &data) },
	}
	s.AddProfile(cmd)
	s.AddControlKey(cmd)
	data.addData(cmd)
	return cmd
}

func (t *tool) callbackVerify(cmd *cobra.Command, args []string, s *profile.Settings, f *dataFlags) error {
	if err := t.CheckEnv(); err != nil {
		return err
	}
	if len(args) > 1 {
		return exit.Usagef("callback verify takes one URL or query, between quotes; see payneteasy callback verify --help")
	}
	plain, raw, err := t.data(cmd, f)
	if err != nil {
		return err
	}
	if len(args) == 0 && plain == nil && raw == nil {
		return exit.Usagef("callback verify takes a URL or a query, or a body by --data @FILE; see payneteasy callback verify --help")
	}
	query, body := "", signing.Joined(plain)
	if raw != nil {
		body = *raw
	}
	if len(args) == 1 {
		if query, err = t.query(args[0]); err != nil {
			return err
		}
	}
	client, key, err := t.reader(s)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(cmd.Context(), http.MethodPost, "http://127.0.0.1/", strings.NewReader(body))
	if err != nil {
		return &exit.Error{Status: exit.Usage, Err: err}
	}
	r.URL.RawQuery = query
	r.Header.Set("Content-Type", signing.FormType)
	_, refused := client.ParseCallback(r)
	out := newCallbackVerdict(newClaim(query, body), refused, key, t.Env[profile.EnvLogin])
	return t.judged(out, out.Valid, func() { t.tellCallback(out) })
}

// query is the query of a URL, of a line of a log, or what is one already.
func (t *tool) query(text string) (string, error) {
	if text == "-" {
		content, err := t.Read("-")
		if err != nil {
			return "", exit.Usagef("%w", err)
		}
		text = string(content)
	}
	text = strings.TrimSpace(text)
	before, query, found := strings.Cut(text, "?")
	switch {
	case found && !strings.Contains(before, "="):
		text, _, _ = strings.Cut(query, "#")
		if words := strings.Fields(text); len(words) > 1 && strings.HasPrefix(words[1], "HTTP/") { // GET /callback?… HTTP/1.1
			text = words[0]
		}
	case strings.Contains(text, "://") && !strings.Contains(text, "="):
		return "", exit.Usagef("the URL has no query: the body of a POST goes by --data @FILE")
	}
	return text, nil
}

func newCallbackVerdict(c claim, refused error, key payneteasy.Secret, login string) *callbackVerdict {
	shown, hidden := c.masked()
	out := &callbackVerdict{
		Valid: refused == nil, Status: shown.get("status"), OrderID: shown.get("orderid"),
		ClientOrderID: shown.get("client_orderid", "merchant_order"), Parameters: shown.named(), Redacted: hidden, Note: covers,
	}
	switch {
	case refused == nil:
	case errors.Is(refused, payneteasy.ErrForged):
		out.Mistake, out.Explanation = controlMistake(c, key.Reveal(), login)
	default:
		out.Mistake, out.Explanation = "malformed", callbackFault(refused)
	}
	return out
}

// controlMistake finds how a control was made that is not right.
func controlMistake(c claim, key, login string) (code, says string) {
	given := strings.ToLower(c.get("control"))
	if given == "" {
		return "no_control", "there is no control: anybody can send that"
	}
	status, order, id := c.get("status"), c.get("orderid"), c.get("client_orderid", "merchant_order")
	sum := func(make func() hash.Hash, parts ...string) string {
		h := make()
		h.Write([]byte(strings.Join(parts, "")))
		return hex.EncodeToString(h.Sum(nil))
	}
	fits := func(parts ...string) bool { return given == sum(sha1.New, parts...) }
	mac := hmac.New(sha1.New, []byte(key))
	mac.Write([]byte(status + order + id))
	right := []string{status, order, id, key}
	switch {
	case strings.TrimSpace(given) != given && strings.TrimSpace(given) == sum(sha1.New, right...):
		return "control_blanks", "the control is right but for blanks or line breaks around it"
	case given == sum(sha256.New, right...), given == sum(md5.New, right...):
		return "hash", "it was made with another hash: it is SHA-1"
	case given == hex.EncodeToString(mac.Sum(nil)):
		return "hmac", "it was made as an HMAC: it is the plain SHA-1 of the values and the key, joined"
	case fits(status, order, id):
		return "no_key", "it was made without the control key: anybody can do that"
	}
	for _, k := range [][2]string{
		{key + "\n", "a line break behind the key"},
		{key + "\r\n", "a line break behind the key"},
		{key + " ", "a blank behind the key"},
		{" " + key, "a blank before the key"},
		{strings.ToLower(key), "the key in lower case"},
		{strings.ToUpper(key), "the key in capitals"},
		{`"` + key + `"`, "the key between quotes"},
	} {
		if fits(status, order, id, k[0]) {
			return "key_text", "it was made with " + k[1]
		}
	}
	if (login != "" && fits(login, id, order, key)) || fits(id, order, key) {
		return "status_control", "it is the control of a status request, not that of a callback"
	}
	if code, says := controlParts(fits, right); code != "" {
		return code, says
	}
	if code, says := controlValues(fits, right); code != "" {
		return code, says
	}
	if len(given) != 2*sha1.Size {
		return "control_format", "the control has not the 40 hex digits of a SHA-1"
	}
	return "nothing_fits", "it was forged, or changed on the way, or it was made with another key: of another environment or merchant, that cannot be told"
}

// controlValues tries the right values, written otherwise.
func controlValues(fits func(...string) bool, right []string) (code, says string) {
	for _, v := range []struct {
		code, says string
		change     func(string) string
	}{
		{"values_encoded", "it was made of percent-encoded values: it is made of the plain ones", url.QueryEscape},
		{"values_encoded", "it was made of percent-encoded values: it is made of the plain ones", signing.Encode},
		{"values_case", "it was made of values in capitals", strings.ToUpper},
		{"values_case", "it was made of values in lower case", strings.ToLower},
		{"values_trimmed", "it was made of values without the blanks at their ends", strings.TrimSpace},
	} {
		if fits(v.change(right[0]), v.change(right[1]), v.change(right[2]), right[3]) {
			return v.code, v.says
		}
	}
	return "", ""
}

// controlParts tries other orders, and what may have been left out or put between.
func controlParts(fits func(...string) bool, right []string) (code, says string) {
	for _, order := range permutations(len(right)) {
		var parts []string
		for _, i := range order {
			parts = append(parts, right[i])
		}
		if fits(parts...) {
			return "order", "it was made of the right values in another order: they are status, orderid, client_orderid, key"
		}
	}
	for i, name := range []string{"status", "orderid", "client_orderid"} {
		parts := append([]string(nil), right...)
		if parts[i] = ""; fits(parts...) {
			return "parameter_left_out", "it was made without " + name
		}
	}
	for _, between := range []string{"&", "|", ":", ";", ",", " ", "\n", "-", "_", "."} {
		if fits(strings.Join(right, between)) || fits(strings.Join(right[:3], between), right[3]) {
			return "separator", "it was made with separators between the values: there are none"
		}
	}
	return "", ""
}

// permutations are the orders of n things.
func permutations(n int) (all [][]int) {
	if n == 0 {
		return [][]int{nil}
	}
	for _, shorter := range permutations(n - 1) {
		for at := range n {
			order := append(append([]int(nil), shorter[:at]...), n-1)
			all = append(all, append(order, shorter[at:]...))
		}
	}
	return all
}

func (t *tool) tellCallback(v *callbackVerdict) {
	wide := 14
	for _, p := range v.Parameters {
		wide = max(wide, min(len([]rune(terminal.Line(p.Name))), 40))
	}
	for _, p := range v.Parameters {
		t.Print("%-*s  %s\n", wide, terminal.Line(p.Name), cmp.Or(terminal.Line(p.Value), "(empty)"))
	}
	if !v.Valid {
		t.Print("\nNOT GENUINE: %s\n\n   %s.\n\nDo nothing on the strength of it.\n", v.Mistake, v.Explanation)
		return
	}
	t.Print("\nGENUINE: the control is right, for order %s of %s.\n\n%s\nBefore anything is booked, ask the gateway:\n\n  %s\n",
		terminal.Line(v.OrderID), terminal.Line(v.ClientOrderID), v.Note, statusCommand(v.OrderID, v.ClientOrderID))
}

// statusCommand is the advice to ask about an order.
func statusCommand(orderID, clientOrderID string) string {
	order, ok := terminal.Word(orderID)
	id, also := terminal.Word(clientOrderID)
	if !ok || !also || strings.Contains(orderID+clientOrderID, mask.Redacted) {
		return "(payneteasy status, which this id cannot be given by a command line that is pasted)"
	}
	return "payneteasy status --orderid " + order + " -- " + id
}
