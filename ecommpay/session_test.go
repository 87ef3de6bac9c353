package ecommpay

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestOldSession, told again, does not take the place of a newer one; and bad options are refused before anything leaves.
func TestOldSession(t *testing.T) {
	t.Parallel()
	var s sessions
	now := time.Now()
	s.put(&Session{PaymentID: "p", UUID: "new", ExpiresAt: now.Add(time.Minute)})
	s.put(&Session{PaymentID: "P", UUID: "old", ExpiresAt: now})
	require.Equal(t, "new", s.get("p").UUID)
	client, f := newFlow(t)
	_, err := client.NewPayout(registration(t)).Register(t.Context(), &WaitOptions{MinInterval: -1})
	require.ErrorContains(t, err, "WaitOptions.MinInterval is negative")
	require.Empty(t, f.posts)
}

// TestSessionsAreBounded: ten thousand are kept.
func TestSessionsAreBounded(t *testing.T) {
	t.Parallel()
	var s sessions
	for i := range maxSessions + 100 {
		s.put(&Session{PaymentID: fmt.Sprint(i), ExpiresAt: time.Now().Add(time.Hour)})
	}
	require.Len(t, s.byID, maxSessions)
	require.NotNil(t, s.get(fmt.Sprint(maxSessions+99)))
	var f followed
	for i := range maxFollowed + 100 {
		require.True(t, f.add(fmt.Sprint(i)))
	}
	require.Len(t, f.ids, maxFollowed)
}
