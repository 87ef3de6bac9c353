package main

import (
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/signing"
)

const callbackVerifyHelp = `Verify the control of a callback. Give the URL that was called, its query
string, or a line of an access log; - is stdin. Give the body of a POST by
--data @FILE or --data-raw.

If the control is wrong, the command tries known mistakes. It never shows the
correct control. It shows an order's IDs whole, and hides card data and account
numbers.

Exit status: 0 the control is correct; 1 the control is wrong, or this is not a
callback; 2 wrong usage or configuration.`

const callbackVerifyExamples = `  payneteasy callback verify 'https://shop.example/callback?status=approved&…'
  payneteasy callback verify --data @body.txt --control-key-file key.txt \
      --output json`

func (t *tool) callbackVerifyCommand() *cobra.Command {
	var s profile.Settings
	var data dataFlags
	cmd := &cobra.Command{
		Use: "verify [flags] [URL|QUERY]", Short: "Verify the control of a callback", Long: callbackVerifyHelp,
		Example:           callbackVerifyExamples,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return t.callbackVerify(cmd, args, &s, &data)
		},
	}
	s.AddProfile(cmd)
	s.AddControlKey(cmd)
	data.addData(cmd)
	return cmd
}

func (t *tool) callbackVerify(cmd *cobra.Command, args []string, s *profile.Settings, f *dataFlags) error {
	if err := t.CheckEnv(); err != nil {
		return err
	}
	if len(args) > 1 {
		return exit.Usagef(
			"callback verify takes one URL or query, in quotes; see payneteasy callback verify --help")
	}
	plain, raw, err := t.data(cmd, f)
	if err != nil {
		return err
	}
	if len(args) == 0 && plain == nil && raw == nil {
		return exit.Usagef(
			"callback verify takes a URL, a query, or --data @FILE with a body; see payneteasy callback verify --help")
	}
	query, body := "", formBody(plain, raw)
	if len(args) == 1 {
		if query, err = t.query(args[0]); err != nil {
			return err
		}
	}
	client, key, err := t.reader(s)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(cmd.Context(), http.MethodPost, "http://127.0.0.1/", strings.NewReader(body))
	if err != nil {
		return &exit.Error{Status: exit.Usage, Err: err}
	}
	r.URL.RawQuery = query
	r.Header.Set("Content-Type", signing.FormType)
	_, refused := client.ParseCallback(r)
	out := signing.NewCallbackVerdict(signing.NewClaim(query, body), refused, key, t.Env[profile.EnvLogin])
	return t.judged(out, out.Valid, func() { out.Tell(t.Output) })
}

// query returns the query of a URL or of a line of an access log, or the text if it is a query already.
func (t *tool) query(text string) (string, error) {
	if text == "-" {
		content, err := t.Read("-")
		if err != nil {
			return "", exit.Usagef("%w", err)
		}
		text = string(content)
	}
	text = strings.TrimSpace(text)
	before, query, found := strings.Cut(text, "?")
	switch {
	case found && !strings.Contains(before, "="):
		text, _, _ = strings.Cut(query, "#")
		// GET /callback?… HTTP/1.1
		if words := strings.Fields(text); len(words) > 1 && strings.HasPrefix(words[1], "HTTP/") {
			text = words[0]
		}
	case strings.Contains(text, "://") && !strings.Contains(text, "="):
		return "", exit.Usagef("the URL has no query: give the body of a POST with --data @FILE")
	}
	return text, nil
}
