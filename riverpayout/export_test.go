package riverpayout

import (
	"strings"
	"time"
)

// OpenQuery is the SQL statement of Journal.Open.
const OpenQuery = openSQL

// TakeCondition removes the condition from the statement of Journal.Put in this process, so that every process may
// send. The client reads the entry again before it sends, and would often notice. So the statement takes a while, and
// another process can send in between.
func TakeCondition() {
	statement, _, there := strings.Cut(replaceSQL, " AND revision = $7")
	if !there {
		panic("there is no condition")
	}
	replaceSQL = statement + " AND ($7::integer IS NULL OR $8::integer IS NULL OR true)" +
		" AND (SELECT pg_sleep(random() / 10)) IS NOT NULL"
}

// SetRecordTimeout sets the timeout of each of Load, the journal and OnNews in this process.
func (m *Merchant) SetRecordTimeout(d time.Duration) { m.recordTimeout = d }

// SetClock sets the clock of a merchant's process.
func (m *Merchant) SetClock(now func() time.Time) { m.now = now }
