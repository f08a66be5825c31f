package oauth

import (
	"context"
	"net/url"
	"time"
)

// The endpoints, as errors call them.
const (
	tokenEndpoint  = "token endpoint"
	deviceEndpoint = "device authorization endpoint"
)

// The grant types as they are sent.
const (
	jwtBearerGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	deviceGrant    = "urn:ietf:params:oauth:grant-type:device_code"
)

// obtain gets a token without a person.
func (t *Tokens) obtain(ctx context.Context, f *flight) (*answer, *Error) {
	if t.config.refreshes() {
		return t.refreshed(ctx, f)
	}
	s, err := t.find(ctx, f)
	if err != nil {
		return nil, err
	}
	return t.ask(ctx, f, s, func() (url.Values, *Error) { return t.grantForm(s) })
}

// grantForm is the token request of a grant that needs nothing but the config.
func (t *Tokens) grantForm(s *server) (url.Values, *Error) {
	c := t.config
	switch c.Grant {
	case ClientCredentials:
		return t.form("client_credentials", true), nil
	case Password:
		form := t.form("password", true)
		form.Set("username", c.Username)
		form.Set("password", c.Password)
		return form, nil
	case JWTBearer:
		subject := c.Subject
		if subject == "" {
			subject = c.ClientID
		}
		signed, err := t.assertion(subject, c.scope(), s)
		if err != nil {
			return nil, err
		}
		form := t.form(jwtBearerGrant, true)
		form.Set("assertion", signed)
		return form, nil
	}
	return nil, newError(KindConfig, "grant_type is %q, which is not known", clean(c.Grant))
}

// form begins a token request. What the token is for goes along (RFC 8707).
func (t *Tokens) form(grantType string, withScope bool) url.Values {
	form := url.Values{"grant_type": {grantType}}
	t.target(form, withScope)
	return form
}

// target says what the token is for.
func (t *Tokens) target(form url.Values, withScope bool) {
	c := t.config
	if scope := c.scope(); withScope && scope != "" {
		form.Set("scope", scope)
	}
	if c.Audience != "" {
		form.Set("audience", c.Audience)
	}
	for _, r := range c.Resource {
		form.Add("resource", r)
	}
}

// ask sends a token request. A server that wants to be asked later is, once,
// where MaxRetryAfter allows it. The form is made anew for each request: an
// assertion may be used once.
func (t *Tokens) ask(ctx context.Context, f *flight, s *server, form func() (url.Values, *Error)) (*answer, *Error) {
	for second := false; ; second = true {
		f.say("waiting for an access token from " + place(s.Token))
		values, err := form()
		if err != nil {
			return nil, err
		}
		got, err := t.askOnce(ctx, s, values)
		if err == nil || err.after == nil || second || err.after.wait > MaxRetryAfter {
			return got, err
		}
		f.rest(pausing{err, time.Now().Add(err.after.wait)})
		if !pause(ctx, err.after.wait) {
			return nil, err
		}
	}
}

func (t *Tokens) askOnce(ctx context.Context, s *server, form url.Values) (*answer, *Error) {
	r, err := t.post(ctx, tokenEndpoint, s.Token, form, s)
	if err != nil {
		return nil, err
	}
	return t.token(r)
}
