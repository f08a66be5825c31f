package source

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// shownTo is a server of https that keeps which certificates it was shown.
type shownTo struct {
	*server
	mu    sync.Mutex
	names []string
}

func serveShown(t testing.TB, cert *issued, handler http.HandlerFunc) *shownTo {
	t.Helper()
	s := &shownTo{}
	s.server = serveWith(t, cert, &tls.Config{ClientAuth: tls.RequestClientCert}, func(w http.ResponseWriter, r *http.Request) {
		name := "-"
		if len(r.TLS.PeerCertificates) > 0 {
			name = r.TLS.PeerCertificates[0].Subject.CommonName
		}
		s.mu.Lock()
		s.names = append(s.names, name)
		s.mu.Unlock()
		if handler != nil {
			handler(w, r)
		}
	})
	return s
}

func (s *shownTo) expect(t testing.TB, want ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.names, want) {
		t.Errorf("certificates shown: %q, expected %q", s.names, want)
	}
}

// The client certificate goes to the source's origin only, and not there either
// once a redirect has led through another.
func TestClientCertificateStaysAtItsOrigin(t *testing.T) {
	root := newAuthority(t, "Root")
	cert, client := issue(t, "api", root, nil), issue(t, "client", root, nil)
	var api, other *shownTo
	api = serveShown(t, cert, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, other.URL+"/back", http.StatusFound)
		case "/stay":
			http.Redirect(w, r, "/end", http.StatusFound)
		}
	})
	other = serveShown(t, cert, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/back" {
			http.Redirect(w, r, api.URL+"/end", http.StatusFound)
		}
	})
	c := newTestClient(t, Config{BaseURL: api.URL, TLS: TLS{CACert: root.pem(), ClientCert: client.pem(), ClientKey: client.keyPEM(t)}})
	do(t, c, Request{URL: api.URL + "/stay"})
	api.expect(t, "client", "client")
	do(t, c, Request{URL: api.URL + "/away"})
	api.expect(t, "client", "client", "client", "-")
	do(t, c, Request{URL: other.URL + "/direct"})
	other.expect(t, "-", "-")
	do(t, c, Request{URL: other.URL + "/back"})
	api.expect(t, "client", "client", "client", "-", "-")
}

func TestRequiredCertificateElsewhere(t *testing.T) {
	root := newAuthority(t, "Root")
	cert, client := issue(t, "api", root, nil), issue(t, "client", root, nil)
	required := &tls.Config{ClientAuth: tls.RequireAnyClientCert, NextProtos: []string{"http/1.1"}, MaxVersion: tls.VersionTLS12}
	other := serveWith(t, cert, required, nil)
	c := newTestClient(t, Config{BaseURL: "https://api.test", TLS: TLS{CACert: root.pem(), ClientCert: client.pem(), ClientKey: client.keyPEM(t)}})
	e := fail(t, c, Request{URL: other.URL}, KindNetwork)
	expectText(t, e, "requires a client certificate", "to the origin of base_url only: https://api.test:443")
}

// Nothing that is laxer than usual, or about the source's own certificate, holds
// for another origin; its authorities do.
func TestTLSSettingsStayAtTheirOrigin(t *testing.T) {
	root := newAuthority(t, "Root")
	api, self := issue(t, "api", root, nil), issue(t, "self", nil, nil)
	named := issue(t, "named", root, func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = []string{"api.test"}, nil })
	old := func() *tls.Config {
		return &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11, NextProtos: []string{"http/1.1"}}
	}
	for _, tt := range []struct {
		name          string
		tls           TLS
		source, other *issued
		config        func() *tls.Config
		want          string // "" where the other origin answers
	}{
		{"authority", TLS{CACert: root.pem()}, api, api, nil, ""},
		{"verify", TLS{SkipVerify: true}, self, self, nil, "self-signed and not trusted"},
		{"server_name", TLS{CACert: root.pem(), ServerName: "api.test"}, named, api, nil, ""},
		{"server_name elsewhere", TLS{CACert: root.pem(), ServerName: "api.test"}, named, named, nil, "for another host: api.test"},
		{"pins", TLS{CACert: root.pem(), PinSHA256: []string{named.pin(), api.pin()}}, api, issue(t, "other", root, nil), nil, ""},
		{"min_version", TLS{CACert: root.pem(), MinVersion: "1.0"}, api, api, old, "offers no TLS 1.2 or later"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			config := &tls.Config{}
			if tt.config != nil {
				config = tt.config()
			}
			other := serveWith(t, tt.other, config, nil)
			source := serveWith(t, tt.source, config.Clone(), func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/away" {
					http.Redirect(w, r, other.URL, http.StatusFound)
				}
			})
			c := newTestClient(t, Config{BaseURL: source.URL, TLS: tt.tls})
			do(t, c, Request{URL: source.URL})
			for _, u := range []string{other.URL, source.URL + "/away"} {
				if tt.want == "" {
					do(t, c, Request{URL: u})
					continue
				}
				e := fail(t, c, Request{URL: u}, KindNetwork)
				expectText(t, e, tt.want)
				if strings.Contains(e.Hint, "ssl.server_name") {
					t.Errorf("hint %q is about the source's origin", e.Hint)
				}
			}
		})
	}
}

// What is stricter than usual holds everywhere.
func TestStrictSettingsHoldEverywhere(t *testing.T) {
	root := newAuthority(t, "Root")
	api := issue(t, "api", root, nil)
	other := serveWith(t, api, &tls.Config{MaxVersion: tls.VersionTLS12}, nil)
	c := newTestClient(t, Config{BaseURL: "https://api.test", TLS: TLS{CACert: root.pem(), MinVersion: "1.3"}})
	expectText(t, fail(t, c, Request{URL: other.URL}, KindNetwork), "offers no TLS 1.3")
}

// An https proxy is no part of the source's origin.
func TestProxyGetsNothingOfTheSource(t *testing.T) {
	root := newAuthority(t, "Root")
	cert, client := issue(t, "proxy", root, nil), issue(t, "client", root, nil)
	named := issue(t, "named", root, func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = []string{"api.test"}, nil })
	api := serveShown(t, named, nil)
	shown := make(chan int, 1)
	proxy := serveProxy(t, cert, shown)
	c := newTestClient(t, Config{BaseURL: api.URL, Proxy: "https://" + proxy, TLS: TLS{
		CACert: root.pem(), ClientCert: client.pem(), ClientKey: client.keyPEM(t), ServerName: "api.test", PinSHA256: []string{named.pin()}}})
	_, resp, _ := do(t, c, Request{URL: api.URL})
	if n := <-shown; n != 0 || resp.Proto != "HTTP/2" {
		t.Errorf("the proxy was shown %d certificates; %s", n, resp.Proto)
	}
	api.expect(t, "client")
}

// serveProxy serves one CONNECT and returns its address.
func serveProxy(t *testing.T, cert *issued, shown chan<- int) string {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert.forTLS()}, ClientAuth: tls.RequestClientCert})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		r, err := http.ReadRequest(bufio.NewReader(conn))
		if err != nil {
			return
		}
		shown <- len(conn.(*tls.Conn).ConnectionState().PeerCertificates)
		to, err := net.Dial("tcp", r.URL.Host)
		if err != nil {
			return
		}
		defer to.Close()
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(to, conn); _ = to.Close() }()
		_, _ = io.Copy(conn, to)
	}()
	t.Cleanup(func() { _ = l.Close(); <-ended })
	return l.Addr().String()
}
