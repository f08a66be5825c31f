package source

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"time"
)

// maxTunnelAnswer is the number of bytes that a proxy's answer to CONNECT may have.
const maxTunnelAnswer = 64 << 10

// tunnel makes connections through a tunnel of an HTTP proxy (RFC 9110, 9.3.6).
// net/http does so for https by itself; what is plain it sends to the proxy, in
// whatever version of HTTP it was told to. HTTP/2 without TLS needs the server
// itself at the other end.
type tunnel struct {
	dial    dialFunc
	proxy   *url.URL
	tls     *tls.Config // of an https proxy
	timeout time.Duration
}

func (t *tunnel) connect(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := t.dial(ctx, network, proxyAddress(t.proxy))
	if err != nil {
		return nil, &net.OpError{Op: "proxyconnect", Net: network, Err: err}
	}
	if t.proxy.Scheme == "https" {
		secured, err := secure(ctx, conn, proxyAddress(t.proxy), t.tls, &httptrace.ClientTrace{}, t.timeout)
		if err != nil {
			_ = conn.Close()
			return nil, &net.OpError{Op: "proxyconnect", Net: network, Err: err}
		}
		conn = secured
	}
	if err := t.ask(ctx, conn, address); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// ask sends CONNECT and reads the answer, no byte beyond it: what follows is the
// server's.
func (t *tunnel) ask(ctx context.Context, conn net.Conn, address string) error {
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	r := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: http.Header{}}
	if user := proxyAuthorization(t.proxy); user != "" {
		r.Header.Set("Proxy-Authorization", user)
	}
	if err := r.Write(conn); err != nil {
		return &net.OpError{Op: "proxyconnect", Net: "tcp", Err: err}
	}
	answer, err := http.ReadResponse(bufio.NewReader(byteByByte{io.LimitReader(conn, maxTunnelAnswer)}), r) //nolint:bodyclose // it is the connection
	switch {
	case err != nil && ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return &net.OpError{Op: "proxyconnect", Net: "tcp", Err: err}
	}
	if refused := refusedByProxy(t.proxy, address, answer); refused != nil {
		return refused
	}
	return nil
}

// byteByByte keeps a buffered reader from reading ahead.
type byteByByte struct{ r io.Reader }

func (b byteByByte) Read(p []byte) (int, error) {
	if len(p) > 1 {
		p = p[:1]
	}
	return b.r.Read(p)
}
