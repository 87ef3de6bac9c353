package browsertest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// patience is how long a page may take on a busy machine.
const patience = 2 * time.Minute

// tab is a tab of the browser, as a user sees it.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu      sync.Mutex
	dialogs []string // what scripts have opened
}

// newTab opens a tab of a browser that has no cookies and no history.
func newTab(t *testing.T) *tab {
	t.Helper()
	return openTab(browser(t), t, chromedp.WithNewBrowserContext())
}

// another opens another tab of the same browser.
func (b *tab) another() *tab { return openTab(b.ctx, b.t) }

func openTab(parent context.Context, t *testing.T, options ...chromedp.ContextOption) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent, options...)
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx}
	require.NoError(t, chromedp.Do(ctx))
	require.NoError(t, chromedp.Listen(ctx, func(event any) {
		if opened, ok := event.(*page.EventJavascriptDialogOpening); ok {
			b.mu.Lock()
			b.dialogs = append(b.dialogs, opened.Message)
			b.mu.Unlock()
			// Not in this function, because it blocks all events of the browser.
			go func() {
				_, _ = chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
			}()
		}
	}))
	return b
}

// close closes the tab.
func (b *tab) close() {
	b.t.Helper()
	gone, err := chromedp.Detached(b.ctx)
	require.NoError(b.t, err)
	_, err = chromedp.Call(b.ctx, page.Close, cdp.Empty{})
	require.NoError(b.t, err)
	<-gone
}

// back presses the browser's button.
func (b *tab) back() {
	b.t.Helper()
	b.do(chromedp.NavigateBack())
}

// do runs actions that may take a while.
func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		require.NoError(b.t, err, "the tab shows %s", b.shown())
	}
}

// shown describes what the tab shows, for failures.
func (b *tab) shown() string {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	text, err := chromedp.Run(ctx,
		chromedp.Evaluate[string](`location.href + "\n" + document.title + "\n" + document.body.innerText`))
	if err != nil {
		return err.Error()
	}
	return text
}

// eval is the value of an expression in the page.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	return look(b, chromedp.Evaluate[T](expression))
}

// look runs actions that only read a page. It runs them again if the page has changed.
func look[T any](b *tab, action chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	for {
		value, err := chromedp.Run(ctx, action)
		var refused *cdproto.Error
		switch {
		case err == nil:
			return value
		case errors.As(err, &refused) && refused.Code == goneByNow && ctx.Err() == nil:
		default:
			require.NoError(b.t, err, "the tab shows %s", b.shown())
		}
	}
}

func (b *tab) open(url string) {
	b.t.Helper()
	b.do(chromedp.Navigate(url))
}

// see waits until the page has one of these headings, and returns it.
func (b *tab) see(headings ...string) string {
	b.t.Helper()
	var any []string
	for _, heading := range headings {
		any = append(any, fmt.Sprintf("normalize-space()=%q", heading))
	}
	return b.appears("//h1[" + strings.Join(any, " or ") + "]")
}

// appears waits until the page shows what this XPath names, and returns its text.
func (b *tab) appears(xpath string) string {
	b.t.Helper()
	return look(b, chromedp.Text(xpath, chromedp.NodeVisible))
}

// goneByNow is the browser's error code for a page that it no longer shows.
const goneByNow = -32000

// fill replaces the values of fields. The arguments are name, value, name, value, and so on.
func (b *tab) fill(pairs ...string) {
	b.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		field := chromedp.CSS("#" + pairs[i])
		b.do(chromedp.WaitVisible(field), chromedp.Focus(field))
		b.write(pairs[i+1])
	}
}

// press presses the button or link with this text.
func (b *tab) press(text string) {
	b.t.Helper()
	b.do(chromedp.Click(fmt.Sprintf("//button[normalize-space()=%[1]q] | //a[normalize-space()=%[1]q]", text),
		chromedp.NodeVisible))
}

func (b *tab) url() string {
	b.t.Helper()
	return eval[string](b, "location.href")
}
