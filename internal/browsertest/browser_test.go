package browsertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// theBrowser is shared by all tests. The first one that needs it starts it.
var theBrowser struct {
	once sync.Once
	ctx  context.Context
	err  error
}

var errNoBrowser = errors.New("none of chromium, chromium-browser and google-chrome is in the PATH")

func TestMain(m *testing.M) {
	code := m.Run()
	if theBrowser.ctx != nil {
		_ = chromedp.Cancel(theBrowser.ctx) // it ends, or is killed with this process
	}
	if theTool.path != "" {
		_ = os.RemoveAll(filepath.Dir(theTool.path))
	}
	if programs.dir != "" {
		_ = os.RemoveAll(programs.dir)
	}
	os.Exit(code)
}

// browser is the context of the browser. Without a browser the test skips, but in CI it fails.
func browser(t *testing.T) context.Context {
	t.Helper()
	theBrowser.once.Do(func() { theBrowser.ctx, theBrowser.err = startBrowser() })
	if errors.Is(theBrowser.err, errNoBrowser) {
		missing(t, "no browser: "+theBrowser.err.Error())
	}
	if theBrowser.err != nil {
		t.Fatal(theBrowser.err)
	}
	return theBrowser.ctx
}

// missing skips a test because something is missing. In CI the test fails.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
}

func startBrowser() (context.Context, error) {
	path, err := browserPath()
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.DisableGPU,
		chromedp.WSURLReadTimeout(patience),             // how long it may take to start
		chromedp.Flag("disable-component-update", true), // it must not use the network
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("no-proxy-server", true),
		// The driver loses a page that comes back from this cache.
		chromedp.Flag("disable-features", "Translate,BackForwardCache"),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // it does not run as root with a sandbox
	}
	// Canceled by TestMain.
	allocator, _ := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ := chromedp.NewContext(allocator)
	if err := chromedp.Do(ctx); err != nil {
		return nil, fmt.Errorf("%s does not start: %w", path, err)
	}
	return ctx, nil
}

func browserPath() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errNoBrowser
}
