package filejournal_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/filejournal"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// tellingProgram handles one callback. It writes the news to a file, which stands for the books, and kills itself
// (SIGKILL) before the journal stores that the news was told.
func tellingProgram() error {
	config, err := merchantConfig()
	if err != nil {
		return err
	}
	journal, err := filejournal.Open(os.Getenv(crashJournal))
	if err != nil {
		return err
	}
	config.Journal = journal
	client, err := payneteasy.NewClient(config)
	if err != nil {
		return err
	}
	var booking error
	handler := client.CallbackHandler(func(_ context.Context, news payneteasy.News, _ *payneteasy.Callback) error {
		booked := strconv.Itoa(news.Seq) + " " + string(news.Decision) + " " + strconv.FormatBool(news.Again)
		if booking = os.WriteFile(os.Getenv(crashJournal)+".booked", []byte(booked), 0o600); booking != nil {
			return booking
		}
		process, err := os.FindProcess(os.Getpid())
		if booking = err; err == nil {
			_ = process.Kill()
			select {}
		}
		return err
	})
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/?"+os.Getenv(crashCallback), nil))
	return errors.Join(booking, errors.New("it is still alive, and answered "+strconv.Itoa(w.Code)))
}

// TestCrashWhileTelling has a program that dies after it has booked news, and before the journal stores that the news
// was told. The next program gets the same news at the first callback, because the file lock proves that no other
// program is telling it.
func TestCrashWhileTelling(t *testing.T) {
	t.Parallel()
	gateway := payneteasytest.NewGateway(t)
	var query string
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query = r.URL.RawQuery
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer receiver.Close()
	path := filepath.Join(t.TempDir(), "journal")
	journal, err := filejournal.Open(path)
	require.NoError(t, err)
	config := gateway.Config()
	config.Journal = journal
	client, err := payneteasy.NewClient(config)
	require.NoError(t, err)
	req, err := crashOrder(1)
	require.NoError(t, err)
	req.NotifyURL = receiver.URL
	_, err = client.Payout(t.Context(), req)
	require.NoError(t, err)
	require.True(t, gateway.Finish(req.ClientOrderID))
	gateway.WaitCallbacks()
	require.NotEmpty(t, query)
	require.NoError(t, journal.Close())

	require.False(t, runMerchant(t,
		map[string]string{crashJournal: path, crashGateway: gateway.URL(), crashCallback: query}, 0))
	booked, err := os.ReadFile(path + ".booked")
	require.NoError(t, err)

	journal, err = filejournal.Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, journal.Close()) }()
	before, _, err := journal.Get(t.Context(), req.ClientOrderID)
	require.NoError(t, err)
	require.Equal(t, strconv.Itoa(before.Seq)+" paid false", string(booked))
	require.Less(t, before.Told.Seq, before.Seq)
	config.Journal = journal
	client, err = payneteasy.NewClient(config)
	require.NoError(t, err)
	var told []payneteasy.News
	handler := client.CallbackHandler(func(_ context.Context, news payneteasy.News, _ *payneteasy.Callback) error {
		told = append(told, news)
		return nil
	})
	for range 2 {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/?"+query, nil))
		require.Equal(t, http.StatusOK, w.Code)
	}
	require.Len(t, told, 1)
	require.Equal(t, before.Seq, told[0].Seq)
	require.True(t, told[0].Again)
}
