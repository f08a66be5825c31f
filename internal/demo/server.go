package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"sync"
	"time"
)

// How long the server waits: for a request's header, for a whole exchange, and
// for exchanges to end when it closes.
const (
	headerTimeout   = 10 * time.Second
	exchangeTimeout = time.Minute
	closeTimeout    = time.Second
)

// Server is an order desk on two ports: one in the clear, one over TLS.
type Server struct {
	inputs map[string]string
	http   *http.Server
	cancel context.CancelFunc // ends the requests in flight
	done   chan struct{}      // closed when serving has ended
	close  func() error
}

// Start serves a fresh order desk on addr, which must be a loopback address;
// port 0 picks a free one. It serves the same desk over TLS on a free port of
// the same host, with a certificate of an authority made for this server.
// HTTP/2 is spoken on both, on the first by prior knowledge (RFC 9113, 3.3).
// It serves until ctx ends or Close is called.
func Start(ctx context.Context, addr string) (*Server, error) {
	if err := checkLoopback(addr); err != nil {
		return nil, err
	}
	plain, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("start the demo: %w", err)
	}
	ip := plain.Addr().(*net.TCPAddr).IP
	secure, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(ip.String(), "0"))
	if err != nil {
		_ = plain.Close()
		return nil, fmt.Errorf("start the demo: %w", err)
	}
	s, err := newServer(ctx, plain, secure)
	if err != nil {
		_, _ = plain.Close(), secure.Close()
		return nil, fmt.Errorf("start the demo: %w", err)
	}
	return s, nil
}

// newServer serves a fresh desk on two listeners on the same host.
func newServer(ctx context.Context, plain, secure net.Listener) (*Server, error) {
	certs, err := makeCertificates(time.Now(), plain.Addr().(*net.TCPAddr).IP)
	if err != nil {
		return nil, err
	}
	key, err := certs.clientKey()
	if err != nil {
		return nil, err
	}
	d := newDesk(nil)
	d.robotKey = &certs.client.key.PublicKey
	d.inputs = map[string]string{
		"demo_url":         "http://" + plain.Addr().String(),
		"demo_tls_url":     "https://" + secure.Addr().String(),
		"demo_ca":          string(certs.ca),
		"demo_pin":         certs.pin(),
		"demo_client_cert": string(pemOf("CERTIFICATE", certs.client.cert.Raw)),
		"demo_client_key":  string(key),
	}
	base, cancel := context.WithCancel(ctx)
	s := &Server{inputs: d.inputs, cancel: cancel, done: make(chan struct{}), http: &http.Server{
		Handler:           d.router(),
		TLSConfig:         certs.config(),
		Protocols:         new(http.Protocols),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       exchangeTimeout,
		WriteTimeout:      exchangeTimeout,
		BaseContext:       func(net.Listener) context.Context { return base },
		ErrorLog:          log.New(io.Discard, "", 0),
	}}
	s.http.Protocols.SetHTTP1(true)
	s.http.Protocols.SetHTTP2(true)
	s.http.Protocols.SetUnencryptedHTTP2(true)
	s.close = sync.OnceValue(s.shutdown)
	s.serve(plain, secure)
	context.AfterFunc(base, func() { _ = s.close() })
	return s, nil
}

// serve begins to serve on both listeners, which it closes at the end.
func (s *Server) serve(plain, secure net.Listener) {
	var serving sync.WaitGroup
	serving.Go(func() { _ = s.http.Serve(plain) }) // always ends by Close
	serving.Go(func() { _ = s.http.ServeTLS(secure, "", "") })
	go func() {
		defer close(s.done)
		serving.Wait()
	}()
}

// checkLoopback refuses addresses that others could reach: the demo takes
// public passwords.
func checkLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("demo address %q: expected host:port, such as 127.0.0.1:8080", addr)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("demo address %q: expected an address of this machine only, such as 127.0.0.1:8080", addr)
	}
	return nil
}

// URL returns the base URL, without a slash at its end.
func (s *Server) URL() string { return s.inputs["demo_url"] }

// TLSURL returns the base URL of the same desk over TLS.
func (s *Server) TLSURL() string { return s.inputs["demo_tls_url"] }

// CA returns the certificate of the authority that the server's certificate is
// from, as PEM.
func (s *Server) CA() []byte { return []byte(s.inputs["demo_ca"]) }

// Pin returns the base64 SHA-256 of the server's public key (RFC 7469).
func (s *Server) Pin() string { return s.inputs["demo_pin"] }

// ClientCert returns a client certificate that /vault opens for, and that shows
// RobotClient to the authorization server, as PEM.
func (s *Server) ClientCert() []byte { return []byte(s.inputs["demo_client_cert"]) }

// ClientKey returns the key of ClientCert as PEM. It signs the assertions of
// RobotClient, too.
func (s *Server) ClientKey() []byte { return []byte(s.inputs["demo_client_key"]) }

// Vars returns all of these by the names under which the example suites declare
// them: demo_url, demo_tls_url, demo_ca, demo_pin, demo_client_cert and
// demo_client_key. GET /vars.json answers with the same.
func (s *Server) Vars() map[string]string { return maps.Clone(s.inputs) }

// Close ends the requests in flight, stops serving and waits for that. Closing
// again returns the same error.
func (s *Server) Close() error { return s.close() }

// shutdown does what Close says.
func (s *Server) shutdown() error {
	s.cancel()
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close()
	}
	<-s.done
	if err != nil {
		return fmt.Errorf("close the demo: %w", err)
	}
	return nil
}
