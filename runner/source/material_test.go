package source

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/youmark/pkcs8"
)

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func must[T any](t testing.TB) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func encrypted(t testing.TB, key any, password string, options *pkcs8.Opts) []byte {
	t.Helper()
	return block("ENCRYPTED PRIVATE KEY", must[[]byte](t)(pkcs8.MarshalPrivateKey(key, []byte(password), options)))
}

// legacy encrypts a key as openssl did before PKCS #8.
func legacy(t testing.TB, key *rsa.PrivateKey, password string) []byte {
	t.Helper()
	b, err := x509.EncryptPEMBlock(rand.Reader, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key), []byte(password), x509.PEMCipherAES256) //nolint:staticcheck // SA1019: keys like this are what is tested
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(b)
}

// A key is read whatever it is written as.
func TestClientKeys(t *testing.T) {
	rsaKey := newRSA(t)
	byRSA := issueFor(t, rsaKey, "rsa", nil, nil)
	byEC := issue(t, "ec", nil, nil)
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	byEd := issueFor(t, edKey, "ed", nil, nil)
	sec1 := block("EC PRIVATE KEY", must[[]byte](t)(x509.MarshalECPrivateKey(byEC.key.(*ecdsa.PrivateKey))))
	scrypted := &pkcs8.Opts{Cipher: pkcs8.AES256CBC, KDFOpts: pkcs8.ScryptOpts{SaltSize: 16, CostParameter: 1 << 10, BlockSize: 8, ParallelizationParameter: 1}}
	oldHash := &pkcs8.Opts{Cipher: pkcs8.TripleDESCBC, KDFOpts: pkcs8.PBKDF2Opts{SaltSize: 8, IterationCount: 100, HMACHash: crypto.SHA1}}
	for _, tt := range []struct {
		name     string
		cert     *issued
		key      []byte
		password string
	}{
		{"PKCS #8 RSA", byRSA, byRSA.keyPEM(t), ""},
		{"PKCS #8 EC", byEC, byEC.keyPEM(t), ""},
		{"PKCS #8 Ed25519", byEd, byEd.keyPEM(t), ""},
		{"PKCS #1", byRSA, block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey)), ""},
		{"SEC 1", byEC, sec1, ""},
		{"SEC 1 behind its parameters", byEC, append(block("EC PARAMETERS", []byte{6, 0}), sec1...), ""},
		{"certificate beside it", byEC, append(byEC.pem(), sec1...), ""},
		{"encrypted", byEC, encrypted(t, byEC.key, "sesame", nil), "sesame"},
		{"encrypted RSA", byRSA, encrypted(t, rsaKey, "sesame", oldHash), "sesame"},
		{"encrypted, scrypt", byEC, encrypted(t, byEC.key, "sesame", scrypted), "sesame"},
		{"encrypted as of old", byRSA, legacy(t, rsaKey, "sesame"), "sesame"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, errs := TLS{ClientCert: tt.cert.pem(), ClientKey: tt.key, ClientKeyPassword: tt.password}.material()
			if len(errs) > 0 || m.client == nil {
				t.Fatalf("%v", errs)
			}
		})
	}
}

func TestTLSCheck(t *testing.T) {
	root := newAuthority(t, "Root")
	client, other := issue(t, "client", root, nil), issue(t, "other", root, nil)
	rsaKey := newRSA(t)
	byRSA := issueFor(t, rsaKey, "rsa", root, nil)
	cert, key := client.pem(), client.keyPEM(t)
	secured := encrypted(t, client.key, "sesame", nil)
	costly := encrypted(t, client.key, "sesame", &pkcs8.Opts{Cipher: pkcs8.AES128CBC, KDFOpts: pkcs8.PBKDF2Opts{SaltSize: 8, IterationCount: 1, HMACHash: crypto.SHA256}})
	costly = reiterated(t, costly)
	truncated := append(bytes.Clone(cert), root.pem()[:200]...)
	for _, tt := range []struct {
		name string
		tls  TLS
		key  string // "" where nothing is wrong
		want string
	}{
		{"nothing", TLS{}, "", ""},
		{"all", TLS{CACert: root.pem(), ClientCert: cert, ClientKey: secured, ClientKeyPassword: "sesame", NoSystemRoots: true, ServerName: "api.test", MinVersion: "1.3", PinSHA256: []string{root.pin()}}, "", ""},
		{"name with a dot at its end", TLS{ServerName: "api.test."}, "", ""},
		{"international name", TLS{ServerName: "bücher.example"}, "", ""},
		{"address", TLS{ServerName: "::1"}, "", ""},
		{"expired certificates are for servers to judge", TLS{ClientCert: cert, ClientKey: key}, "", ""},

		{"empty", TLS{CACert: []byte{}}, "ca_cert", "holds nothing, expected certificates in PEM"},
		{"text", TLS{CACert: []byte("hello")}, "ca_cert", "holds no PEM"},
		{"binary", TLS{CACert: root.cert.Raw}, "ca_cert", "a binary certificate (DER)"},
		{"other binary", TLS{CACert: []byte{0x30, 0x82, 1, 2, 3}}, "ca_cert", "holds binary data"},
		{"key for a certificate", TLS{CACert: key}, "ca_cert", "holds a private key, expected certificates"},
		{"request for a certificate", TLS{CACert: block("CERTIFICATE REQUEST", []byte{1})}, "ca_cert", "PEM of the type CERTIFICATE REQUEST"},
		{"not a certificate", TLS{CACert: append(root.pem(), block("CERTIFICATE", []byte{1, 2})...)}, "ca_cert", "number 2, that is not valid"},
		{"cut off", TLS{CACert: truncated}, "ca_cert", "damaged: 2 blocks begin, 1 can be read"},
		{"nothing is trusted", TLS{NoSystemRoots: true}, "system_roots", "is false and there is no ca_cert"},
		{"certificate without key", TLS{ClientCert: cert}, "client_cert", "without its client_key"},
		{"key without certificate", TLS{ClientKey: key}, "client_key", "no client_cert"},
		{"key for a client certificate", TLS{ClientCert: key, ClientKey: key}, "client_cert", "holds a private key"},
		{"certificate for a key", TLS{ClientCert: cert, ClientKey: cert}, "client_key", "holds a certificate, expected a private key"},
		{"other key", TLS{ClientCert: cert, ClientKey: other.keyPEM(t)}, "client_key", "does not belong to client_cert, the certificate of CN=client,O=Acme"},
		{"chain in the wrong order", TLS{ClientCert: append(root.pem(), cert...), ClientKey: key}, "client_cert", "in place 2, expected it first"},
		{"two keys", TLS{ClientCert: cert, ClientKey: append(other.keyPEM(t), key...)}, "client_key", "holds 2 private keys"},
		{"OpenSSH", TLS{ClientCert: cert, ClientKey: block("OPENSSH PRIVATE KEY", []byte("x"))}, "client_key", "format of OpenSSH"},
		{"public key", TLS{ClientCert: cert, ClientKey: block("PUBLIC KEY", []byte("x"))}, "client_key", "PEM of the type PUBLIC KEY"},
		{"damaged key", TLS{ClientCert: cert, ClientKey: block("PRIVATE KEY", []byte("x"))}, "client_key", "cannot be read: it is damaged"},
		{"no password", TLS{ClientCert: cert, ClientKey: secured}, "client_key_password", "is missing: client_key is encrypted"},
		{"no password, of old", TLS{ClientCert: byRSA.pem(), ClientKey: legacy(t, rsaKey, "sesame")}, "client_key_password", "is missing"},
		{"wrong password", TLS{ClientCert: cert, ClientKey: secured, ClientKeyPassword: "topsecret"}, "client_key_password", "does not open client_key"},
		{"wrong password, of old", TLS{ClientCert: byRSA.pem(), ClientKey: legacy(t, rsaKey, "sesame"), ClientKeyPassword: "topsecret"}, "client_key_password", "does not open client_key"},
		{"password for an open key", TLS{ClientCert: cert, ClientKey: key, ClientKeyPassword: "topsecret"}, "client_key_password", "client_key is not encrypted"},
		{"password alone", TLS{ClientKeyPassword: "topsecret"}, "client_key_password", "there is no client_key"},
		{"too costly", TLS{ClientCert: cert, ClientKey: costly, ClientKeyPassword: "sesame"}, "client_key", "too costly to open"},
		{"encrypted nonsense", TLS{ClientCert: cert, ClientKey: block("ENCRYPTED PRIVATE KEY", []byte("x")), ClientKeyPassword: "sesame"}, "client_key", "encrypted in a way"},
		{"URL for a name", TLS{ServerName: "https://api.test/"}, "server_name", "is not a host name"},
		{"port in a name", TLS{ServerName: "api.test:443"}, "server_name", "is not a host name"},
		{"version", TLS{MinVersion: "1.4"}, "min_version", `is "1.4", expected 1.0, 1.1, 1.2 or 1.3`},
		{"pin", TLS{PinSHA256: []string{root.pin(), "sha256/abc"}}, "pin_sha256", `"sha256/abc" is not base64`},
		{"short pin", TLS{PinSHA256: []string{"AAAA"}}, "pin_sha256", "has 3 bytes in base64, expected the 32"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			errs := tt.tls.Check()
			if tt.key == "" {
				if len(errs) > 0 {
					t.Fatal(errs)
				}
				return
			}
			if len(errs) != 1 || errs[0].Key != tt.key || !strings.Contains(errs[0].Message, tt.want) || !strings.HasPrefix(errs[0].Message, tt.key+" ") {
				t.Fatalf("%v, expected one about %s: %s", errs, tt.key, tt.want)
			}
			if strings.Contains(errs[0].Message+errs[0].Hint, "topsecret") {
				t.Error(errs[0])
			}
			_, err := NewPool(Options{}).Client(Config{BaseURL: "https://h", TLS: tt.tls})
			if err == nil || err.Error() != "ssl: "+errs[0].Message {
				t.Errorf("the client says %v", err)
			}
		})
	}
}

// reiterated makes a key claim a number of iterations that would take hours.
func reiterated(t testing.TB, key []byte) []byte {
	t.Helper()
	b, _ := pem.Decode(key)
	once := []byte{0x02, 0x01, 0x01, 0x30, 0x0c} // INTEGER 1 before the hash function
	i := bytes.Index(b.Bytes, once)
	if i < 0 {
		t.Fatal("no number of iterations found")
	}
	// The salt before it gives up the bytes that the number needs.
	salt := b.Bytes[i-8 : i]
	copy(b.Bytes[i-10:], []byte{0x04, 0x05, salt[0], salt[1], salt[2], salt[3], salt[4], 0x02, 0x04, 0x7f, 0xff, 0xff, 0xff})
	return pem.EncodeToMemory(b)
}

// All that is wrong is said at once.
func TestTLSCheckSaysAll(t *testing.T) {
	var keys []string
	for _, e := range (TLS{CACert: []byte("x"), ClientCert: []byte("x"), ClientKey: []byte("x"), ServerName: "a b", MinVersion: "2", PinSHA256: []string{"x", "y"}}).Check() {
		keys = append(keys, e.Key)
	}
	if got := strings.Join(keys, " "); got != "ca_cert client_cert client_key server_name min_version pin_sha256 pin_sha256" {
		t.Error(got)
	}
}

func FuzzTLSCheck(f *testing.F) {
	root := newAuthority(f, "Root")
	f.Add(root.pem(), root.keyPEM(f), "")
	f.Add(root.pem(), encrypted(f, root.key, "sesame", &pkcs8.Opts{Cipher: pkcs8.AES128CBC, KDFOpts: pkcs8.PBKDF2Opts{SaltSize: 8, IterationCount: 1, HMACHash: crypto.SHA256}}), "sesame")
	f.Fuzz(func(t *testing.T, cert, key []byte, password string) {
		for _, e := range (TLS{CACert: cert, ClientCert: cert, ClientKey: key, ClientKeyPassword: password}).Check() {
			if e.Key == "" || e.Message == "" || len(e.Message) > 1000 {
				t.Errorf("%q", e.Message)
			}
		}
	})
}
