// Package riverpayout pays with a fleet of workers, which run durable jobs on River and PostgreSQL. You enqueue a
// payout in your own transaction. It is sent at most once, whatever crashes. The workers ask about it until its status
// is final, and your function books the result in the transaction that completes the job.
//
// River runs a job again after a crash, so River does not decide who may send. One conditional statement on the
// payout's row (Journal.Put) decides. A job that finds that a payout was sent, or may have been sent, asks for its
// status and never sends.
package riverpayout
