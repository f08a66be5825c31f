package source

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// serveTLS serves with a certificate that the returned pool trusts. Change
// changes the certificate before it is signed.
func serveTLS(t *testing.T, handler http.HandlerFunc, config *tls.Config, change func(*x509.Certificate)) (*server, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	if change != nil {
		change(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	if config == nil {
		config = &tls.Config{}
	}
	config.Certificates = []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}
	s := &server{}
	s.Server = httptest.NewUnstartedServer(s.record(handler))
	s.EnableHTTP2 = true
	s.TLS = config
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s, pool
}

func trusting(t *testing.T, base string, pool *x509.CertPool) *Client {
	t.Helper()
	c := newTestClient(t, Config{BaseURL: base})
	c.lanes.transports[laneSource].TLSClientConfig.RootCAs = pool
	return c
}

func TestHTTP2(t *testing.T) {
	api, pool := serveTLS(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/a" {
			http.SetCookie(w, &http.Cookie{Name: "sid", Value: "1", Secure: true})
			http.Redirect(w, r, "/b", http.StatusTemporaryRedirect)
			return
		}
		w.Header().Set("Content-Encoding", "br")
		_, _ = w.Write(encodeBody(t, []byte("hello"), "br"))
	}, nil, nil)
	c := trusting(t, api.URL, pool)
	_, resp, _ := do(t, c, Request{Method: "POST", URL: api.URL + "/a", Body: []byte("x"), Header: []Field{{"X-A", []string{"1", "2"}}, {"Idempotency-Key", []string{"k"}}}})
	last := api.last(t)
	if resp.Proto != "HTTP/2" || string(resp.Body) != "hello" || last.Header.Get("Cookie") != "sid=1" || api.body[1] != "x" ||
		len(last.Header["X-A"]) != 2 || last.Header.Get("Idempotency-Key") != "k" {
		t.Errorf("%s %q %v", resp.Proto, resp.Body, last.Header)
	}
	if resp.Timing.TLS != 0 || !resp.Timing.Reused {
		t.Errorf("second hop %+v", resp.Timing)
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, _, _, err := c.Do(t.Context(), &Request{URL: api.URL + "/b"}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if addresses := map[string]bool{}; true {
		for _, r := range api.requests() {
			addresses[r.RemoteAddr] = true
		}
		if len(addresses) != 1 {
			t.Errorf("%d connections, expected 1", len(addresses))
		}
	}
}

func TestHTTP2Limits(t *testing.T) {
	api, pool := serveTLS(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/header":
			for i := range 20 {
				w.Header().Set("X-"+string(rune('a'+i)), strings.Repeat("x", 100_000))
			}
		case "/body":
			for {
				if _, err := w.Write(make([]byte, 10_000)); err != nil {
					return
				}
			}
		case "/break":
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("0123456789"))
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		case "/silence":
			<-r.Context().Done()
		}
	}, nil, nil)
	c := trusting(t, api.URL, pool)
	c.config.MaxResponseSize = 1 << 20
	expectText(t, fail(t, c, Request{URL: api.URL + "/header"}, KindResponse), "1 MiB of headers")
	expectText(t, fail(t, c, Request{URL: api.URL + "/body"}, KindResponse), "more than 1 MiB")
	expectText(t, fail(t, c, Request{URL: api.URL + "/break"}, KindNetwork), "broke")
	expectText(t, fail(t, c, Request{URL: api.URL + "/silence", Timeout: 50 * time.Millisecond}, KindTimeout), "no answer within the timeout of 50ms: waiting")
}

func TestTLSTiming(t *testing.T) {
	api, pool := serveTLS(t, nil, nil, nil)
	_, resp, _ := do(t, trusting(t, api.URL, pool), Request{URL: api.URL})
	if timing := resp.Timing; timing.TLS <= 0 || timing.Connect <= 0 || timing.Reused {
		t.Errorf("%+v", timing)
	}
}

func TestCertificates(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config *tls.Config
		change func(*x509.Certificate)
		trust  bool
		want   []string
	}{
		{name: "unknown", want: []string{"is self-signed and not trusted here: CN=test", "ssl.ca_cert"}},
		{name: "another host", trust: true, change: func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = []string{"a.test", "b.test"}, nil },
			want: []string{"is for another host: a.test, b.test"}},
		{name: "expired", trust: true, change: func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }, want: []string{"expired on 20"}},
		{name: "early", trust: true, change: func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) }, want: []string{"not valid before 20", "clock"}},
		{name: "old TLS", trust: true, config: &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, want: []string{"offers no TLS 1.2 or later", "ssl.min_version"}},
		{name: "client certificate", trust: true, config: &tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}, want: []string{"requires a client certificate", "ssl.client_cert"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			api, pool := serveTLS(t, nil, tt.config, tt.change)
			if !tt.trust {
				pool = nil
			}
			e := fail(t, trusting(t, api.URL, pool), Request{URL: api.URL + "/?key=topsecret"}, KindNetwork)
			expectText(t, e, tt.want...)
			if strings.Contains(e.Message, "topsecret") {
				t.Error(e.Message)
			}
		})
	}
}

func TestNoTLS(t *testing.T) {
	plain := serve(t, nil)
	base := strings.Replace(plain.URL, "http:", "https:", 1)
	expectText(t, fail(t, newTestClient(t, Config{BaseURL: base}), Request{URL: base}, KindNetwork), "answers http, not https", "http://")

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if conn, err := l.Accept(); err == nil {
			write(conn, "220 mail.example.com ESMTP\r\n")
			_ = conn.Close()
		}
	}()
	base = "https://" + l.Addr().String()
	expectText(t, fail(t, newTestClient(t, Config{BaseURL: base}), Request{URL: base}, KindNetwork), "does not speak TLS")
}
