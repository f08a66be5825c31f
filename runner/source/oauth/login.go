package oauth

import (
	"context"
	"slices"
	"strings"
	"time"
)

// LoginOptions are how a person is reached.
type LoginOptions struct {
	// Open opens a URL in a browser. nil, or an error, leaves it to Show.
	Open func(url string) error
	// Show tells a person what to do. It is called before Open.
	Show func(Prompt)
	// Port is where the browser comes back to, on 127.0.0.1; 0 means any that is
	// free. Servers that do not follow RFC 8252, 7.3 know one port only.
	Port int
}

// Prompt is what a person has to do: open URL, and for a device enter Code there.
type Prompt struct {
	URL string
	// Code is the code to enter, "" where none is.
	Code string
	// CompleteURL is URL with the code in it, "" where there is none.
	CompleteURL string
	// Expires is when it is too late.
	Expires time.Time
}

// Login lets a person log in, in a browser (authorization_code, with PKCE) or on
// any device (device_code), and keeps the refresh token in the store. It returns
// an *Error where that did not work, or took longer than LoginTimeout.
func (t *Tokens) Login(ctx context.Context, o LoginOptions) error {
	if err := t.login(ctx, o); err != nil {
		return err
	}
	return nil
}

func (t *Tokens) login(ctx context.Context, o LoginOptions) *Error {
	if !t.config.NeedsPerson() {
		return newError(KindConfig, "grant_type %s needs no login", clean(t.config.Grant))
	}
	if o.Open == nil && o.Show == nil {
		return newError(KindConfig, "there is nobody to log in")
	}
	ctx, stop := context.WithTimeoutCause(ctx, LoginTimeout, loginLimit(LoginTimeout))
	defer stop()
	s, err := t.find(ctx, newFlight(false))
	if err != nil {
		return err
	}
	by := t.byBrowser
	if t.config.Grant == DeviceCode {
		by = t.byDevice
	}
	got, err := by(ctx, s, o)
	if err != nil {
		return err
	}
	t.mu.Lock()
	t.hold(got, false)
	t.refresh = got.Refresh
	t.mu.Unlock()
	return t.keepLogin(s, got)
}

// keepLogin stores what later runs need.
func (t *Tokens) keepLogin(s *server, got *answer) *Error {
	if t.options.Store == nil {
		return nil
	}
	if got.Refresh == "" {
		e := newError(KindResponse, "the token endpoint %s gives no refresh token, so that the login ends with its access token", place(s.Token)).
			hint("allow refresh tokens for this client at the authorization server")
		if !slices.Contains(strings.Fields(t.config.scope()), "offline_access") {
			e.Hint = "most servers give one for the scope offline_access"
		}
		return e
	}
	return t.save(got.Refresh)
}

// present shows and opens what a person needs.
func (o LoginOptions) present(p Prompt) *Error {
	if o.Show != nil {
		o.Show(p)
	}
	if o.Open == nil {
		return nil
	}
	target := p.URL
	if p.CompleteURL != "" {
		target = p.CompleteURL
	}
	if err := o.Open(target); err != nil && o.Show == nil {
		return newError(KindLogin, "no browser could be opened").hint("open the URL yourself")
	}
	return nil
}
