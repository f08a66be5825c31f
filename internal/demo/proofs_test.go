package demo

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	httpdigest "github.com/icholy/digest"
)

// newKey is a key that the desk does not know, as PEM.
func newKey(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pemOf("PRIVATE KEY", der)
}

func TestDigest(t *testing.T) {
	clock := newClock()
	h := Handler(clock.Now)
	challenge := func(headers ...string) *httpdigest.Challenge {
		t.Helper()
		w := call(t, h, "GET /ledger/2026-01?x=1", "", headers...)
		wantStatus(t, w, 401)
		c, err := httpdigest.ParseChallenge(w.Header().Get("WWW-Authenticate"))
		if err != nil || c.Algorithm != "SHA-256" {
			t.Fatal(c, err)
		}
		return c
	}
	first := challenge()
	credentials := func(method, uri, user, password string) string {
		c, err := httpdigest.Digest(first, httpdigest.Options{Method: method, URI: uri, Count: 1, Username: user, Password: password})
		if err != nil {
			t.Fatal(err)
		}
		return c.String()
	}
	good := credentials("GET", "/ledger/2026-01?x=1", "clerk", Password)
	w := call(t, h, "GET /ledger/2026-01?x=1", "", "Authorization", good)
	wantStatus(t, w, 200)
	want(t, w, "user", "clerk")
	for name, wrong := range map[string]string{
		"password": credentials("GET", "/ledger/2026-01?x=1", "clerk", "x"),
		"user":     credentials("GET", "/ledger/2026-01?x=1", "nobody", Password),
		"method":   credentials("POST", "/ledger/2026-01?x=1", "clerk", Password),
		"path":     credentials("GET", "/ledger/2026-01", "clerk", Password),
		"nonce":    strings.Replace(good, first.Nonce, first.Nonce+"x", 1),
		"nothing":  "Digest ",
		"basic":    "Basic Y2xlcms6b3Blbi1zZXNhbWU=",
	} {
		if challenge("Authorization", wrong).Stale {
			t.Errorf("%s: only its age is wrong", name)
		}
	}
	clock.Advance(nonceLife + 1)
	if !challenge("Authorization", good).Stale {
		t.Error("not stale")
	}
	if challenge("Authorization", credentials("GET", "/ledger/2026-01?x=1", "clerk", "x")).Stale {
		t.Error("stale with a wrong password")
	}
}

// awsRequest is a request that AWS's own signer signs.
func awsRequest(t *testing.T, line, body, service, secret string, at time.Time) *http.Request {
	t.Helper()
	method, path, _ := strings.Cut(line, " ")
	r := httptest.NewRequestWithContext(t.Context(), method, "http://desk.test"+path, strings.NewReader(body))
	sum := sha256.Sum256([]byte(body))
	hash := hex.EncodeToString(sum[:])
	if service == "s3" {
		r.Header.Set("X-Amz-Content-Sha256", hash)
	}
	credentials := aws.Credentials{AccessKeyID: AWSAccessKeyID, SecretAccessKey: secret, SessionToken: "a-session"}
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" })
	if err := signer.SignHTTP(t.Context(), credentials, r, hash, service, AWSRegion, at); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSigned(t *testing.T) {
	now := newClock().Now()
	cases := map[string]struct {
		line, body, service, secret string
		at                          time.Time
		change                      func(r *http.Request)
		status                      int
	}{
		"get":          {"GET /exports/a%20b/c?b=2&a=1", "", "execute-api", AWSSecretAccessKey, now, nil, 200},
		"s3":           {"PUT /exports/a%20b", "content", "s3", AWSSecretAccessKey, now, nil, 200},
		"body":         {"POST /exports/a", "content", "execute-api", AWSSecretAccessKey, now, nil, 200},
		"wrong secret": {"GET /exports/a", "", "execute-api", "x", now, nil, 403},
		"old":          {"GET /exports/a", "", "execute-api", AWSSecretAccessKey, now.Add(-time.Hour), nil, 403},
		"service":      {"GET /exports/a", "", "iam", AWSSecretAccessKey, now, nil, 403},
		"other body": {"POST /exports/a", "content", "s3", AWSSecretAccessKey, now, func(r *http.Request) {
			r.Body = io.NopCloser(bytes.NewReader([]byte("other")))
		}, 403},
		"other query":   {"GET /exports/a?b=2", "", "execute-api", AWSSecretAccessKey, now, func(r *http.Request) { r.URL.RawQuery = "b=3" }, 403},
		"other session": {"GET /exports/a", "", "execute-api", AWSSecretAccessKey, now, func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "x") }, 403},
		"nothing":       {"GET /exports/a", "", "execute-api", AWSSecretAccessKey, now, func(r *http.Request) { r.Header.Del("Authorization") }, 403},
		"less covered": {"GET /exports/a", "", "execute-api", AWSSecretAccessKey, now, func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "host;", "", 1))
		}, 403},
		"other key": {"GET /exports/a", "", "execute-api", AWSSecretAccessKey, now, func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), AWSAccessKeyID, "x", 1))
		}, 403},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := awsRequest(t, c.line, c.body, c.service, c.secret, c.at)
			if c.change != nil {
				c.change(r)
			}
			w := httptest.NewRecorder()
			Handler(newClock().Now).ServeHTTP(w, r)
			wantStatus(t, w, c.status)
			if c.status == 200 {
				want(t, w, "service", c.service)
			}
		})
	}
}
