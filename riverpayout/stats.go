package riverpayout

import (
	"context"
	"fmt"
	"time"
)

// Stats are how many payouts of a merchant are where, for gauges.
type Stats struct {
	Waiting  int64 // enqueued, and not sent; or refused with the merchant
	Sending  int64 // perhaps sent: the call is on its way, or its process died
	Unknown  int64 // perhaps sent: the call came back without an answer
	Accepted int64 // sent, and not final
	Held     int64 // perhaps sent, and the gateway does not know it: a person must look
	Parked   int64 // what a person should look at, of these or of what was told: riverpayout_parked

	Oldest time.Duration // how long ago the first of them all was enqueued
}

// Stats counts what is enqueued and not told yet, and what has come to something else after it was told. It reads each of them, however many: ask once in a while.
func (m *Merchant) Stats(ctx context.Context) (stats Stats, err error) {
	var milliseconds int64
	err = m.journal.pool.QueryRow(ctx, `SELECT
			count(*) FILTER (WHERE state IN ('created', 'not sent') OR denied AND state = 'rejected'), count(*) FILTER (WHERE state = 'sending'),
			count(*) FILTER (WHERE state = 'unknown'), count(*) FILTER (WHERE state = 'accepted'),
			count(*) FILTER (WHERE state = 'held'), count(*) FILTER (WHERE problem <> '')
				+ (SELECT count(*) FROM riverpayout_payout WHERE merchant = $1 AND told IS NOT NULL AND problem <> ''),
			(coalesce(extract(epoch FROM clock_timestamp() - min(enqueued)), 0) * 1000)::bigint
		FROM riverpayout_payout WHERE merchant = $1 AND enqueued IS NOT NULL AND told IS NULL`, m.journal.merchant).
		Scan(&stats.Waiting, &stats.Sending, &stats.Unknown, &stats.Accepted, &stats.Held, &stats.Parked, &milliseconds)
	if err != nil {
		return Stats{}, fmt.Errorf("riverpayout: stats: %w", clean(err))
	}
	stats.Oldest = time.Duration(milliseconds) * time.Millisecond
	return stats, nil
}
