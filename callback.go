package payneteasy

import (
	"fmt"
	"log/slog"
	"net/http"

	"github.com/payneteasy-go/payneteasy/internal/masking"
)

// Callback is what the gateway says about an order (ConnPay docs, "Merchant callback parameters"). It may also come
// from someone who replays an earlier callback. Its control covers only Status, OrderID and ClientOrderID, joined
// without separators. The control covers neither the amount nor the type. Everything but Confirmed is therefore a
// claim. Book by the News of CallbackHandler, or ask with Client.Refresh.
//
// A Callback prints only its IDs, status and type. The other values are as they came, decoded if possible. Log them
// with care, because they may be in another encoding than UTF-8, or contain a NUL. If a parameter came twice, the first
// value counts, and Fields has both.
type Callback struct {
	Status          StatusCode // status
	ClientOrderID   string     // client_orderid, or merchant_order
	OrderID         string     // orderid, decimal digits
	TransactionType string     // type, documented as "reversal" or "chargeback"; not documented for a payout

	// Amount is amount with currency. It is zero if there is no currency, or if one of the two cannot be read or has
	// two values.
	Amount     Amount
	AmountText string // amount, as it came
	Currency   string // currency (likely, not documented)

	Descriptor          string // descriptor
	ErrorCode           string // error_code
	ErrorMessage        string // error_message, with long runs of digits masked
	Name                string // name
	Email               string // email
	Phone               string // phone (likely, not documented)
	CardholderName      string // card-holder-name (likely, not documented)
	ApprovalCode        string // approval-code
	LastFourDigits      string // last-four-digits
	BIN                 string // bin
	CardType            string // card-type
	GatePartialReversal string // gate-partial-reversal, enabled or disabled
	GatePartialCapture  string // gate-partial-capture, enabled or disabled
	ReasonCode          string // reason-code, of a chargeback or a fraud
	ProcessorRRN        string // processor-rrn
	ProcessorTxID       string // processor-tx-id (likely, not documented)
	Comment             string // comment, of a return
	RapidaBalance       string // rapida-balance (likely, not documented)
	MerchantData        string // merchantdata, the merchant_data of PayoutRequest

	Fields Fields // all parameters but control, with those of your URL and those without a field above

	// Confirmed is the gateway's answer to a question about this order. It is nil after ParseCallback, and if the
	// gateway does not know the order.
	Confirmed *Status
}

// Format writes the IDs, the claimed status and type, and the confirmed status, for package fmt.
func (cb Callback) Format(f fmt.State, _ rune) {
	text := fmt.Sprintf("payneteasy.Callback(%q order %s: %s %s", cb.ClientOrderID, cb.OrderID, word(string(cb.Status)),
		word(cb.TransactionType))
	if cb.Confirmed != nil {
		text += fmt.Sprintf(", confirmed %s %s", word(string(cb.Confirmed.Status)), word(cb.Confirmed.TransactionType))
	}
	masking.Print(f, text+")")
}

// LogValue returns what Format writes, as a group for package log/slog.
func (cb Callback) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("client_orderid", cb.ClientOrderID), slog.String("order_id", cb.OrderID),
		slog.String("claimed", word(string(cb.Status))), slog.String("type", word(cb.TransactionType)),
	}
	if cb.Confirmed != nil {
		attrs = append(attrs, slog.String("confirmed", word(string(cb.Confirmed.Status))))
	}
	return slog.GroupValue(attrs...)
}

// ParseCallback reads a callback and verifies its control with Config.ControlKey or one of OldControlKeys. A matching
// control proves little (see Callback). CallbackHandler does the other checks.
//
// ParseCallback reads the query of a GET, as documented. It also reads the query and the form of a POST, as seen with
// white labels. The query and the body may have 1 MiB each, and 200 parameters together. status, orderid,
// client_orderid, merchant_order and control must be UTF-8 and have one value each. All other parameters are taken as
// they came. The error is a *CallbackError. It matches ErrForged if the control does not match.
//
// If middleware has parsed the form, ParseCallback reads Request.PostForm. It stops when the request's context ends.
func (c *Client) ParseCallback(r *http.Request) (*Callback, error) {
	n, err := c.readNotice("callback", r)
	if err != nil {
		return nil, err
	}
	mask := masking.Masker{IDs: []string{n.clientOrderID, n.orderID}, Question: true}
	amount := replyAmount(n.get("amount"), n.get("currency"))
	if n.ambiguous {
		amount = Amount{}
	}
	return &Callback{
		Status: StatusCode(mask.Text(n.status)), ClientOrderID: n.clientOrderID, OrderID: n.orderID,
		TransactionType: mask.Text(n.get("type")), Amount: amount, AmountText: n.get("amount"),
		Currency: n.get("currency"), Descriptor: n.get("descriptor"), ErrorCode: n.get("error_code"),
		ErrorMessage: mask.Text(n.get("error_message")), Name: n.get("name"), Email: n.get("email"),
		Phone: n.get("phone"), CardholderName: n.get("card-holder-name", "cardholder-name"),
		ApprovalCode: n.get("approval-code"), LastFourDigits: n.get("last-four-digits"), BIN: n.get("bin"),
		CardType: n.get("card-type"), GatePartialReversal: n.get("gate-partial-reversal"),
		GatePartialCapture: n.get("gate-partial-capture"), ReasonCode: n.get("reason-code"),
		ProcessorRRN: n.get("processor-rrn"), ProcessorTxID: n.get("processor-tx-id"), Comment: n.get("comment"),
		RapidaBalance: n.get("rapida-balance"), MerchantData: n.get("merchantdata", "merchant_data"), Fields: n.fields,
	}, nil
}
