package oauth

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// requestLimit and loginLimit are the causes with which a context ends when the
// time that this package gives is up.
type (
	requestLimit time.Duration
	loginLimit   time.Duration
)

func (l requestLimit) Error() string { return "no answer within " + time.Duration(l).String() }
func (l loginLimit) Error() string   { return "nobody logged in within " + time.Duration(l).String() }

// leftWaiting is the error of who stops waiting because ctx ended.
func leftWaiting(ctx context.Context, doing string) *Error {
	cause := context.Cause(ctx)
	e := newError(KindInterrupted, "interrupted while %s", doing)
	why := ""
	if !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
		why = clean(cause.Error())
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		e = newError(KindTimeout, "the time was up while %s", doing)
	}
	if why != "" {
		e.Message = why + ", while " + doing
	}
	e.cause, e.Waiting = cause, doing
	return e
}

// explain turns what the transport says into an error.
func (t *Tokens) explain(ctx context.Context, err error, endpoint string) *Error {
	var limit requestLimit
	if errors.As(context.Cause(ctx), &limit) {
		return newError(KindTimeout, "no answer from %s within %s", place(endpoint), time.Duration(limit)).
			hint("look whether the authorization server is well, or raise the timeout of the source")
	}
	if ctx.Err() != nil {
		return leftWaiting(ctx, "waiting for "+place(endpoint))
	}
	var wrapped *url.Error // holds the URL with its query
	for errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if t.options.Explain != nil {
		if message, hint := t.options.Explain(ctx, err); message != "" {
			e := newError(kindOf(err), "no answer from %s: %s", place(endpoint), t.safe(message)).hint("%s", clean(t.secrets.Redact(hint)))
			e.cause = err
			return e
		}
	}
	why, hint := t.reason(err)
	return newError(kindOf(err), "no answer from %s: %s", place(endpoint), why).hint("%s", hint)
}

func kindOf(err error) string {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return KindTimeout
	}
	return KindNetwork
}

func (t *Tokens) reason(err error) (why, hint string) {
	var lookup *net.DNSError
	var unknown x509.UnknownAuthorityError
	var verify *tls.CertificateVerificationError
	switch {
	case errors.As(err, &lookup) && lookup.IsNotFound:
		return "there is no such host", "look at the host of the URL"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused", "look whether the authorization server is running there"
	case errors.As(err, &unknown):
		return "its certificate is of an authority that is not trusted", "give the authority as ca_cert in ssl"
	case errors.As(err, &verify):
		return "its certificate is not accepted: " + t.transportText(verify.Err), ""
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return "the connection was closed before the answer was complete", ""
	}
	return t.transportText(err), ""
}

// transportText is what the transport says, up to where it begins to quote: a
// line of an answer, or the URL of a proxy with its password.
func (t *Tokens) transportText(err error) string {
	text, _, _ := strings.Cut(err.Error(), `"`)
	text = strings.TrimRight(t.safe(text), ": ")
	if text == "" {
		return "the request failed"
	}
	return text
}

// safe makes a foreign text fit to be shown: without secrets and parts of them,
// on one line, cut. A text that holds a secret too short to be masked is not
// shown at all.
func (t *Tokens) safe(text string) string {
	t.mu.Lock()
	short := t.short
	t.mu.Unlock()
	for _, s := range short {
		if strings.Contains(text, s) {
			return ""
		}
	}
	return clean(t.secrets.RedactParts(text))
}
