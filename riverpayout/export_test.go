package riverpayout

import (
	"strings"
	"time"
)

// OpenQuery is the statement of Journal.Open.
const OpenQuery = openSQL

// TakeCondition takes the condition out of Journal.Put's statement, in this process: everybody may send.
func TakeCondition() {
	statement, _, there := strings.Cut(replaceSQL, " AND revision = $7")
	if !there {
		panic("there is no condition")
	}
	replaceSQL = statement + " AND ($7::integer IS NULL OR $8::integer IS NULL OR true)"
}

// SetRecordTimeout is how long Load, the journal and OnNews may take each, in this process.
func (m *Merchant) SetRecordTimeout(d time.Duration) { m.recordTimeout = d }

// SetClock lets a merchant's processes have a wrong clock.
func (m *Merchant) SetClock(now func() time.Time) { m.now = now }
