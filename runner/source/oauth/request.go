package oauth

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// reply is an answer, read whole.
type reply struct {
	what     string // "token endpoint"
	endpoint string
	status   int
	header   http.Header
	body     []byte
	asked    time.Time
}

// errTooLarge is an answer of more than MaxAnswer bytes.
var errTooLarge = errors.New("too large")

// send sends one request and reads the answer. It uses the transport itself:
// http.Client would follow redirects, look at Location, and take cookies along.
func (t *Tokens) send(ctx context.Context, what string, req *http.Request) (*reply, *Error) {
	ctx, stop := context.WithTimeoutCause(ctx, t.limit, requestLimit(t.limit))
	defer stop()
	endpoint := req.URL.String()
	asked := t.now()
	resp, err := t.transport.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return nil, t.explain(ctx, err, endpoint)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxAnswer+1))
	if err == nil && len(body) > MaxAnswer {
		err = errTooLarge
	}
	r := &reply{what: what, endpoint: endpoint, status: resp.StatusCode, header: resp.Header, body: body, asked: asked}
	switch {
	case errors.Is(err, errTooLarge):
		return nil, newError(KindResponse, "%s answers %d with more than %d bytes", r.name(), r.status, MaxAnswer)
	case err != nil:
		return nil, t.explain(ctx, err, endpoint)
	}
	return r, t.redirected(r)
}

func (r *reply) name() string { return "the " + r.what + " " + place(r.endpoint) }

// redirected names a redirect and where it leads.
func (t *Tokens) redirected(r *reply) *Error {
	if r.status < 300 || r.status > 399 {
		return nil
	}
	to := "nowhere"
	if location := r.header.Get("Location"); location != "" {
		to = "a URL that is not valid"
		if base, err := url.Parse(r.endpoint); err == nil {
			if u, err := base.Parse(location); err == nil {
				to = t.safe(place(u.String()))
			}
		}
	}
	return newError(KindResponse, "%s answers %d, a redirect to %s, which is not followed", r.name(), r.status, to).
		hint("give the URL where the endpoint is")
}

// post sends a form with the client's proof, the headers and the parameters of
// the config.
func (t *Tokens) post(ctx context.Context, what, endpoint string, form url.Values, s *server) (*reply, *Error) {
	header := http.Header{
		"Content-Type": {"application/x-www-form-urlencoded"},
		"Accept":       {"application/json"},
		"User-Agent":   {"apicel"},
	}
	if err := t.authenticate(form, header, s); err != nil {
		return nil, err
	}
	params := t.config.AuthParams
	if what == deviceEndpoint {
		params = t.config.QueryParams
	}
	for _, p := range params {
		form[p.Name] = p.Values
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, newError(KindConfig, "the %s %s is not a valid URL", what, place(endpoint))
	}
	for _, h := range t.config.TokenHeaders {
		name := http.CanonicalHeaderKey(h.Name)
		if name == "Host" && len(h.Values) > 0 {
			req.Host = h.Values[0]
			continue
		}
		header[name] = h.Values
	}
	req.Header = header
	return t.send(ctx, what, req)
}

// authenticate proves who the client is.
func (t *Tokens) authenticate(form url.Values, header http.Header, s *server) *Error {
	c := t.config
	switch c.clientAuth() {
	case AuthHeader:
		// RFC 6749, 2.3.1: form-urlencoded first, so that a colon in the id does
		// not begin the secret.
		pair := base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(c.ClientID) + ":" + url.QueryEscape(c.ClientSecret)))
		t.learn("client_secret", pair)
		header.Set("Authorization", "Basic "+pair)
		return nil
	case AuthBody:
		form.Set("client_secret", c.ClientSecret)
	case AuthPrivateKeyJWT:
		signed, err := t.assertion(c.ClientID, "", s)
		if err != nil {
			return err
		}
		form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		form.Set("client_assertion", signed)
	case AuthNone:
		// The assertion of jwt_bearer says who the client is (RFC 7523, 3.1).
		if c.Grant == JWTBearer && c.ClientAuth == "" {
			return nil
		}
	}
	if c.ClientID != "" {
		form.Set("client_id", c.ClientID)
	}
	return nil
}

// retryTiming is how long a server wants not to be asked.
type retryTiming struct{ wait time.Duration }

// retryAfter reads Retry-After (RFC 9110, 10.2.3): seconds, or a date. It is nil
// where there is none that can be read.
func retryAfter(header http.Header, now time.Time) *retryTiming {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return &retryTiming{time.Duration(seconds) * time.Second}
	}
	if at, err := http.ParseTime(value); err == nil {
		return &retryTiming{max(at.Sub(now), 0).Round(time.Second)}
	}
	return nil
}

// pause waits for d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
