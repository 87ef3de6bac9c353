package ecommpay

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestOldSession checks that an older session does not replace a newer one.
func TestOldSession(t *testing.T) {
	t.Parallel()
	var s sessions
	now := time.Now()
	s.put(&Session{PaymentID: "p", UUID: "new", ExpiresAt: now.Add(time.Minute)})
	s.put(&Session{PaymentID: "P", UUID: "old", ExpiresAt: now})
	require.Equal(t, "new", s.get("p").UUID)
}

// TestSessionLimit checks that ten thousand sessions are kept.
func TestSessionLimit(t *testing.T) {
	t.Parallel()
	var s sessions
	for i := range maxSessions + 100 {
		s.put(&Session{PaymentID: fmt.Sprint(i), ExpiresAt: time.Now().Add(time.Hour)})
	}
	require.Len(t, s.byID, maxSessions)
	require.NotNil(t, s.get(fmt.Sprint(maxSessions+99)))
}
