package demo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// What signs requests to /exports as AWS checks them. The values are public and
// protect nothing.
const (
	AWSAccessKeyID     = "DESKEXAMPLEKEY"
	AWSSecretAccessKey = "demo/desk+signing/key"
	AWSRegion          = "eu-central-1"
)

// awsServices are the services that requests may be signed for. The first signs
// a path that is encoded twice, the second the path as it is sent.
var awsServices = []string{"execute-api", "s3"}

// awsSkew is by how much a signature may be older or newer than now.
const awsSkew = 5 * time.Minute

// awsSignature is the header Authorization of a signed request.
type awsSignature struct {
	key, date, region, service string
	signed                     []string // names of headers
}

// readSignature reads a header; nil is none of Signature Version 4.
func readSignature(header string) *awsSignature {
	rest, ok := strings.CutPrefix(header, "AWS4-HMAC-SHA256 ")
	if !ok {
		return nil
	}
	params := map[string]string{}
	for param := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		params[name] = value
	}
	scope := strings.Split(params["Credential"], "/")
	if len(scope) != 5 || scope[4] != "aws4_request" {
		return nil
	}
	return &awsSignature{scope[0], scope[1], scope[2], scope[3], strings.Split(params["SignedHeaders"], ";")}
}

// signed lets requests through that are signed with the desk's credentials: it
// signs what the client says that it signed, and compares.
func (d *desk) signed(next func(r *http.Request, s *awsSignature, body []byte) (*reply, error)) handler {
	return func(r *http.Request) (*reply, error) {
		s := readSignature(r.Header.Get("Authorization"))
		if s == nil {
			return nil, fail(http.StatusForbidden, "signature_missing", "this needs a signature (AWS Signature Version 4)")
		}
		body, err := readBody(r)
		if err != nil {
			return nil, err
		}
		if err := s.check(r, body, d.now()); err != nil {
			return nil, err
		}
		return next(r, s, body)
	}
}

func (s *awsSignature) check(r *http.Request, body []byte, now time.Time) error {
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	said := r.Header.Get("X-Amz-Content-Sha256")
	switch {
	case s.key != AWSAccessKeyID:
		return wrongSignature("the access key is unknown")
	case s.region != AWSRegion || !slices.Contains(awsServices, s.service):
		return wrongSignature("it must be for " + AWSRegion + " and " + strings.Join(awsServices, " or "))
	case err != nil || at.Format("20060102") != s.date || now.Sub(at).Abs() > awsSkew:
		return wrongSignature("X-Amz-Date is not the time, or not that of the signature")
	case said != "" && said != hash, said == "" && s.service == "s3":
		return wrongSignature("X-Amz-Content-Sha256 is not the hash of the body")
	case !slices.Contains(s.signed, "host") || !slices.Contains(s.signed, "x-amz-date"):
		return wrongSignature("it must cover host and x-amz-date")
	}
	again, err := s.sign(r, hash, at)
	if err != nil || !same(again, r.Header.Get("Authorization")) {
		return wrongSignature("it does not fit the request")
	}
	return nil
}

func wrongSignature(why string) *problem {
	return fail(http.StatusForbidden, "signature_invalid", "the signature is not accepted: %s", why)
}

// sign signs the request with AWS's own signer and returns the header.
func (s *awsSignature) sign(r *http.Request, hash string, at time.Time) (string, error) {
	copied := &http.Request{Method: r.Method, URL: r.URL, Host: r.Host, Header: http.Header{}}
	for _, name := range s.signed {
		switch name = http.CanonicalHeaderKey(name); name {
		case "Host", "Authorization":
		case "Content-Length":
			copied.ContentLength = r.ContentLength
		default:
			copied.Header[name] = r.Header[name]
		}
	}
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = s.service == "s3" })
	err := signer.SignHTTP(context.Background(), aws.Credentials{AccessKeyID: AWSAccessKeyID, SecretAccessKey: AWSSecretAccessKey},
		copied, hash, s.service, s.region, at)
	return copied.Header.Get("Authorization"), err
}

// showExport answers with what was signed.
func (d *desk) showExport(r *http.Request, s *awsSignature, body []byte) (*reply, error) {
	return answer(http.StatusOK, map[string]any{
		"method": r.Method, "path": r.URL.Path, "params": r.URL.Query(), "bytes": len(body), "service": s.service,
	}), nil
}
