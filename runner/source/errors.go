package source

import (
	"errors"
	"fmt"
)

// The kinds of errors.
const (
	// KindNetwork is a connection that could not be made or that broke.
	KindNetwork = "network"
	// KindTimeout is a time limit that passed.
	KindTimeout = "timeout"
	// KindOrigin is a redirect that would have sent a body to another origin, or
	// a request to a host that may not be asked.
	KindOrigin = "origin"
	// KindResponse is an answer that could not be understood or is too large.
	KindResponse = "response"
	// KindRequest is a request that cannot be sent as it is.
	KindRequest = "request"
	// KindAuth is a token that the authorization server does not give, or that
	// only a person can get.
	KindAuth = "auth"
	// KindInterrupted is a request whose context was cancelled from outside.
	KindInterrupted = "interrupted"
)

// Error says why there is no answer. Neither text holds a header's value, a
// credential or the query part of a URL.
type Error struct {
	// Kind is one of the kinds above.
	Kind string
	// Message says what happened, with no capital and no full stop.
	Message string
	// Hint is the next step, or "".
	Hint string
	// Lasting tells that asking again cannot help, as with a certificate that is
	// not trusted.
	Lasting bool
	// Cause is the error below, or nil. Its text may hold what Message leaves out.
	Cause error
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Passing returns the kind of an error that may be gone the next time: network
// or timeout, else "".
func Passing(err error) string {
	var e *Error
	if errors.As(err, &e) && !e.Lasting && (e.Kind == KindNetwork || e.Kind == KindTimeout) {
		return e.Kind
	}
	return ""
}

func newError(kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

func badRequest(format string, args ...any) *Error { return newError(KindRequest, format, args...) }

func badResponse(format string, args ...any) *Error { return newError(KindResponse, format, args...) }

func (e *Error) hint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

func (e *Error) causedBy(err error) *Error {
	e.Cause = err
	return e
}
