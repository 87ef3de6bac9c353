package payneteasy_test

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// jsonJournal has one entry as stored JSON, which a test can damage.
type jsonJournal struct {
	stored string
	writes int
}

func (j *jsonJournal) read() (entry payneteasy.Entry, err error) {
	err = json.Unmarshal([]byte(j.stored), &entry)
	return entry, err
}

func (j *jsonJournal) write(entry payneteasy.Entry) error {
	stored, err := json.Marshal(entry)
	j.stored, j.writes = string(stored), j.writes+1
	return err
}

func (j *jsonJournal) Put(_ context.Context, entry payneteasy.Entry) error {
	stored, err := j.read()
	switch {
	case err != nil:
		return err
	case entry.Revision != stored.Revision+1:
		return payneteasy.ErrConflict
	}
	return j.write(entry)
}

func (j *jsonJournal) Get(context.Context, string) (payneteasy.Entry, time.Time, error) {
	entry, err := j.read()
	return entry, time.Now(), err
}

func (j *jsonJournal) Open(context.Context) iter.Seq2[payneteasy.Entry, error] {
	return func(yield func(payneteasy.Entry, error) bool) { yield(j.read()) }
}

// TestForeignEntry checks that every call refuses an entry of another merchant, or one that this version cannot read.
// The error names the entry. Nothing is asked, sent or written.
func TestForeignEntry(t *testing.T) {
	t.Parallel()
	const unknown = `the entry of "payout-0001" has values that this program does not know (`
	for name, test := range map[string]struct {
		old, new  string
		says      []string
		duplicate bool // the owner of the entry can be read
	}{
		"another login": {
			`"login":"` + payneteasytest.Login + `"`, `"login":"Other"`,
			[]string{
				`the entry of "payout-0001" belongs to https://`, " with login Other, not to https://",
				" with login " + payneteasytest.Login,
			},
			true,
		},
		"another gateway": {
			`"base_url":"https://`, `"base_url":"https://other.`,
			[]string{`the entry of "payout-0001" belongs to https://other.`, " with login " + payneteasytest.Login +
				", not to https://"},
			true,
		},
		"a newer version": {
			`"version":1`, `"version":2`,
			[]string{`the entry of "payout-0001" has version 2, and this program reads version 1`},
			false,
		},
		"a newer send": {`"send":"unknown"`, `"send":"postponed"`, []string{unknown + `send "postponed")`}, false},
		"a newer cause": {
			`"send":"unknown"`, `"send":"unknown","alarm":"fraud"`,
			[]string{unknown + `alarm "fraud")`},
			false,
		},
		"a lost fact": {
			`"decision":"unknown"`, `"decision":"paid"`,
			[]string{`the entry of "payout-0001" is stored as "paid", but its facts mean "unknown"`},
			false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				gateway := payneteasytest.NewPipeGateway(t)
				journal := &jsonJournal{}
				config := gateway.Config()
				config.Journal = journal
				client := newClient(t, config)
				require.NoError(t, journal.write(client.NewEntry(request(t).Ref())))
				foreign := strings.Replace(journal.stored, test.old, test.new, 1)
				require.NotEqual(t, journal.stored, foreign)
				journal.stored, journal.writes = foreign, 0
				for call, err := range callsAbout(t, client) {
					require.Error(t, err, call)
					for _, says := range test.says {
						require.ErrorContains(t, err, says, call)
					}
					if call == "Payout" {
						require.Equal(t, test.duplicate, errors.Is(err, payneteasy.ErrDuplicate))
					}
				}
				require.Zero(t, journal.writes)
				require.Equal(t, foreign, journal.stored)
				require.Empty(t, gateway.Orders())
				require.Zero(t, gateway.StatusCalls())
			})
		})
	}
}

// callsAbout makes each call that reads the payout's entry from the journal.
func callsAbout(t *testing.T, client *payneteasy.Client) map[string]error {
	t.Helper()
	errs := map[string]error{}
	about := client.NewEntry(request(t).Ref())
	_, errs["Payout"] = client.Payout(t.Context(), request(t))
	_, errs["PayoutForm"] = client.PayoutForm(t.Context(), request(t))
	_, errs["Wait"] = client.Wait(t.Context(), about, nil)
	_, errs["Resolve"] = client.Resolve(t.Context(), about)
	_, errs["Refresh"] = refreshed(t.Context(), client, about, "")
	_, errs["Settle"] = client.Settle(t.Context(), about, settlement(isPaid))
	_, errs["Recover"] = client.Recover(t.Context())
	_, errs["AdoptElsewhere"] = client.AdoptElsewhere(t.Context(),
		payneteasy.OrderRef{ClientOrderID: "payout-0001", OrderID: "1", Amount: request(t).Amount})
	return errs
}
