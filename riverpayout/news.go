package riverpayout

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/payneteasy-go/payneteasy"
)

// notToldError says that OnNews failed and that its whole transaction is rolled back.
type notToldError struct{ err error }

func (e notToldError) Error() string { return e.err.Error() }

func (e notToldError) Unwrap() error { return e.err }

// tell replaces the entry of a row that the transaction has locked, and calls OnNews if there is news. It returns the
// news also with an error that came after OnNews.
func (m *Merchant) tell(
	ctx context.Context, tx pgx.Tx, payout *row, entry payneteasy.Entry,
) (told payneteasy.News, err error) {
	after, news := entry.Tell()
	isNews := news.Seq > 0 && !payout.isToSend(entry)
	if isNews {
		entry = after
		entry.Revision = payout.entry.Revision + 1
	}
	if entry.Revision == payout.entry.Revision {
		return told, nil
	}
	payout.entry = entry
	if err := m.store(ctx, tx, entry, isNews); err != nil || !isNews {
		return told, err
	}
	payout.problem = ""
	if err := m.callMerchant(ctx, "OnNews", func() error { return m.config.OnNews(ctx, tx, entry, news) }); err != nil {
		return told, notToldError{err}
	}
	// If OnNews has ended the transaction, the job would be completed outside it, and nothing else would be stored.
	now, err := m.readRow(ctx, tx, entry.ClientOrderID, "")
	if err == nil && now.entry.Revision != entry.Revision {
		err = errors.New("it ended the transaction")
	}
	return news, err
}

// store writes an entry to its row, which the transaction has locked. An entry that is told no longer has a problem.
func (m *Merchant) store(ctx context.Context, tx pgx.Tx, entry payneteasy.Entry, isTold bool) error {
	_, err := tx.Exec(ctx, setEntrySQL+`,
			told = CASE WHEN $7 THEN clock_timestamp() ELSE told END, problem = CASE WHEN $7 THEN '' ELSE problem END,
			problem_since = CASE WHEN $7 THEN NULL ELSE problem_since END, turn = CASE WHEN $7 THEN NULL ELSE turn END
		WHERE merchant = $1 AND client_orderid = $2`, append(m.journal.values(entry), isTold)...)
	return clean(err)
}
