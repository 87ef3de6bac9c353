package riverpayout

import (
	"context"
	"fmt"
	"time"
)

// Stats counts the payouts of a merchant by state, for gauges.
type Stats struct {
	Waiting int64 // to send, because they are enqueued, or the last attempt sent nothing
	Sending int64 // perhaps sent, because the call is in progress, or its process died
	Unknown int64 // perhaps sent, because the call returned without an answer
	Refused int64 // by the gateway, which may have an order anyway
	Pending int64 // sent, and not final
	Review  int64 // for a person to look at, until they are settled
	Parked  int64 // rows of riverpayout_parked, which are reviews and payouts with a problem

	Oldest time.Duration // time since the oldest payout with something left to do was enqueued
}

// Stats counts the payouts that have something left to do, and the reviews. It reads each of them, so call it only once
// in a while.
func (m *Merchant) Stats(ctx context.Context) (stats Stats, err error) {
	var milliseconds int64
	err = m.journal.pool.QueryRow(ctx, `SELECT
			count(*) FILTER (WHERE step = 'send'),
			count(*) FILTER (WHERE decision = 'unknown' AND send = 'sending'),
			count(*) FILTER (WHERE decision = 'unknown' AND send <> 'sending'),
			count(*) FILTER (WHERE decision = 'refused'),
			count(*) FILTER (WHERE decision = 'pending' AND step <> 'send'),
			(SELECT count(*) FROM riverpayout_payout WHERE merchant = $1 AND decision = 'review'),
			(SELECT count(*) FROM riverpayout_payout WHERE merchant = $1 AND (problem <> '' OR decision = 'review')),
			(coalesce(extract(epoch FROM clock_timestamp() - min(enqueued)), 0) * 1000)::bigint
		FROM riverpayout_payout WHERE merchant = $1 AND enqueued IS NOT NULL AND step <> 'done'`, m.journal.merchant).
		Scan(&stats.Waiting, &stats.Sending, &stats.Unknown, &stats.Refused, &stats.Pending,
			&stats.Review, &stats.Parked, &milliseconds)
	if err != nil {
		return Stats{}, fmt.Errorf("riverpayout: stats: %w", clean(err))
	}
	stats.Oldest = time.Duration(milliseconds) * time.Millisecond
	return stats, nil
}
