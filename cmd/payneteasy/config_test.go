package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// TestConfigCheckAsk checks config check --ask. It shows the gateway's answer for an order that does not exist, and
// whether the SDK recognises this answer.
func TestConfigCheckAsk(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault    *payneteasytest.Fault
		key      string
		exit     int
		ok       bool
		notKnown bool
		code     int
		says     string
	}{
		"not known": {nil, payneteasytest.ControlKey, exit.Done, true, true, 200, ""},
		"another page": {
			new(payneteasytest.Page(404, "There is no such page")), payneteasytest.ControlKey,
			exit.Unknown, true, false, 404, "",
		},
		"access denied": {
			new(payneteasytest.AccessDenied()), payneteasytest.ControlKey, exit.Unknown, true,
			false, 403, "",
		},
		"another merchant's key": {nil, "other", exit.Unknown, false, false, 0, "INVALID_CONTROL_CODE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gateway := payneteasytest.NewGateway(t)
			dir := t.TempDir()
			keyFile(t, dir)
			path := filepath.Join(dir, "config.toml")
			require.NoError(t,
				os.WriteFile(path,
					[]byte("[profiles.fake]\nbase_url = \""+gateway.URL()+"\"\nlogin = \""+payneteasytest.Login+
						"\"\nendpoint_id = 39915\nprivate_key_file = \"merchant.pem\"\ncontrol_key = \""+test.key+
						"\"\n"), 0o600))
			check := func(form string) result {
				if test.fault != nil {
					gateway.FailNext(*test.fault)
				}
				return callWith(t, func(c *payneteasy.Config) { c.HTTPClient = gateway.HTTPClient() },
					"config", "check", "fake", "--ask", "--config", path, "-o", form)
			}
			r := check("json")
			require.Equal(t, test.exit, r.status, r)
			var got []profile.CheckOutput
			require.NoError(t, json.Unmarshal([]byte(r.stdout), &got))
			require.Len(t, got, 1)
			require.Equal(t, test.ok, got[0].OK)
			require.Contains(t, got[0].Error, test.says)
			if test.code != 0 {
				require.NotNil(t, got[0].Answer)
				require.Equal(t, test.code, got[0].Answer.HTTPStatus)
				require.Equal(t, test.notKnown, got[0].Answer.NotKnown)
			}
			r = check("text")
			require.Equal(t, test.exit, r.status, r)
			if test.notKnown {
				require.Contains(t, r.stdout, `type "error"`)
				require.Contains(t, r.stdout, "which counts as \"there is no such order\"")
			} else if test.code != 0 {
				require.Contains(t, r.stdout, "which does NOT count as \"there is no such order\"")
			}
			require.Empty(t, gateway.Orders())
		})
	}
}

// callWith runs the program without an environment, and with a changed configuration of the client.
func callWith(t *testing.T, config func(*payneteasy.Config), args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	tool := newTool(nil, strings.NewReader(""), &stdout, &stderr)
	tool.ChangeConfig = config
	status := tool.run(t.Context(), args)
	return result{status, stdout.String(), stderr.String()}
}
