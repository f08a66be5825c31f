package source

import (
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestCheckHTTP(t *testing.T) {
	for _, tt := range []struct{ base, version, want string }{
		{"http://h", "", ""},
		{"https://h", HTTPAuto, ""},
		{"http://h", HTTP1, ""},
		{"https://h", HTTP2, ""},
		{"http://h", HTTP2Plain, ""},
		{"", HTTP2, ""},
		{"http://h", HTTP2, "http: 2 is HTTP/2 over TLS, but base_url begins with http:// / write http: h2c"},
		{"HTTPS://h", HTTP2Plain, "http: h2c is HTTP/2 without TLS, but base_url begins with https:// / write http: 2"},
		{"https://h", "3", `http is "3", expected auto, 1.1, 2 or h2c`},
	} {
		err := CheckHTTP(tt.base, tt.version)
		if tt.want == "" {
			if err != nil {
				t.Errorf("%s, %s: %v", tt.base, tt.version, err)
			}
			continue
		}
		message, hint, _ := strings.Cut(tt.want, " / ")
		var e *Error
		ok := errors.As(err, &e)
		if !ok || !strings.Contains(e.Message, message) || !strings.Contains(e.Hint, hint) {
			t.Errorf("%s, %s: %v, expected %s", tt.base, tt.version, err, tt.want)
		}
		if _, err := NewPool(Options{}).Client(Config{BaseURL: tt.base, HTTP: tt.version}); err == nil {
			t.Errorf("%s, %s: a client was made", tt.base, tt.version)
		}
	}
}

// serveH2C serves HTTP/2 without TLS, and HTTP/1.1 beside it where both is set.
func serveH2C(t *testing.T, both bool, handler http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewUnstartedServer(s.record(handler))
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Config.Protocols.SetHTTP1(both)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func TestHTTPVersions(t *testing.T) {
	root := newAuthority(t, "Root")
	cert := issue(t, "api", root, nil)
	both := serveWith(t, cert, nil, nil)
	without := serveWith(t, cert, &tls.Config{NextProtos: []string{"http/1.1"}}, nil)
	// It says nothing about protocols.
	silent := serveWith(t, cert, &tls.Config{NextProtos: []string{}}, nil)
	plain, h2c, mixed := serve(t, nil), serveH2C(t, false, nil), serveH2C(t, true, nil)
	for _, tt := range []struct {
		name, base, version string
		proto               string
		want                []string
	}{
		{"auto", both.URL, "", "HTTP/2", nil},
		{"auto without", without.URL, HTTPAuto, "HTTP/1.1", nil},
		{"auto plain", mixed.URL, HTTPAuto, "HTTP/1.1", nil},
		{"1.1", both.URL, HTTP1, "HTTP/1.1", nil},
		{"1.1 plain", plain.URL, HTTP1, "HTTP/1.1", nil},
		{"2", both.URL, HTTP2, "HTTP/2", nil},
		{"2 without", without.URL, HTTP2, "", []string{"does not offer HTTP/2, which http: 2 asks for", "http: auto"}},
		{"2 to a server that agrees on nothing", silent.URL, HTTP2, "", []string{"does not offer HTTP/2"}},
		{"h2c", h2c.URL, HTTP2Plain, "HTTP/2", nil},
		{"h2c beside 1.1", mixed.URL, HTTP2Plain, "HTTP/2", nil},
		{"h2c without", plain.URL, HTTP2Plain, "", []string{" where HTTP/2 was begun", "http: 1.1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newTestClient(t, Config{BaseURL: tt.base, HTTP: tt.version, TLS: TLS{CACert: root.pem()}})
			r := Request{URL: tt.base + "/a", Method: "POST", Body: []byte("x"), Header: []Field{{"X-A", []string{"1"}}}}
			if tt.want != nil {
				expectText(t, fail(t, c, r, KindNetwork), tt.want...)
				return
			}
			if _, resp, _ := do(t, c, r); resp.Proto != tt.proto {
				t.Errorf("%s, expected %s", resp.Proto, tt.proto)
			}
		})
	}
}

// The version that a source asks for is asked of its own origin only.
func TestHTTPVersionStaysAtItsOrigin(t *testing.T) {
	plain := serve(t, nil)
	h2c := serveH2C(t, false, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, plain.URL, http.StatusFound)
	})
	_, resp, _ := do(t, newTestClient(t, Config{BaseURL: h2c.URL, HTTP: HTTP2Plain}), Request{URL: h2c.URL})
	if resp.Proto != "HTTP/1.1" || len(resp.Redirects) != 1 {
		t.Errorf("%s after %q", resp.Proto, resp.Redirects)
	}
}

func TestResponseTLS(t *testing.T) {
	root := newAuthority(t, "Root")
	cert := issue(t, "api", root, nil)
	for _, version := range []string{HTTP1, HTTP2} {
		for most, want := range map[uint16]string{tls.VersionTLS12: "1.2 TLS_ECDHE_ECDSA_WITH_", tls.VersionTLS13: "1.3 TLS_"} {
			api := serveWith(t, cert, &tls.Config{MaxVersion: most}, nil)
			_, resp, _ := do(t, newTestClient(t, Config{BaseURL: api.URL, HTTP: version, TLS: TLS{CACert: root.pem()}}), Request{URL: api.URL})
			got := resp.TLS
			if got == nil {
				t.Fatalf("%s: nothing about TLS", version)
			}
			if text := got.Version + " " + got.Cipher; !strings.HasPrefix(text, want) || !strings.Contains(text, "_SHA") {
				t.Errorf("%s", text)
			}
			if got.Subject != "CN=api,O=Acme" || got.Issuer != "CN=Root,O=Acme" || len(got.DNSNames) != 1 || !got.NotAfter.Equal(cert.cert.NotAfter) {
				t.Errorf("%+v", got)
			}
		}
	}
	api := serve(t, nil)
	if _, resp, _ := do(t, newTestClient(t, Config{BaseURL: api.URL}), Request{URL: api.URL}); resp.TLS != nil {
		t.Errorf("%+v without TLS", resp.TLS)
	}
}

func TestHTTPSOnHTTP(t *testing.T) {
	api := serveWith(t, issue(t, "api", nil, nil), nil, nil)
	base := strings.Replace(api.URL, "https:", "http:", 1)
	expectText(t, fail(t, newTestClient(t, Config{BaseURL: base}), Request{URL: base}, KindNetwork), "answers https, not http", "https://")
	for _, tt := range []struct{ name, answer string }{
		{"alert", "\x15\x03\x01\x00\x02\x02\x0a"},
		{"nginx", "HTTP/1.1 400 Bad Request\r\nContent-Length: 45\r\n\r\nThe plain HTTP request was sent to HTTPS port"},
	} {
		base := listen(t, nilHandle(tt.answer))
		expectText(t, fail(t, newTestClient(t, Config{BaseURL: base}), Request{URL: base}, KindNetwork), "answers https, not http")
	}
}

func nilHandle(answer string) func(net.Conn) {
	return func(c net.Conn) { write(c, "%s", answer) }
}
