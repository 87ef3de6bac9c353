package riverpayout

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// digits are what may be an account or a card number in the words of others.
var digits = regexp.MustCompile(`[0-9](?:[^0-9A-Za-z]{0,3}[0-9]){5,}`)

// maxProblem is how many bytes of a problem are kept.
const maxProblem = 500

// plain is an error's text as it may be stored and logged: one line, not too long, long runs of digits masked.
func plain(err error) string {
	text := strings.Join(strings.Fields(strings.ToValidUTF8(strings.ReplaceAll(err.Error(), "\x00", ""), "?")), " ")
	return cut(digits.ReplaceAllString(text, "…"))
}

// cut makes a text as long as it may be.
func cut(text string) string {
	if len(text) > maxProblem {
		return strings.ToValidUTF8(text[:maxProblem], "") + "…"
	}
	return text
}

// clean takes what PostgreSQL quotes of a row's values out of an error. It is a *pgconn.PgError still, with its code,
// by which a caller knows that his transaction may be tried again.
func clean(err error) error {
	if failed, ok := errors.AsType[*pgconn.PgError](err); ok {
		return fmt.Errorf("PostgreSQL: %w",
			&pgconn.PgError{Severity: failed.Severity, Code: failed.Code, Message: failed.Message})
	}
	return err
}
