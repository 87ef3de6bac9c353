package poll

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// The date of the replies in these tests. Virtual time begins 26 years earlier.
const replyDate = "Thu, 01 Jan 2026 00:00:00 GMT"

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		values []string
		date   string
		want   time.Duration
	}{
		"none":                      {nil, replyDate, 0},
		"empty":                     {[]string{""}, replyDate, 0},
		"blank":                     {[]string{" \t"}, replyDate, 0},
		"zero":                      {[]string{"0"}, replyDate, 0},
		"seconds":                   {[]string{"7"}, replyDate, 7 * time.Second},
		"seconds without a Date":    {[]string{"7"}, "", 7 * time.Second},
		"leading zeros":             {[]string{"007"}, replyDate, 7 * time.Second},
		"blanks around":             {[]string{" 7\t"}, replyDate, 7 * time.Second},
		"the limit":                 {[]string{"60"}, replyDate, time.Minute},
		"over the limit":            {[]string{"61"}, replyDate, time.Minute},
		"an hour":                   {[]string{"3600"}, replyDate, time.Minute},
		"more than a number holds":  {[]string{"99999999999999999999"}, replyDate, time.Minute},
		"more than nanoseconds can": {[]string{"9223372037"}, replyDate, time.Minute},
		"negative":                  {[]string{"-7"}, replyDate, 0},
		"leading plus":              {[]string{"+7"}, replyDate, 0},
		"fraction":                  {[]string{"1.5"}, replyDate, 0},
		"exponent":                  {[]string{"1e1"}, replyDate, 0},
		"hexadecimal":               {[]string{"0x7"}, replyDate, 0},
		"underscore":                {[]string{"1_0"}, replyDate, 0},
		"unit":                      {[]string{"7s"}, replyDate, 0},
		"other digits":              {[]string{"７"}, replyDate, 0},
		"words":                     {[]string{"soon"}, replyDate, 0},

		"two dates that a proxy has joined": {
			[]string{"Thu, 01 Jan 2026 00:00:20 GMT, Thu, 01 Jan 2026 00:00:30 GMT"}, replyDate, 30 * time.Second,
		},
		"seconds and a date, joined": {
			[]string{"10, Thu, 01 Jan 2026 00:00:30 GMT"}, replyDate, 30 * time.Second,
		},
		"a date and seconds, joined": {
			[]string{"Thu, 01 Jan 2026 00:00:05 GMT, 40"}, replyDate, 40 * time.Second,
		},
		"dates of other forms, joined": {
			[]string{"Thursday, 01-Jan-26 00:00:20 GMT,Thu Jan  1 00:00:25 2026"}, replyDate, 25 * time.Second,
		},
		"date":          {[]string{"Thu, 01 Jan 2026 00:00:20 GMT"}, replyDate, 20 * time.Second},
		"date, RFC 850": {[]string{"Thursday, 01-Jan-26 00:00:20 GMT"}, replyDate, 20 * time.Second},
		"date, asctime": {[]string{"Thu Jan  1 00:00:20 2026"}, replyDate, 20 * time.Second},
		"date with blanks around": {
			[]string{"  Thu, 01 Jan 2026 00:00:20 GMT "}, replyDate, 20 * time.Second,
		},
		"date, and a Date of RFC 850": {
			[]string{"Thu, 01 Jan 2026 00:00:20 GMT"}, "Thursday, 01-Jan-26 00:00:00 GMT", 20 * time.Second,
		},
		"date, and a Date of asctime": {
			[]string{"Thu, 01 Jan 2026 00:00:20 GMT"}, "Thu Jan  1 00:00:00 2026", 20 * time.Second,
		},
		"the reply's own date":               {[]string{replyDate}, replyDate, 0},
		"date that has passed":               {[]string{"Wed, 31 Dec 2025 23:59:50 GMT"}, replyDate, 0},
		"date a day ahead":                   {[]string{"Fri, 02 Jan 2026 00:00:00 GMT"}, replyDate, time.Minute},
		"date of the last year there is":     {[]string{"Fri, 31 Dec 9999 23:59:59 GMT"}, replyDate, time.Minute},
		"date of the first year":             {[]string{"Mon, 01 Jan 0001 00:00:00 GMT"}, replyDate, 0},
		"invalid date":                       {[]string{"Thu, 32 Jan 2026 00:00:20 GMT"}, replyDate, 0},
		"date of ISO 8601":                   {[]string{"2026-01-01T00:00:20Z"}, replyDate, 0},
		"date without a Date, by this clock": {[]string{"Sat, 01 Jan 2000 00:00:20 GMT"}, "", 20 * time.Second},
		"date with an invalid Date":          {[]string{"Sat, 01 Jan 2000 00:00:20 GMT"}, "now", 20 * time.Second},
		"past date without a Date":           {[]string{"Fri, 31 Dec 1999 00:00:20 GMT"}, "", 0},
		"date that has passed by this clock": {
			[]string{"Fri, 31 Dec 1999 00:00:20 GMT"}, "Fri, 31 Dec 1999 00:00:00 GMT", 20 * time.Second,
		},
		"two headers":                       {[]string{"7", "30"}, replyDate, 30 * time.Second},
		"two headers, the longer first":     {[]string{"30", "7"}, replyDate, 30 * time.Second},
		"two headers, one of them nonsense": {[]string{"soon", "30"}, replyDate, 30 * time.Second},
		"two headers, a number and a date": {
			[]string{"7", "Thu, 01 Jan 2026 00:00:20 GMT"}, replyDate, 20 * time.Second,
		},
		"two headers, over the limit": {[]string{"7", "3600"}, replyDate, time.Minute},
		"two headers, a date that has passed": {
			[]string{"Wed, 31 Dec 2025 23:59:50 GMT", "7"}, replyDate, 7 * time.Second,
		},
		"two values in one header": {[]string{"7, 30"}, replyDate, 30 * time.Second},
		"values of nothing":        {[]string{",,"}, replyDate, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				header := http.Header{"Retry-After": test.values}
				if test.date != "" {
					header.Set("Date", test.date)
				}
				require.Equal(t, test.want, RetryAfter(header))
			})
		})
	}
	require.Zero(t, RetryAfter(nil))
}
