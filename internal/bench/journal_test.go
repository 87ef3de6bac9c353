package bench

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/filejournal"
)

func journalEntry(id string) payneteasy.Entry {
	return payneteasy.Entry{
		ClientOrderID: id, Revision: 1, Send: "sending", Command: "payout",
		BaseURL: payneteasy.ConnPaySandbox, Login: "TestMerchant", Endpoint: payneteasy.EndpointID(endpointID),
		Began: time.Now(), Changed: time.Now(),
	}
}

func openJournal(b *testing.B, path string) *filejournal.Journal {
	b.Helper()
	journal, err := filejournal.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	return journal
}

// BenchmarkJournalBegin writes durable intents from one goroutine, and from 64, which share fsyncs.
func BenchmarkJournalBegin(b *testing.B) {
	for _, callers := range []int{1, 64} {
		b.Run("callers="+strconv.Itoa(callers), func(b *testing.B) {
			journal := openJournal(b, filepath.Join(b.TempDir(), "journal"))
			ids := make(chan int)
			var group sync.WaitGroup
			for range callers {
				group.Go(func() {
					for id := range ids {
						if err := journal.Put(b.Context(), journalEntry(strconv.Itoa(id))); err != nil {
							b.Error(err)
						}
					}
				})
			}
			b.ResetTimer()
			for id := range b.N {
				ids <- id
			}
			close(ids)
			group.Wait()
			b.StopTimer()
			if err := journal.Close(); err != nil {
				b.Error(err)
			}
		})
	}
}

// BenchmarkJournalOpen opens a journal of 100,000 entries, a tenth of them open, and reports the heap it takes.
func BenchmarkJournalOpen(b *testing.B) {
	const entries = 100_000
	path := filepath.Join(b.TempDir(), "journal")
	journal := openJournal(b, path)
	var group sync.WaitGroup
	slots := make(chan struct{}, 512)
	for i := range entries {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			entry := journalEntry(fmt.Sprintf("payout-%06d", i))
			err := journal.Put(b.Context(), entry)
			if err == nil && i%10 != 0 {
				entry.Revision, entry.Send, entry.Status = 2, "accepted", payneteasy.StatusApproved
				entry.Orders = []payneteasy.Order{{ID: strconv.Itoa(i), End: "paid", Paid: entry.Amount}}
				entry.Booked = payneteasy.DecisionPaid
				err = journal.Put(b.Context(), entry)
			}
			if err != nil {
				b.Error(err)
			}
		})
	}
	group.Wait()
	if err := journal.Close(); err != nil {
		b.Fatal(err)
	}
	var before, after runtime.MemStats
	for b.Loop() {
		journal = nil // free its entries
		runtime.GC()
		runtime.ReadMemStats(&before)
		journal = openJournal(b, path)
		open := 0
		for range journal.Open(b.Context()) { //nolint:errcheck // a file journal's iterator has no errors
			open++
		}
		if open != entries/10 {
			b.Fatalf("%d are open", open)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if err := journal.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(per(int64(after.HeapAlloc-before.HeapAlloc), int64(entries)), "heap-B/entry")
}

// BenchmarkJournalHostileLine reads a journal whose line ends at each of its bytes, or at none. MB/s must not fall when
// the line grows.
func BenchmarkJournalHostileLine(b *testing.B) {
	for name, part := range map[string]string{"braces": "}", "orders": "6982864 "} {
		for _, size := range []int{64 << 10, 1 << 20, 16 << 20} {
			b.Run(fmt.Sprintf("%s/KiB=%d", name, size>>10), func(b *testing.B) {
				path := filepath.Join(b.TempDir(), "journal")
				line := "payneteasy-journal 2\n>{\"Orders\":\"" + strings.Repeat(part, size/len(part)) + "\n"
				if err := os.WriteFile(path, []byte(line), 0o600); err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(size))
				for b.Loop() {
					var corrupt *filejournal.CorruptError
					if _, err := filejournal.Open(path); !errors.As(err, &corrupt) {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
