package payneteasy

import (
	"context"
	"encoding/json"
)

// CallbackStore lets the callbacks of one order be handled one after the other, so that old news is not told after new.
// For a client without a Config.Journal it also keeps one record an order: what is known of the order, and what was
// told of it. The handler needs the record to see contradictions, second orders of a ClientOrderID, and parts that are
// taken back. With a journal the record is "". Without a CallbackStore the handler has a store in memory of its own. It
// serves one process, and forgets when that ends. Several processes need a store on their database.
//
// An order is 64 hex digits: the SHA-256 of base URL, login and client_orderid. Its record is text of at most 4 KiB
// that only the handler reads; it holds ids and amounts, and nothing of a person or a card. All methods must be safe
// for concurrent use.
type CallbackStore interface {
	// Begin starts the handling of a callback of an order, and returns the order's record: "" for none. Of concurrent
	// calls for one order exactly one passes; the others, and later ones until End, return an error that matches
	// ErrCallbackBusy. A store that outlives its processes lets a later Begin pass some minutes after one without End.
	Begin(ctx context.Context, order string) (record string, err error)

	// End ends what Begin has started, and stores the record, which may be the same as before.
	End(ctx context.Context, order, record string) error
}

// callbackRecord is an entry as a CallbackStore keeps it.
func (e Entry) callbackRecord() (string, error) {
	record, err := json.Marshal(e)
	if err == nil && len(record) > maxCallbackRecord {
		err = errorf("the record of %q has %d bytes: at most %d can be stored without Config.Journal",
			e.ClientOrderID, len(record), maxCallbackRecord)
	}
	return string(record), err
}
