// Package riverpayout runs payouts by a fleet of workers: durable jobs on River and PostgreSQL. A payout is enqueued in
// the merchant's own transaction, sent at most once whatever crashes, and asked about to its final status, which the
// merchant's function books in the transaction that completes the job.
//
// River runs a job again after a crash, so it is not River that says who may send: it is one conditional statement on
// the payout's row (Journal.Put). A job that finds a payout sent, or perhaps sent, asks for its status and never
// sends.
package riverpayout
