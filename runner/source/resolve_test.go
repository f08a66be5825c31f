package source

import (
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"
)

// port is that of a server on this machine.
func (s *server) port() string {
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	return port
}

func TestCheckResolve(t *testing.T) {
	for _, tt := range []struct{ from, to, want string }{
		{"api.example.com", "127.0.0.1", ""},
		{"API.example.com:8443", "[::1]:8443", ""},
		{"bücher.example", "::1", ""},
		{"[::1]:80", "[::1]", ""},
		{"127.0.0.1:80", "my_container:8080", ""},
		{"", "127.0.0.1", `resolve names ""`},
		{"api.example.com:", "127.0.0.1", "expected a host"},
		{"api.example.com:http", "127.0.0.1", "expected a host"},
		{"https://api.example.com", "127.0.0.1", "expected a host"},
		{"*.example.com", "127.0.0.1", "expected a host"},
		{"[api]:80", "127.0.0.1", "expected a host"},
		{"api.example.com", "", "expected an address"},
		{"api.example.com", "127.0.0.1:0", "expected an address"},
		{"api.example.com", "[::1", "expected an address"},
		{"api.example.com", "[127.0.0.1]:80", "expected an address"},
		{"api.example.com", "::1:99999999", "expected an address"},
		{"api.example.com", "unix:/tmp/x", "expected an address"},
		{"a@b", "127.0.0.1", "expected a host"},
	} {
		err := CheckResolve(tt.from, tt.to)
		if (err == nil) != (tt.want == "") || (err != nil && !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s to %s: %v, expected %q", tt.from, tt.to, err, tt.want)
		}
	}
}

func TestCheckNetwork(t *testing.T) {
	entry := []Resolution{{"a", "b"}}
	for _, tt := range []struct {
		proxy, socket string
		resolve       []Resolution
		want          string
	}{
		{"", "", nil, ""},
		{"none", "/s", entry, ""},
		{"http://h", "", nil, ""},
		{"ftp://h", "", nil, "expected http"},
		{"http://h", "/s", nil, "proxy and unix_socket are both given"},
		{"http://h", "", entry, "proxy and resolve are both given"},
		{"", "a\x00b", nil, "a NUL character"},
		{"", "/" + strings.Repeat("x", 200), nil, "201 bytes"},
		{"", "", []Resolution{{"A", "b"}, {"a", "c"}}, "resolve names a twice"},
		{"", "", []Resolution{{"[::1]:80", "b"}, {"[0:0::1]:80", "c"}}, "twice"},
		{"", "", []Resolution{{"a", "b"}, {"a:80", "c"}}, ""},
	} {
		err := CheckNetwork(tt.proxy, tt.socket, tt.resolve)
		if (err == nil) != (tt.want == "") || (err != nil && !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}

// Where is connected to changes; names in TLS, Host and cookies do not.
func TestResolve(t *testing.T) {
	root := newAuthority(t, "Root")
	cert := issue(t, "api", root, func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = []string{"api.test"}, nil })
	plain, secured, h2c := serve(t, nil), serveWith(t, cert, nil, nil), serveH2C(t, false, nil)
	for _, tt := range []struct {
		base, version string
		from, to      string
		server        *server
	}{
		{"http://api.test", HTTPAuto, "api.test", "127.0.0.1:" + plain.port(), plain},
		{"http://API.test:81", HTTP1, "api.test:81", "127.0.0.1:" + plain.port(), plain},
		{"http://api.test:" + plain.port(), HTTPAuto, "api.test", "127.0.0.1", plain},
		{"http://[2001:db8::1]", HTTPAuto, "[2001:DB8:0::1]:80", "localhost:" + plain.port(), plain},
		{"http://192.0.2.1", HTTPAuto, "192.0.2.1", "127.0.0.1:" + plain.port(), plain},
		{"https://api.test", HTTPAuto, "api.test:443", "127.0.0.1:" + secured.port(), secured},
		{"https://api.test", HTTP1, "api.test", "127.0.0.1:" + secured.port(), secured},
		{"https://api.test:444", HTTP2, "api.test", "127.0.0.1:" + secured.port(), secured},
		{"http://api.test", HTTP2Plain, "api.test", "127.0.0.1:" + h2c.port(), h2c},
	} {
		t.Run(tt.version+" "+tt.base, func(t *testing.T) {
			c := newTestClient(t, Config{BaseURL: tt.base, HTTP: tt.version, TLS: TLS{CACert: root.pem()}, Resolve: []Resolution{{"api.test:1", "127.0.0.1:1"}, {tt.from, tt.to}}})
			u := must[string](t)(c.URL("/a", nil))
			_, resp, _ := do(t, c, Request{URL: u})
			if got := tt.server.last(t).Host; got != strings.TrimPrefix(strings.TrimPrefix(tt.base, "http://"), "https://") && !strings.EqualFold(got, "api.test:81") {
				t.Errorf("the server was asked for %s", got)
			}
			if strings.HasPrefix(tt.base, "https") && resp.TLS == nil {
				t.Error("no TLS")
			}
		})
	}
	c := newTestClient(t, Config{BaseURL: "http://api.test", Resolve: []Resolution{{"api.test", "127.0.0.1:1"}}})
	expectText(t, fail(t, c, Request{URL: "http://api.test"}, KindNetwork), "connection refused by 127.0.0.1:1")
}

// serveUnix serves on a socket, with TLS if there is a certificate.
func serveUnix(t *testing.T, cert *issued, handler http.HandlerFunc) (string, *server) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{}
	s.Server = httptest.NewUnstartedServer(s.record(handler))
	_ = s.Listener.Close()
	s.Listener = l
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP1(true)
	s.Config.Protocols.SetHTTP2(true)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	if cert != nil {
		s.TLS = newServerTLS(cert)
		s.EnableHTTP2 = true
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return path, s
}

// The socket is the source's origin alone: a redirect and an absolute URL to
// another one go there by the network.
func TestUnixSocket(t *testing.T) {
	root := newAuthority(t, "Root")
	cert := issue(t, "api", root, func(c *x509.Certificate) { c.DNSNames = []string{"api.test"} })
	other := serve(t, nil)
	redirect := func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/away") {
			http.Redirect(w, r, other.URL, http.StatusFound)
		}
	}
	plainPath, plain := serveUnix(t, nil, redirect)
	securedPath, secured := serveUnix(t, cert, redirect)
	for _, tt := range []struct {
		base, version, path, proto string
		server                     *server
	}{
		{"http://api.test", HTTPAuto, plainPath, "HTTP/1.1", plain},
		{"http://localhost:8080/v1", HTTP1, plainPath, "HTTP/1.1", plain},
		{"http://api.test", HTTP2Plain, plainPath, "HTTP/2", plain},
		{"https://api.test", HTTPAuto, securedPath, "HTTP/2", secured},
		{"https://api.test", HTTP1, securedPath, "HTTP/1.1", secured},
		{"https://api.test", HTTP2, securedPath, "HTTP/2", secured},
	} {
		t.Run(tt.version+" "+tt.base, func(t *testing.T) {
			c := newTestClient(t, Config{BaseURL: tt.base, HTTP: tt.version, UnixSocket: tt.path, TLS: TLS{CACert: root.pem()}})
			_, resp, _ := do(t, c, Request{URL: tt.base + "/a"})
			if resp.Proto != tt.proto || !strings.Contains(tt.base, tt.server.last(t).Host) {
				t.Errorf("%s for %s", resp.Proto, tt.server.last(t).Host)
			}
			n := len(other.requests())
			do(t, c, Request{URL: tt.base + "/away"})
			do(t, c, Request{URL: other.URL})
			if got := len(other.requests()); got != n+2 {
				t.Errorf("%d requests went to the other origin", got-n)
			}
		})
	}
}

func TestUnixSocketErrors(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{filepath.Join(dir, "none"): "there is none", dir: "connection refused"} {
		c := newTestClient(t, Config{BaseURL: "http://api.test", UnixSocket: path})
		expectText(t, fail(t, c, Request{URL: "http://api.test"}, KindNetwork), "cannot connect to the socket "+path+": "+want)
	}
}

func TestIPv6(t *testing.T) {
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skip("this machine has no IPv6: ", err)
	}
	s := &server{}
	s.Server = httptest.NewUnstartedServer(s.record(nil))
	_ = s.Listener.Close()
	s.Listener = l
	s.Start()
	t.Cleanup(s.Close)
	for _, base := range []string{s.URL, "http://[0:0:0:0:0:0:0:1]:" + s.port()} {
		c := newTestClient(t, Config{BaseURL: base})
		do(t, c, Request{URL: base + "/a", SourceHeader: []Field{{"X-Source", []string{"s"}}}})
		do(t, c, Request{URL: s.URL + "/b", SourceHeader: []Field{{"X-Source", []string{"s"}}}})
		if got := s.last(t); got.URL.Path != "/b" || got.Header.Get("X-Source") != "s" {
			t.Errorf("%s: another origin than %s", base, s.URL)
		}
	}
}

// At 64 jobs there are about 64 connections, not one for each request. While the
// first ones are made there may be more: net/http gives a request that waits for
// a new connection one that has become free, and keeps the new one for others.
// See Options.connections.
func TestConnectionsAt64Jobs(t *testing.T) {
	root := newAuthority(t, "Root")
	cert := issue(t, "api", root, nil)
	const jobs = 64
	for _, kind := range []string{"plain", "tls", "h2", "h2 at once", "digest", "proxy"} {
		t.Run(kind, func(t *testing.T) {
			var opened atomic.Int64
			s := &server{}
			handler := func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, strings.Repeat("x", 5000)) }
			j := &judge{algorithm: "MD5", qop: "auth"}
			if kind == "digest" {
				handler = j.serve
			}
			s.Server = httptest.NewUnstartedServer(s.record(handler))
			s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					opened.Add(1)
				}
			}
			config := Config{TLS: TLS{CACert: root.pem()}, HTTP: HTTP1}
			most := int64(2 * jobs)
			switch kind {
			case "h2", "h2 at once":
				config.HTTP = HTTP2
				fallthrough
			case "tls":
				s.TLS, s.EnableHTTP2 = newServerTLS(cert), true
				s.StartTLS()
			default:
				s.Start()
			}
			t.Cleanup(s.Close)
			if kind == "proxy" {
				socks, _ := serveSOCKS(t, "")
				config.Proxy = "socks5://" + socks
			}
			config.BaseURL = s.URL
			c := newClientWith(t, config, Options{Jobs: jobs})
			if kind == "h2" {
				do(t, c, Request{URL: s.URL})
				most = 1
			}
			var g errgroup.Group
			g.SetLimit(jobs)
			for range 40 * jobs {
				g.Go(func() error {
					_, resp, _, err := c.Do(t.Context(), &Request{URL: s.URL, Auth: digestAuthOf(digestPassword)})
					if err == nil && resp.Status != 200 {
						err = fmt.Errorf("status %d", resp.Status)
					}
					return err
				})
			}
			if err := g.Wait(); err != nil {
				t.Error(err)
			}
			if n := opened.Load(); n > most {
				t.Errorf("%d connections, expected at most %d", n, most)
			}
		})
	}
}
