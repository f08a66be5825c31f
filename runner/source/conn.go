package source

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
)

// connections are the open ones of a pool. net/http forgets connections that it
// does not close at once, such as those of a server that sends GOAWAY to a
// request which is given up at that moment; the pool closes them when it ends.
type connections struct {
	mu     sync.Mutex
	open   map[*trackedConn]struct{}
	closed bool
}

var errPoolClosed = errors.New("the pool of connections is closed")

// track makes the connections of dial belong to c. Multiplexed are those on which
// answers of several requests come in any order.
func (c *connections) track(dial dialFunc, multiplexed bool) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if a := attemptOf(ctx); a != nil {
			ctx = httptrace.WithClientTrace(ctx, a.trace.dialHooks())
		}
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		tracked := &trackedConn{Conn: conn, all: c}
		tracked.multiplexed.Store(multiplexed)
		c.mu.Lock()
		closed := c.closed
		if !closed {
			c.open[tracked] = struct{}{}
		}
		c.mu.Unlock()
		if closed {
			_ = conn.Close()
			return nil, errPoolClosed
		}
		return tracked, nil
	}
}

func (c *connections) forget(conn *trackedConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, conn)
}

// close closes what is open, and what is still being dialed as soon as it comes.
func (c *connections) close() {
	c.mu.Lock()
	open := c.open
	c.open, c.closed = nil, true
	c.mu.Unlock()
	for conn := range open {
		_ = conn.Conn.Close()
	}
}

// trackedConn is a connection that knows whether an answer was there before its
// request. A server may send more than it was asked for; what the connection still
// holds when the next request takes it would be read as that one's answer.
// net/http closes such a connection if it gets to see the surplus before the next
// request begins, which is a matter of luck.
//
// What it counts are reads that returned something. No answer can be known to the
// client without one after the first write of its request: where the count has not
// changed in between, the first byte of the answer was older than the question.
//
// The first answer of a connection can be that of no other request. A server that
// has too many connections may well send it at once; that it is one of HTTP is for
// net/http to say.
type trackedConn struct {
	net.Conn
	all         *connections
	multiplexed atomic.Bool
	requests    atomic.Int64
	begins      atomic.Bool // the next write is the first of a request
	reads       atomic.Int64
	atWrite     atomic.Int64 // reads when the request began, -1 before its first write
}

// Read implements net.Conn.
func (c *trackedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.reads.Add(1)
	}
	return n, err
}

// Write implements net.Conn.
func (c *trackedConn) Write(p []byte) (int, error) {
	if c.begins.CompareAndSwap(true, false) {
		c.atWrite.Store(c.reads.Load())
	}
	return c.Conn.Write(p)
}

// Close implements net.Conn.
func (c *trackedConn) Close() error {
	c.all.forget(c)
	return c.Conn.Close()
}

// begin says that a request has the connection for itself.
func (c *trackedConn) begin() {
	c.requests.Add(1)
	c.atWrite.Store(-1)
	c.begins.Store(true)
}

// isUnasked tells, when the first byte of an answer is there, that it had come
// before the request, and may be due to an earlier one.
func (c *trackedConn) isUnasked() bool {
	at := c.atWrite.Load()
	return !c.multiplexed.Load() && c.requests.Load() > 1 && (at < 0 || at == c.reads.Load())
}

// trackedBelow returns the connection under the layers of TLS, nil where it is
// none of a pool.
func trackedBelow(conn net.Conn) *trackedConn {
	for {
		switch c := conn.(type) {
		case *trackedConn:
			return c
		case *tls.Conn:
			conn = c.NetConn()
		default:
			return nil
		}
	}
}

// isHTTP2 tells what a connection has agreed on.
func isHTTP2(conn net.Conn) bool {
	secured, ok := conn.(*tls.Conn)
	return ok && secured.ConnectionState().NegotiatedProtocol == "h2"
}

// unasked is the error of a request that found an answer before it asked. The
// answer is nil where it is not valid HTTP. A 408 to no request says that the server
// does not wait for one any longer (RFC 9110, 15.5.9).
func unasked(target string, answer *http.Response) *Error {
	if answer != nil && answer.StatusCode == http.StatusRequestTimeout {
		return newError(KindNetwork, "%s gave up the kept connection (408) before the request came", target).
			hint("let the server keep connections longer than the queries wait, or send the request again with retry")
	}
	return badResponse("%s sent an answer on this connection before the request: more than was asked for, by an earlier request", target).
		hint("look at answers whose body is longer than their Content-Length, or that have a body with status 204 or 304; with the header Connection: close the queries do not meet")
}
