package store

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/payoutinput"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/spelling"
)

// Fingerprint is a keyed checksum of a payout's destination. Without the key, it does not reveal an account's number,
// not even to someone who tries all numbers.
type Fingerprint [16]byte

// DestinationSum holds the fingerprints of a payout's destination.
type DestinationSum struct {
	whole Fingerprint // with names and bank: it must not change under one ID
	// of the account, card or wallet alone, however it is written: two IDs with the same value may be one payment
	Account Fingerprint
}

// Destinations holds the fingerprints of the latest payouts by client_orderid. They are in a file beside the journal,
// which has no accounts. A fingerprint is on the disk before its payout's intent.
type Destinations struct {
	file *os.File
	key  []byte

	mu    sync.Mutex
	known map[string]DestinationSum
}

// The files are the fingerprints, one a line, and their key, one for each store.
const (
	destinationsName = "destinations"
	fingerprintKey   = "fingerprint.key"
)

// destinationFields are the parameters that say where the money goes and to whom. CVV and expiry are not among them,
// because they must not be stored in any form.
var destinationFields = []string{
	"account_name", "account_number",
	"bank_address1", "bank_area", "bank_bic", "bank_branch", "bank_city", "bank_code", "bank_name", "bank_province",
	"bank_zip_code",
	"card_printed_name", "card_recurring_payment_id", "credit_card_number", "crypto_wallet_address",
	"ewallet_type", "ewallet_wallet", "legal_person_document_number", "legal_person_name",
	"receiver_first_name", "receiver_last_name", "recurring-payment-id", "routing_number",
}

func openDestinations(dir string) (*Destinations, error) {
	d := &Destinations{known: map[string]DestinationSum{}}
	path := filepath.Join(dir, destinationsName)
	content, err := readOwn(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if d.key, err = openKey(filepath.Join(dir, fingerprintKey), len(content) > 0); err != nil {
		return nil, err
	}
	// The process died while it wrote the rest, so nothing was sent for it.
	whole := bytes.LastIndexByte(content, '\n') + 1
	for line := range strings.Lines(string(content[:whole])) {
		if err := d.parse(strings.TrimSuffix(line, "\n")); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	d.file, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	if whole < len(content) {
		if err := d.file.Truncate(int64(whole)); err != nil {
			return nil, errors.Join(err, d.file.Close())
		}
	}
	return d, syncDir(dir)
}

func (d *Destinations) parse(line string) error {
	sum, quoted, _ := strings.Cut(line, " ")
	raw, errSum := base64.RawStdEncoding.DecodeString(sum)
	id, errID := strconv.Unquote(quoted)
	const size = len(Fingerprint{})
	if errSum != nil || errID != nil || len(raw) != 2*size {
		return errors.New("a line cannot be read")
	}
	d.known[id] = DestinationSum{Fingerprint(raw[:size]), Fingerprint(raw[size:])}
	return nil
}

// openKey reads the key or makes it. With another key no fingerprint would match, so the key must exist if it was used.
func openKey(path string, used bool) ([]byte, error) {
	key, err := readOwn(path)
	switch {
	case err == nil && len(key) == sha256.Size:
		return key, nil
	case err == nil && used:
		return nil, fmt.Errorf("%s: it is not a key", path)
	case err != nil && (used || !errors.Is(err, fs.ErrNotExist)):
		return nil, err
	}
	// There is no key, or the process died while it made one.
	key = make([]byte, sha256.Size)
	_, _ = rand.Read(key) // never fails (crypto/rand)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = file.Write(key)
	return key, errors.Join(err, file.Sync(), file.Close())
}

// Of returns the fingerprints of a payout's parameters.
func (d *Destinations) Of(values map[string]string) DestinationSum {
	whole, account := hmac.New(sha256.New, d.key), hmac.New(sha256.New, d.key)
	for _, name := range destinationFields {
		if value := strings.TrimSpace(values[name]); value != "" { // as it is sent
			_, _ = fmt.Fprintf(whole, "%s=%d:%s\n", name, len(value), value)
		}
	}
	for _, name := range payoutinput.DestinationColumns {
		if value := sameDestination(values[name]); value != "" {
			_, _ = fmt.Fprintf(account, "%s\n", value)
		}
	}
	const size = len(Fingerprint{})
	return DestinationSum{Fingerprint(whole.Sum(nil)[:size]), Fingerprint(account.Sum(nil)[:size])}
}

// Difference says how an earlier destination differs from this one, in words that follow "to", or nothing.
func (s DestinationSum) Difference(before DestinationSum) string {
	switch {
	case s.Account != before.Account:
		return "another account"
	case s.whole != before.whole:
		return "another name or bank, or with the account written in another way"
	}
	return ""
}

// sameDestination normalizes a destination for comparison, whatever its form and column. GB82-WEST becomes gb82west, +7
// 999 and 007999 become 7999, 0012 becomes 12. An address with an @ or a name keeps its marks.
func sameDestination(value string) string {
	plain := strings.ToLower(norm.NFKC.String(strings.TrimSpace(value)))
	squeezed := spelling.Squeeze(plain)
	switch {
	case strings.Contains(plain, "@"):
		return plain
	case strings.Trim(squeezed, "0123456789") == "":
		return strings.TrimLeft(squeezed, "0")
	case strings.ContainsFunc(squeezed, unicode.IsDigit):
		return squeezed
	}
	return plain
}

// Find returns the fingerprints of an earlier payout.
func (d *Destinations) Find(clientOrderID string) (sum DestinationSum, known bool) {
	sum, known = d.known[clientOrderID]
	return sum, known
}

// All returns the fingerprints of all payouts by client_orderid.
func (d *Destinations) All() map[string]DestinationSum { return d.known }

// Remember makes a fingerprint durable. If it is stored already, nothing is written.
func (d *Destinations) Remember(clientOrderID string, sum DestinationSum) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if known, ok := d.known[clientOrderID]; ok && known == sum {
		return nil
	}
	encoded := base64.RawStdEncoding.EncodeToString(slices.Concat(sum.whole[:], sum.Account[:]))
	_, err := fmt.Fprintf(d.file, "%s %q\n", encoded, clientOrderID)
	if err == nil {
		err = d.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("its destination could not be stored: %w", err)
	}
	d.known[clientOrderID] = sum
	return nil
}

func (d *Destinations) close() error { return d.file.Close() }
