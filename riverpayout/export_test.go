package riverpayout

import "time"

// OpenQuery is the statement of Journal.Open.
const OpenQuery = open

// SetClock lets a merchant's processes have a wrong clock.
func (m *Merchant) SetClock(now func() time.Time) { m.now = now }
