package batch

import (
	"context"
	"fmt"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
	"github.com/payneteasy-go/payneteasy/internal/order"
)

// askRefused asks about the refused lines whose window has ended while the run waited for others.
func (r *runner) askRefused(ctx context.Context) {
	for i := range r.file.lines {
		r.mu.Lock()
		refused := r.results[i].decision == payneteasy.DecisionRefused
		r.mu.Unlock()
		if refused && ctx.Err() == nil {
			r.enqueue(i) // follow skips it if it is too early
		}
	}
	r.open.Wait()
}

// tellRefused says until when the batch waits for refused lines.
func (r *runner) tellRefused(ctx context.Context) {
	var until time.Time
	lines := 0
	for i := range r.file.lines {
		r.mu.Lock()
		refused := r.results[i].decision == payneteasy.DecisionRefused
		r.mu.Unlock()
		if !refused {
			continue
		}
		entry, _, err := r.store.Journal.Get(ctx, r.file.lines[i].id)
		if left := untilAsked(entry); err == nil && left > 0 {
			lines++
			if end := time.Now().Add(left); end.After(until) {
				until = end
			}
		}
	}
	if lines == 0 || ctx.Err() != nil {
		return
	}
	text := "%s refused: until %s the gateway is asked whether it has orders anyway"
	if r.options.NoWait {
		text = "%s refused: run it again after %s to ask whether the gateway has orders anyway"
	}
	r.tell(fmt.Sprintf(text, terminal.Plural(lines, "line"), until.Format(time.RFC3339)))
}

// untilAsked returns the rest of a refused payout's window. A question before its end proves nothing.
func untilAsked(e payneteasy.Entry) time.Duration {
	if e.Decision() != payneteasy.DecisionRefused || e.Send == string(order.RefusedParameter) {
		return 0
	}
	return time.Until(e.Began.Add(e.Window))
}

// windowOf records the end of the window of a line that is unknown or refused.
func (r *runner) windowOf(e payneteasy.Entry) {
	if d := e.Decision(); d != payneteasy.DecisionUnknown && d != payneteasy.DecisionRefused {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if end := e.Began.Add(e.Window); end.After(r.until) {
		r.until = end
	}
}
