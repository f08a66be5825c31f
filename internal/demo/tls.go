package demo

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Certificates are made at every start. They are valid from a day before it, so
// that no clock is too late for them, and for a year, so that no demo outlives them.
const (
	validBefore = 24 * time.Hour
	validFor    = 365 * 24 * time.Hour
)

// identity is a certificate, its key, and what it stands for.
type identity struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// certificates are what a server shows and what its clients need. The key of
// the authority that signed them is gone: nobody signs another.
type certificates struct {
	ca     []byte // PEM
	server identity
	client identity
}

// makeCertificates makes an authority, and what it signs for a server that
// listens on ip.
func makeCertificates(now time.Time, ip net.IP) (*certificates, error) {
	template := certificateTemplate(now, "Order Desk Demo CA")
	template.IsCA, template.BasicConstraintsValid, template.MaxPathLenZero = true, true, true
	template.KeyUsage = x509.KeyUsageCertSign
	// Should anybody trust it for good, it still speaks for this machine only.
	template.PermittedDNSDomainsCritical = true
	template.PermittedDNSDomains = []string{"localhost"}
	template.PermittedIPRanges = []*net.IPNet{
		{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)},
		{IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)},
	}
	authority, err := sign(template, nil)
	if err != nil {
		return nil, err
	}
	c := &certificates{ca: pemOf("CERTIFICATE", authority.cert.Raw)}

	template = certificateTemplate(now, "order desk")
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	template.DNSNames = []string{"localhost"}
	template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback, ip}
	if c.server, err = sign(template, &authority); err != nil {
		return nil, err
	}
	template = certificateTemplate(now, "clerk")
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	c.client, err = sign(template, &authority)
	return c, err
}

// certificateTemplate is what all certificates have in common; the serial number
// is drawn when it is signed.
func certificateTemplate(now time.Time, name string) *x509.Certificate {
	return &x509.Certificate{
		Subject:   pkix.Name{CommonName: name, Organization: []string{"Order Desk"}},
		NotBefore: now.Add(-validBefore),
		NotAfter:  now.Add(validFor),
		KeyUsage:  x509.KeyUsageDigitalSignature,
	}
}

// sign makes a key and has the authority sign its certificate; without one, it
// signs itself.
func sign(template *x509.Certificate, authority *identity) (identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return identity{}, fmt.Errorf("make a key: %w", err)
	}
	if authority == nil {
		authority = &identity{template, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, authority.cert, key.Public(), authority.key)
	if err != nil {
		return identity{}, fmt.Errorf("make a certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return identity{}, fmt.Errorf("read a certificate: %w", err)
	}
	return identity{cert, key}, nil
}

// config is how the server speaks TLS. A certificate of the client's is asked
// for and, where one is shown, must be the authority's; /vault insists on one.
func (c *certificates) config() *tls.Config {
	clients := x509.NewCertPool()
	clients.AppendCertsFromPEM(c.ca)
	return &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{{Certificate: [][]byte{c.server.cert.Raw}, PrivateKey: c.server.key}},
		ClientAuth:   tls.VerifyClientCertIfGiven,
		ClientCAs:    clients,
	}
}

// pin is the base64 SHA-256 of the server's public key (RFC 7469, 2.4).
func (c *certificates) pin() string {
	digest := sha256.Sum256(c.server.cert.RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(digest[:])
}

// clientKey is the key of the client's certificate as PEM (PKCS #8).
func (c *certificates) clientKey() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(c.client.key)
	if err != nil {
		return nil, fmt.Errorf("write a key: %w", err)
	}
	return pemOf("PRIVATE KEY", der), nil
}

// pemOf spells DER as PEM (RFC 7468).
func pemOf(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// vault answers a client that has shown a certificate.
func (d *desk) vault(r *http.Request) (*reply, error) {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return nil, unauthorized("certificate_missing", "the vault opens for a client certificate of the desk's own authority, over TLS")
	}
	subject := r.TLS.VerifiedChains[0][0].Subject
	return answer(http.StatusOK, map[string]any{"open": true, "name": subject.CommonName, "subject": subject.String()}), nil
}

// showInputs answers with the inputs that the example suites declare.
func (d *desk) showInputs(*http.Request) (*reply, error) {
	return answer(http.StatusOK, d.inputs), nil
}
