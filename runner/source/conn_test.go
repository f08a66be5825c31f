package source

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/apicel/apicel/internal/exchange"
)

const (
	asked   = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nasked"
	surplus = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsurplus"
)

// twice answers every request of a connection twice.
func twice(conn net.Conn) {
	for {
		write(conn, asked+surplus)
		if readRequest(conn) != nil {
			return
		}
	}
}

func listenTLS(t *testing.T, cert *issued, handle func(net.Conn)) string {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", newServerTLS(cert))
	if err != nil {
		t.Fatal(err)
	}
	serveConns(t, l, handle)
	return "https://" + l.Addr().String()
}

// What a server sends beyond an answer is never that of another query.
func TestSurplusAnswer(t *testing.T) {
	root := newAuthority(t, "Root")
	cert := issue(t, "api", root, nil)
	for name, base := range map[string]string{"plain": listen(t, twice), "TLS": listenTLS(t, cert, twice)} {
		t.Run(name, func(t *testing.T) {
			c := newTestClient(t, Config{BaseURL: base, TLS: TLS{CACert: root.pem()}})
			var refused int
			var mu sync.Mutex
			var all sync.WaitGroup
			for range 4 {
				all.Go(func() {
					for range 100 {
						_, resp, _, err := c.Do(t.Context(), &Request{URL: base})
						mu.Lock()
						refused += wasRefused(t, resp, err)
						mu.Unlock()
					}
				})
			}
			all.Wait()
			t.Logf("%d of 400 requests found an answer before they asked", refused)
		})
	}
}

// onAccept serves connections that are not asked anything first.
func onAccept(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	return "http://" + listenRaw(t, func(conn net.Conn) {
		handle(conn)
		_ = readRequest(conn)
	})
}

// What a server sends to a new connection is no answer to another query.
func TestAnswerOnAccept(t *testing.T) {
	base := onAccept(t, func(c net.Conn) { write(c, "HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbusy") })
	c := newTestClient(t, Config{BaseURL: base})
	for range 300 {
		_, resp, _, err := c.Do(t.Context(), &Request{URL: base})
		var e *Error
		switch {
		case err == nil && resp.Status == http.StatusServiceUnavailable && string(resp.Body) == "busy":
		case errors.As(err, &e) && e.Kind == KindNetwork: // net/http had read it too early
			expectText(t, e, "sent something before the request", "turns connections away")
		default:
			t.Fatalf("answer %v, error %v", resp, err)
		}
	}
}

// Nor does a server of another protocol answer an earlier request.
func TestGreetings(t *testing.T) {
	base := onAccept(t, func(c net.Conn) { write(c, "SSH-2.0-OpenSSH_9.6\r\n") })
	c := newTestClient(t, Config{BaseURL: base})
	for range 300 {
		_, _, _, err := c.Do(t.Context(), &Request{URL: base})
		var e *Error
		switch {
		case errors.As(err, &e) && e.Kind == KindNetwork:
			expectText(t, e, "sent something before the request", "server of HTTP")
		case errors.As(err, &e) && e.Kind == KindResponse:
			expectText(t, e, `not valid HTTP: malformed HTTP response "SSH-2.0-OpenSSH_9.6"`)
		default:
			t.Fatalf("error %v", err)
		}
	}
}

func wasRefused(t *testing.T, resp *exchange.Response, err error) (refused int) {
	t.Helper()
	var e *Error
	switch {
	case err == nil && string(resp.Body) != "asked":
		t.Errorf("body %q", resp.Body)
	case errors.As(err, &e) && e.Kind == KindResponse:
		expectText(t, e, "sent an answer on this connection before the request", "Content-Length")
		return 1
	case err != nil:
		t.Errorf("error %v", err)
	}
	return 0
}

// The bytes of an answer must be read after its request was begun.
func TestUnaskedIsOlderThanTheRequest(t *testing.T) {
	near, far := net.Pipe()
	t.Cleanup(func() { _, _ = near.Close(), far.Close() })
	c := &trackedConn{Conn: near}
	step := func(what string, want bool) {
		t.Helper()
		if c.isUnasked() != want {
			t.Errorf("%s: unasked %v, expected %v", what, !want, want)
		}
	}
	send := func(from, to net.Conn) {
		go func() { _, _ = from.Write([]byte("x")) }()
		_, _ = to.Read(make([]byte, 1))
	}
	c.begin()
	step("before the first request", false)
	send(far, c)
	send(c, far)
	step("an answer that came without a request", false)
	c.begin()
	step("before the second request", true)
	send(c, far)
	step("the request was sent, nothing was read", true)
	send(far, c)
	step("an answer was read", false)
	send(c, far)
	step("more of the request", false)
	send(far, c) // surplus
	c.begin()
	send(c, far)
	step("the surplus was read before the next request", true)
	c.multiplexed.Store(true)
	step("HTTP/2", false)
}

// A 408 that nobody asked for is the end of a kept connection.
func TestUnaskedTimeout(t *testing.T) {
	for _, tt := range []struct {
		answer     *http.Response
		kind, want string
	}{
		{nil, KindResponse, "more than was asked for"},
		{&http.Response{StatusCode: http.StatusOK}, KindResponse, "more than was asked for"},
		{&http.Response{StatusCode: http.StatusRequestTimeout}, KindNetwork, "api.example.com gave up the kept connection (408) before the request came"},
	} {
		e := unasked("api.example.com", tt.answer)
		if e.Kind != tt.kind {
			t.Errorf("%v: kind %s, expected %s", tt.answer, e.Kind, tt.kind)
		}
		expectText(t, e, tt.want)
	}
}

// A pool closes connections that net/http has forgotten, and those that are still
// being dialed when it ends.
func TestPoolClosesItsConnections(t *testing.T) {
	near, far := net.Pipe()
	t.Cleanup(func() { _ = far.Close() })
	p := NewPool(Options{})
	dial := p.conns.track(func(context.Context, string, string) (net.Conn, error) { return near, nil }, false)
	if _, err := dial(t.Context(), "tcp", "127.0.0.1:1"); err != nil {
		t.Fatal(err)
	}
	p.Close()
	p.Close()
	if _, err := near.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("error %v, expected a closed connection", err)
	}
	if _, err := dial(t.Context(), "tcp", "127.0.0.1:1"); !errors.Is(err, errPoolClosed) {
		t.Errorf("error %v, expected %v", err, errPoolClosed)
	}
}
