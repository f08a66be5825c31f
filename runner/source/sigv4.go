package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// AWS are the credentials of auth aws_sigv4.
type AWS struct {
	AccessKeyID, SecretAccessKey string
	// SessionToken is that of temporary credentials, or "".
	SessionToken string
	// Region and Service are those that the signature is for.
	Region, Service string
}

func (c AWS) check() *Error {
	for _, part := range []struct{ name, value string }{
		{"access_key_id", c.AccessKeyID}, {"secret_access_key", c.SecretAccessKey},
		{"region", c.Region}, {"service", c.Service},
	} {
		if err := checkSecret("the "+part.name+" of auth aws_sigv4", part.value); err != nil {
			return err
		}
	}
	// They are parts of a scope, with slashes between them.
	for _, part := range []struct{ name, value string }{
		{"access_key_id", c.AccessKeyID}, {"region", c.Region}, {"service", c.Service},
	} {
		if strings.ContainsAny(part.value, "/, =") {
			return badRequest("the %s of auth aws_sigv4 holds a character that cannot stand there", part.name)
		}
	}
	if c.SessionToken == "" {
		return nil
	}
	return checkSecret("the session_token of auth aws_sigv4", c.SessionToken)
}

// signer is auth aws_sigv4: Signature Version 4 of AWS, in the header.
type signer struct {
	credentials aws.Credentials
	region      string
	service     string
	signer      *v4.Signer // keeps the key that it derives for a day, of one secret
	now         func() time.Time
}

func newSigner(c AWS, now func() time.Time) *signer {
	return &signer{
		credentials: aws.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken},
		region:      c.Region, service: c.Service, now: now,
		signer: v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = isS3(c.Service) }),
	}
}

// isS3 tells the services that sign the path as it is sent, where all others
// encode it once more, and that want the hash of the body in a header.
func isS3(service string) bool {
	switch service {
	case "s3", "s3express", "s3-object-lambda", "s3-outposts":
		return true
	}
	return false
}

const contentHash = "X-Amz-Content-Sha256"

// sign signs what proxies and gateways leave as it is: method, path, query,
// host, body, and the headers that AWS wants signed.
func (s *signer) sign(a *attempt, r *http.Request) (string, error) {
	if err := spellForAWS(r.URL); err != nil {
		return "", err
	}
	hash := s.payloadHash(a, r)
	copied := &http.Request{Method: r.Method, URL: r.URL, Host: r.Host, Header: http.Header{}}
	for name, values := range r.Header {
		if strings.HasPrefix(name, "X-Amz-") || name == "Content-Type" || name == "Content-Md5" {
			copied.Header[name] = values
		}
	}
	if err := s.signer.SignHTTP(context.Background(), s.credentials, copied, hash, s.service, s.region, s.now()); err != nil {
		return "", badRequest("the request cannot be signed: %s", err).causedBy(err)
	}
	for name, values := range copied.Header {
		r.Header[name] = values
	}
	r.URL, r.Host = copied.URL, copied.Host
	_, signature, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
	a.proves("auth signature", signature)
	return "", nil
}

// payloadHash is the hash that the signature holds. A query may say another
// itself, such as UNSIGNED-PAYLOAD.
func (s *signer) payloadHash(a *attempt, r *http.Request) string {
	if own := r.Header.Get(contentHash); own != "" {
		return own
	}
	var body []byte
	if hasBody(r) {
		body = a.request.Body
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	if isS3(s.service) {
		r.Header.Set(contentHash, hash)
	}
	return hash
}

// spellForAWS encodes a URL as strictly as AWS does before it judges a
// signature, so that both sides sign the same. It means the same then.
func spellForAWS(u *url.URL) *Error {
	strict := strictPath(u.EscapedPath())
	plain, wrong := url.PathUnescape(strict)
	if wrong != nil {
		return badRequest("the path cannot be signed: it has a %% that begins no percent-encoding").hint("write %%25 for a %%")
	}
	u.Path, u.RawPath = plain, strict
	// A semicolon is a character of a value to servers, an error to net/url.
	u.RawQuery = strings.ReplaceAll(u.RawQuery, ";", "%3B")
	if _, wrong := url.ParseQuery(u.RawQuery); wrong != nil {
		return badRequest("the query part of the URL cannot be signed: it has a %% that begins no percent-encoding").
			hint("write %%25 for a %%")
	}
	return nil
}

// strictPath has all of an encoded path encoded but letters, digits, "-._~" and
// slashes, and nothing of these. A slash that is encoded stays so.
func strictPath(path string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		c, encoded := path[i], false
		if c == '%' && i+2 < len(path) && isHex(path[i+1]) && isHex(path[i+2]) {
			n, _ := strconv.ParseUint(path[i+1:i+3], 16, 8)
			c, encoded, i = byte(n), true, i+2
		}
		if isAlphanumeric(c) || strings.IndexByte("-._~", c) >= 0 || (c == '/' && !encoded) {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', digits[c>>4], digits[c&0xf]})
	}
	if b.Len() == 0 {
		return "/"
	}
	return b.String()
}

// again lets the answer stand: what AWS refuses it refuses with 403, and not
// because of something that the next signature would have.
func (s *signer) again(*attempt, *http.Request, *http.Response, string, int) (bool, error) {
	return false, nil
}

func (s *signer) replaces(a *attempt) bool { return a.own.has("Authorization") }
