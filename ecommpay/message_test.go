package ecommpay

import (
	"fmt"
	"math/bits"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const largeSize = maxMessage - 512 // room for the frame and the signature

// numbered returns a list of units with their numbers, as large as a message may be.
func numbered(unit string) string {
	var b strings.Builder
	for i := 0; ; i++ {
		next := fmt.Sprintf(unit, i)
		if b.Len()+len(next) > largeSize {
			return strings.TrimPrefix(b.String(), ",")
		}
		b.WriteString(next)
	}
}

// largeMessages returns messages of the maximum size. Each has a shape that a careless reader would go through
// repeatedly.
func largeMessages() map[string]string {
	framed := func(more string) string {
		return `{"payment":{"id":"p","type":"payout","status":"success"},` + more + `}`
	}
	return map[string]string{
		"many names":            framed(numbered(`,"n%d":0`)),
		"many names in objects": framed(`"a":[` + numbered(`,{"n%d":{"a":0,"b":0}}`) + `]`),
		"many names in one":     framed(`"a":{` + numbered(`,"n%d":0`) + `}`),
		"many values":           framed(`"a":[0` + strings.Repeat(",0", largeSize/2) + `]`),
		"many errors":           framed(`"errors":[` + numbered(`,{"code":"%d","message":"m"}`) + `]`),
		"errors by name":        framed(`"errors":{` + numbered(`,"n%d":{"code":1}`) + `}`),
		"many operations": framed(`"operations":[` + numbered(`,{"id":%d,"type":"payout","status":"success"}`) +
			`]`),
		"equal operations": framed(`"operations":[` +
			strings.TrimSuffix(strings.Repeat(`{"id":1},`, largeSize/9), ",") + `]`),
		"one long text":    framed(`"a":"` + strings.Repeat("x", largeSize) + `"`),
		"one long number":  framed(`"a":` + strings.Repeat("1", largeSize)),
		"one long name":    framed(`"` + strings.Repeat("x", largeSize) + `":0`),
		"long names alike": framed(numbered(`,"` + strings.Repeat("x", 3000) + `%d":0`)),
		"depth": framed(`"a":` + strings.Repeat(`{"a":`, maxDepth-2) + "0" +
			strings.Repeat("}", maxDepth-2)),
		"depth, again and again": framed(`"a":[` +
			strings.TrimSuffix(
				strings.Repeat(strings.Repeat("[", maxDepth-2)+strings.Repeat("]", maxDepth-2)+",",
					largeSize/(2*maxDepth)), ",") + `]`),
	}
}

// TestMessageCost checks that the work grows in proportion to the message. Each value is created once, and a name is
// compared with few others.
func TestMessageCost(t *testing.T) {
	t.Parallel()
	messages := largeMessages()
	messages["a duplicate at the end"] = strings.TrimSuffix(messages["many names"], "}") + `,"n0":0}`
	messages["a duplicate again and again"] = `{"a":0` + strings.Repeat(`,"a":0`, maxMessage/6-1) + `}`
	messages["depth without end"] = strings.Repeat(`{"a":`, maxMessage/6) + "0" + strings.Repeat("}", maxMessage/6)
	messages["depth that is cut"] = strings.Repeat("[", maxMessage)
	for name, text := range messages {
		require.LessOrEqual(t, len(text), maxMessage, name)
		reader := new(messageReader)
		m, err := reader.message([]byte(text))
		require.LessOrEqual(t, reader.visits, 4*len(text), name)
		if strings.HasPrefix(name, "a duplicate") || strings.HasPrefix(name, "depth that") ||
			strings.HasPrefix(name, "depth without") {
			require.ErrorIs(t, err, ErrMalformed, name)
			continue
		}
		require.NoError(t, err, name)
		require.Equal(t, "p", m.get("payment", "id").text, name)
		pairs, err := pairsOf(m)
		if err != nil {
			continue // its names are repeated too often
		}
		compared := 0
		text := canonical(pairs, func(a, b pair) bool { compared++; return byPath(a, b) })
		require.LessOrEqual(t, compared, 4*len(pairs)*(bits.Len(uint(len(pairs)))+1), name)
		require.LessOrEqual(t, len(text), maxCanonical, name)
	}
}

// TestProblemLimit checks that a message never gives more reasons than a person can read.
func TestProblemLimit(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"many errors", "errors by name"} {
		cb, err := parse(t, signed(t, largeMessages()[name]))
		require.NoError(t, err)
		require.LessOrEqual(t, len(cb.Problems), 100)
		require.Error(t, cb.Refusal())
	}
}

// TestMessageTooLarge checks that a message of 1 MiB is refused because of its size.
func TestMessageTooLarge(t *testing.T) {
	t.Parallel()
	for _, length := range []int64{1 << 20, -1} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat("[", 1<<20)))
		r.ContentLength = length
		_, err := testClient(t, "").ParseCallback(r)
		require.EqualError(t, err, "ecommpay: callback: it is larger than 256 KiB")
	}
}

// TestLargeObjects checks that a large object is searched by name like a small one.
func TestLargeObjects(t *testing.T) {
	t.Parallel()
	for _, count := range []int{0, 1, smallObject, smallObject + 1, 100} {
		v := value{kind: object}
		for i := range count {
			v = v.with(field{name: fmt.Sprint(i), value: value{kind: number, text: fmt.Sprint(i)}})
		}
		for i := range count {
			require.Equal(t, fmt.Sprint(i), v.get(fmt.Sprint(i)).text)
		}
		require.Equal(t, null, v.get(fmt.Sprint(count)).kind)
	}
}

// TestByteOrderMark checks that a byte order mark before a message is ignored.
func TestByteOrderMark(t *testing.T) {
	t.Parallel()
	m, err := parseMessage([]byte("\ufeff{\"a\":\"b\"}"))
	require.NoError(t, err)
	require.Equal(t, "b", m.get("a").text)
}
