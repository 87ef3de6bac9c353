package payneteasy

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/masking"
	"github.com/payneteasy-go/payneteasy/internal/poll"
)

// StatusCode is an order's status, as the gateway wrote it. Codes that are not listed here may come; they are not final.
type StatusCode string

// The documented statuses (P-STAT: doc.payneteasy.com, reference, statuses).
const (
	StatusApproved      StatusCode = "approved"       // final: paid
	StatusDeclined      StatusCode = "declined"       // final: not paid
	StatusFiltered      StatusCode = "filtered"       // final: declined by fraud control
	StatusError         StatusCode = "error"          // final: "declined but something went wrong": ask the manager
	StatusProcessing    StatusCode = "processing"     // not final
	StatusUnknown       StatusCode = "unknown"        // not final: the gateway itself does not know; ask the manager
	StatusChainDeclined StatusCode = "chain_declined" // not final: one leg of a cascade declined, it goes on
)

// is compares without regard to case: live replies are in lower case, some documents print capitals.
//
//go:noinline
func (s StatusCode) is(code StatusCode) bool { return strings.EqualFold(string(s), string(code)) }

// Final reports whether polling may end: approved, declined, error or filtered. Even then the gateway may change it
// after a reconciliation.
func (s StatusCode) Final() bool {
	return s.is(StatusApproved) || s.is(StatusDeclined) || s.is(StatusError) || s.is(StatusFiltered)
}

// Status is what the gateway says of an order: the reply of /api/v2/status or /api/v4/status. The same reply serves
// every kind of order, so all but the first five fields may be empty. Names of persons and cards are as sent; print a
// Status with care.
type Status struct {
	Endpoint      Endpoint
	ClientOrderID string     // merchant-order-id
	OrderID       string     // paynet-order-id
	Status        StatusCode // status
	SerialNumber  string     // serial-number of this question

	Amount          Amount // amount with currency: the actual one, which may differ; zero when absent or unreadable
	InitialAmount   Amount // initial-amount with currency: the requested one
	OrderStage      string // order-stage: for information only, never for a decision
	TransactionType string // transaction-type: "payout" is likely for a payout, not documented
	ErrorMessage    string // error-message: why it was declined; long runs of digits are masked
	ErrorCode       string // error-code
	RedirectTo      string // redirect-to: where to send the receiver's browser for a confirmation
	HTML            string // html: a page to hand to the receiver's browser unchanged
	Reference       Reference
	Person          Person
	Card            CardInfo
	Destination     CardInfo // dest-…: the destination card, as far as the gateway tells (likely, not documented)
	MerchantData    string   // merchantdata or merchant_data

	Fields Fields // all of the reply, those without a place above included

	asked time.Time // when the question began
}

// Reference are the ids under which banks and processors know an order.
type Reference struct {
	ByRequestSN             string    // by-request-sn
	EndPointID              string    // end-point-id
	ReceiptID               string    // receipt-id: {base}/view-receipt/ENDPOINTID/receipt-id/
	Descriptor              string    // descriptor
	OriginalGateDescriptor  string    // original-gate-descriptor
	ProcessingDate          string    // paynet-processing-date: "2024-03-20 08:51:03 MSK"
	ProcessingTime          time.Time // the same, if its zone is one that can be read with certainty; else zero
	AcquirerProcessingDate  string    // acquirer-processing-date
	ApprovalCode            string    // approval-code
	ProcessorRRN            string    // processor-rrn
	ProcessorTxID           string    // processor-tx-id; in the sandbox it begins with PNTEST-
	AuthResponseCode        string    // auth-response-code
	ProcessorAuthCreditCode string    // processor-auth-credit-code
	ProcessorCreditRRN      string    // processor-credit-rrn
	ProcessorCreditARN      string    // processor-credit-arn
	ProcessorDebitARN       string    // processor-debit-arn
	BankName                string    // bank-name
	TerminalID              string    // terminal-id
	PaymentProductCode      string    // ips-src-payment-product-code
	PaymentProductName      string    // ips-src-payment-product-name
	PaymentTypeCode         string    // ips-src-payment-type-code
	PaymentTypeName         string    // ips-src-payment-type-name
	GatePartialReversal     string    // gate-partial-reversal: enabled, disabled
	GatePartialCapture      string    // gate-partial-capture: enabled, disabled
	Verified3DStatus        string    // verified-3d-status
	VerifiedRSCStatus       string    // verified-rsc-status
	TotalReversalAmount     string    // total-reversal-amount
	LoyaltyBalance          string    // loyalty-balance
	LoyaltyMessage          string    // loyalty-message
	LoyaltyBonus            string    // loyalty-bonus
	LoyaltyProgram          string    // loyalty-program
	BankMessage             string    // bank_message
	FilterMessage           string    // filter_message
	FraudMessage            string    // fraud_message
}

// Person is the receiver or the card's holder.
type Person struct {
	Name           string // name
	CardholderName string // cardholder-name
	FirstName      string // first-name
	LastName       string // last-name
	Email          string // email
	Phone          string // phone
}

// CardInfo is what a reply tells of a card: never its number.
type CardInfo struct {
	LastFourDigits string // last-four-digits
	BIN            string // bin
	Type           string // card-type
	ExpireMonth    string // card-exp-month
	ExpireYear     string // card-exp-year
	HashID         string // card-hash-id, destination-hash-id
	Country        string // card-country-alpha-three-code
	BankName       string // dest-bank-name
}

// takesBack reports whether this is the approval of a reversal or the like.
func (s *Status) takesBack() bool { return s.Status.is(StatusApproved) && takesBack(s.TransactionType) }

// requested is the amount that was asked for, as far as the reply tells.
func (s *Status) requested() Amount {
	if s.Fields.Get("initial-amount") != "" {
		return s.InitialAmount
	}
	return s.Amount
}

// takesBack reports whether a transaction type is one of those that follow a payment and take it back.
func takesBack(transactionType string) bool {
	kind := lettersOf(transactionType)
	for _, word := range []string{
		"revers", "refund", "cancel", "chargeback", "fraud", "retriev", "disput", "void", "return", "rollback", "recall", "representment", "arbitration",
	} {
		if strings.Contains(kind, word) {
			return true
		}
	}
	return false
}

// movesMoney reports whether an approval of this type has taken money back. A retrieval, a fraud notice and a dispute only
// announce that.
func movesMoney(transactionType string) bool {
	kind := lettersOf(transactionType)
	return !slices.ContainsFunc([]string{"retriev", "fraud", "disput", "representment", "arbitration"}, func(word string) bool {
		return strings.Contains(kind, word)
	})
}

// Ref is how to ask about this order again.
func (s *Status) Ref() OrderRef {
	return OrderRef{Endpoint: s.Endpoint, ClientOrderID: s.ClientOrderID, OrderID: s.OrderID, Amount: s.InitialAmount}
}

const statusCommand = "status"

// Retries of a question: a transport error, a 5xx or a 429 is asked again, with a fresh signature, and not before the
// reply's Retry-After is over.
const (
	statusAttempts = 3
	retryBase      = 500 * time.Millisecond
	retryLimit     = 5 * time.Second
)

// Status asks what became of an order. A failed question is asked up to three times, not before the reply's Retry-After
// is over (Error.RetryAfter), and not if that is after the deadline of ctx. Its errors are *Error without a Decision:
// they say nothing about the order. An error reply of the gateway, "not found" included, is a failed
// question, never a status. See https://doc.connpay.com/ (/api/v2/status).
//
// Unlike Resolve, Wait and Confirm it writes nothing into the journal.
func (c *Client) Status(ctx context.Context, ref OrderRef) (*Status, error) {
	began := time.Now()
	status, err := c.status(ctx, ref, time.Time{})
	c.observeQuestion(ctx, ref, began, err)
	return status, err
}

// status asks; no retry begins later than until, if that is set.
func (c *Client) status(ctx context.Context, ref OrderRef, until time.Time) (*Status, error) {
	k, err := c.statusCall(ref)
	if err == nil && ctx == nil {
		err = errNilContext
	}
	if err != nil {
		return nil, c.failure(k, nil, Entry{}, err)
	}
	for attempt := 0; ; attempt++ {
		began := time.Now()
		r, err := c.do(ctx, k)
		status, failed := c.readStatus(k, ref, r, err)
		if failed == nil {
			status.asked = began
			c.record(ctx, k, began, r, nil)
			return status, nil
		}
		c.record(ctx, k, began, r, failed)
		if attempt+1 == statusAttempts || !askAgain(r) || ctx.Err() != nil {
			return nil, failed
		}
		pause := max(poll.Backoff(attempt, retryBase, retryLimit), failed.RetryAfter)
		if !until.IsZero() && time.Now().Add(pause).After(until) {
			return nil, failed
		}
		if deadline, ok := ctx.Deadline(); ok && failed.RetryAfter > time.Until(deadline) {
			failed.Err = errors.Join(failed.Err, errRetryTooLate) // a callback's handler must not wait for nothing
			return nil, failed
		}
		c.observeBackOff(ctx, ref, pause, failed.RetryAfter)
		if err := poll.Pause(ctx, pause); err != nil {
			failed.Err = errors.Join(failed.Err, err)
			return nil, failed
		}
	}
}

func (c *Client) statusCall(ref OrderRef) (*call, error) {
	k := &call{
		command: statusCommand, version: "v2", endpoint: c.endpoint(ref.Endpoint), clientOrderID: ref.ClientOrderID,
		orderID: ref.OrderID, amount: ref.Amount,
		mask: masking.Masker{IDs: []string{ref.ClientOrderID, ref.OrderID}, Question: true},
	}
	if err := ref.check(); err != nil {
		return k, err
	}
	k.form = url.Values{"login": {c.config.Login}, "client_orderid": {ref.ClientOrderID}}
	if ref.OrderID != "" {
		k.form.Set("orderid", ref.OrderID)
	}
	if c.config.StatusV4 {
		k.version, k.signed = "v4", true
	} else {
		k.form.Set("control", statusControl(c.config.ControlKey, c.config.Login, ref.ClientOrderID, ref.OrderID))
	}
	return k, nil
}

// askAgain reports whether a failed question is worth asking again at once: nothing came, or the gateway was busy.
func askAgain(r *reply) bool {
	return r == nil || r.status >= 500 || r.status == http.StatusTooManyRequests || r.readErr != nil
}

// readStatus turns a reply into a status, if it is one, is whole, and is about the order that was asked about.
func (c *Client) readStatus(k *call, ref OrderRef, r *reply, err error) (*Status, *Error) {
	if err != nil {
		return nil, c.failure(k, nil, Entry{}, newCause(err, k.mask))
	}
	if err := r.statusFault(k, ref); err != nil {
		return nil, c.failure(k, r, Entry{}, err)
	}
	status := newStatus(k, r.fields)
	return status, nil
}

// statusFault returns why a reply is no status of the order that was asked about, or nil.
func (r *reply) statusFault(k *call, ref OrderRef) error {
	switch {
	case r.isCached():
		return errors.New("a cache has answered, and not the gateway: the reply has an Age")
	case r.status != http.StatusOK:
		return errors.New("the gateway did not answer 200")
	case r.decodeErr != nil:
		return r.decodeErr
	case r.readErr != nil:
		return errors.Join(errCut, newCause(r.readErr, k.mask))
	case !r.whole, r.mayLackFields():
		return errCut
	case r.fields.duplicate() != "":
		return errorf("the reply has %.40q twice", k.mask.Text(r.fields.duplicate()))
	case r.fields.Get("type") != "status-response" && (r.has("type") || !r.isJSON):
		if kind := r.fields.Get("type"); kind != "error" && kind != "validation-error" {
			return errorf("%w (type %.40q)", errNoStatus, k.mask.Text(kind))
		}
		return errNoStatus
	case r.fields.Get("status") == "":
		return errors.New("the reply has no status")
	}
	return isAbout(r.fields, ref)
}

// isCached reports whether a cache says how old its reply is.
func (r *reply) isCached() bool { return strings.Trim(r.header.Get("Age"), "0 ") != "" }

// mayLackFields reports whether a proxy may have cut a status without a length where that would change its meaning: in
// the order id, or before the type, without which a declined reversal looks like a declined payout.
func (r *reply) mayLackFields() bool {
	if r.counted || r.isJSON {
		return false
	}
	_, wholeID := r.sound("paynet-order-id")
	_, wholeType := r.sound("transaction-type")
	return !wholeID && r.has("paynet-order-id") || !wholeType && StatusCode(r.fields.Get("status")).Final()
}

var (
	errRetryTooLate = errorf("the reply asks to retry after the deadline of the context: %w", context.DeadlineExceeded)

	errCut      = errors.New("the reply may have been cut")
	errNoStatus = errors.New("the reply is not a status")
)

// isAbout checks that a reply is about the order asked about: by both ids, or by the merchant's and the amount.
func isAbout(f Fields, ref OrderRef) error {
	switch id := f.Get("paynet-order-id"); {
	case f.Get("merchant-order-id") != ref.ClientOrderID:
		return errorf("%w: its merchant-order-id is not the one asked for", ErrOrderMismatch)
	case !isOrderID(id):
		return errorf("%w: it has no order id", ErrOrderMismatch)
	case ref.OrderID != "" && id != ref.OrderID:
		return errorf("%w: its order id is not the one asked for", ErrOrderMismatch)
	case ref.OrderID != "" || ref.Amount.IsZero():
		return nil
	}
	text, named := f.Lookup("initial-amount")
	if !named {
		text = f.Get("amount")
	}
	switch found := replyAmount(text, f.Get("currency")); {
	case found.IsZero():
		return errorf("%w: it has no readable amount and currency, not %s", ErrOrderMismatch, ref.Amount)
	case found != ref.Amount:
		return errorf("%w: it is of %s, not of %s", ErrOrderMismatch, found, ref.Amount)
	}
	return nil
}

func newStatus(k *call, f Fields) *Status {
	get := f.Get
	currency := get("currency")
	return &Status{
		Endpoint: k.endpoint, ClientOrderID: get("merchant-order-id"), OrderID: get("paynet-order-id"),
		Status: StatusCode(k.mask.Text(get("status"))), SerialNumber: k.mask.Serial(get("serial-number")),
		Amount:        replyAmount(get("amount"), currency),
		InitialAmount: replyAmount(get("initial-amount"), currency),
		OrderStage:    get("order-stage"), TransactionType: k.mask.Text(get("transaction-type")),
		ErrorMessage: k.mask.Text(get("error-message")), ErrorCode: get("error-code"),
		RedirectTo: get("redirect-to"), HTML: get("html"),
		MerchantData: cmp.Or(get("merchantdata"), get("merchant_data")),
		Reference:    newReference(f),
		Person: Person{
			Name: get("name"), CardholderName: get("cardholder-name"),
			FirstName: get("first-name"), LastName: get("last-name"), Email: get("email"), Phone: get("phone"),
		},
		Card: CardInfo{
			LastFourDigits: get("last-four-digits"), BIN: get("bin"), Type: get("card-type"),
			ExpireMonth: get("card-exp-month"), ExpireYear: get("card-exp-year"),
			HashID: get("card-hash-id"), Country: get("card-country-alpha-three-code"),
		},
		Destination: CardInfo{
			LastFourDigits: get("dest-last-four-digits"), BIN: get("dest-bin"), Type: get("dest-card-type"),
			HashID: get("destination-hash-id"), BankName: get("dest-bank-name"),
		},
		Fields: f,
	}
}

func newReference(f Fields) Reference {
	get := f.Get
	date := get("paynet-processing-date")
	return Reference{
		ByRequestSN: get("by-request-sn"), EndPointID: get("end-point-id"), ReceiptID: get("receipt-id"),
		Descriptor: get("descriptor"), OriginalGateDescriptor: get("original-gate-descriptor"),
		ProcessingDate: date, ProcessingTime: processingTime(date),
		AcquirerProcessingDate: get("acquirer-processing-date"), ApprovalCode: get("approval-code"),
		ProcessorRRN: get("processor-rrn"), ProcessorTxID: get("processor-tx-id"),
		AuthResponseCode: get("auth-response-code"), ProcessorAuthCreditCode: get("processor-auth-credit-code"),
		ProcessorCreditRRN: get("processor-credit-rrn"), ProcessorCreditARN: get("processor-credit-arn"),
		ProcessorDebitARN: get("processor-debit-arn"), BankName: get("bank-name"), TerminalID: get("terminal-id"),
		PaymentProductCode: get("ips-src-payment-product-code"), PaymentProductName: get("ips-src-payment-product-name"),
		PaymentTypeCode: get("ips-src-payment-type-code"), PaymentTypeName: get("ips-src-payment-type-name"),
		GatePartialReversal: get("gate-partial-reversal"), GatePartialCapture: get("gate-partial-capture"),
		Verified3DStatus: get("verified-3d-status"), VerifiedRSCStatus: get("verified-rsc-status"),
		TotalReversalAmount: get("total-reversal-amount"), LoyaltyBalance: get("loyalty-balance"),
		LoyaltyMessage: get("loyalty-message"), LoyaltyBonus: get("loyalty-bonus"), LoyaltyProgram: get("loyalty-program"),
		BankMessage: get("bank_message"), FilterMessage: get("filter_message"), FraudMessage: get("fraud_message"),
	}
}

// processingTime reads "2024-03-20 08:51:03 MSK". A zone's abbreviation is ambiguous in general; only those are read
// that mean one offset everywhere: Moscow's, and the universal ones.
func processingTime(text string) time.Time {
	offsets := map[string]int{"MSK": 3 * 3600, "UTC": 0, "GMT": 0}
	at, zone := text, ""
	if i := strings.LastIndexByte(text, ' '); i >= 0 {
		at, zone = text[:i], text[i+1:]
	}
	offset, known := offsets[zone]
	if !known {
		return time.Time{}
	}
	parsed, err := time.ParseInLocation(time.DateTime, at, time.FixedZone(zone, offset))
	if err != nil {
		return time.Time{}
	}
	return parsed
}
