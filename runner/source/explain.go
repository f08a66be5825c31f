package source

import (
	"context"
	"errors"
	"io"
	"net"
	"net/textproto"
	"net/url"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/apicel/apicel/runner/source/oauth"
)

// attemptTimeout and connectTimeout are the causes with which an attempt's
// context ends when its limit has passed.
type (
	attemptTimeout time.Duration
	connectTimeout time.Duration
)

func (t attemptTimeout) Error() string { return "no answer within " + time.Duration(t).String() }
func (t connectTimeout) Error() string { return "no connection within " + time.Duration(t).String() }

// explain turns what net/http says into an error that a user can act on.
func (a *attempt) explain(ctx context.Context, err error) *Error {
	e := a.explained(ctx, err)
	if e.Hint == "" {
		e.Hint = nextStep[e.Kind]
	}
	return e
}

// nextStep is what to do about an error that has no better advice.
var nextStep = map[string]string{
	KindNetwork:  "look into the log of the server, and of what stands before it",
	KindTimeout:  "look whether the server is well, or raise timeout",
	KindResponse: "ask for it with another client, such as curl -v, to see what the server sends",
}

func (a *attempt) explained(ctx context.Context, err error) *Error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	// Taken off because it holds the URL, whose query part may hold a key.
	var wrapped *url.Error
	for errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if ctx.Err() != nil {
		return a.explainEnd(ctx, err)
	}
	if isTimeout(err) {
		doing, _ := a.doing(err)
		return noConnection(a.client.config.ConnectTimeout, doing).causedBy(err)
	}
	target := a.trace.host()
	for _, explain := range []func(error, string) *Error{a.explainProxy, explainSocket, lasting(a.explainTLS), a.explainPlain, a.explainLookup, a.explainGreeting, explainBroken, explainAnswer} {
		if e := explain(err, target); e != nil {
			return e.causedBy(err)
		}
	}
	return newError(KindNetwork, "the request to %s failed: %v", target, err).causedBy(err)
}

// lasting marks what explain finds as what asking again cannot change.
func lasting(explain func(error, string) *Error) func(error, string) *Error {
	return func(err error, target string) *Error {
		e := explain(err, target)
		if e != nil {
			e.Lasting = true
		}
		return e
	}
}

// explainEnd explains an attempt whose context has ended: by a limit of the
// attempt, or from outside.
func (a *attempt) explainEnd(ctx context.Context, err error) *Error {
	cause := context.Cause(ctx)
	doing, hint := a.doing(err)
	var attempt attemptTimeout
	var connect connectTimeout
	switch {
	case errors.As(cause, &attempt):
		limit := time.Duration(attempt)
		if a.trace.inBody() {
			return newError(KindTimeout, "no whole answer within the timeout of %s: %d bytes of the body had come", limit, a.trace.bodyBytes.Load()).causedBy(err)
		}
		return newError(KindTimeout, "no answer within the timeout of %s: %s", limit, doing).hint("%s", hint).causedBy(err)
	case errors.As(cause, &connect):
		return noConnection(time.Duration(connect), doing).causedBy(err)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return newError(KindTimeout, "%s, %s", reason(cause, "the time for the request is up"), doing).causedBy(cause)
	}
	why := reason(cause, "interrupted")
	if why != "interrupted" {
		why += "," // a sentence of its own
	}
	return newError(KindInterrupted, "%s while %s", why, doing).causedBy(cause)
}

// doing says what the attempt was at, and what to look at where that took too
// long. Where it waited for a token it is the token endpoint that took the time.
func (a *attempt) doing(err error) (doing, hint string) {
	var token *oauth.Error
	if errors.As(err, &token) && token.Waiting != "" {
		return token.Waiting, "look whether the authorization server is well, or raise timeout"
	}
	doing = a.trace.doing()
	if proxy := a.proxy(); proxy != nil && a.trace.isConnecting() {
		return doing + " by the proxy " + showProxy(proxy), ""
	}
	return doing, ""
}

// proxy is that of the hop, or nil.
func (a *attempt) proxy() *url.URL {
	if a.hop == nil {
		return nil
	}
	proxy, _ := a.client.lanes.way.to(a.lane, a.hop) // what is wrong with it is said before
	return proxy
}

// reason is the text of the cause with which a context was ended, or usual where
// the caller named none.
func reason(cause error, usual string) string {
	if errors.Is(cause, context.Canceled) || errors.Is(cause, context.DeadlineExceeded) {
		return usual
	}
	return cause.Error()
}

func noConnection(limit time.Duration, doing string) *Error {
	return newError(KindTimeout, "no connection within %s, %s", limit, doing).
		hint("look whether the host is reachable from here")
}

func (a *attempt) explainLookup(err error, target string) *Error {
	var lookup *net.DNSError
	switch {
	case !errors.As(err, &lookup):
		return nil
	case lookup.IsNotFound && a.hop != nil && a.client.lanes.way.isResolved(a.hop):
		return newError(KindNetwork, "no such host: %s, where resolve leads %s", lookup.Name, target).hint("look at resolve under source")
	case lookup.IsNotFound:
		err := newError(KindNetwork, "no such host: %s", lookup.Name)
		if a.hop != nil && originOf(a.hop) != a.client.base.origin {
			return err.hint("look at the URL: it is not one of base_url")
		}
		return err.hint("look at the host in base_url")
	case lookup.IsTimeout:
		return newError(KindTimeout, "no answer from the name server for %s", lookup.Name)
	}
	return newError(KindNetwork, "cannot look up %s: %s", lookup.Name, lookup.Err)
}

// isTimeout tells the limits of dialer and transport, which are the client's
// connect timeout. Those of name servers are another matter.
func isTimeout(err error) bool {
	var timeout net.Error
	var lookup *net.DNSError
	return errors.As(err, &timeout) && timeout.Timeout() && !errors.As(err, &lookup)
}

// explainAnswer explains answers that are not HTTP, or too much of it. net/http
// has no types for most of them.
func explainAnswer(err error, target string) *Error {
	var protocol textproto.ProtocolError
	text := err.Error()
	switch {
	case strings.Contains(text, "server response headers exceeded"),
		strings.Contains(text, "1xx informational responses"),
		strings.Contains(text, "response header list larger"),
		strings.Contains(text, "header list too large"):
		return badResponse("the answer of %s has more than 1 MiB of headers", target)
	case strings.HasPrefix(text, "connection error: "):
		return badResponse("the answer of %s is not valid HTTP/2 (%s) or has more than 1 MiB of headers", target, strings.TrimPrefix(text, "connection error: "))
	case strings.Contains(text, "server gave HTTP response to HTTPS client"):
		return answersHTTP(target)
	case strings.Contains(text, `malformed HTTP response "\x15\x03`): // a TLS alert
		return answersHTTPS(target)
	case errors.As(err, &protocol), strings.Contains(text, "malformed"), strings.Contains(text, brokenPrefix),
		strings.Contains(text, "bad Content-Length"), strings.Contains(text, "invalid byte in chunk"):
		text = strings.TrimPrefix(strings.TrimPrefix(text, brokenPrefix), "http: ")
		return badResponse("the answer of %s is not valid HTTP: %s", target, withoutQuote(text))
	}
	return nil
}

// explainGreeting explains a server that speaks first on a new connection. net/http
// then gives the connection up, also while it writes the request.
func (a *attempt) explainGreeting(err error, target string) *Error {
	if !strings.Contains(err.Error(), "readLoopPeekFailLocked") && (!errors.Is(err, net.ErrClosed) || !a.trace.spokeFirst()) {
		return nil
	}
	return newError(KindNetwork, "%s sent something before the request, for which a server of HTTP waits", target).
		hint("look whether it is a server of HTTP, and whether it turns connections away")
}

// maxQuote is the number of bytes up to which a message quotes an answer.
const maxQuote = 60

// withoutQuote leaves out the piece of the answer that net/http quotes where it
// is of a header, whose value may be a cookie, or is long: cut, a secret in it
// would not be known any more.
func withoutQuote(text string) string {
	before, quote, found := strings.Cut(text, `"`)
	before = strings.TrimRight(before, ": ")
	switch name, _, _ := strings.Cut(quote, ":"); {
	case !found:
		return text
	case !strings.Contains(before, "MIME header"):
		if len(quote) <= maxQuote {
			return text
		}
	case len(name) <= maxQuote && httpguts.ValidHeaderFieldName(name):
		return before + ", that of " + name
	}
	return before
}

// brokenPrefix is what net/http puts before the reason for which it gave a
// connection up.
const brokenPrefix = "net/http: HTTP/1.x transport connection broken: "

// explainPlain explains a server that does not know HTTP/2 without TLS. It hangs
// up while the client still sends, so that its answer may be lost.
func (a *attempt) explainPlain(err error, target string) *Error {
	if a.client.config.HTTP != HTTP2Plain || !a.lane.atSource() || a.trace.isReused() || !isBrokenOff(err) {
		return nil
	}
	return newError(KindNetwork, "%s broke the connection off where HTTP/2 was begun without TLS, which http: h2c asks for", target).
		hint("write http: 1.1, or auto, if the server does not speak it")
}

func explainBroken(err error, target string) *Error {
	var op *net.OpError
	_ = errors.As(err, &op)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return newError(KindNetwork, "connection refused by %s", address(op, target)).
			hint("look whether the API is running there")
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return newError(KindNetwork, "no route to %s", address(op, target))
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return newError(KindNetwork, "%s broke the connection off (reset)", target)
	case strings.Contains(err.Error(), "looked like an HTTP/1.1 header"):
		return newError(KindNetwork, "%s answers HTTP/1.1 where HTTP/2 was begun", target).hint("write http: 1.1, or auto")
	case strings.Contains(err.Error(), "server sent GOAWAY"):
		return newError(KindNetwork, "%s closed the connection before its answer was complete (GOAWAY%s)", target, goAwayCode(err.Error()))
	case strings.HasPrefix(err.Error(), "stream error: "), strings.HasPrefix(err.Error(), "http2: "):
		return newError(KindNetwork, "%s broke the exchange off: %v", target, err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, net.ErrClosed), // by net/http, which found it broken while it wrote
		strings.Contains(err.Error(), "server closed idle connection"):
		return newError(KindNetwork, "%s closed the connection before its answer was complete", target)
	}
	return nil
}

// goAwayCode is the code of a GOAWAY. The text that a server may add is not
// shown: it is as long and says what the server likes.
func goAwayCode(text string) string {
	_, code, _ := strings.Cut(text, "ErrCode=")
	code, _, _ = strings.Cut(code, ",")
	if code == "" || strings.ContainsFunc(code, func(c rune) bool { return (c < 'A' || c > 'Z') && c != '_' }) {
		return ""
	}
	return ", " + code
}

// address is the one that was dialed where it is known: a name may have several.
func address(op *net.OpError, target string) string {
	if op != nil && op.Addr != nil {
		return op.Addr.String()
	}
	return target
}
