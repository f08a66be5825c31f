package source

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
)

// TLS is what a source says about TLS. The zero TLS trusts what the system
// trusts, from TLS 1.2 on, and shows no certificate.
//
// Material is PEM. It is nil where it was not given; empty material that is not
// nil was given and holds nothing, which Check reports.
type TLS struct {
	// CACert are certificates that are trusted beside the system's.
	CACert []byte
	// ClientCert is the certificate that is shown, its chain behind it.
	ClientCert []byte
	// ClientKey is the private key of ClientCert: PKCS #8, PKCS #1 or SEC 1 (EC).
	ClientKey []byte
	// ClientKeyPassword opens ClientKey where it is encrypted.
	ClientKeyPassword string
	// NoSystemRoots leaves CACert as all that is trusted.
	NoSystemRoots bool
	// SkipVerify takes any certificate, PinSHA256 apart, which still holds.
	SkipVerify bool
	// ServerName is the name that is asked for (SNI) and that the certificate
	// must be for; "" means the host of the URL.
	ServerName string
	// MinVersion is 1.0, 1.1, 1.2 or 1.3; "" means 1.2.
	MinVersion string
	// PinSHA256 are public keys, of which one certificate of the server's chain
	// must have one: the SHA-256 of a SubjectPublicKeyInfo in base64 (RFC 7469, 2.4).
	PinSHA256 []string
}

// TLSError says what is wrong with a part of TLS. Its texts hold no key and no
// password.
type TLSError struct {
	// Key is the part as suites spell it: ca_cert, client_key_password, ….
	Key string
	// Message says what was found and what was expected, and begins with the key.
	Message string
	// Hint is the next step, or "".
	Hint string
}

// Error returns the message.
func (e *TLSError) Error() string { return e.Message }

// key is equal for equal settings, and only for those.
func (t TLS) key() string {
	h := sha256.New()
	for _, material := range [][]byte{t.CACert, t.ClientCert, t.ClientKey} {
		_, _ = fmt.Fprintf(h, "%t %q ", material == nil, material)
	}
	_, _ = fmt.Fprintf(h, "%q %t %t %q %q %q", t.ClientKeyPassword, t.NoSystemRoots, t.SkipVerify, t.ServerName, t.MinVersion, t.PinSHA256)
	return hex.EncodeToString(h.Sum(nil))
}

// isZero tells settings that say nothing, the version that holds anyway apart.
func (t TLS) isZero() bool {
	return t.CACert == nil && t.ClientCert == nil && t.ClientKey == nil && t.ClientKeyPassword == "" && !t.NoSystemRoots &&
		!t.SkipVerify && t.ServerName == "" && (t.MinVersion == "" || t.MinVersion == "1.2") && len(t.PinSHA256) == 0
}

// Check says what is wrong with the settings, nil if nothing is. It reports
// what can work with no server; a certificate that has expired may be what a
// test is about, and is left to the handshake to explain.
func (t TLS) Check() []*TLSError {
	_, errs := t.material()
	return errs
}

// material is TLS, read.
type material struct {
	authorities []*x509.Certificate // of CACert
	roots       *x509.CertPool      // nil means the system's
	client      *tls.Certificate    // nil where none is shown
	serverName  string
	minVersion  uint16
	skipVerify  bool
	pins        map[pin]bool
}

// pin is the SHA-256 of a SubjectPublicKeyInfo.
type pin [sha256.Size]byte

func pinOf(cert *x509.Certificate) pin { return sha256.Sum256(cert.RawSubjectPublicKeyInfo) }

func (p pin) String() string { return base64.StdEncoding.EncodeToString(p[:]) }

// tlsProblems collects errors by key.
type tlsProblems []*TLSError

func (p *tlsProblems) add(key, hint, format string, args ...any) {
	*p = append(*p, &TLSError{Key: key, Message: key + " " + fmt.Sprintf(format, args...), Hint: hint})
}

func (t TLS) material() (*material, []*TLSError) {
	var errs tlsProblems
	m := &material{skipVerify: t.SkipVerify}
	m.authorities = readCertificates("ca_cert", t.CACert, &errs)
	m.roots = t.trusted(m.authorities, &errs)
	m.client = t.clientCertificate(&errs)
	m.serverName = t.serverName(&errs)
	m.minVersion = t.minVersion(&errs)
	m.pins = t.pins(&errs)
	return m, errs
}

// trusted returns the pool of what is trusted, nil for the system's alone.
func (t TLS) trusted(authorities []*x509.Certificate, errs *tlsProblems) *x509.CertPool {
	if t.CACert == nil && !t.NoSystemRoots {
		return nil
	}
	pool := x509.NewCertPool()
	if !t.NoSystemRoots {
		// Without the system's, what is trusted are the authorities given.
		if system, err := x509.SystemCertPool(); err == nil {
			pool = system
		}
	}
	if t.NoSystemRoots && t.CACert == nil && !t.SkipVerify {
		errs.add("system_roots", "give the authority's certificate as ca_cert", "is false and there is no ca_cert, so that no server is trusted")
	}
	for _, cert := range authorities {
		pool.AddCert(cert)
	}
	return pool
}

// serverName returns the name in ASCII.
func (t TLS) serverName(errs *tlsProblems) string {
	if t.ServerName == "" {
		return ""
	}
	name := strings.TrimSuffix(t.ServerName, ".")
	if _, err := netip.ParseAddr(name); err == nil {
		return name
	}
	ascii, ok := asciiHost(name)
	if !ok || ascii == "" || strings.ContainsAny(ascii, ":/?#@*[] ") {
		errs.add("server_name", "write the name that the certificate is for, such as api.example.com", "%q is not a host name", t.ServerName)
	}
	return ascii
}

// tlsVersions are the versions as suites spell them.
var tlsVersions = map[string]uint16{
	"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13,
}

func (t TLS) minVersion(errs *tlsProblems) uint16 {
	if t.MinVersion == "" {
		return tls.VersionTLS12
	}
	version, ok := tlsVersions[t.MinVersion]
	if !ok {
		errs.add("min_version", "", "is %q, expected 1.0, 1.1, 1.2 or 1.3", t.MinVersion)
	}
	return version
}

func versionText(version uint16) string {
	for text, v := range tlsVersions {
		if v == version {
			return text
		}
	}
	return tls.VersionName(version)
}

func (t TLS) pins(errs *tlsProblems) map[pin]bool {
	if len(t.PinSHA256) == 0 {
		return nil
	}
	pins := make(map[pin]bool, len(t.PinSHA256))
	for _, text := range t.PinSHA256 {
		sum, err := base64.StdEncoding.DecodeString(text)
		switch {
		case err != nil:
			errs.add("pin_sha256", pinHint, "%q is not base64", text)
		case len(sum) != sha256.Size:
			errs.add("pin_sha256", pinHint, "%q has %d bytes in base64, expected the 32 of a SHA-256", text, len(sum))
		default:
			pins[pin(sum)] = true
		}
	}
	return pins
}

const pinHint = "write the base64 of the SHA-256 of the certificate's public key, 44 characters that end in ="
