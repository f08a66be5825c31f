package source

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/apicel/apicel/runner/source/oauth"
)

// tokenCache are the tokens of a client, by the key of their config.
type tokenCache struct {
	mu  sync.Mutex
	all map[string]*oauth.Tokens
}

func (t *tokenCache) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, tokens := range t.all {
		tokens.Close()
	}
}

// tokenHTTP is what requests to authorization servers are made with: the
// source's network and TLS, none of its headers and cookies, and no redirect.
func (c *Client) tokenHTTP() *http.Client {
	return &http.Client{
		Transport:     tokenTransport{c},
		Timeout:       c.config.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// tokenTransport sends requests to authorization servers. Those at the source's
// origin take the source's lane, others one that shows the client certificate
// all the same: client_auth tls is made of it (RFC 8705), and it goes only where
// the suite sends it, or the issuer that the suite names.
type tokenTransport struct{ client *Client }

// RoundTrip implements http.RoundTripper.
func (t tokenTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	a := &attempt{client: t.client, lane: laneToken, trace: trace{connectTimeout: t.client.config.ConnectTimeout}}
	if originOf(r.URL) == t.client.base.origin {
		a.lane = laneSource
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	a.trace.cancel = cancel
	a.begins(r.URL)
	end := func() {
		a.trace.end()
		cancel(nil)
	}
	resp, err := t.client.lanes.RoundTrip(r.WithContext(a.visible(ctx)))
	if err != nil {
		known := a.explain(ctx, err)
		known.Hint = strings.Replace(known.Hint, "the API", "the authorization server", 1)
		err = known
		end()
		return nil, err
	}
	resp.Body = &endingBody{resp.Body, end}
	return resp, nil
}

// endingBody does what is to be done when an answer was read.
type endingBody struct {
	io.ReadCloser
	end func()
}

func (b *endingBody) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}

// explainToken gives the oauth package the words of this one.
func explainToken(_ context.Context, err error) (message, hint string) {
	var known *Error
	if errors.As(err, &known) {
		return known.Message, known.Hint
	}
	return "", ""
}

// begins begins a hop to u.
func (a *attempt) begins(u *url.URL) {
	a.hop = u
	a.trace.hop(u.Host)
}
