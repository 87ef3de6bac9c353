package payneteasy_test

import (
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	texttemplate "text/template"

	"github.com/google/go-querystring/query"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

const canary = "4444-canary-8888"

type holder struct {
	Exported   payneteasy.Secret
	unexported payneteasy.Secret
	Pointer    *payneteasy.Secret
	inMap      map[string]payneteasy.Secret
	InSlice    []payneteasy.Secret
	inAny      any
	deeper     *holder
}

func fullHolder() holder {
	s := payneteasy.NewSecret(canary)
	inner := holder{Exported: s, unexported: s, Pointer: &s}
	return holder{s, s, &s, map[string]payneteasy.Secret{"k": s}, []payneteasy.Secret{s}, s, &inner}
}

// requireNoCanary searches for the secret as text, in hex, in base64, and as bytes printed with %v and %x.
func requireNoCanary(t *testing.T, text, sink string) {
	t.Helper()
	for _, form := range []string{
		canary, hex.EncodeToString([]byte(canary)), base64.StdEncoding.EncodeToString([]byte(canary))[:16],
		url.QueryEscape(canary),
		strings.Trim(fmt.Sprintf("%d", []byte(canary)), "[]"),
		strings.Trim(fmt.Sprintf("%#v", []byte(canary)), "[]byte{}"), fmt.Sprintf("% x", canary),
	} {
		require.NotContains(t, strings.ToLower(text), strings.ToLower(form), sink)
	}
}

// TestSecretShowsNothing checks that no printer, encoder or logger shows a secret, by itself or inside another value.
// The test fails if Format, LogValue or MarshalText shows the value, or if go-querystring encodes a Secret.
func TestSecretShowsNothing(t *testing.T) {
	t.Parallel()
	s, h := payneteasy.NewSecret(canary), fullHolder()
	card := &payneteasy.Card{Number: s, CVV2: s}
	values := map[string]any{
		"value": s, "pointer": &s, "holder": h, "holder's pointer": &h, "card": card, "card's value": *card,
		"stored": payneteasy.StoredCard{RecurringPaymentID: s},
		"slice":  []payneteasy.Secret{s}, "map": map[string]payneteasy.Secret{"k": s},
		"key of a map": map[any]int{&s: 1}, "request": &payneteasy.PayoutRequest{Card: card},
	}
	for name, value := range values {
		for _, verb := range []string{
			"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%o", "%b", "%c", "%U",
			"%e", "%t", "%p", "%w",
		} {
			requireNoCanary(t, fmt.Sprintf(verb, value), name+" "+verb)
		}
		encoded, err := json.Marshal(value)
		if err == nil {
			requireNoCanary(t, string(encoded), name+" json")
		}
		if encoded, err = xml.Marshal(value); err == nil {
			requireNoCanary(t, string(encoded), name+" xml")
		}
		var out bytes.Buffer
		_ = gob.NewEncoder(&out).Encode(value) // an output before a failure must not show it either
		requireNoCanary(t, out.String(), name+" gob")
		form, err := query.Values(value) // some are not structs
		requireNoCanary(t, form.Encode(), name+" form")
		if err != nil {
			requireNoCanary(t, err.Error(), name+" form")
		}
		out.Reset()
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", slog.Any("v", value))
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", slog.Any("v", value))
		requireNoCanary(t, out.String(), name+" slog")
		for _, page := range []interface {
			Execute(w io.Writer, data any) error
		}{textPage, htmlPage} {
			out.Reset()
			require.NoError(t, page.Execute(&out, value), name)
			requireNoCanary(t, out.String(), fmt.Sprintf("%s %T", name, page))
		}
		requireNoCanary(t, fmt.Sprint(value)+fmt.Sprintln(value), name+" print")
		requireNoCanary(t, difference(value), name+" testify")
		requireNoCanary(t, fmt.Errorf("it was %v", value).Error(), name+" error")
		requireNoCanary(t, (&url.Error{Op: "Post", URL: "https://a.example/", Err: fmt.Errorf("%+v", value)}).Error(),
			name+" url.Error")
		func() {
			defer func() { requireNoCanary(t, fmt.Sprint(recover()), name+" panic") }()
			panic(value)
		}()
	}
}

// secretPage shows a value in each context that html/template escapes differently.
const secretPage = `<a title="{{.}}" onclick="f({{.}})" href="/?q={{.}}" style="width: {{.}}">{{.}} {{print .}}</a>
<script>f({{.}})</script>`

var (
	textPage = texttemplate.Must(texttemplate.New("").Parse(secretPage))
	htmlPage = htmltemplate.Must(htmltemplate.New("").Parse(secretPage))
)

// difference returns testify's message for an unexpected value.
func difference(value any) string {
	var said testifySays
	assert.Equal(&said, "another", value)
	return string(said)
}

type testifySays string

func (s *testifySays) Errorf(format string, args ...any) {
	*s += testifySays(fmt.Sprintf(format, args...))
}

// TestSecretOnPages checks that a template writes the same text as a printer.
func TestSecretOnPages(t *testing.T) {
	t.Parallel()
	var text, html strings.Builder
	secret := payneteasy.NewSecret(canary)
	require.NoError(t, textPage.Execute(&text, secret))
	want := strings.NewReplacer("{{.}}", "[redacted]", "{{print .}}", "[redacted]").Replace(secretPage)
	require.Equal(t, want, text.String())
	require.NoError(t, htmlPage.Execute(&html, secret))
	require.Equal(t, `<a title="[redacted]" onclick="f(&#34;[redacted]&#34;)" href="/?q=%5bredacted%5d" `+
		`style="width: ZgotmplZ">[redacted] [redacted]</a>`+"\n"+`<script>f("[redacted]")</script>`, html.String())
}

// TestSecretInJSON checks that a Secret is written as redacted text. Reading any JSON value into a Secret is an error,
// because the written text is not the value. null changes nothing.
func TestSecretInJSON(t *testing.T) {
	t.Parallel()
	type holding struct {
		Secret  payneteasy.Secret  `json:"secret,omitzero"`
		Pointer *payneteasy.Secret `json:"pointer,omitempty"`
	}
	s := payneteasy.NewSecret(canary)
	for want, value := range map[string]any{
		`"[redacted]"`: s, `""`: payneteasy.Secret{}, `{}`: holding{},
		`{"secret":"[redacted]","pointer":"[redacted]"}`: holding{s, &s},
	} {
		encoded, err := json.Marshal(value)
		require.NoError(t, err)
		require.Equal(t, want, string(encoded))
	}
	for _, written := range []string{
		`"[redacted]"`, `"x"`, `""`, `1`, `1.5`, `true`, `{}`, `{"a":"b"}`, `[]`,
		`["x"]`,
	} {
		for _, text := range []string{written, `{"secret":` + written + `}`, `{"pointer":` + written + `}`} {
			var secret payneteasy.Secret
			var into any = &secret
			var h holding
			if text != written {
				into = &h
			}
			require.Error(t, json.Unmarshal([]byte(text), into), text)
			require.True(t, secret.IsZero() && h.Secret.IsZero(), text)
			require.True(t, h.Pointer == nil || h.Pointer.IsZero(), text)
		}
	}
	require.ErrorContains(t, json.Unmarshal([]byte(`"x"`), &s), "cannot be decoded")
	require.ErrorContains(t, xml.Unmarshal([]byte(`<s>x</s>`), &s), "cannot be decoded")
	require.NoError(t, json.Unmarshal([]byte(`null`), &s))
	require.Equal(t, canary, s.Reveal())
	var empty holding
	require.NoError(t, json.Unmarshal([]byte(`{"secret":null,"pointer":null}`), &empty))
	require.Equal(t, holding{}, empty)
}

// TestSecretInGob checks that package gob refuses a Secret, and a value with a Secret, in both directions. It writes no
// part of the secret.
func TestSecretInGob(t *testing.T) {
	t.Parallel()
	type holding struct {
		Name   string
		Secret payneteasy.Secret
	}
	type plain struct {
		Name   string
		Secret string
	}
	s := payneteasy.NewSecret(canary)
	for name, value := range map[string]any{
		"secret": s, "pointer": &s, "holder": holding{"a", s}, "slice": []payneteasy.Secret{s},
		"map":     map[string]holding{"a": {"b", s}},
		"card":    payneteasy.Card{Number: s, PrintedName: "a"},
		"request": payneteasy.PayoutRequest{Card: &payneteasy.Card{Number: s}},
	} {
		var out bytes.Buffer
		require.ErrorContains(t, gob.NewEncoder(&out).Encode(value), "has no exported fields", name)
		requireNoCanary(t, out.String(), name)
	}
	var out bytes.Buffer
	require.NoError(t, gob.NewEncoder(&out).Encode(plain{"a", canary}))
	var read holding
	require.Error(t, gob.NewDecoder(&out).Decode(&read))
	require.True(t, read.Secret.IsZero())
}

func TestSecretEquality(t *testing.T) {
	t.Parallel()
	a, b := payneteasy.NewSecret("a"), payneteasy.NewSecret("a")
	require.True(t, a.Equal(b))
	require.False(t, a.Equal(payneteasy.NewSecret("b")))
	require.True(t, payneteasy.Secret{}.Equal(payneteasy.NewSecret("")))
	require.True(t, payneteasy.NewSecret("").IsZero())
	require.Empty(t, fmt.Sprint(payneteasy.Secret{}))
}

// TestSecretsInTheJournal checks that a journal's file has no card number and no account.
func TestSecretsInTheJournal(t *testing.T) {
	t.Parallel()
	var entries []string
	journal := &recordingJournal{Journal: &payneteasytest.MemoryJournal{}, note: func(e payneteasy.Entry) {
		encoded, err := json.Marshal(e)
		if err != nil {
			t.Error(err)
		}
		entries = append(entries, string(encoded))
	}}
	body := "type=error\n&paynet-order-id=7\n&serial-number=" + url.QueryEscape(cardNumber) + "\n&error-message=" +
		url.QueryEscape(account) + "\n"
	config := gatewaySaying(t, false, answer{200, form, body, byLength})
	config.Journal, config.SkipLimits = journal, true
	_, err := newClient(t, config).Payout(t.Context(), secretRequest(t))
	require.True(t, errors.Is(err, payneteasy.ErrOutcomeUnknown))
	require.Len(t, entries, 2)
	requireHidden(t, strings.Join(entries, "\n"), "journal")
}
