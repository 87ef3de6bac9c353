package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/payneteasy-go/payneteasy/riverpayout"
)

const workerProcesses = 3

// demo is one run of the program.
type demo struct {
	*screen
	databaseURL string
	logFile     string
	limit       time.Duration

	db      *database
	gateway *gateway
	crew    *crew
	shop    *shop
	web     *http.Server // for callbacks
	fail    context.CancelCauseFunc
}

// run waits until all payouts have ended, and reports whether the books agree. It leaves nothing behind.
func (s *demo) run(ctx context.Context) (balanced bool, err error) {
	defer s.keep()
	s.db, err = openDatabase(ctx, s.databaseURL)
	defer func() { err = errors.Join(err, s.db.close(ctx)) }()
	if err == nil {
		s.gateway, err = startGateway(ctx)
	}
	if err == nil {
		defer s.gateway.close()
		balanced, err = s.perform(ctx)
	}
	if ctx.Err() != nil {
		return false, errInterrupted
	}
	return balanced, err
}

func (s *demo) perform(interruptible context.Context) (balanced bool, err error) {
	ctx, cancel := context.WithTimeoutCause(interruptible, s.limit,
		fmt.Errorf("not all payouts have ended within %v", s.limit))
	defer cancel()
	ctx, s.fail = context.WithCancelCause(ctx)
	defer s.fail(nil)
	if err := s.open(ctx); err != nil {
		return false, err
	}
	defer func() {
		s.crew.stop()
		_ = s.web.Close()
	}()
	s.line("database  %s", s.db.name)
	s.line("gateway   a fake at %s", s.gateway.origin)
	s.line("faults    %s", troublesMade())
	s.line("          one status call in twelve gets no answer")
	s.line("workers   %d processes", workerProcesses)
	s.line("columns   sending: on its way, or not known; asking: sent, and not final;")
	s.line("          other: reversed, not sent, or a person must look\n")
	for range workerProcesses {
		if _, err := s.crew.start(ctx); err != nil {
			return false, err
		}
	}
	s.line(heading)
	err = s.play(ctx)
	s.keep()
	s.crew.stop()
	if interruptible.Err() != nil {
		return false, err
	}
	if ctx.Err() != nil { // the limit is over, or something failed, and the books show how far it came
		err = context.Cause(ctx)
	}
	last, cancel := context.WithTimeout(interruptible, 10*time.Second)
	defer cancel()
	balanced, unread := s.reconcile(last)
	return balanced && err == nil, errors.Join(err, unread)
}

// open makes the tables, and the merchant that enqueues the payouts.
func (s *demo) open(ctx context.Context) error {
	if err := riverpayout.Migrate(ctx, s.db.pool); err != nil {
		return err
	}
	if _, err := s.db.pool.Exec(ctx, tables); err != nil {
		return err
	}
	config, err := gatewayConfig(s.gateway.origin)
	if err != nil {
		return err
	}
	listener, origin, err := listen(ctx)
	if err != nil {
		return err
	}
	callbackURL := origin + "/callback"
	if s.shop, err = newShop(ctx, s.db.pool, config, callbackURL, slog.New(slog.DiscardHandler)); err != nil {
		return errors.Join(err, listener.Close())
	}
	mux := http.NewServeMux()
	mux.Handle("/callback", s.shop.callbacks())
	s.web = serve(listener, mux)
	s.crew = &crew{
		order: order{
			Database: s.db.url, Schema: s.db.schema, Gateway: s.gateway.origin, CallbackURL: callbackURL,
			LogFile: s.logFile,
		},
		failed:  func(err error) { s.fail(err) },
		workers: map[string]*worker{},
	}
	s.gateway.failed = func(err error) { s.fail(err) }
	s.gateway.kill = func(id string) error { return s.killSender(ctx, id) }
	return nil
}

// play enqueues payouts, and shows what happens until every payout is booked. Then it shows a chargeback.
func (s *demo) play(ctx context.Context) error {
	go s.enqueue(ctx)
	var sent rate
	settled, charged := false, false
	tick := time.NewTicker(s.interval())
	defer tick.Stop()
	for {
		if err := s.rescue(ctx); err != nil {
			return err
		}
		c, err := s.count(ctx)
		if err != nil {
			return err
		}
		c.sentASecond = sent.add(time.Now(), s.gateway.sent.Load())
		s.summary(c)
		switch {
		case c.reversed > 0:
			return nil
		case c.done == payouts && !charged:
			charged = s.gateway.TakeBack(orderID(takenBack), "chargeback")
			s.event("%s is charged back after its end, and a callback reports it", orderID(takenBack))
		case c.done+c.held == payouts && c.held > 0 && !settled:
			settled = true
			if err := s.settle(ctx); err != nil {
				return err
			}
			tick.Reset(s.interval())
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// enqueue enqueues the debts, one after the other.
func (s *demo) enqueue(ctx context.Context) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for i := 1; i <= payouts; i++ {
		d, err := debtOf(i)
		if err == nil {
			err = s.shop.owe(ctx, d)
		}
		if err != nil {
			s.fail(err)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (s *demo) count(ctx context.Context) (c counts, err error) {
	err = s.db.pool.QueryRow(ctx, `SELECT count(*), count(*) FILTER (WHERE send = 'sending' AND decision = 'unknown'),
			count(*) FILTER (WHERE send NOT IN ('created', 'sending') AND decision IN ('pending', 'unknown', 'refused')
				OR step = 'tell'),
			count(*) FILTER (WHERE cause = 'held' AND step <> 'tell'), count(*) FILTER (WHERE step = 'done')
		FROM riverpayout_all`).Scan(&c.enqueued, &c.sending, &c.asking, &c.held, &c.done)
	if err != nil {
		return c, err
	}
	err = s.db.pool.QueryRow(ctx, `SELECT count(*) FILTER (WHERE outcome = $1), count(*) FILTER (WHERE outcome = $2),
			count(*) FILTER (WHERE outcome = $3), count(*) FILTER (WHERE outcome NOT IN ($1, $2, $3))
		FROM (SELECT DISTINCT ON (debt) outcome FROM ledger ORDER BY debt, booked DESC) last`, outcomePaid,
		outcomeNotPaid, outcomeReversed).Scan(&c.paid, &c.notPaid, &c.reversed, &c.other)
	return c, err
}

// killSender kills the worker process that is sending a payout, and starts another in its place.
func (s *demo) killSender(ctx context.Context, clientOrderID string) error {
	var worker string
	err := s.db.pool.QueryRow(ctx, `SELECT attempted_by[array_upper(attempted_by, 1)]
		FROM river_job WHERE id = (SELECT job FROM riverpayout_payout WHERE client_orderid = $1)`,
		clientOrderID).Scan(&worker)
	if err != nil {
		return err
	}
	if err := s.crew.kill(worker); err != nil {
		return err
	}
	next, err := s.crew.start(ctx)
	if err != nil {
		return err
	}
	s.event("%s is killed: the gateway has %s, and its answer is lost", worker, clientOrderID)
	s.event("%s is started; the others take over the jobs of %s", next, worker)
	return nil
}

// rescue gives the jobs of dead workers to others. River does that too when the jobs have timed out, but that takes
// minutes. A dead worker's statement may still run in the database for a while, so rescue is repeated.
func (s *demo) rescue(ctx context.Context) error {
	_, err := s.db.pool.Exec(ctx, `UPDATE river_job SET state = 'available', scheduled_at = now()
		WHERE state = 'running' AND attempted_by[array_upper(attempted_by, 1)] = ANY($1)`, s.crew.dead())
	return err
}

// rate is a number of events per second.
type rate struct {
	at    []time.Time
	count []int64
}

// add adds the current number, and returns how many came within the last second.
func (r *rate) add(now time.Time, count int64) int64 {
	r.at, r.count = append(r.at, now), append(r.count, count)
	for len(r.at) > 2 && now.Sub(r.at[1]) >= time.Second {
		r.at, r.count = r.at[1:], r.count[1:]
	}
	passed := now.Sub(r.at[0]).Milliseconds()
	if passed == 0 {
		return 0
	}
	return (count - r.count[0]) * 1000 / passed
}
