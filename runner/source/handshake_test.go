package source

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// tlsCase is a server and what a source says about TLS. An empty want means
// that the request must be answered.
type tlsCase struct {
	name   string
	server *issued
	config *tls.Config
	source TLS
	want   []string
}

func (tt tlsCase) run(t *testing.T) {
	api := serveWith(t, tt.server, tt.config, nil)
	c := newTestClient(t, Config{BaseURL: api.URL, TLS: tt.source})
	if len(tt.want) == 0 {
		do(t, c, Request{URL: api.URL})
		return
	}
	e := fail(t, c, Request{URL: api.URL + "/?key=topsecret"}, KindNetwork)
	expectText(t, e, tt.want...)
	if strings.Contains(e.Message+e.Hint, "topsecret") || strings.Contains(e.Message, "tls: ") || e.Hint == "" {
		t.Errorf("message %q, hint %q", e.Message, e.Hint)
	}
	t.Logf("%s\n  hint: %s", e.Message, e.Hint)
}

func TestServerCertificate(t *testing.T) {
	root, stranger := newAuthority(t, "Root"), newAuthority(t, "Stranger")
	namesake := newAuthority(t, "Root")
	middle := issue(t, "Middle", root, asAuthority)
	oldRoot := issue(t, "Old", nil, func(c *x509.Certificate) { asAuthority(c); c.NotAfter = time.Now().Add(-time.Minute) })
	oldMiddle := issue(t, "Old middle", root, func(c *x509.Certificate) { asAuthority(c); c.NotAfter = time.Now().Add(-time.Minute) })
	good, deep := issue(t, "api", root, nil), issue(t, "deep", middle, nil)
	self := issue(t, "self", nil, nil)
	elsewhere := issue(t, "elsewhere", root, func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = []string{"api.test"}, nil })
	bareDeep := &issued{deep.cert, deep.key, nil}
	with := func(certs ...*issued) []byte {
		var all []byte
		for _, c := range certs {
			all = append(append(all, "a comment\n"...), c.pem()...)
		}
		return all
	}
	dated := func(from, to time.Duration) *issued {
		return issue(t, "dated", root, func(c *x509.Certificate) { c.NotBefore, c.NotAfter = time.Now().Add(from), time.Now().Add(to) })
	}
	for _, tt := range []tlsCase{
		{"trusted", good, nil, TLS{CACert: root.pem()}, nil},
		{"one of several authorities", good, nil, TLS{CACert: with(stranger, root)}, nil},
		{"without the system's", good, nil, TLS{CACert: root.pem(), NoSystemRoots: true}, nil},
		{"with a chain", deep, nil, TLS{CACert: root.pem()}, nil},
		{"chain not sent, but given", bareDeep, nil, TLS{CACert: with(root, &issued{middle.cert, nil, nil})}, nil},
		{"self-signed and given", self, nil, TLS{CACert: self.pem()}, nil},
		{"not verified", self, nil, TLS{SkipVerify: true}, nil},
		{"name given", elsewhere, nil, TLS{CACert: root.pem(), ServerName: "api.test"}, nil},

		{"unknown authority", good, nil, TLS{}, []string{"authority that is not trusted here: CN=Root,O=Acme", "give the certificate of that authority as ssl.ca_cert"}},
		{"other authority", good, nil, TLS{CACert: stranger.pem()}, []string{"not trusted here: CN=Root,O=Acme", "add the certificate of that authority to ssl.ca_cert"}},
		{"namesake", good, nil, TLS{CACert: namesake.pem()}, []string{"calls itself CN=Root,O=Acme", "did not sign it"}},
		{"chain not sent", bareDeep, nil, TLS{CACert: root.pem()}, []string{"not trusted here: CN=Middle,O=Acme"}},
		{"self-signed", self, nil, TLS{CACert: root.pem()}, []string{"self-signed", "CN=self,O=Acme", "as ssl.ca_cert"}},
		{"wrong host", elsewhere, nil, TLS{CACert: root.pem()}, []string{"for another host: api.test", "ssl.server_name"}},
		{"wrong name given", elsewhere, nil, TLS{CACert: root.pem(), ServerName: "b.test"}, []string{"not for b.test, the name in ssl.server_name, but for: api.test"}},
		{"names none", issue(t, "cn.test", root, func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = nil, nil }), nil, TLS{CACert: root.pem()}, []string{"CN (cn.test)"}},
		{"expired", dated(-2*time.Hour, -time.Hour), nil, TLS{CACert: root.pem()}, []string{"expired on " + time.Now().Add(-time.Hour).UTC().Format("2006-01-02T")}},
		{"not yet valid", dated(time.Hour, 2*time.Hour), nil, TLS{CACert: root.pem()}, []string{"not valid before " + time.Now().Add(time.Hour).UTC().Format("2006-01-02T"), "clock"}},
		{"expired authority", issue(t, "api", oldRoot, nil), nil, TLS{CACert: oldRoot.pem()}, []string{"the certificate of CN=Old,O=Acme, in the chain of", "expired on"}},
		{"expired in between", issue(t, "api", oldMiddle, nil), nil, TLS{CACert: root.pem()}, []string{"CN=Old middle,O=Acme"}},
	} {
		t.Run(tt.name, tt.run)
	}
}

func TestPins(t *testing.T) {
	root := newAuthority(t, "Root")
	middle := issue(t, "Middle", root, asAuthority)
	api, other := issue(t, "api", middle, nil), issue(t, "other", root, nil)
	self := issue(t, "self", nil, nil)
	// What somebody in between could show: an own certificate, the real ones behind it.
	forged := &issued{self.cert, self.key, &issued{api.cert, nil, middle}}
	for _, tt := range []tlsCase{
		{"leaf", api, nil, TLS{CACert: root.pem(), PinSHA256: []string{api.pin()}}, nil},
		{"between", api, nil, TLS{CACert: root.pem(), PinSHA256: []string{other.pin(), middle.pin()}}, nil},
		{"root", api, nil, TLS{CACert: root.pem(), PinSHA256: []string{root.pin()}}, nil},
		{"not verified", api, nil, TLS{SkipVerify: true, PinSHA256: []string{api.pin()}}, nil},
		{"not verified, between", api, nil, TLS{SkipVerify: true, PinSHA256: []string{middle.pin()}}, nil},
		{"other", api, nil, TLS{CACert: root.pem(), PinSHA256: []string{other.pin()}},
			[]string{"none of the keys in ssl.pin_sha256", api.pin() + " (CN=api,O=Acme), " + middle.pin() + " (CN=Middle,O=Acme), " + root.pin()}},
		{"other, not verified", self, nil, TLS{SkipVerify: true, PinSHA256: []string{api.pin()}}, []string{self.pin() + " (CN=self,O=Acme)"}},
		{"forged", forged, nil, TLS{SkipVerify: true, PinSHA256: []string{api.pin(), middle.pin()}}, []string{"none of the keys"}},
		{"pinned, but not trusted", api, nil, TLS{PinSHA256: []string{api.pin()}}, []string{"not trusted here"}},
	} {
		t.Run(tt.name, tt.run)
	}
}

func TestTLSVersions(t *testing.T) {
	root := newAuthority(t, "Root")
	api := issue(t, "api", root, nil)
	rsaOnly := issueFor(t, newRSA(t), "rsa", root, nil)
	upTo := func(least, most uint16, suites ...uint16) *tls.Config {
		return &tls.Config{MinVersion: least, MaxVersion: most, CipherSuites: suites, NextProtos: []string{"http/1.1"}}
	}
	trusted := func(version string) TLS { return TLS{CACert: root.pem(), MinVersion: version} }
	for _, tt := range []tlsCase{
		{"1.0", api, upTo(tls.VersionTLS10, tls.VersionTLS10), trusted("1.0"), nil},
		{"1.1", api, upTo(tls.VersionTLS10, tls.VersionTLS11), trusted("1.1"), nil},
		{"old suite", rsaOnly, upTo(tls.VersionTLS10, tls.VersionTLS10, tls.TLS_RSA_WITH_AES_128_CBC_SHA), trusted("1.0"), nil},
		{"oldest suite", rsaOnly, upTo(tls.VersionTLS10, tls.VersionTLS11, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA), trusted("1.1"), nil},
		{"new server", api, upTo(tls.VersionTLS13, tls.VersionTLS13), trusted("1.0"), nil},
		{"1.3", api, nil, trusted("1.3"), nil},
		{"too old", api, upTo(tls.VersionTLS10, tls.VersionTLS11), trusted(""), []string{"offers no TLS 1.2 or later", "ssl.min_version"}},
		{"too old for 1.1", api, upTo(tls.VersionTLS10, tls.VersionTLS10), trusted("1.1"), []string{"offers no TLS 1.1 or later", "ssl.min_version"}},
		{"not the newest", api, upTo(tls.VersionTLS10, tls.VersionTLS12), trusted("1.3"), []string{"offers no TLS 1.3", "ssl.min_version"}},
	} {
		t.Run(tt.name, tt.run)
	}
}

func TestClientCertificates(t *testing.T) {
	root, stranger := newAuthority(t, "Root"), newAuthority(t, "Stranger")
	middle := issue(t, "Middle", root, asAuthority)
	api, client := issue(t, "api", root, nil), issue(t, "client", middle, nil)
	unknown := issue(t, "unknown", stranger, nil)
	expired := issue(t, "expired", root, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	serverOnly := issue(t, "server only", root, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })
	shows := func(i *issued) TLS {
		return TLS{CACert: root.pem(), ClientCert: i.pem(), ClientKey: i.keyPEM(t)}
	}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, protos := range [][]string{nil, {"http/1.1"}} {
			config := func() *tls.Config {
				return &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: root.pool(), MinVersion: version, MaxVersion: version, NextProtos: slices.Clone(protos)}
			}
			for _, tt := range []tlsCase{
				{"accepted", api, config(), shows(client), nil},
				{"none", api, config(), TLS{CACert: root.pem()}, []string{"a client certificate, signed by CN=Root,O=Acme", "ssl.client_cert"}},
				{"unknown", api, config(), shows(unknown), []string{"does not know the authority that signed the client certificate: CN=Stranger,O=Acme; it accepts those signed by CN=Root,O=Acme"}},
				{"expired", api, config(), shows(expired), []string{"client certificate of CN=expired,O=Acme, which expired on 20"}},
				{"wrong use", api, config(), shows(serverOnly), []string{"client certificate of CN=server only,O=Acme"}},
			} {
				t.Run(tls.VersionName(version)+" "+strings.Join(protos, "")+" "+tt.name, tt.run)
			}
		}
	}
}

// The certificate is shown though the server names other authorities, and its
// chain is sent along.
func TestClientCertificateIsShown(t *testing.T) {
	root := newAuthority(t, "Root")
	middle := issue(t, "Middle", root, asAuthority)
	client := issue(t, "client", middle, nil)
	var shown []string
	api := serveWith(t, issue(t, "api", root, nil), &tls.Config{ClientAuth: tls.RequestClientCert, ClientCAs: newAuthority(t, "Other").pool()},
		func(_ http.ResponseWriter, r *http.Request) {
			for _, c := range r.TLS.PeerCertificates {
				shown = append(shown, c.Subject.CommonName)
			}
		})
	c := newTestClient(t, Config{BaseURL: api.URL, TLS: TLS{CACert: root.pem(), ClientCert: client.pem(), ClientKey: client.keyPEM(t)}})
	do(t, c, Request{URL: api.URL})
	if want := []string{"client", "Middle"}; !slices.Equal(shown, want) {
		t.Errorf("the server saw %q, expected %q", shown, want)
	}
}
