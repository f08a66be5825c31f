package source

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/apicel/apicel/runner/source/oauth"
)

// witness notes what reaches one server, byte for byte, and where it leads.
type witness struct {
	mu   sync.Mutex
	seen []string
	to   string
}

func (w *witness) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	var text strings.Builder
	_ = r.Write(&text)
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		text.WriteString("certificate " + r.TLS.PeerCertificates[0].Subject.CommonName)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, text.String())
	switch {
	case r.Header.Get("Authorization") == "" && strings.HasPrefix(r.URL.Path, "/digest"):
		rw.Header().Set("WWW-Authenticate", `Digest realm="r", nonce="n", qop="auth"`)
		rw.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == "/end":
	case strings.HasSuffix(r.URL.Path, "/back"):
		http.Redirect(rw, r, w.to, http.StatusFound)
	default:
		http.SetCookie(rw, &http.Cookie{Name: "set", Value: "topsecret-received"})
		http.Redirect(rw, r, w.to, http.StatusFound)
	}
}

// origins are servers under names of tests: the source's, with http and https,
// one of another host and one of another port.
type origins struct {
	resolve             []Resolution
	api, tls, host, far *witness
}

func serveOrigins(t *testing.T, cert *issued) *origins {
	t.Helper()
	o := &origins{api: &witness{}, tls: &witness{}, host: &witness{}, far: &witness{}}
	for name, w := range map[string]*witness{"api.test:80": o.api, "api.test:443": o.tls, "other.test:80": o.host, "other.test:443": o.host, "api.test:8080": o.far, "api.test:8443": o.far} {
		s := httptest.NewUnstartedServer(w)
		if strings.HasSuffix(name, "443") {
			s.TLS = newServerTLS(cert)
			s.TLS.ClientAuth = tls.RequestClientCert
			s.StartTLS()
		} else {
			s.Start()
		}
		t.Cleanup(s.Close)
		o.resolve = append(o.resolve, Resolution{name, s.Listener.Addr().String()})
	}
	return o
}

// Nothing secret crosses an origin, by any way that leads out of it, and nothing
// comes along where the way leads back. Each credential is seen to be sent to its
// own origin before.
func TestNoSecretCrossesAnOrigin(t *testing.T) {
	root := newAuthority(t, "Root")
	cert := issue(t, "server", root, func(c *x509.Certificate) { c.DNSNames = []string{"api.test", "other.test"} })
	client := issue(t, "topsecret-certificate", root, nil)
	tokens := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"access_token":"topsecret-token","token_type":"Bearer"}`))
	})
	grant := &oauth.Config{Grant: oauth.ClientCredentials, TokenURL: tokens.URL, ClientID: "c", ClientSecret: "s"}
	keys := AWS{"topsecret-id", "s", "topsecret-session", "eu", "s3"}
	for name, auth := range map[string]Auth{
		"basic":         {Type: AuthBasic, Username: "u", Password: "p"},
		"bearer":        {Type: AuthBearer, Token: "topsecret-bearer"},
		"key header":    {Type: AuthAPIKey, Name: "X-Key", Value: "topsecret-key"},
		"key query":     {Type: AuthAPIKey, Name: "key", Value: "topsecret-key", In: "query"},
		"key cookie":    {Type: AuthAPIKey, Name: "key", Value: "topsecret-key", In: "cookie"},
		"digest":        {Type: AuthDigest, Username: "topsecret-user", Password: "p"},
		"aws_sigv4":     {Type: AuthAWSSigV4, AWS: keys},
		"oauth2":        {Type: AuthOAuth2, OAuth2: grant},
		"oauth2 query":  {Type: AuthOAuth2, OAuth2: grant, AddTokenTo: "query"},
		"oauth2 prefix": {Type: AuthOAuth2, OAuth2: grant, HeaderPrefix: "Token"},
	} {
		for way, tt := range map[string]struct {
			base, to string
			of       func(o *origins) (own, other *witness)
		}{
			"host":   {"http://api.test", "http://other.test", func(o *origins) (*witness, *witness) { return o.api, o.host }},
			"port":   {"https://api.test", "https://api.test:8443", func(o *origins) (*witness, *witness) { return o.tls, o.far }},
			"scheme": {"https://api.test", "http://api.test", func(o *origins) (*witness, *witness) { return o.tls, o.api }},
			"tls":    {"http://api.test", "https://api.test", func(o *origins) (*witness, *witness) { return o.api, o.tls }},
		} {
			t.Run(name+" to another "+way, func(t *testing.T) {
				o := serveOrigins(t, cert)
				own, other := tt.of(o)
				own.to, other.to = tt.to+"/back?x=1", tt.base+"/end"
				config := Config{BaseURL: tt.base, Resolve: o.resolve, TLS: TLS{CACert: root.pem()}}
				if strings.HasPrefix(tt.base, "https") {
					config.TLS.ClientCert, config.TLS.ClientKey = client.pem(), client.keyPEM(t)
				}
				c := newTestClient(t, config)
				r := Request{
					URL: tt.base + "/" + auth.Type + "/start?topsecret-param=1", Auth: auth,
					SourceHeader: []Field{{"X-Source", []string{"topsecret-source"}}, {"Referer", []string{"topsecret-referer"}}}, SourceCookies: []Field{{"s", []string{"topsecret-source-cookie"}}},
					Header: []Field{{"X-Own", []string{"topsecret-own"}}}, Cookies: []Field{{"o", []string{"topsecret-own-cookie"}}},
				}
				for range 2 { // the second time with a challenge and a token that are known
					do(t, c, r)
				}
				expectSent(t, own.seen, auth)
				end := slices.DeleteFunc(slices.Clone(own.seen), func(text string) bool { return !strings.Contains(text, " /end ") })
				if len(end) != 2 || len(other.seen) != 2 {
					t.Fatalf("%d requests at the end, %d elsewhere", len(end), len(other.seen))
				}
				for _, text := range append(end, other.seen...) {
					for _, found := range []string{"topsecret", "Authorization", "Cookie", "Referer", "X-Amz", "dTpw"} {
						if strings.Contains(text, found) {
							t.Errorf("%s went along:\n%s", found, text)
						}
					}
				}
			})
		}
	}
}

// expectSent fails if the credential was not sent to its own origin.
func expectSent(t *testing.T, seen []string, a Auth) {
	t.Helper()
	want := map[string]string{AuthBasic: "Basic dTpw", AuthBearer: "topsecret-bearer", AuthAPIKey: "topsecret-key", AuthDigest: "topsecret-user", AuthAWSSigV4: "topsecret-session", AuthOAuth2: "topsecret-token"}[a.Type]
	if !strings.Contains(strings.Join(seen, "\n"), want) {
		t.Errorf("%s was not sent:\n%s", want, seen)
	}
}

// Even where the challenge comes from the other origin it is not met.
func TestDigestIsNotOfferedElsewhere(t *testing.T) {
	other := serve(t, (&judge{qop: "auth"}).serve)
	j := &judge{qop: "auth"}
	api := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if j.serve(w, r); r.Header.Get("Authorization") != "" {
			http.Redirect(w, r, other.URL, http.StatusFound)
		}
	})
	c := newTestClient(t, Config{BaseURL: api.URL})
	for _, own := range []bool{false, true} {
		r := Request{URL: api.URL, Auth: digestAuthOf(digestPassword), OwnAuth: own}
		if _, resp, _ := do(t, c, r); resp.Status != 401 {
			t.Errorf("%d", resp.Status)
		}
	}
	for _, r := range other.requests() {
		if r.Header.Get("Authorization") != "" {
			t.Error("the credential was offered to another origin")
		}
	}
	// A query that goes there with an auth of its own has the right to.
	r := Request{URL: other.URL, Auth: digestAuthOf(digestPassword)}
	if _, resp, _ := do(t, c, r); resp.Status != 401 {
		t.Errorf("%d with the source's", resp.Status)
	}
	r.OwnAuth = true
	if _, resp, _ := do(t, c, r); resp.Status != 200 {
		t.Errorf("%d with its own", resp.Status)
	}
}
