package source

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// listen serves connections with handle until the test ends. Handle gets a
// connection whose request has been read up to its empty line.
func listen(t testing.TB, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serveConns(t, l, handle)
	return "http://" + l.Addr().String()
}

// serveConns hands on connections whose request has been read.
func serveConns(t testing.TB, l net.Listener, handle func(net.Conn)) {
	acceptEach(t, l, func(conn net.Conn) {
		if readRequest(conn) == nil {
			handle(conn)
		}
	})
}

// listenRaw serves connections of which nothing has been read.
func listenRaw(t testing.TB, handle func(net.Conn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	acceptEach(t, l, handle)
	return l.Addr().String()
}

// acceptEach hands on connections, each to a goroutine of its own, until the test ends.
func acceptEach(t testing.TB, l net.Listener, handle func(net.Conn)) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				handle(conn)
			}()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-ended })
}

func readRequest(conn net.Conn) error {
	var got strings.Builder
	b := make([]byte, 1)
	for !strings.HasSuffix(got.String(), "\r\n\r\n") {
		if _, err := conn.Read(b); err != nil {
			return err
		}
		got.Write(b)
	}
	return nil
}

// write ignores errors: the client hangs up on most of these answers.
func write(conn net.Conn, format string, args ...any) { _, _ = fmt.Fprintf(conn, format, args...) }

// untilClosed waits for the client to hang up.
func untilClosed(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

func flood(conn net.Conn, text string) {
	block := []byte(strings.Repeat(text, 1000))
	for {
		if _, err := conn.Write(block); err != nil {
			return
		}
	}
}

func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		name   string
		handle func(net.Conn)
		kind   string
		want   string
	}{
		{"closed", func(net.Conn) {}, KindNetwork, "closed the connection before its answer was complete"},
		{"reset", func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) }, KindNetwork, "reset"},
		{"closed in the headers", func(c net.Conn) { write(c, "HTTP/1.1 200 OK\r\nX-A: 1\r\n") }, KindNetwork, "closed the connection"},
		{"short body", func(c net.Conn) { write(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789") }, KindNetwork, "after 10 of the 100 bytes"},
		{"short encoded body", func(c net.Conn) {
			write(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08")
		}, KindNetwork, "after 3 of the 100 bytes"},
		{"short chunk", func(c net.Conn) { write(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n0123456789") }, KindNetwork, "after 10 bytes"},
		{"bad chunk", func(c net.Conn) { write(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx") }, KindResponse, "not valid HTTP"},
		{"bad length", func(c net.Conn) { write(c, "HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n") }, KindResponse, "not valid HTTP"},
		{"two lengths", func(c net.Conn) { write(c, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx") }, KindResponse, "not valid HTTP"},
		{"not http", func(c net.Conn) { write(c, "SSH-2.0-OpenSSH_9.6\r\n") }, KindResponse, `not valid HTTP: malformed HTTP response "SSH-2.0-OpenSSH_9.6"`},
		{"bad status", func(c net.Conn) { write(c, "HTTP/1.1 abc OK\r\n\r\n") }, KindResponse, "not valid HTTP"},
		{"bad header", func(c net.Conn) { write(c, "HTTP/1.1 200 OK\r\nno colon\r\n\r\n") }, KindResponse, "not valid HTTP"},
		{"cookie with a control character", func(c net.Conn) { write(c, "HTTP/1.1 200 OK\r\nSet-Cookie: sid=topsecret\x01\r\n\r\n") }, KindResponse, "not valid HTTP: malformed MIME header line, that of Set-Cookie"},
		{"cookie without a colon", func(c net.Conn) { write(c, "HTTP/1.1 200 OK\r\nSet-Cookie sid=topsecret\r\n\r\n") }, KindResponse, "missing colon"},
		{"long first line", func(c net.Conn) { write(c, "topsecret%s\r\n", strings.Repeat("x", 1000)) }, KindResponse, "not valid HTTP: malformed HTTP response"},
		{"endless body", func(c net.Conn) { write(c, "HTTP/1.1 200 OK\r\n\r\n"); flood(c, "x") }, KindResponse, "more than 4 MiB"},
		{"announced too large", func(c net.Conn) { write(c, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n") }, KindResponse, "93.13 GiB"},
		{"large header", func(c net.Conn) { write(c, "HTTP/1.1 200 OK\r\nX-A: "); flood(c, "x") }, KindResponse, "1 MiB of headers"},
		{"many headers", func(c net.Conn) { write(c, "HTTP/1.1 200 OK\r\n"); flood(c, "X-A: 1\r\n") }, KindResponse, "1 MiB of headers"},
		{"endless status line", func(c net.Conn) { flood(c, "H") }, KindResponse, ""},
		{"interim answers", func(c net.Conn) { flood(c, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n") }, KindResponse, "1 MiB of headers"},
		{"switched", func(c net.Conn) {
			write(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
			untilClosed(c)
		}, KindResponse, "101 Switching Protocols"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base := listen(t, tt.handle)
			c := newTestClient(t, Config{BaseURL: base, MaxResponseSize: 4 << 20})
			e := fail(t, c, Request{URL: base + "/x?key=topsecret"}, tt.kind)
			expectText(t, e, tt.want)
			if strings.Contains(e.Message+e.Hint, "topsecret") || len(e.Message) > 200 || e.Message != strings.TrimSpace(e.Message) {
				t.Errorf("message %q", e.Message)
			}
		})
	}
}

func TestInterimAnswersAreSkipped(t *testing.T) {
	base := listen(t, func(c net.Conn) {
		write(c, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		untilClosed(c)
	})
	if _, resp, _ := do(t, newTestClient(t, Config{BaseURL: base}), Request{URL: base}); resp.Status != 200 || string(resp.Body) != "ok" {
		t.Errorf("%d %q", resp.Status, resp.Body)
	}
}

func TestTimeouts(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	for _, tt := range []struct {
		name   string
		handle func(net.Conn)
		want   []string
	}{
		{"no answer", untilClosed, []string{"no answer within the timeout of 50ms: waiting for the answer of 127.0.0.1"}},
		{"half a body", func(c net.Conn) { write(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789"); untilClosed(c) },
			[]string{"no whole answer within the timeout of 50ms: 10 bytes of the body had come"}},
		{"half an encoded body", func(c net.Conn) {
			write(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08")
			untilClosed(c)
		}, []string{"3 bytes of the body"}},
		{"redirect to silence", func(c net.Conn) {
			write(c, "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n")
			untilClosed(c)
		},
			[]string{"no answer within the timeout of 50ms: "}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			closed := make(chan struct{})
			base := listen(t, func(c net.Conn) { tt.handle(c); close(closed) })
			c := newTestClient(t, Config{BaseURL: base, Timeout: time.Hour})
			e := fail(t, c, Request{URL: base, Timeout: 50 * time.Millisecond}, KindTimeout)
			expectText(t, e, tt.want...)
			<-closed // the request was cancelled, not left alone
		})
	}
}

func TestConfigTimeout(t *testing.T) {
	base := listen(t, untilClosed)
	e := fail(t, newTestClient(t, Config{BaseURL: base, Timeout: 30 * time.Millisecond}), Request{URL: base}, KindTimeout)
	expectText(t, e, "no answer within the timeout of 30ms")
}

// The connect timeout covers all that makes a connection, not each part of it.
func TestConnectTimeout(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and never speaks TLS
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	base := "https://" + l.Addr().String()
	for _, config := range []Config{{}, {TLS: TLS{SkipVerify: true}}, {HTTP: HTTP2}} {
		config.BaseURL, config.ConnectTimeout = base, 50*time.Millisecond
		e := fail(t, newTestClient(t, config), Request{URL: base}, KindTimeout)
		expectText(t, e, "no connection within 50ms", "agreeing on TLS with "+l.Addr().String())
	}
}

func TestConnectionRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	c := newTestClient(t, Config{BaseURL: "http://" + address})
	e := fail(t, c, Request{URL: "http://" + address + "/?key=topsecret"}, KindNetwork)
	expectText(t, e, "connection refused by "+address, "look whether the API is running there")
	if strings.Contains(e.Message, "topsecret") {
		t.Error(e.Message)
	}
}

func TestNoSuchHost(t *testing.T) {
	c := newTestClient(t, Config{BaseURL: "http://h"})
	c.lanes.transports[laneSource].DialContext = func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "h", IsNotFound: true}}
	}
	expectText(t, fail(t, c, Request{URL: "http://h"}, KindNetwork), "no such host: h")
}

func TestNoProxy(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	proxy := "http://u:topsecret@" + l.Addr().String()
	env := func(name string) string { return map[string]string{"HTTP_PROXY": proxy, "HTTPS_PROXY": proxy}[name] }
	for _, scheme := range []string{"http", "https"} {
		for given, hint := range map[string]string{"": "NO_PROXY", proxy: "look at proxy under source"} {
			c := newClientWith(t, Config{BaseURL: scheme + "://api.test", Proxy: given}, Options{Env: env})
			e := fail(t, c, Request{URL: scheme + "://api.test"}, KindNetwork)
			expectText(t, e, "cannot connect to the proxy http://"+l.Addr().String()+": connection refused", hint)
			if strings.Contains(e.Message, "topsecret") {
				t.Error(e.Message)
			}
		}
	}
}

// net/http takes any three digits for a status.
func TestStatusThatIsNone(t *testing.T) {
	for _, status := range []string{"000", "099"} {
		base := listen(t, func(conn net.Conn) { write(conn, "HTTP/1.1 %s X\r\nContent-Length: 0\r\n\r\n", status) })
		_, _, _, err := newTestClient(t, Config{BaseURL: base}).Do(t.Context(), &Request{URL: base})
		if err == nil || !strings.Contains(err.Error(), "the answer's status is "+status) {
			t.Errorf("%s: %v", status, err)
		}
	}
}
