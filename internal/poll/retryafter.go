package poll

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// MaxRetryAfter limits how long a reply can delay the next question.
const MaxRetryAfter = time.Minute

// RetryAfter is how long a reply asks to wait before the next question, at most MaxRetryAfter. It reads Retry-After in
// seconds or as a date (RFC 9110, section 10.2.3). A date is compared with the reply's own Date, because the two clocks
// may differ. The longest of several values counts, because a proxy may have added one. Any other form is ignored.
func RetryAfter(header http.Header) time.Duration {
	var longest time.Duration
	for _, value := range header.Values("Retry-After") {
		longest = max(longest, delay(strings.TrimSpace(value), header.Get("Date")))
	}
	return min(longest, MaxRetryAfter)
}

// delay reads one Retry-After. A proxy may have joined several with commas, and a date contains a comma.
func delay(value, date string) time.Duration {
	now, err := http.ParseTime(strings.TrimSpace(date))
	if err != nil {
		now = time.Now()
	}
	var longest time.Duration
	parts := strings.Split(value, ",")
	for i, part := range parts {
		longest = max(longest, seconds(strings.TrimSpace(part)))
		for _, text := range []string{part, strings.Join(parts[i:min(i+2, len(parts))], ",")} {
			if at, err := http.ParseTime(strings.TrimSpace(text)); err == nil {
				longest = max(longest, at.Sub(now))
			}
		}
	}
	return longest
}

func seconds(text string) time.Duration {
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n > int(MaxRetryAfter/time.Second) { // too many digits for an int are a long time
		return MaxRetryAfter
	}
	return time.Duration(n) * time.Second
}
