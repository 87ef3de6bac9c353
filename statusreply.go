package payneteasy

import (
	"cmp"
	"strings"
	"time"
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
