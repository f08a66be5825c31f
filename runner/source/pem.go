package source

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"

	"github.com/youmark/pkcs8"
)

// blocks returns the blocks of PEM. What stands between them is a comment.
func blocks(data []byte) []*pem.Block {
	var all []*pem.Block
	for {
		var b *pem.Block
		if b, data = pem.Decode(data); b == nil {
			return all
		}
		all = append(all, b)
	}
}

func isCertificate(b *pem.Block) bool {
	return b.Type == "CERTIFICATE" || b.Type == "X509 CERTIFICATE"
}

func isKey(b *pem.Block) bool { return strings.HasSuffix(b.Type, "PRIVATE KEY") }

// pick returns the blocks that are wanted and reports where there are none.
// Others are left out: files often hold a certificate beside its key.
func pick(key, expected string, data []byte, wanted func(*pem.Block) bool, errs *tlsProblems) []*pem.Block {
	all := blocks(data)
	if begun := bytes.Count(data, []byte("-----BEGIN ")); begun > len(all) {
		errs.add(key, "copy it again, from -----BEGIN to -----END and with its line breaks", "holds PEM that is damaged: %d blocks begin, %d can be read", begun, len(all))
		return nil
	}
	var picked []*pem.Block
	for _, b := range all {
		if wanted(b) {
			picked = append(picked, b)
		}
	}
	if len(picked) > 0 {
		return picked
	}
	found, hint := otherMaterial(data, all)
	errs.add(key, hint, "holds %s, expected %s", found, expected)
	return nil
}

// otherMaterial names what stands in the place of something else.
func otherMaterial(data []byte, all []*pem.Block) (found, hint string) {
	switch {
	case len(all) > 0 && isCertificate(all[0]):
		return "a certificate", "give the file with the key, which holds a line like -----BEGIN PRIVATE KEY-----"
	case len(all) > 0 && isKey(all[0]):
		return "a private key", "give the file with the certificate, which holds the line -----BEGIN CERTIFICATE-----"
	case len(all) > 0:
		return "PEM of the type " + shortened(all[0].Type), ""
	case len(bytes.TrimSpace(data)) == 0:
		return "nothing", ""
	}
	if _, err := x509.ParseCertificate(data); err == nil {
		return "a binary certificate (DER)", "convert it: openssl x509 -inform der -in FILE -out FILE.pem"
	}
	if data[0] == 0x30 { // a sequence of ASN.1
		return "binary data", "convert a PKCS #12 file: openssl pkcs12 -in FILE -nodes -out FILE.pem"
	}
	return "no PEM", "PEM begins with a line like -----BEGIN CERTIFICATE-----"
}

// shortened bounds a piece of a file that goes into a message.
func shortened(text string) string {
	if len(text) > maxQuote {
		return strings.ToValidUTF8(text[:maxQuote], "") + "…"
	}
	return text
}

// readCertificates returns the certificates in data, nil where there is none.
func readCertificates(key string, data []byte, errs *tlsProblems) []*x509.Certificate {
	if data == nil {
		return nil
	}
	var all []*x509.Certificate
	for i, b := range pick(key, "certificates in PEM", data, isCertificate, errs) {
		cert, err := x509.ParseCertificate(b.Bytes)
		if err != nil {
			errs.add(key, "", "holds a certificate, number %d, that is not valid: %s", i+1, strings.TrimPrefix(err.Error(), "x509: "))
			return nil
		}
		all = append(all, cert)
	}
	return all
}

// clientCertificate returns the certificate with its chain and its key, nil
// where none was given or something is wrong with it.
func (t TLS) clientCertificate(errs *tlsProblems) *tls.Certificate {
	if t.ClientCert == nil && t.ClientKey == nil {
		if t.ClientKeyPassword != "" {
			errs.add("client_key_password", "give client_cert and client_key too, or leave it out", "is given, but there is no client_key")
		}
		return nil
	}
	if t.ClientCert == nil {
		errs.add("client_key", "give the certificate as client_cert", "is given, but there is no client_cert that it belongs to")
	}
	if t.ClientKey == nil {
		errs.add("client_cert", "give its private key as client_key; one file may hold both", "is given without its client_key")
	}
	chain := readCertificates("client_cert", t.ClientCert, errs)
	key := t.readKey(errs)
	if len(chain) == 0 || key == nil || !keyBelongs(key, chain, errs) {
		return nil
	}
	cert := &tls.Certificate{PrivateKey: key, Leaf: chain[0]}
	for _, c := range chain {
		cert.Certificate = append(cert.Certificate, c.Raw)
	}
	return cert
}

// readKey returns the private key, nil where there is none.
func (t TLS) readKey(errs *tlsProblems) crypto.Signer {
	if t.ClientKey == nil {
		return nil
	}
	found := pick("client_key", "a private key in PEM", t.ClientKey, isKey, errs)
	if len(found) == 0 {
		return nil
	}
	b := found[0]
	if len(found) > 1 {
		errs.add("client_key", "leave the one that belongs to client_cert", "holds %d private keys, expected one", len(found))
		return nil
	}
	if b.Type == "OPENSSH PRIVATE KEY" {
		errs.add("client_key", "convert a copy of it: ssh-keygen -p -m PEM -f COPY", "holds a key in the format of OpenSSH, expected PKCS #8, PKCS #1 or EC")
		return nil
	}
	der, ok := t.opened(b, errs)
	if !ok {
		return nil
	}
	signer, err := parseKey(der)
	if err != nil {
		errs.add("client_key", "", "holds a private key that cannot be read: %s", err)
		return nil
	}
	return signer
}

// opened returns the key's DER, decrypted where it is encrypted.
func (t TLS) opened(b *pem.Block, errs *tlsProblems) ([]byte, bool) {
	old := x509.IsEncryptedPEMBlock(b) //nolint:staticcheck // SA1019: weak, but openssl wrote keys like this for decades
	encrypted := old || b.Type == "ENCRYPTED PRIVATE KEY"
	switch {
	case !encrypted && t.ClientKeyPassword != "":
		errs.add("client_key_password", "leave it out, or give the encrypted key", "is given, but client_key is not encrypted")
		return nil, false
	case !encrypted:
		return b.Bytes, true
	case t.ClientKeyPassword == "":
		errs.add("client_key_password", "give the password, from a secret", "is missing: client_key is encrypted")
		return nil, false
	}
	open := decryptPKCS8
	if old {
		open = decryptPEM
	}
	der, err := open(b, []byte(t.ClientKeyPassword))
	switch {
	case errors.Is(err, errPassword):
		errs.add("client_key_password", "", "does not open client_key")
	case err != nil:
		errs.add("client_key", "write it anew: openssl pkcs8 -topk8 -in FILE -out NEW", "is encrypted in a way that cannot be undone: %s", err)
	}
	return der, err == nil
}

// errPassword is a password that does not open a key.
var errPassword = errors.New("wrong password")

// decryptPEM undoes the encryption of RFC 1421, which has no means of telling
// a wrong password for sure: one in 256 decrypts to nonsense.
func decryptPEM(b *pem.Block, password []byte) ([]byte, error) {
	der, err := x509.DecryptPEMBlock(b, password) //nolint:staticcheck // SA1019: weak, but openssl wrote keys like this for decades
	switch {
	case errors.Is(err, x509.IncorrectPasswordError):
		return nil, errPassword
	case err != nil:
		return nil, errors.New(strings.TrimPrefix(err.Error(), "x509: "))
	}
	if _, err := parseKey(der); err != nil {
		return nil, errPassword
	}
	return der, nil
}

// decryptPKCS8 undoes PBES2 (RFC 8018, 6.2).
func decryptPKCS8(b *pem.Block, password []byte) (der []byte, err error) {
	defer func() {
		// Ciphers panic where an IV has the wrong length.
		if recover() != nil {
			der, err = nil, errors.New("it is damaged")
		}
	}()
	key, _, err := pkcs8.ParsePrivateKey(b.Bytes, password)
	if err == nil {
		return x509.MarshalPKCS8PrivateKey(key)
	}
	text := strings.TrimPrefix(err.Error(), "pkcs8: ")
	for _, other := range []string{"unsupported", "only ", "invalid ", "too costly"} {
		if strings.HasPrefix(text, other) {
			return nil, errors.New(text)
		}
	}
	return nil, errPassword
}

// parseKey reads a key in any of the three formats: what a block says it is is
// not always what it holds.
func parseKey(der []byte) (crypto.Signer, error) {
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, errors.New("it is damaged, or of a kind that TLS does not use")
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("it is of a kind that signs nothing")
	}
	return signer, nil
}

// keyBelongs reports a key that is not the first certificate's.
func keyBelongs(key crypto.Signer, chain []*x509.Certificate, errs *tlsProblems) bool {
	public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok {
		errs.add("client_key", "", "holds a private key of a kind that TLS does not use")
		return false
	}
	for i, cert := range chain {
		switch {
		case !public.Equal(cert.PublicKey):
		case i == 0:
			return true
		default:
			errs.add("client_cert", "put the certificate of client_key first, its chain behind it", "has the certificate that client_key belongs to in place %d, expected it first", i+1)
			return false
		}
	}
	errs.add("client_key", "give the key that the certificate was made with", "does not belong to client_cert, the certificate of %s", nameOf(chain[0].RawSubject))
	return false
}
