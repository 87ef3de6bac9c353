package riverpayout

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// digits matches what may be an account or card number in a text from elsewhere.
var digits = regexp.MustCompile(`[0-9](?:[^0-9A-Za-z]{0,3}[0-9]){5,}`)

// maxProblem is the maximum length of a problem, in bytes.
const maxProblem = 500

// plain returns an error's text for storage and logs. It is one line of limited length, with long runs of digits
// masked.
func plain(err error) string {
	text := strings.Join(strings.Fields(strings.ToValidUTF8(strings.ReplaceAll(err.Error(), "\x00", ""), "?")), " ")
	return cut(digits.ReplaceAllString(text, "…"))
}

// cut shortens a text that is longer than maxProblem.
func cut(text string) string {
	if len(text) > maxProblem {
		return strings.ToValidUTF8(text[:maxProblem], "") + "…"
	}
	return text
}

// clean removes the values of a row that PostgreSQL quotes in an error. The error is still a *pgconn.PgError with its
// code. The code tells callers whether they may retry their transaction.
func clean(err error) error {
	if failed, ok := errors.AsType[*pgconn.PgError](err); ok {
		return fmt.Errorf("PostgreSQL: %w",
			&pgconn.PgError{Severity: failed.Severity, Code: failed.Code, Message: failed.Message})
	}
	return err
}
