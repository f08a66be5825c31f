package source

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

const (
	// idleTimeout is how long an unused connection is kept.
	idleTimeout = 90 * time.Second
	// minIdle is the number of idle connections that are kept for a host at least.
	minIdle = 16
	// expectTimeout is how long a body waits for an answer to Expect: 100-continue.
	expectTimeout = time.Second
)

// newTransport returns a transport of its own, since each config has its own
// connections. The number of connections is bounded by who sends, so that no
// limit is waited for here.
func newTransport(config Config, o Options) *http.Transport {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	dialer := &net.Dialer{Timeout: config.ConnectTimeout}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    config.ConnectTimeout,
		Protocols:              &protocols,
		MaxIdleConns:           0, // bounded for each host
		MaxIdleConnsPerHost:    max(o.Jobs, minIdle),
		IdleConnTimeout:        idleTimeout,
		ExpectContinueTimeout:  expectTimeout,
		MaxResponseHeaderBytes: MaxHeaderSize,
		DisableCompression:     true, // encodings are undone by readBody
	}
}

// onceOnly is the transport's concern that a request which may change something
// is sent once. net/http sends one again on a broken connection if it has an
// Idempotency-Key: right in production, but here the API that should honour the
// key is the one under test. net/http finds the header by its canonical name
// only; spelt in lower case it is the same header to every server.
type onceOnly struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t onceOnly) RoundTrip(r *http.Request) (*http.Response, error) {
	_, key := r.Header["Idempotency-Key"]
	_, extended := r.Header["X-Idempotency-Key"]
	if !key && !extended {
		return t.next.RoundTrip(r)
	}
	copied := *r
	copied.Header = r.Header.Clone()
	lower(copied.Header, "Idempotency-Key", "idempotency-key")
	lower(copied.Header, "X-Idempotency-Key", "x-idempotency-key")
	resp, err := t.next.RoundTrip(&copied)
	if resp != nil {
		resp.Request = r
	}
	return resp, err
}

func lower(h http.Header, from, to string) {
	if values, ok := h[from]; ok {
		delete(h, from)
		h[to] = values
	}
}
