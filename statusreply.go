package payneteasy

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/order"
)

// Reference holds the IDs by which banks and processors know an order.
type Reference struct {
	ByRequestSN             string    // by-request-sn
	EndPointID              string    // end-point-id
	ReceiptID               string    // receipt-id, for {base}/view-receipt/ENDPOINTID/receipt-id/
	Descriptor              string    // descriptor
	OriginalGateDescriptor  string    // original-gate-descriptor
	ProcessingDate          string    // paynet-processing-date, such as "2024-03-20 08:51:03 MSK"
	ProcessingTime          time.Time // the same, or zero if its zone cannot be read with certainty
	AcquirerProcessingDate  string    // acquirer-processing-date
	ApprovalCode            string    // approval-code
	ProcessorRRN            string    // processor-rrn
	ProcessorTxID           string    // processor-tx-id, which begins with PNTEST- in the sandbox
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
	GatePartialReversal     string    // gate-partial-reversal, either enabled or disabled
	GatePartialCapture      string    // gate-partial-capture, either enabled or disabled
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

// Person is the receiver or the cardholder.
type Person struct {
	Name           string // name
	CardholderName string // cardholder-name
	FirstName      string // first-name
	LastName       string // last-name
	Email          string // email
	Phone          string // phone
}

// CardInfo is what a reply says about a card. It never holds the card's number.
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

func newStatus(k *call, f Fields) *Status {
	get := f.Get
	currency := get("currency")
	return &Status{
		Endpoint: k.endpoint, ClientOrderID: get("merchant-order-id"), OrderID: get("paynet-order-id"),
		Status: StatusCode(k.mask.Text(get("status"))), SerialNumber: k.mask.Serial(get("serial-number")),
		Amount:        replyAmount(get("amount"), currency),
		InitialAmount: replyAmount(get("initial-amount"), currency), OrderStage: get("order-stage"),
		TransactionType: k.mask.Text(get("transaction-type")), ErrorMessage: k.mask.Text(get("error-message")),
		ErrorCode: get("error-code"), RedirectTo: get("redirect-to"), HTML: get("html"),
		MerchantData: cmp.Or(get("merchantdata"), get("merchant_data")), Reference: newReference(f),
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
		Descriptor: get("descriptor"), OriginalGateDescriptor: get("original-gate-descriptor"), ProcessingDate: date,
		ProcessingTime: processingTime(date), AcquirerProcessingDate: get("acquirer-processing-date"),
		ApprovalCode: get("approval-code"), ProcessorRRN: get("processor-rrn"), ProcessorTxID: get("processor-tx-id"),
		AuthResponseCode: get("auth-response-code"), ProcessorAuthCreditCode: get("processor-auth-credit-code"),
		ProcessorCreditRRN: get("processor-credit-rrn"), ProcessorCreditARN: get("processor-credit-arn"),
		ProcessorDebitARN: get("processor-debit-arn"), BankName: get("bank-name"), TerminalID: get("terminal-id"),
		PaymentProductCode: get("ips-src-payment-product-code"),
		PaymentProductName: get("ips-src-payment-product-name"), PaymentTypeCode: get("ips-src-payment-type-code"),
		PaymentTypeName: get("ips-src-payment-type-name"), GatePartialReversal: get("gate-partial-reversal"),
		GatePartialCapture: get("gate-partial-capture"), Verified3DStatus: get("verified-3d-status"),
		VerifiedRSCStatus: get("verified-rsc-status"), TotalReversalAmount: get("total-reversal-amount"),
		LoyaltyBalance: get("loyalty-balance"), LoyaltyMessage: get("loyalty-message"),
		LoyaltyBonus: get("loyalty-bonus"), LoyaltyProgram: get("loyalty-program"), BankMessage: get("bank_message"),
		FilterMessage: get("filter_message"), FraudMessage: get("fraud_message"),
	}
}

// processingTime reads "2024-03-20 08:51:03 MSK". A zone's abbreviation is ambiguous in general. So it reads only those
// that mean one offset everywhere, which are Moscow's and the universal ones.
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

// Status is what the gateway says about an order, in the reply of /api/v2/status or /api/v4/status. The same reply
// serves every kind of order, so all fields except the first five may be empty. Names of persons and cards are as the
// gateway sent them. Print a Status with care.
type Status struct {
	Endpoint      Endpoint
	ClientOrderID string     // merchant-order-id
	OrderID       string     // paynet-order-id
	Status        StatusCode // status
	SerialNumber  string     // serial-number of this question

	Amount          Amount // amount with currency, the actual amount, which may differ. Zero if absent or unreadable
	InitialAmount   Amount // initial-amount with currency, the requested amount
	OrderStage      string // order-stage, for information only, never for a decision
	TransactionType string // transaction-type, "payout" for a payout (likely, not documented)
	ErrorMessage    string // error-message, why it was declined, with long runs of digits masked
	ErrorCode       string // error-code
	RedirectTo      string // redirect-to, where to send the receiver's browser for a confirmation
	HTML            string // html, a page to hand to the receiver's browser unchanged
	Reference       Reference
	Person          Person
	Card            CardInfo
	Destination     CardInfo // dest-…, the destination card, as far as the gateway says (likely, not documented)
	MerchantData    string   // merchantdata or merchant_data

	Fields Fields // all fields of the reply, including those without a place above

	asked time.Time // when the question began
}

// fact returns what a status says about an order of the entry. If an attempt to take the payout back has failed, that
// does not hide what was taken back before.
func (s *Status) fact(entry Entry, at time.Time, interval time.Duration) order.Fact {
	seen := order.Seen{Order: order.Order{ID: s.OrderID, End: order.Open}, Asked: at, Interval: interval}
	takesBack := takesBack(s.TransactionType)
	failed := takesBack && !s.Status.is(StatusApproved)
	switch {
	case !s.Status.Final():
	case failed && s.takenBack().IsZero():
		return order.TakeBackFailed{ID: s.OrderID}
	case failed:
		seen.End, seen.TakenBack = order.EndReversed, s.takenBack().minorUnits()
	case takesBack && !movesMoney(s.TransactionType):
		seen.End, seen.TakenBack = order.EndUnclear, s.takenBack().minorUnits()
	case takesBack:
		seen.End, seen.TakenBack = order.EndReversed, s.takenBackOrOwn().minorUnits()
	case s.Status.is(StatusError):
		seen.End = order.EndFailed
	case !s.Status.is(StatusApproved):
		seen.End = order.EndDeclined
	default:
		seen.End, seen.Paid, seen.TakenBack = s.paidEnd(entry)
	}
	return seen
}

// paidEnd returns the end of an approved payout.
func (s *Status) paidEnd(entry Entry) (end order.End, paid, takenBack order.Amount) {
	asked := entry.Amount
	_, told := s.Fields.lookup("amount")
	actual, requested := s.Amount, s.requested()
	known := entry.order(s.OrderID)
	switch {
	case told:
	case order.End(known.End) == order.EndPaidOther: // a reply without an amount does not correct it
		actual = known.Paid
	default:
		actual = asked // the question named the order, and the reply has no amount
	}
	back := s.Reference.TotalReversalAmount
	switch {
	case strings.Trim(back, "0.") != "":
		return order.EndReversed, actual.minorUnits(), s.takenBack().minorUnits()
	case actual.IsZero(), told && s.Fields.Get("initial-amount") != "" && requested.IsZero():
		return order.EndPaidOther, order.Amount{}, order.Amount{}
	case actual != asked && !asked.IsZero(), requested != actual && !requested.IsZero():
		return order.EndPaidOther, actual.minorUnits(), order.Amount{}
	}
	return order.EndPaid, actual.minorUnits(), order.Amount{}
}

// takenBackOrOwn returns how much was taken back. That is the total if the reply has it, or else the amount of this
// reversal.
func (s *Status) takenBackOrOwn() Amount {
	if back := s.takenBack(); !back.IsZero() {
		return back
	}
	return s.Amount
}

// takenBack returns how much of a payout was taken back, if the reply says so (total-reversal-amount).
func (s *Status) takenBack() Amount {
	return replyAmount(s.Reference.TotalReversalAmount, s.Fields.Get("currency"))
}

// takesBack reports whether this is the approval of a reversal or of a similar transaction.
func (s *Status) takesBack() bool { return s.Status.is(StatusApproved) && takesBack(s.TransactionType) }

// requested returns the amount that was asked for, as far as the reply says.
func (s *Status) requested() Amount {
	if s.Fields.Get("initial-amount") != "" {
		return s.InitialAmount
	}
	return s.Amount
}

// takesBack reports whether a transaction type is one that follows a payment and takes it back.
func takesBack(transactionType string) bool {
	kind := lettersAndDigits(transactionType)
	for _, word := range []string{
		"revers", "refund", "cancel", "chargeback", "fraud", "retriev", "disput", "void", "return", "rollback",
		"recall", "representment", "arbitration",
	} {
		if strings.Contains(kind, word) {
			return true
		}
	}
	return false
}

// movesMoney reports whether an approval of this type has taken money back. A retrieval, a fraud notice or a dispute
// only announces that.
func movesMoney(transactionType string) bool {
	kind := lettersAndDigits(transactionType)
	return !slices.ContainsFunc([]string{"retriev", "fraud", "disput", "representment", "arbitration"},
		func(word string) bool {
			return strings.Contains(kind, word)
		})
}
