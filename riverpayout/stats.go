package riverpayout

import (
	"context"
	"fmt"
	"time"
)

// Stats are how many payouts of a merchant are where, for gauges.
type Stats struct {
	Waiting int64 // to be sent: enqueued, or not sent at the last attempt
	Sending int64 // perhaps sent: the call is on its way, or its process died
	Unknown int64 // perhaps sent: the call came back without an answer
	Refused int64 // by the gateway; whether it has an order all the same is not known yet
	Pending int64 // sent, and not final
	Review  int64 // a person must look, until it is settled
	Parked  int64 // what a person should look at, reviews and what does not go on: riverpayout_parked

	Oldest time.Duration // how long ago the first of those with something left to do was enqueued
}

// Stats counts what has something left to do, and reviews. It reads each of them, however many: ask once in a while.
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
