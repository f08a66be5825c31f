package source

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// listenHTTP2 serves HTTP/2 without TLS, frame by frame: answer is called for the
// first request of each connection.
func listenHTTP2(t *testing.T, answer func(conn net.Conn, f *http2.Framer, stream uint32)) string {
	t.Helper()
	return "http://" + listenRaw(t, func(conn net.Conn) { serveFrames(conn, answer) })
}

func serveFrames(conn net.Conn, answer func(conn net.Conn, f *http2.Framer, stream uint32)) {
	if _, err := io.ReadFull(conn, make([]byte, len(http2.ClientPreface))); err != nil {
		return
	}
	f := http2.NewFramer(conn, conn)
	_ = f.WriteSettings()
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			return
		}
		if h, ok := frame.(*http2.HeadersFrame); ok {
			answer(conn, f, h.StreamID)
			break
		}
	}
	untilClosed(conn)
}

// head sends the head of an answer.
func head(f *http2.Framer, stream uint32, pairs ...string) {
	var b strings.Builder
	e := hpack.NewEncoder(&b)
	for i := 0; i < len(pairs); i += 2 {
		_ = e.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
	}
	_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: []byte(b.String()), EndHeaders: true})
}

func TestFaultsOfHTTP2(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer func(conn net.Conn, f *http2.Framer, stream uint32)
		want   []string
	}{
		{"RST_STREAM", func(_ net.Conn, f *http2.Framer, s uint32) { _ = f.WriteRSTStream(s, http2.ErrCodeInternal) }, []string{"broke the exchange off", "INTERNAL_ERROR"}},
		{"RST_STREAM in the body", func(_ net.Conn, f *http2.Framer, s uint32) {
			head(f, s, ":status", "200")
			_ = f.WriteData(s, false, []byte("half"))
			_ = f.WriteRSTStream(s, http2.ErrCodeCancel)
		}, []string{"broke the exchange off", "CANCEL"}},
		{"GOAWAY", func(c net.Conn, f *http2.Framer, s uint32) {
			_ = f.WriteGoAway(s, http2.ErrCodeEnhanceYourCalm, []byte("topsecret"))
			_ = c.(*net.TCPConn).CloseWrite() // not wholly: a write that fails would hide the code
		}, []string{"closed the connection", "ENHANCE_YOUR_CALM"}},
		{"GOAWAY in the body", func(c net.Conn, f *http2.Framer, s uint32) {
			head(f, s, ":status", "200", "content-length", "100")
			_ = f.WriteData(s, false, []byte("half"))
			_ = f.WriteGoAway(s, http2.ErrCodeProtocol, nil)
			_ = c.(*net.TCPConn).CloseWrite()
		}, []string{"closed the connection", "PROTOCOL_ERROR"}},
		{"data without an answer", func(_ net.Conn, f *http2.Framer, s uint32) { _ = f.WriteData(s, true, []byte("x")) }, []string{"broke the exchange off"}},
		{"endless headers", func(_ net.Conn, f *http2.Framer, s uint32) {
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: s, BlockFragment: []byte{0x88}})
			for f.WriteContinuation(s, false, []byte(strings.Repeat("\x00\x01a\x01b", 3000))) == nil {
			}
		}, []string{"1 MiB of headers"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base := listenHTTP2(t, tt.answer)
			c := newTestClient(t, Config{BaseURL: base, HTTP: HTTP2Plain, Timeout: time.Minute})
			_, _, _, err := c.Do(t.Context(), &Request{Method: "POST", URL: base, Body: []byte("once")})
			var e *Error
			if !errors.As(err, &e) || (e.Kind != KindNetwork && e.Kind != KindResponse) {
				t.Fatalf("error %v", err)
			}
			expectText(t, e, tt.want...)
			if e.Hint == "" || strings.Contains(e.Message+e.Hint, "topsecret") {
				t.Errorf("%q, hint %q", e.Message, e.Hint)
			}
		})
	}
}

// A server that goes away without having looked at the request is asked again, by
// another connection, for as long as the attempt has time.
func TestGoAwayWithoutTheRequest(t *testing.T) {
	asked := make(chan struct{}, 100)
	base := listenHTTP2(t, func(_ net.Conn, f *http2.Framer, _ uint32) {
		asked <- struct{}{}
		_ = f.WriteGoAway(0, http2.ErrCodeNo, nil)
	})
	c := newTestClient(t, Config{BaseURL: base, HTTP: HTTP2Plain})
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		<-asked
		cancel(errors.New("enough"))
	}()
	_, _, _, err := c.Do(ctx, &Request{URL: base})
	var e *Error
	if !errors.As(err, &e) || e.Kind != KindInterrupted {
		t.Errorf("error %v", err)
	}
}
