package oauth

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"
)

// The kinds of errors.
const (
	// KindNetwork is a connection that could not be made or that broke.
	KindNetwork = "network"
	// KindTimeout is a time limit that passed.
	KindTimeout = "timeout"
	// KindResponse is an answer that is of no use.
	KindResponse = "response"
	// KindDenied is a server that refuses to give a token.
	KindDenied = "denied"
	// KindLogin is a token that only a person can get.
	KindLogin = "login"
	// KindConfig is a config that Check would have refused.
	KindConfig = "config"
	// KindInterrupted is a context that was cancelled while waiting.
	KindInterrupted = "interrupted"
)

// ErrNotRenewed is what Renew returns where asking again would not help: the
// token that was refused is itself the fresh answer to a refusal, so the API
// refuses it for what it is, not for its age. The caller lets the 401 stand.
var ErrNotRenewed = errors.New("the access token that was refused is new, so that another one would not help")

// Error says why there is no token. No field holds a secret, and no text a
// control character.
type Error struct {
	// Message names the endpoint and the cause, with no capital and no full stop.
	Message string
	// Hint is the next step, or "".
	Hint string
	// Kind is one of the kinds above.
	Kind string
	// Waiting is what was waited for where the context of who asked ended first,
	// such as an answer of the token endpoint; else "".
	Waiting string

	cause error        // why a context ended, or nil
	code  string       // the server's error code where knownCode knows it, or ""
	after *retryTiming // when the server wants to be asked again, or nil
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Unwrap returns why a context ended, or nil.
func (e *Error) Unwrap() error { return e.cause }

func newError(kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

func (e *Error) hint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// place is a URL without userinfo, query and fragment: what an error may show.
func place(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return "a URL that is not valid"
	}
	return clean((&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String())
}

// clean makes a foreign text one line that a terminal shows as it is: control
// and format characters (colours, right-to-left marks) become spaces, spaces
// one, and what is longer than maxDescription characters is cut.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > maxDescription {
		return strings.TrimSpace(string(runes[:maxDescription])) + "…"
	}
	return text
}
