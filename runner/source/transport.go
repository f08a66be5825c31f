package source

import (
	"net/http"
	"time"
)

const (
	// idleTimeout is how long an unused connection is kept.
	idleTimeout = 90 * time.Second
	// minConnections is the number of connections to a host that are kept at least.
	minConnections = 32
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
	// laneToken leads to authorization servers of other origins, with the client
	// certificate.
	laneToken
	lanes = 4
)

// atSource tells the lanes to the source's origin.
func (l lane) atSource() bool { return l == laneSource || l == laneBack }

func (l lane) showsCertificate() bool { return l == laneSource || l == laneToken }

// byLane is the transport's concern that settings of the source stay at its
// origin, and that only hosts are asked which may be.
type byLane struct {
	transports [lanes]*http.Transport
	way        *way
	hosts      *Hosts
}

// RoundTrip implements http.RoundTripper.
func (t *byLane) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := t.hosts.check(r.URL); err != nil {
		return nil, err
	}
	l := laneOther
	a := attemptOf(r.Context())
	if a != nil {
		l = a.lane
	}
	resp, err := t.transports[l].RoundTrip(r)
	if a != nil && a.trace.dropUnasked() {
		if err == nil {
			_ = resp.Body.Close()
		}
		return nil, unasked(a.trace.host(), resp)
	}
	if err == nil && resp.StatusCode == http.StatusProxyAuthRequired {
		if proxy := t.way.forwards(l, r.URL); proxy != nil {
			_ = resp.Body.Close()
			return nil, wantsUser(proxy, resp.Header)
		}
	}
	return resp, err
}

// newLanes returns transports of their own, since each config has its own
// connections. Lanes that do not differ are one.
func newLanes(config Config, m *material, b base, w *way, o Options) *byLane {
	t := &byLane{way: w, hosts: o.Hosts}
	lanes := &t.transports
	lane := func(l lane) *http.Transport { return newTransport(config, m, b, l, w, o) }
	lanes[laneOther] = lane(laneOther)
	lanes[laneSource], lanes[laneBack], lanes[laneToken] = lanes[laneOther], lanes[laneOther], lanes[laneOther]
	if !config.isPlain() {
		lanes[laneSource] = lane(laneSource)
		lanes[laneBack] = lanes[laneSource]
	}
	if m.client != nil {
		lanes[laneBack], lanes[laneToken] = lane(laneBack), lane(laneToken)
	}
	return t
}

// isPlain tells that nothing of the config belongs to the source's origin alone.
func (c Config) isPlain() bool {
	return c.TLS.isZero() && c.UnixSocket == "" && (c.HTTP == HTTPAuto || c.HTTP == HTTP1)
}

// connections is how many a lane has to a host at most, in use or kept. It is
// twice the number of requests at once: each of them may hold one with a 401
// while another gets the token that replaces what was refused, so that nobody
// waits for a connection that only he can free. Without a bound net/http makes
// more while the first ones are slow to come, one for each request that begins.
func (o Options) connections() int { return max(2*o.Jobs, minConnections) }

// newTransport returns the transport of a lane.
func newTransport(config Config, m *material, b base, l lane, w *way, o Options) *http.Transport {
	t := &http.Transport{
		TLSClientConfig:        m.tlsConfig(l, config.HTTP),
		Protocols:              protocols(l, config.HTTP),
		TLSHandshakeTimeout:    config.ConnectTimeout,
		MaxIdleConns:           0, // bounded for each host
		MaxConnsPerHost:        o.connections(),
		MaxIdleConnsPerHost:    o.connections(),
		IdleConnTimeout:        idleTimeout,
		ExpectContinueTimeout:  expectTimeout,
		MaxResponseHeaderBytes: MaxHeaderSize,
		DisableCompression:     true, // encodings are undone by readBody
	}
	w.use(t, l, config)
	proxyTLS := m.tlsConfig(laneOther, HTTP1)
	if proxy := w.forwards(l, b.url()); proxy != nil && t.Protocols.UnencryptedHTTP2() {
		t.Proxy = nil
		t.DialContext = (&tunnel{t.DialContext, proxy, proxyTLS, config.ConnectTimeout}).connect
	}
	if len(w.secured) > 0 {
		d := &laneDialer{t.DialContext, b.origin, t.TLSClientConfig, proxyTLS, w.secured, config.ConnectTimeout}
		t.DialTLSContext = d.dialTLS
	}
	return t
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
