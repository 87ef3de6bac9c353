package ecommpay

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/internal/masking"
)

// Session is a registered payout whose page can be opened, as its callback describes it. Store it with the payout,
// because no other message is documented to contain the uuid. It prints without the uuid.
type Session struct {
	PaymentID  string
	UUID       string            // at most 64 characters
	ExpiresAt  time.Time         // 30 minutes after the registration
	Amount     payneteasy.Amount // as the platform registered it, or zero
	CustomerID string            // as the platform registered it, or empty
}

// Format writes the payment ID and the time, for package fmt.
func (s Session) Format(f fmt.State, _ rune) {
	masking.Print(f, fmt.Sprintf("ecommpay.Session(%q, until %s)", s.PaymentID, s.ExpiresAt.Format(time.RFC3339)))
}

// LogValue returns what Format writes, as a group for package log/slog.
func (s Session) LogValue() slog.Value {
	return slog.GroupValue(slog.String("payment_id", s.PaymentID), slog.Time("expires_at", s.ExpiresAt))
}

// Session returns the page of a registered payout, if this message has one.
func (p *Payment) Session() (session *Session, ok bool) {
	if p.UUID == "" || p.ExpiresAt.IsZero() || !p.Status.Is(StatusAwaitingPayoutCompletion) {
		return nil, false
	}
	return &Session{
		PaymentID: p.PaymentID, UUID: p.UUID, ExpiresAt: p.ExpiresAt,
		Amount: p.Amount, CustomerID: p.CustomerID,
	}, true
}

// maxSessions bounds how many sessions are kept for waiting calls. Each expires after 30 minutes.
const maxSessions = 10_000

// sessions holds the sessions that callbacks have brought.
type sessions struct {
	mu   sync.Mutex
	byID map[string]*Session
}

func (s *sessions) put(session *Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID = map[string]*Session{}
	}
	if len(s.byID) >= maxSessions {
		for id, old := range s.byID {
			if time.Now().After(old.ExpiresAt) || len(s.byID) >= maxSessions {
				delete(s.byID, id)
			}
		}
	}
	// A repeated callback may belong to an earlier registration with this ID.
	if old := s.byID[fold(session.PaymentID)]; old != nil && old.ExpiresAt.After(session.ExpiresAt) {
		return
	}
	s.byID[fold(session.PaymentID)] = session
}

func (s *sessions) get(paymentID string) *Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byID[fold(paymentID)]
}
