package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
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

// Server is an order desk on a port.
type Server struct {
	url    string
	http   *http.Server
	cancel context.CancelFunc // ends the requests in flight
	done   chan struct{}      // closed when serving has ended
	close  func() error
}

// Start serves a fresh order desk on addr, which must be a loopback address;
// port 0 picks a free one. It serves until ctx ends or Close is called.
func Start(ctx context.Context, addr string) (*Server, error) {
	if err := checkLoopback(addr); err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("start the demo: %w", err)
	}
	base, cancel := context.WithCancel(ctx)
	s := &Server{
		url:    "http://" + listener.Addr().String(),
		cancel: cancel,
		done:   make(chan struct{}),
		http: &http.Server{
			Handler:           Handler(nil),
			ReadHeaderTimeout: headerTimeout,
			ReadTimeout:       exchangeTimeout,
			WriteTimeout:      exchangeTimeout,
			BaseContext:       func(net.Listener) context.Context { return base },
			ErrorLog:          log.New(io.Discard, "", 0),
		},
	}
	s.close = sync.OnceValue(s.shutdown)
	go func() {
		defer close(s.done)
		_ = s.http.Serve(listener) // always ends by Close
	}()
	context.AfterFunc(base, func() { _ = s.close() })
	return s, nil
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
func (s *Server) URL() string { return s.url }

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
