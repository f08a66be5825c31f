package source

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"
)

// tlsConfig is what a lane says to servers about TLS. What is stricter than
// usual holds for all of them; what belongs to the source, or is laxer, for the
// source's origin alone. Authorities are trusted everywhere: they vouch for names.
func (m *material) tlsConfig(l lane, version string) *tls.Config {
	c := &tls.Config{
		MinVersion:           m.minVersion,
		RootCAs:              m.roots,
		NextProtos:           nextProtos(l, version),
		GetClientCertificate: m.showCertificate(l),
	}
	if !l.atSource() {
		c.MinVersion = max(c.MinVersion, tls.VersionTLS12)
		return c
	}
	if c.MinVersion < tls.VersionTLS12 {
		c.CipherSuites = oldCipherSuites()
	}
	c.ServerName = m.serverName
	c.InsecureSkipVerify = m.skipVerify
	c.VerifyConnection = func(state tls.ConnectionState) error { return m.verifyConnection(&state, version) }
	return c
}

// oldCipherSuites are those that servers of TLS 1.0 and 1.1 have, which Go does
// not offer by itself, and all that it does. RC4 is left out (RFC 7465).
func oldCipherSuites() []uint16 {
	var ids []uint16
	for _, suites := range [][]*tls.CipherSuite{tls.CipherSuites(), tls.InsecureCipherSuites()} {
		for _, s := range suites {
			if !strings.Contains(s.Name, "RC4") {
				ids = append(ids, s.ID)
			}
		}
	}
	return ids
}

// showCertificate notes that the server asked for a certificate, which alone
// tells why a server of TLS 1.2 hangs up. The source's is shown whatever
// authorities the server names: it is the server that judges.
func (m *material) showCertificate(l lane) func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	return func(r *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		shows := l.showsCertificate() && m.client != nil
		if a := attemptOf(r.Context()); a != nil {
			a.trace.note(func() { a.trace.asked = &certificateRequest{authorities: r.AcceptableCAs, shown: shows} })
		}
		if shows {
			return m.client, nil
		}
		return &tls.Certificate{}, nil
	}
}

// certificateRequest is a server's request for a client certificate.
type certificateRequest struct {
	authorities [][]byte // the names that it accepts, DER; may be empty
	shown       bool
}

// verifyConnection judges what crypto/tls does not.
func (m *material) verifyConnection(state *tls.ConnectionState, version string) error {
	if version == HTTP2 && state.NegotiatedProtocol != "h2" {
		return errNoHTTP2
	}
	if len(m.pins) == 0 {
		return nil
	}
	chains := state.VerifiedChains
	if m.skipVerify {
		chains = [][]*x509.Certificate{vouchedFor(state.PeerCertificates)}
	}
	for _, chain := range chains {
		for _, cert := range chain {
			if m.pins[pinOf(cert)] {
				return nil
			}
		}
	}
	return &pinError{chains}
}

// vouchedFor returns the part of an unverified chain in which each certificate
// is signed by the next. Others prove nothing: whoever is in between can send
// along the certificate that is pinned, but not sign with its key.
func vouchedFor(chain []*x509.Certificate) []*x509.Certificate {
	for i := 1; i < len(chain); i++ {
		if chain[i-1].CheckSignatureFrom(chain[i]) != nil {
			return chain[:i]
		}
	}
	return chain
}

// pinError is a server of whose certificates none is pinned.
type pinError struct{ chains [][]*x509.Certificate }

func (e *pinError) Error() string { return "no certificate is pinned" }

// pins are those that the server has, as suites write them.
func (e *pinError) pins() string {
	var has []string
	known := map[pin]bool{}
	for _, chain := range e.chains {
		for _, cert := range chain {
			if p := pinOf(cert); !known[p] && len(has) < maxNames {
				known[p] = true
				has = append(has, fmt.Sprintf("%s (%s)", p, nameOf(cert.RawSubject)))
			}
		}
	}
	return strings.Join(has, ", ")
}

// errNoHTTP2 is a server that does not agree on HTTP/2 where nothing else will do.
var errNoHTTP2 = errors.New("no HTTP/2")

// laneDialer makes the TLS connections of a lane where they differ: net/http
// would use the settings for the lane's servers for an https proxy too.
type laneDialer struct {
	dial    dialFunc
	origin  string // of the source
	lane    *tls.Config
	proxy   *tls.Config
	proxies map[string]bool // their addresses
	timeout time.Duration
}

func (d *laneDialer) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := d.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	config, trace := d.lane, httptrace.ContextClientTrace(ctx)
	if d.proxies[address] && originOf(&url.URL{Scheme: "https", Host: address}) != d.origin {
		config, trace = d.proxy, &httptrace.ClientTrace{}
	}
	secured, err := secure(ctx, conn, address, config, trace, d.timeout)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return secured, nil
}

// secure shakes hands. net/http finds it done and only notes it once more.
func secure(ctx context.Context, conn net.Conn, address string, config *tls.Config, trace *httptrace.ClientTrace, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	config = config.Clone()
	if config.ServerName == "" {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		config.ServerName = host
	}
	if trace != nil && trace.TLSHandshakeStart != nil {
		trace.TLSHandshakeStart()
	}
	secured := tls.Client(conn, config)
	return secured, secured.HandshakeContext(ctx)
}
