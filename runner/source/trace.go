package source

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apicel/apicel/internal/exchange"
)

// phase is how far a hop has come.
type phase int

const (
	phaseStart phase = iota
	phaseToken
	phaseLookup
	phaseConnect
	phaseTLS
	phaseSend
	phaseWait
	phaseBody
)

// trace notes what happens to a hop and when. net/http calls its hooks from
// several goroutines, also when the hop is over: a connection that was begun for
// it is finished for others.
type trace struct {
	connectTimeout time.Duration
	cancel         context.CancelCauseFunc
	bodyBytes      atomic.Int64 // received so far

	mu      sync.Mutex
	phase   phase
	target  string      // host of the URL
	address string      // that is connected to
	connect *time.Timer // runs while a new connection is made
	ended   bool
	at      moments
	reused  bool
	asked   *certificateRequest // by the server of the new connection, or nil
	secured *tls.Conn           // of the hop, or nil
	conn    *trackedConn        // of the hop, or nil
	unasked bool                // the answer had come before the request
}

// moments are times of a hop; the zero time is what did not happen.
type moments struct {
	lookup, lookedUp   time.Time
	dial, dialed       time.Time
	tls, tlsDone       time.Time
	written, firstByte time.Time
}

// hooks are those that each request has.
func (t *trace) hooks() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn:              func(string) { t.again() },
		TLSHandshakeStart:    func() { t.connecting(phaseTLS, &t.at.tls) },
		TLSHandshakeDone:     func(tls.ConnectionState, error) { t.stamp(&t.at.tlsDone) },
		GotConn:              t.gotConn,
		WroteRequest:         func(httptrace.WroteRequestInfo) { t.stamp(&t.at.written); t.enter(phaseWait) },
		GotFirstResponseByte: t.firstByte,
	}
}

// dialHooks are those of the request for which a connection is made.
func (t *trace) dialHooks() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		DNSStart: func(httptrace.DNSStartInfo) { t.connecting(phaseLookup, &t.at.lookup) },
		DNSDone:  func(httptrace.DNSDoneInfo) { t.stamp(&t.at.lookedUp) },
		ConnectStart: func(_, address string) {
			t.connecting(phaseConnect, &t.at.dial)
			t.note(func() { t.address = address })
		},
		ConnectDone: func(_, _ string, err error) {
			if err == nil {
				t.stamp(&t.at.dialed)
			}
		},
	}
}

func (t *trace) note(do func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.ended {
		do()
	}
}

func (t *trace) enter(p phase) {
	t.note(func() { t.phase = max(t.phase, p) })
}

// set takes a hop back to an earlier phase.
func (t *trace) set(p phase) {
	t.note(func() { t.phase = p })
}

func (t *trace) stamp(at *time.Time) {
	now := time.Now()
	t.note(func() { *at = now })
}

// connecting starts the time limit for a new connection at its first sign. The
// limits of dialer and transport hold for their part of it only.
func (t *trace) connecting(p phase, at *time.Time) {
	now := time.Now()
	t.note(func() {
		if t.phase >= phaseSend {
			return
		}
		t.phase = max(t.phase, p)
		if at.IsZero() {
			*at = now
		}
		if t.connect == nil {
			t.connect = time.AfterFunc(t.connectTimeout, func() { t.cancel(connectTimeout(t.connectTimeout)) })
		}
	})
}

// again begins the hop anew where net/http sends it once more, because the
// connection that it had kept was closed by the server.
func (t *trace) again() {
	t.note(func() {
		t.stopTimer()
		t.phase, t.at, t.reused, t.address, t.asked, t.secured = phaseStart, moments{}, false, "", nil, nil
		t.conn, t.unasked = nil, false
	})
}

func (t *trace) gotConn(info httptrace.GotConnInfo) {
	conn := trackedBelow(info.Conn)
	if conn != nil {
		// Several may be the first; those after them find it noted.
		if conn.requests.Load() == 0 && isHTTP2(info.Conn) {
			conn.multiplexed.Store(true)
		}
		conn.begin()
	}
	t.note(func() {
		t.stopTimer()
		t.phase = phaseSend
		t.reused = info.Reused
		t.secured, _ = info.Conn.(*tls.Conn)
		t.conn = conn
		if info.Reused {
			t.at = moments{}
		}
	})
}

func (t *trace) firstByte() {
	now := time.Now()
	t.note(func() {
		t.at.firstByte = now
		t.unasked = t.conn != nil && t.conn.isUnasked()
	})
}

// spokeFirst tells that the server has sent something on a new connection, which
// is no answer as yet. Of TLS that cannot be told.
func (t *trace) spokeFirst() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.conn != nil && t.secured == nil && t.at.firstByte.IsZero() && t.conn.requests.Load() == 1 && t.conn.reads.Load() > 0
}

// dropUnasked tells that the hop's answer had come before its request, and closes
// the connection, on which nothing can be trusted any more.
func (t *trace) dropUnasked() bool {
	t.mu.Lock()
	conn, is := t.conn, t.unasked
	t.mu.Unlock()
	if is {
		_ = conn.Close()
	}
	return is
}

func (t *trace) stopTimer() {
	if t.connect != nil {
		t.connect.Stop()
		t.connect = nil
	}
}

// hop begins a hop and forgets the one that redirected.
func (t *trace) hop(target string) {
	t.again()
	t.note(func() { t.target = target })
}

// end makes hooks that come late do nothing.
func (t *trace) end() {
	t.note(func() {
		t.stopTimer()
		t.ended = true
	})
}

// host is that of the hop's URL.
func (t *trace) host() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.target
}

// certificateRequest is that of the hop's new connection, nil if there was none.
func (t *trace) certificateRequest() *certificateRequest {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.asked
}

// isReused tells that the hop's connection had been used before.
func (t *trace) isReused() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.reused
}

// alert returns what the server said when it broke the hop's connection off, nil
// if it said nothing. The connection must be broken. Where it breaks while
// net/http sends, that is the error which net/http returns; the alert that was
// received meanwhile is the one which explains it.
func (t *trace) alert() error {
	t.mu.Lock()
	conn := t.secured
	t.mu.Unlock()
	if conn == nil {
		return nil
	}
	_ = conn.SetReadDeadline(time.Unix(1, 0)) // closed already, it does not block either
	var op *net.OpError
	if _, err := conn.Read(make([]byte, 1)); errors.As(err, &op) && op.Op == "remote error" {
		return op.Err
	}
	return nil
}

// doing says what the hop is at.
func (t *trace) doing() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch t.phase {
	case phaseToken:
		return "getting an access token for " + t.target
	case phaseLookup:
		return "looking up " + t.target
	case phaseConnect:
		if t.address == t.target {
			return "connecting to " + t.target
		}
		return "connecting to " + t.target + " at " + t.address
	case phaseTLS:
		return "agreeing on TLS with " + t.target
	case phaseSend:
		return "sending the request to " + t.target
	case phaseWait:
		return "waiting for the answer of " + t.target
	case phaseBody:
		return "reading the answer of " + t.target
	}
	return "beginning the request to " + t.target
}

// isConnecting tells that the hop's connection is being made.
func (t *trace) isConnecting() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.phase < phaseSend && t.phase > phaseToken
}

// inBody tells that the headers of the last answer have come.
func (t *trace) inBody() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.phase == phaseBody
}

// timing splits the time of the hop, whose body ended now.
func (t *trace) timing(now time.Time) exchange.Timing {
	t.mu.Lock()
	defer t.mu.Unlock()
	return exchange.Timing{
		DNS:       between(t.at.lookup, t.at.lookedUp),
		Connect:   between(t.at.dial, t.at.dialed),
		TLS:       between(t.at.tls, t.at.tlsDone),
		FirstByte: between(t.at.written, t.at.firstByte),
		Transfer:  between(t.at.firstByte, now),
		Reused:    t.reused,
	}
}

// between is 0 where one of the two did not happen, or an answer came before
// the request was written whole.
func between(from, to time.Time) time.Duration {
	if from.IsZero() || to.IsZero() {
		return 0
	}
	return max(0, to.Sub(from))
}
