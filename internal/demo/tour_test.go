package demo

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"
)

// start serves a desk for a test.
func start(t *testing.T) *Server {
	t.Helper()
	s, err := Start(context.Background(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// clientOf returns a client that trusts the server's authority, keeps cookies,
// and shows the client certificate where it is to.
func clientOf(t *testing.T, s *Server, shows bool) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: x509.NewCertPool()}
	if !config.RootCAs.AppendCertsFromPEM(s.CA()) {
		t.Fatal("the CA is no PEM")
	}
	if shows {
		pair, err := tls.X509KeyPair(s.ClientCert(), s.ClientKey())
		if err != nil {
			t.Fatal(err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Jar: jar}
}

// send sends a request and returns the answer and its body.
func send(t *testing.T, c *http.Client, method, url, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", mimeJSON)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(data)
}

func TestTLS(t *testing.T) {
	s := start(t)
	resp, _ := send(t, clientOf(t, s, false), "GET", s.TLSURL()+"/health", "")
	leaf := resp.TLS.PeerCertificates[0]
	if resp.StatusCode != http.StatusOK || resp.ProtoMajor != 2 || resp.TLS.Version != tls.VersionTLS13 {
		t.Errorf("%d over %s, TLS %x", resp.StatusCode, resp.Proto, resp.TLS.Version)
	}
	digest := sha256.Sum256(leaf.RawSubjectPublicKeyInfo)
	if s.Pin() != base64.StdEncoding.EncodeToString(digest[:]) {
		t.Errorf("the pin is %s", s.Pin())
	}
	now := time.Now()
	if leaf.NotBefore.After(now.Add(-23*time.Hour)) || leaf.NotAfter.Before(now.Add(300*24*time.Hour)) {
		t.Errorf("valid from %s to %s", leaf.NotBefore, leaf.NotAfter)
	}
	named := strings.Replace(s.TLSURL(), "127.0.0.1", "localhost", 1)
	if err := leaf.VerifyHostname("localhost"); err != nil {
		t.Errorf("%s: %v", named, err)
	}
	// Nobody trusts the authority who was not told to.
	stranger := &http.Client{Transport: &http.Transport{}}
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.TLSURL()+"/health", http.NoBody)
	if resp, err := stranger.Do(r); err == nil {
		_ = resp.Body.Close()
		t.Error("trusted without being told to")
	}
}

func TestVault(t *testing.T) {
	s := start(t)
	resp, body := send(t, clientOf(t, s, true), "GET", s.TLSURL()+"/vault", "")
	if resp.StatusCode != http.StatusOK || gjson.Get(body, "name").String() != "clerk" {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	for _, url := range []string{s.URL(), s.TLSURL()} {
		resp, body = send(t, clientOf(t, s, false), "GET", url+"/vault", "")
		if resp.StatusCode != http.StatusUnauthorized || gjson.Get(body, "error.code").String() != "certificate_missing" {
			t.Errorf("%s: %d %s", url, resp.StatusCode, body)
		}
	}
}

func TestUnencryptedHTTP2(t *testing.T) {
	s := start(t)
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: protocols}
	defer transport.CloseIdleConnections()
	resp, _ := send(t, &http.Client{Transport: transport}, "GET", s.URL()+"/health", "")
	if resp.StatusCode != http.StatusOK || resp.ProtoMajor != 2 {
		t.Errorf("%d over %s", resp.StatusCode, resp.Proto)
	}
}

func TestVars(t *testing.T) {
	s := start(t)
	_, body := send(t, http.DefaultClient, "GET", s.URL()+"/vars.json", "")
	for name, value := range s.Vars() {
		if value == "" || gjson.Get(body, name).String() != value {
			t.Errorf("%s is %q in %s", name, value, body)
		}
	}
	if len(s.Vars()) != 6 {
		t.Errorf("%d vars", len(s.Vars()))
	}
}

func TestRedirects(t *testing.T) {
	s := start(t)
	order := `{"customer":"acme","sku":"A1","qty":1,"hold":true}`
	cases := map[string]struct {
		request, body string
		status        int // of the first answer
		lead          string
		path, want    string
	}{
		"301":         {"GET /articles/A1", "", 301, "/products/A1", "sku", "A1"},
		"303":         {"GET /regions/ch", "", 303, "/preferences", "region", "ch"},
		"307":         {"POST /purchase-orders", order, 307, "/orders", "customer", "acme"},
		"308":         {"POST /v1/orders?x=%2F", order, 308, "/orders?x=%2F", "customer", "acme"},
		"308, odd":    {"GET /v1/orders/a%2Fb", "", 308, "/orders/a%2Fb", "error.code", "not_found"},
		"chain":       {"GET /forward/3", "", 302, "/forward/2", "arrived", "true"},
		"other place": {"GET /elsewhere", "", 307, s.TLSURL() + "/preferences", "labels", "[]"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			method, path, _ := strings.Cut(c.request, " ")
			client := clientOf(t, s, false)
			var hops []*http.Response
			client.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
				hops = append(hops, r.Response)
				return nil
			}
			_, body := send(t, client, method, s.URL()+path, c.body)
			if got := gjson.Get(body, c.path).String(); got != c.want {
				t.Errorf("%s is %q in %s", c.path, got, body)
			}
			if len(hops) == 0 || hops[0].StatusCode != c.status || hops[0].Header.Get("Location") != c.lead {
				t.Errorf("first answer is %+v", hops)
			}
		})
	}
	client := clientOf(t, s, false)
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL()+"/offices/1", http.NoBody)
	if resp, err := client.Do(r); err == nil || !strings.Contains(err.Error(), "10 redirects") {
		_ = resp.Body.Close()
		t.Errorf("offices: %v", err)
	}
}

func TestCheckout(t *testing.T) {
	s := start(t)
	c := clientOf(t, s, false)
	send(t, c, "POST", s.URL()+"/session", `{"username":"clerk","password":"`+Password+`"}`)
	checkout := func(body string) (int, string) {
		resp, answer := send(t, c, "POST", s.URL()+"/basket/checkout", body)
		return resp.StatusCode, answer
	}
	if status, body := checkout(`{"customer":"acme"}`); status != 409 {
		t.Errorf("empty basket: %d %s", status, body)
	}
	send(t, c, "POST", s.URL()+"/basket", `{"sku":"B5","qty":10}`)
	if status, body := checkout(`{"customer":"nobody"}`); status != 422 {
		t.Errorf("nobody: %d %s", status, body)
	}
	if status, body := checkout(`{"customer":"acme","hold":true}`); status != 200 || gjson.Get(body, "total").Int() != 4900 {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := checkout(`{"customer":"acme"}`); status != 409 {
		t.Errorf("the basket is not empty: %d", status)
	}
}

func TestChoices(t *testing.T) {
	s := start(t)
	c := clientOf(t, s, false)
	at := s.TLSURL() + "/preferences/cookies"
	resp, _ := send(t, c, "PUT", at, `{"region":"uk","theme":"dark"}`)
	attributes := map[string][]string{
		"region": {"Path=/;", "Expires=", "SameSite=Strict"},
		"theme":  {"Path=/preferences;", "Max-Age=3600", "HttpOnly", "SameSite=Lax"},
		"visit":  {"Path=/;", "HttpOnly", "Secure", "SameSite=None"},
	}
	if len(resp.Cookies()) != len(attributes) {
		t.Errorf("%d cookies", len(resp.Cookies()))
	}
	for _, cookie := range resp.Cookies() {
		for _, attribute := range attributes[cookie.Name] {
			if !strings.Contains(cookie.Raw, attribute) {
				t.Errorf("no %s in %s", attribute, cookie.Raw)
			}
		}
	}
	sent := func() string {
		_, body := send(t, c, "GET", at, "")
		return gjson.Get(body, "@keys").String()
	}
	if got := sent(); got != `["region","theme","visit"]` {
		t.Errorf("sent %s", got)
	}
	send(t, c, "DELETE", at, "")
	if got := sent(); got != "[]" {
		t.Errorf("sent %s", got)
	}
	for _, body := range []string{`{"region":"mars","theme":"dark"}`, `{"region":"eu","theme":"pink"}`, `{"theme":1}`} {
		if resp, _ := send(t, c, "PUT", at, body); resp.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", body, resp.StatusCode)
		}
	}
}
