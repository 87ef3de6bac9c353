package payneteasy

import (
	"context"
	"encoding/json"
)

// CallbackStore makes sure that callbacks of one order are handled one after the other. Old news is then never told
// after new news.
//
// If the client has no Config.Journal, the store also keeps one record for each order. The record holds what is known
// about the order, and what was told. The handler needs it to see contradictions, second orders of a ClientOrderID, and
// parts that are taken back. With a journal the record is "".
//
// Without a CallbackStore, the handler has its own store in memory. That store serves one process, and forgets
// everything when the process ends. Several processes need a store in their database.
//
// An order is named by 64 hex digits, the SHA-256 of base URL, login and client_orderid. Its record is text of at most
// 4 KiB that only the handler reads. The record holds IDs and amounts, but no personal data and no card data. All
// methods must be safe for concurrent use.
type CallbackStore interface {
	// Begin starts the handling of a callback of an order. It returns the order's record, or "" if there is none. Of
	// concurrent calls for one order, exactly one succeeds. The other calls, and later calls until End, return an error
	// that matches ErrCallbackBusy. If End is never called, a store that outlives its processes lets a later Begin
	// succeed after some minutes.
	Begin(ctx context.Context, order string) (record string, err error)

	// End ends what Begin has started, and stores the record. The record may be unchanged.
	End(ctx context.Context, order, record string) error
}

// callbackRecord returns an entry as a CallbackStore keeps it.
func (e Entry) callbackRecord() (string, error) {
	record, err := json.Marshal(e)
	if err == nil && len(record) > maxCallbackRecord {
		err = errorf("the record of %q has %d bytes: at most %d can be stored without Config.Journal",
			e.ClientOrderID, len(record), maxCallbackRecord)
	}
	return string(record), err
}
