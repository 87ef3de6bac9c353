package payneteasy_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"testing"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
	"github.com/stretchr/testify/require"
)

// TestLog checks that each call makes one log record. It has the IDs and the decision, or the outcome of a question,
// and nothing from the body.
func TestLog(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	var out bytes.Buffer
	config := gateway.Config()
	config.Logger = slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	client := newClient(t, config)
	req := request(t)
	req.BankAccount = nil
	req.Card = &payneteasy.Card{
		Number: payneteasy.NewSecret("4444444444444448"), PrintedName: "JANE DOE", ExpireMonth: "12",
		ExpireYear: "2099", CVV2: payneteasy.NewSecret("737"),
	}
	payout, err := client.Payout(t.Context(), req)
	require.NoError(t, err)
	_, err = client.Status(t.Context(), payout.Entry.Ref())
	require.NoError(t, err)
	_, err = client.Status(t.Context(), payneteasy.OrderRef{ClientOrderID: "never-sent"})
	require.ErrorContains(t, err, "not found")
	bad := request(t)
	bad.ClientOrderID = ""
	_, err = client.Payout(t.Context(), bad)
	require.ErrorIs(t, err, payneteasy.ErrNotSent)

	var records []map[string]any
	decoder := json.NewDecoder(bytes.NewReader(out.Bytes()))
	for {
		record := map[string]any{}
		if err := decoder.Decode(&record); err != nil {
			require.ErrorIs(t, err, io.EOF)
			break
		}
		require.Contains(t, record, "duration")
		delete(record, "duration")
		delete(record, "time")
		for _, secret := range []string{"4444444444444448", "737", "JANE", "oauth", payneteasytest.ControlKey} {
			require.NotContains(t, fmt.Sprint(record), secret)
		}
		records = append(records, record)
	}
	require.Len(t, records, 4)
	require.Equal(t, map[string]any{
		"level": "INFO", "msg": "payneteasy call", "command": "payout", "endpoint": "39915",
		"client_orderid": "payout-0001",
		"decision":       "pending", "http_status": 200.0, "serial_number": payout.SerialNumber,
		"order_id": payout.OrderID,
	}, records[0])
	require.Equal(t, "answered", records[1]["outcome"])
	require.Equal(t, "DEBUG", records[1]["level"])
	require.Equal(t, "processing", records[1]["status"])
	require.Equal(t, "payout_starting", records[1]["order_stage"])
	require.Equal(t, "not known", records[2]["outcome"])
	require.Equal(t, "WARN", records[2]["level"])
	require.Equal(t, "not sent", records[3]["decision"])
	for i, record := range records {
		question := i == 1 || i == 2
		require.Equal(t, !question, record["decision"] != nil, "a decision, or the outcome of a question: %v", record)
		require.Equal(t, question, record["outcome"] != nil, record)
	}
}
