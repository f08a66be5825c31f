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

// lane is which of a client's connections a hop takes.
type lane int

const (
	// laneSource leads to the source's origin, with all that the source says.
	laneSource lane = iota
	// laneBack leads there too, from a redirect of another origin: without the
	// client certificate, as such a hop takes no other credential along.
	laneBack
	// laneOther leads to all other origins.
	laneOther
	lanes = 3
)

// byLane is the transport's concern that settings of the source stay at its origin.
type byLane [lanes]*http.Transport

// RoundTrip implements http.RoundTripper.
func (t *byLane) RoundTrip(r *http.Request) (*http.Response, error) {
	l := laneOther
	if a := attemptOf(r.Context()); a != nil {
		l = a.lane
	}
	return t[l].RoundTrip(r)
}

// newLanes returns transports of their own, since each config has its own
// connections. Lanes that do not differ are one.
func newLanes(config Config, m *material, origin string, o Options) *byLane {
	var t byLane
	t[laneOther] = newTransport(config, m.tlsConfig(laneOther, config.HTTP), o)
	t[laneOther].Protocols = protocols(laneOther, config.HTTP)
	t[laneSource], t[laneBack] = t[laneOther], t[laneOther]
	if !config.isPlain() {
		t[laneSource] = sourceTransport(config, m, laneSource, origin, o)
		t[laneBack] = t[laneSource]
	}
	if m.client != nil {
		t[laneBack] = sourceTransport(config, m, laneBack, origin, o)
	}
	return &t
}

// isPlain tells that nothing of the config belongs to the source's origin alone.
func (c Config) isPlain() bool {
	return c.TLS.isZero() && (c.HTTP == HTTPAuto || c.HTTP == HTTP1)
}

func sourceTransport(config Config, m *material, l lane, origin string, o Options) *http.Transport {
	t := newTransport(config, m.tlsConfig(l, config.HTTP), o)
	t.Protocols = protocols(l, config.HTTP)
	proxy := m.tlsConfig(laneOther, HTTP1)
	d := &sourceDialer{dial: t.DialContext, origin: origin, source: t.TLSClientConfig, proxy: proxy, timeout: config.ConnectTimeout}
	t.DialTLSContext = d.dialTLS
	return t
}

// newTransport returns a transport for any version of HTTP. The number of
// connections is bounded by who sends, so that no limit is waited for here.
func newTransport(config Config, tlsConfig *tls.Config, o Options) *http.Transport {
	dialer := &net.Dialer{Timeout: config.ConnectTimeout}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        tlsConfig,
		TLSHandshakeTimeout:    config.ConnectTimeout,
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
