package source

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

var serial atomic.Int64

// issued is a certificate with its key, and what signed it.
type issued struct {
	cert   *x509.Certificate
	key    crypto.Signer
	issuer *issued
}

// issue makes a certificate for this machine that issuer signs; nil signs itself.
func issue(t testing.TB, name string, issuer *issued, change func(*x509.Certificate)) *issued {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return issueFor(t, key, name, issuer, change)
}

func issueFor(t testing.TB, key crypto.Signer, name string, issuer *issued, change func(*x509.Certificate)) *issued {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial.Add(1)), Subject: pkix.Name{CommonName: name, Organization: []string{"Acme"}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if change != nil {
		change(template)
	}
	parent, signer := template, key
	if issuer != nil {
		parent, signer = issuer.cert, issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &issued{cert, key, issuer}
}

func newAuthority(t testing.TB, name string) *issued {
	return issue(t, name, nil, asAuthority)
}

func asAuthority(c *x509.Certificate) {
	c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign
	c.DNSNames, c.IPAddresses, c.ExtKeyUsage = nil, nil, nil
}

// pem is the certificate with the chain that is sent: without the root.
func (i *issued) pem() []byte {
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.cert.Raw})
	if i.issuer != nil && i.issuer.issuer != nil {
		text = append(text, i.issuer.pem()...)
	}
	return text
}

func (i *issued) keyPEM(t testing.TB) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(i.key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func (i *issued) pin() string { return pinOf(i.cert).String() }

// forTLS is what a server shows.
func (i *issued) forTLS() tls.Certificate {
	shown := tls.Certificate{PrivateKey: i.key}
	for c := i; c != nil && (c.issuer != nil || c == i); c = c.issuer {
		shown.Certificate = append(shown.Certificate, c.cert.Raw)
	}
	return shown
}

func (i *issued) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(i.cert)
	return pool
}

// serveWith serves https with the certificate.
func serveWith(t testing.TB, cert *issued, config *tls.Config, handler http.HandlerFunc) *server {
	t.Helper()
	if config == nil {
		config = &tls.Config{}
	}
	config.Certificates = []tls.Certificate{cert.forTLS()}
	s := &server{}
	s.Server = httptest.NewUnstartedServer(s.record(handler))
	s.EnableHTTP2, s.TLS = config.NextProtos == nil, config
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func newRSA(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newServerTLS(cert *issued) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{cert.forTLS()}}
}
