package payneteasy

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/payneteasy-go/payneteasy/internal/order"
)

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

// fact is what a status says about an order of the entry. That an attempt to take it back has failed does not hide what
// was taken back before it.
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

// paidEnd is the end of an approved payout.
func (s *Status) paidEnd(entry Entry) (end order.End, paid, takenBack order.Amount) {
	asked := entry.Amount
	_, told := s.Fields.lookup("amount")
	actual, requested := s.Amount, s.requested()
	known := entry.order(s.OrderID)
	switch {
	case told:
	case order.End(known.End) == order.EndPaidOther: // which a reply without an amount does not correct
		actual = known.Paid
	default:
		actual = asked // the question named the order, and the reply no amount
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

// takenBackOrOwn is how much was taken back: the total if the reply tells it, else the amount of this reversal.
func (s *Status) takenBackOrOwn() Amount {
	if back := s.takenBack(); !back.IsZero() {
		return back
	}
	return s.Amount
}

// takenBack is how much of a payout was taken back, if the reply tells (total-reversal-amount).
func (s *Status) takenBack() Amount {
	return replyAmount(s.Reference.TotalReversalAmount, s.Fields.Get("currency"))
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

// movesMoney reports whether an approval of this type has taken money back. A retrieval, a fraud notice and a dispute
// only announce that.
func movesMoney(transactionType string) bool {
	kind := lettersAndDigits(transactionType)
	return !slices.ContainsFunc([]string{"retriev", "fraud", "disput", "representment", "arbitration"},
		func(word string) bool {
			return strings.Contains(kind, word)
		})
}
