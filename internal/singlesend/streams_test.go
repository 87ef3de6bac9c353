package singlesend

import (
	"bufio"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// frameServer speaks just enough HTTP/2 (RFC 9113) to read requests to their end and then break.
type frameServer struct {
	url    string
	client *http.Client
	posts  atomic.Int64
}

const (
	frameData      = 0x0
	frameReset     = 0x3
	frameSettings  = 0x4
	frameGoAway    = 0x7
	flagEndStream  = 0x1
	flagAck        = 0x1
	clientPreface  = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
	streamIDMask   = 1<<31 - 1
	frameHeaderLen = 9
)

func newFrameServer(
	t *testing.T, breaks func(write func(kind, flags byte, stream uint32, payload []byte), stream uint32),
) *frameServer {
	plain := httptest.NewUnstartedServer(nil)
	plain.EnableHTTP2 = true
	plain.StartTLS() // for its certificate and a client that trusts it
	certificate, client := plain.TLS.Certificates[0], plain.Client()
	plain.Close()
	listener, err := tls.Listen("tcp", "127.0.0.1:0",
		&tls.Config{
			Certificates: []tls.Certificate{certificate}, NextProtos: []string{"h2"},
			MinVersion: tls.VersionTLS12,
		})
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	s := &frameServer{url: "https://" + listener.Addr().String(), client: client}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { _ = s.serve(conn, breaks) }() // it ends when the client disconnects
		}
	}()
	return s
}

func (s *frameServer) serve(
	conn net.Conn, breaks func(write func(kind, flags byte, stream uint32, payload []byte), stream uint32),
) error {
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	preface := make([]byte, len(clientPreface))
	if _, err := io.ReadFull(in, preface); err != nil || string(preface) != clientPreface {
		return errors.New("no HTTP/2")
	}
	write := func(kind, flags byte, stream uint32, payload []byte) {
		header := binary.BigEndian.AppendUint32(nil, uint32(len(payload))<<8|uint32(kind))
		header = binary.BigEndian.AppendUint32(append(header, flags), stream)
		_, _ = conn.Write(append(header, payload...))
	}
	write(frameSettings, 0, 0, nil)
	for {
		header := make([]byte, frameHeaderLen)
		if _, err := io.ReadFull(in, header); err != nil {
			return err
		}
		length := binary.BigEndian.Uint32(header) >> 8
		stream := binary.BigEndian.Uint32(header[5:]) & streamIDMask
		if _, err := io.CopyN(io.Discard, in, int64(length)); err != nil {
			return err
		}
		switch {
		case header[3] == frameSettings && header[4]&flagAck == 0:
			write(frameSettings, flagAck, 0, nil)
		case header[3] == frameData && header[4]&flagEndStream != 0:
			s.posts.Add(1)
			breaks(write, stream)
		}
	}
}

// TestBrokenStreams has RST_STREAM with every code, and GOAWAY that denies the stream, after the whole body has
// arrived. net/http sends such a request again if it can rewind the body. Two guards prevent it. There is no GetBody,
// and a second connection is stopped. Without both it is red.
func TestBrokenStreams(t *testing.T) {
	t.Parallel()
	type writer = func(kind, flags byte, stream uint32, payload []byte)
	cases := map[string]func(write writer, stream uint32){}
	for code := range uint32(14) {
		cases[fmt.Sprintf("RST_STREAM %#x", code)] = func(write writer, stream uint32) {
			write(frameReset, 0, stream, binary.BigEndian.AppendUint32(nil, code))
		}
		for _, last := range []uint32{0, 1} {
			cases[fmt.Sprintf("GOAWAY %#x last %d", code, last)] = func(write writer, _ uint32) {
				write(frameGoAway, 0, 0, binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, last), code))
				if last == 1 {
					write(frameReset, 0, 1, binary.BigEndian.AppendUint32(nil, code))
				}
			}
		}
	}
	for name, breaks := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newFrameServer(t, breaks)
			_, err := New(s.client, 0).Send(t.Context(), request(s.url))
			var failed *Error
			require.ErrorAs(t, err, &failed)
			require.False(t, failed.NotSent)
			require.EqualValues(t, 1, s.posts.Load())
		})
	}
}
