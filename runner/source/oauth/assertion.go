package oauth

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// assertionLife is how long an assertion is good: long enough for clocks that
// differ, too short to be of use to who finds it.
const assertionLife = 2 * time.Minute

// parseKey reads a private key in PEM. It returns what is wrong with it, "" where
// nothing is; the text continues "private_key" and quotes nothing of it.
func parseKey(data []byte) (crypto.Signer, string) {
	var block *pem.Block
	for rest := data; ; {
		if block, rest = pem.Decode(rest); block == nil {
			return nil, "holds no private key in PEM, which begins with a line like -----BEGIN PRIVATE KEY-----"
		}
		if strings.HasSuffix(block.Type, "PRIVATE KEY") {
			break
		}
	}
	switch {
	case block.Type == "OPENSSH PRIVATE KEY":
		return nil, "is in the format of OpenSSH, expected PKCS #8, PKCS #1 or EC"
	case block.Type == "ENCRYPTED PRIVATE KEY", block.Headers["DEK-Info"] != "":
		return nil, "is encrypted, expected a key without a password, from a secret"
	}
	return parseDER(block.Bytes)
}

func parseDER(der []byte) (crypto.Signer, string) {
	var key any
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		if key, err = x509.ParsePKCS1PrivateKey(der); err != nil {
			if key, err = x509.ParseECPrivateKey(der); err != nil {
				return nil, "is damaged, or of a kind that signs nothing"
			}
		}
	}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		if key.N.BitLen() < 2048 { // RFC 7518, 3.3
			return nil, fmt.Sprintf("is an RSA key of %d bits, expected at least 2048", key.N.BitLen())
		}
		return key, ""
	case *ecdsa.PrivateKey:
		return key, ""
	case ed25519.PrivateKey:
		return key, ""
	}
	return nil, "is of a kind that signs nothing"
}

// algorithmFor is how key signs: as it is wanted, or as its kind usually does.
// It returns what is wrong, "" where nothing is.
func algorithmFor(key crypto.Signer, wanted string) (jose.SignatureAlgorithm, string) {
	var fitting []jose.SignatureAlgorithm
	kind := "an RSA key"
	switch key := key.(type) {
	case *rsa.PrivateKey:
		fitting = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512}
	case *ecdsa.PrivateKey:
		kind = "a key on " + key.Curve.Params().Name
		byCurve := map[string]jose.SignatureAlgorithm{"P-256": jose.ES256, "P-384": jose.ES384, "P-521": jose.ES512}
		alg, ok := byCurve[key.Curve.Params().Name]
		if !ok {
			return "", fmt.Sprintf("is missing: there is none for %s", kind)
		}
		fitting = []jose.SignatureAlgorithm{alg}
	case ed25519.PrivateKey:
		kind, fitting = "an Ed25519 key", []jose.SignatureAlgorithm{jose.EdDSA}
	}
	switch {
	case wanted == "":
		return fitting[0], ""
	case slices.Contains(fitting, jose.SignatureAlgorithm(wanted)):
		return jose.SignatureAlgorithm(wanted), ""
	}
	names := make([]string, len(fitting))
	for i, alg := range fitting {
		names[i] = string(alg)
	}
	return "", fmt.Sprintf("is %s, but private_key is %s, which signs with %s", clean(wanted), kind, strings.Join(names, ", "))
}

// claims of an assertion (RFC 7523, 3).
type claims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Audience string `json:"aud"`
	Issued   int64  `json:"iat"`
	Expires  int64  `json:"exp"`
	ID       string `json:"jti"`
	// Scope stands in the assertion too, where some servers look for it.
	Scope string `json:"scope,omitempty"`
}

// assertion returns a signed JWT for the server. Its audience is the issuer
// where one is configured, which is the server's name for itself, else the URL
// of the token endpoint (RFC 7523, 3).
func (t *Tokens) assertion(subject, scope string, s *server) (string, *Error) {
	audience := t.config.Issuer
	if audience == "" {
		audience = s.Token
	}
	now := t.now()
	payload, err := json.Marshal(claims{
		Issuer: t.config.ClientID, Subject: subject, Audience: audience, Scope: scope,
		Issued: now.Unix(), Expires: now.Add(assertionLife).Unix(), ID: rand.Text(),
	})
	if err != nil {
		return "", newError(KindConfig, "the assertion for %s cannot be written", place(s.Token))
	}
	return t.sign(payload, s)
}

func (t *Tokens) sign(payload []byte, s *server) (string, *Error) {
	key, problem := parseKey(bytes.TrimSpace(t.config.PrivateKey))
	if problem != "" {
		return "", newError(KindConfig, "private_key %s", problem)
	}
	alg, problem := algorithmFor(key, t.config.Algorithm)
	if problem != "" {
		return "", newError(KindConfig, "algorithm %s", problem)
	}
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: t.config.KeyID}},
		(&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", newError(KindConfig, "private_key cannot sign with %s", alg)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", newError(KindConfig, "private_key cannot sign the assertion for %s", place(s.Token))
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		return "", newError(KindConfig, "the assertion for %s cannot be written", place(s.Token))
	}
	t.learn("assertion", text)
	return text, nil
}
