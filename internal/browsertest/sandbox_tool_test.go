package browsertest

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// theTool is the command-line tool, built once.
var theTool struct {
	once   sync.Once
	path   string
	output []byte
	err    error
}

// tool is the path of the tool. TestMain removes it.
func tool(t *testing.T) string {
	t.Helper()
	theTool.once.Do(func() {
		dir, err := os.MkdirTemp("", "payneteasy-")
		if err != nil {
			theTool.err = err
			return
		}
		theTool.path = filepath.Join(dir, "payneteasy")
		theTool.output, theTool.err = exec.Command("go", "build", "-o", theTool.path,
			"github.com/payneteasy-go/payneteasy/cmd/payneteasy").CombinedOutput()
	})
	require.NoError(t, theTool.err, string(theTool.output))
	return theTool.path
}

// sandbox is payneteasy sandbox as a process.
type sandbox struct {
	t       *testing.T
	home    string
	BaseURL string `json:"base_url"`
	PageURL string `json:"page_url"`
	Login   string `json:"login"`
	KeyFile string `json:"private_key_file"`
	Control string `json:"control_key"`
}

// newSandbox starts a sandbox in which nothing happens by itself. It ends gracefully.
func newSandbox(t *testing.T) *sandbox {
	t.Helper()
	s := &sandbox{t: t, home: t.TempDir()}
	command := exec.Command(tool(t), "sandbox", "--listen", "127.0.0.1:0", "--step-time", "0", "--output", "json")
	command.Env = append(withoutSandbox(os.Environ()), "HOME="+s.home, "XDG_CACHE_HOME="+filepath.Join(s.home, "cache"))
	command.Stderr = os.Stderr
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	lines := bufio.NewReader(stdout)
	first, err := lines.ReadBytes('\n')
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(first, s))
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		_, _ = lines.WriteTo(discard{})
	}()
	t.Cleanup(func() {
		require.NoError(t, command.Process.Signal(os.Interrupt))
		<-drained
		require.NoError(t, command.Wait(), "it ends in peace")
	})
	return s
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// client pays at the sandbox, over plain HTTP.
func (s *sandbox) client() *payneteasy.Client {
	s.t.Helper()
	pem, err := os.ReadFile(s.KeyFile)
	require.NoError(s.t, err)
	key, err := payneteasy.ParsePrivateKey(pem)
	require.NoError(s.t, err)
	client, err := payneteasy.NewClient(payneteasy.Config{
		BaseURL: s.BaseURL, Endpoint: payneteasy.EndpointID(39915), Login: s.Login, PrivateKey: key,
		ControlKey: payneteasy.NewSecret(s.Control),
		HTTPClient: &http.Client{},
		Wait:       payneteasy.WaitOptions{MinInterval: time.Millisecond, MaxInterval: 2 * time.Millisecond},
	})
	require.NoError(s.t, err)
	return client
}

// pay sends a payout.
func (s *sandbox) pay(id, account string, change ...func(*payneteasy.PayoutRequest)) *payneteasy.Payout {
	s.t.Helper()
	amount, err := payneteasy.ParseAmount("10.42", "USD")
	require.NoError(s.t, err)
	request := &payneteasy.PayoutRequest{
		ClientOrderID: id, Amount: amount,
		BankAccount: &payneteasy.BankAccount{Number: account},
	}
	for _, c := range change {
		c(request)
	}
	payout, err := s.client().Payout(s.t.Context(), request)
	require.NoError(s.t, err)
	return payout
}

// command runs the tool with the variables that the sandbox has printed.
func (s *sandbox) command(args ...string) *exec.Cmd {
	command := exec.CommandContext(s.t.Context(), tool(s.t), args...)
	command.Env = append(withoutSandbox(os.Environ()), "HOME="+s.home, "PAYNETEASY_BASE_URL="+s.BaseURL,
		"PAYNETEASY_LOGIN="+s.Login,
		"PAYNETEASY_PRIVATE_KEY_FILE="+s.KeyFile, "PAYNETEASY_CONTROL_KEY="+s.Control, "PAYNETEASY_ENDPOINT_ID=39915")
	return command
}
