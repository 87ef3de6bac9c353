// Package webhook is the shared core of the callback handlers of this module.
package webhook

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// How long the steps of a callback may take. They go on when the sender disconnects, because a booking must not stop
// half-way.
const (
	storeTimeout   = 30 * time.Second
	confirmTimeout = 30 * time.Second
	tellTimeout    = time.Minute
)

// maxTellings limits how often one callback calls the function. It calls again for news that arrived while it ran.
const maxTellings = 3

// Callback is a callback that was accepted.
type Callback interface {
	// Key names the callback's order in a Store.
	Key() string

	// Order finds the order in what is stored. An Outcome with a Kind ends the handling.
	Order(ctx context.Context, record string) (Order, Outcome)

	// Masked is a foreign error's text, fit for a log.
	Masked(err error) string
}

// Order is the order of a callback that is being handled. An Outcome with a Kind ends the handling.
type Order interface {
	// Confirm asks the gateway about the order and stores the answer. If there is no function to tell, the handling
	// ends with its Outcome.
	Confirm(ctx context.Context) Outcome

	// Due says what to do next.
	Due() Due

	// BeginTelling stores that the news is being told. It returns false if the order has changed. The handler then
	// calls Due again.
	BeginTelling(ctx context.Context) (begun bool, refused Outcome)

	// Tell calls the merchant's function.
	Tell(ctx context.Context) error

	// EndTelling stores whether the news was told.
	EndTelling(ctx context.Context, told bool) Outcome

	// Claim says whether the callback's claim is confirmed. It is called when everything that is known was told.
	Claim(ctx context.Context) Outcome

	// Record is the text for the Store.
	Record() string
}

// Due is what an order needs.
type Due int

// What an order needs.
const (
	DueLater   Due = iota // nothing can be told yet
	DueNews               // there is news that the function does not know
	DueNothing            // the function knows everything
)

// Handler handles callbacks.
type Handler struct {
	Store Store

	// Parse reads a callback. An Outcome with a Kind refuses it.
	Parse func(r *http.Request) (Callback, Outcome)

	// Log is called at the end of each callback. cb is nil if it was refused.
	Log func(ctx context.Context, cb Callback, end End)
}

// ServeHTTP answers one callback.
func (h Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	end := End{Outcome: Panicked, Began: time.Now()}
	ctx := context.WithoutCancel(r.Context())
	var cb Callback
	defer func() { // also when the function calls runtime.Goexit
		panicked := recover()
		if panicked != nil {
			end.PanickedAt = PanickedAt()
		}
		h.log(ctx, cb, end)
		// net/http compares this value too. It would log a wrapped one with its text.
		if panicked == http.ErrAbortHandler { //nolint:errorlint // see above
			panic(panicked)
		}
		Answer(w, end.Code)
	}()
	taken, refused := h.Parse(r)
	if refused.Kind != nil {
		end.Outcome = refused
		return
	}
	cb = taken
	end.Outcome = h.once(ctx, cb)
}

// log calls Log. A panic of a logger does not change the answer.
func (h Handler) log(ctx context.Context, cb Callback, end End) {
	defer func() { _ = recover() }()
	h.Log(ctx, cb, end)
}

// once handles a callback. Callbacks of one order are handled one after another.
func (h Handler) once(ctx context.Context, cb Callback) (outcome Outcome) {
	beginning, cancel := context.WithTimeout(ctx, storeTimeout)
	record, err := h.Store.Begin(beginning, cb.Key())
	cancel()
	switch {
	case errors.Is(err, ErrBusy):
		return Busy
	case err != nil:
		return NotStored.Because(cb.Masked(err))
	}
	var order Order
	outcome = Panicked
	defer func() { // also when the function panics
		if order != nil {
			record = order.Record()
		}
		ending, cancel := context.WithTimeout(ctx, storeTimeout)
		defer cancel()
		if err := h.Store.End(ending, cb.Key(), record); err != nil {
			outcome = outcome.Unstored(NotStored.Because(cb.Masked(err)))
		}
	}()
	finding, cancel := context.WithTimeout(ctx, confirmTimeout)
	found, refused := cb.Order(finding, record)
	cancel()
	if refused.Kind != nil {
		return refused
	}
	order = found
	confirming, cancel := context.WithTimeout(ctx, confirmTimeout)
	refused = order.Confirm(confirming)
	cancel()
	if refused.Kind != nil {
		return refused
	}
	return tellAll(ctx, cb, order)
}

// tellAll calls the function with news until it knows everything.
func tellAll(ctx context.Context, cb Callback, order Order) Outcome {
	outcome := Duplicate
	for tellings := 0; ; {
		switch order.Due() {
		case DueLater:
			return NotFinal
		case DueNothing:
			claiming, cancel := context.WithTimeout(ctx, storeTimeout)
			refused := order.Claim(claiming)
			cancel()
			switch {
			case refused.Kind != nil:
				return refused
			case order.Due() == DueNothing:
				return outcome
			}
			continue
		case DueNews:
		}
		if tellings++; tellings > maxTellings {
			return Stale
		}
		beginning, cancel := context.WithTimeout(ctx, storeTimeout)
		begun, refused := order.BeginTelling(beginning)
		cancel()
		switch {
		case refused.Kind != nil:
			return refused
		case !begun:
			continue
		}
		if outcome = tell(ctx, cb, order); outcome.Code != http.StatusOK {
			return outcome
		}
	}
}

// tell calls the function and stores whether it succeeded.
func tell(ctx context.Context, cb Callback, order Order) (outcome Outcome) {
	outcome = Panicked
	defer func() {
		ending, cancel := context.WithTimeout(ctx, storeTimeout)
		defer cancel()
		if failed := order.EndTelling(ending, outcome.Code == http.StatusOK); failed.Kind != nil {
			outcome = outcome.Unstored(failed)
		}
	}()
	telling, cancel := context.WithTimeout(ctx, tellTimeout)
	defer cancel()
	if err := order.Tell(telling); err != nil {
		return Failed.Because(cb.Masked(err))
	}
	return Handled
}

// Answer writes a status and its name, and nothing from the request.
func Answer(w http.ResponseWriter, code int) {
	header := w.Header()
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	if code == http.StatusMethodNotAllowed {
		header.Set("Allow", "GET, POST")
	}
	w.WriteHeader(code)
	_, _ = io.WriteString(w, http.StatusText(code)+"\n")
}
