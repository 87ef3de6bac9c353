package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

func (b *bench) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(b.out, format, args...) // ignored, because the terminal may be gone
}

// table prints a Markdown table.
func (b *bench) table(title string, head []string, body [][]string) {
	b.printf("\n### %s\n\n", title)
	line := func(cells []string) { b.printf("| %s |\n", strings.Join(cells, " | ")) }
	line(head)
	rule := make([]string, len(head))
	for i := range rule {
		rule[i] = "---:"
	}
	rule[0] = "---"
	line(rule)
	for _, cells := range body {
		line(cells)
	}
}

// quotient returns a/b with this many decimal places.
func quotient(a, b int64, places int) string {
	if b == 0 {
		return "-"
	}
	scale := int64(1)
	for range places {
		scale *= 10
	}
	scaled := (a*scale + b/2) / b
	if a < 0 {
		scaled = (a*scale - b/2) / b
	}
	sign := ""
	if scaled < 0 {
		sign, scaled = "-", -scaled
	}
	if places == 0 {
		return sign + strconv.FormatInt(scaled, 10)
	}
	return fmt.Sprintf("%s%d.%0*d", sign, scaled/scale, places, scaled%scale)
}

// perSecond returns how many there were per second.
func perSecond(n int, d time.Duration) string { return quotient(int64(n)*1e6, d.Microseconds(), 0) }

// rate returns perSecond as a number.
func rate(n int, d time.Duration) int { return int(int64(n) * 1e6 / max(d.Microseconds(), 1)) }

func seconds(d time.Duration) string { return quotient(d.Milliseconds(), 1000, 1) }

func milliseconds(d time.Duration) string { return quotient(d.Microseconds(), 1000, 2) }

// each returns the time for one of n, in ms.
func each(d time.Duration, n int) string { return quotient(d.Microseconds(), int64(n)*1000, 2) }

func megabytes(bytes int64) string { return quotient(bytes, 1<<20, 1) }
