package source

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

var awsKeys = AWS{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "topsecret/wJalr+XUtn=", Region: "eu-central-1", Service: "execute-api"}

// verifyAWS signs what the server got with AWS's own signer and compares. It
// returns "" where the signature is right.
func verifyAWS(r *http.Request, body string, keys AWS) string {
	authorization := r.Header.Get("Authorization")
	_, signed, _ := strings.Cut(authorization, "SignedHeaders=")
	signed, _, _ = strings.Cut(signed, ",")
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		return "no date in " + authorization
	}
	u := *r.URL
	u.Host = r.Host
	again := &http.Request{Method: r.Method, URL: &u, Host: r.Host, Header: http.Header{}}
	for name := range strings.SplitSeq(signed, ";") {
		if name != "host" {
			again.Header[http.CanonicalHeaderKey(name)] = slices.Clone(r.Header.Values(name))
		}
	}
	sum := sha256.Sum256([]byte(body))
	hash := hex.EncodeToString(sum[:])
	if own := r.Header.Get("X-Amz-Content-Sha256"); own == "UNSIGNED-PAYLOAD" {
		hash = own
	} else if s3 := keys.Service == "s3"; s3 != (own != "") || (s3 && own != hash) {
		return fmt.Sprintf("the hash header is %q", own)
	}
	credentials := aws.Credentials{AccessKeyID: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey, SessionToken: keys.SessionToken}
	err = v4.NewSigner().SignHTTP(r.Context(), credentials, again, hash, keys.Service, keys.Region, at, func(o *v4.SignerOptions) {
		o.DisableURIPathEscaping = keys.Service == "s3"
	})
	if want := again.Header.Get("Authorization"); err != nil || want != authorization {
		return fmt.Sprintf("%v %s, expected %s", err, authorization, want)
	}
	if r.URL.RawQuery != again.URL.RawQuery {
		return fmt.Sprintf("the query part %q is not in the order that is signed, %q", r.URL.RawQuery, again.URL.RawQuery)
	}
	return ""
}

func TestAWSSignatures(t *testing.T) {
	session, s3 := awsKeys, awsKeys
	session.SessionToken, s3.Service = "topsecret+session/token==", "s3"
	for name, keys := range map[string]AWS{"execute-api": awsKeys, "session": session, "s3": s3} {
		for _, tt := range []struct {
			method, path, body string
			header             []Field
			sent               string // the path as it is sent, where it differs
		}{
			{"GET", "", "", nil, "/"},
			{"GET", "/a/b", "", nil, ""},
			{"GET", "/a%2Fb/c%20d/e:f@g,h(i)/%C3%A4*~-._", "", nil, "/a%2Fb/c%20d/e%3Af%40g%2Ch%28i%29/%C3%A4%2A~-._"},
			{"GET", "/%61%2fb//c/./d", "", nil, "/a%2Fb//c/./d"},
			{"GET", "/a?b=2&a=1&b=1&c&d=x+y&e=%2B&f=a;b&%20=%20&=1", "", nil, ""},
			{"POST", "/orders?x=%E2%82%AC", `{"a":1}`, []Field{{"Content-Type", []string{"application/json"}}, {"X-Amz-Meta-A", []string{"a  b", "c"}}, {"X-Own", []string{"o"}}}, ""},
			{"PUT", "/object", "data", []Field{{"Content-MD5", []string{"x"}}, {"Host", []string{"bucket.example.com"}}}, ""},
			{"DELETE", "/object", "", []Field{{"Idempotency-Key", []string{"k"}}, {"Connection", []string{"close"}}}, ""},
			{"PUT", "/unsigned", "data", []Field{{"X-Amz-Content-Sha256", []string{"UNSIGNED-PAYLOAD"}}}, ""},
		} {
			t.Run(name+" "+tt.method+tt.path, func(t *testing.T) {
				api := serve(t, nil)
				now := time.Date(2026, 3, 4, 5, 6, 7, 8, time.FixedZone("", 3600))
				c := newClientWith(t, Config{BaseURL: api.URL}, Options{Now: func() time.Time { return now }})
				sent, _, _ := do(t, c, Request{Method: tt.method, URL: api.URL + tt.path, Body: []byte(tt.body), Header: tt.header,
					Auth: Auth{Type: AuthAWSSigV4, AWS: keys}, SourceCookies: []Field{{"a", []string{"1"}}}})
				got := api.last(t)
				if wrong := verifyAWS(got, tt.body, keys); wrong != "" {
					t.Error(wrong)
				}
				if date, token := got.Header.Get("X-Amz-Date"), got.Header.Get("X-Amz-Security-Token"); date != "20260304T040607Z" || token != keys.SessionToken {
					t.Errorf("date %s, token %q", date, token)
				}
				if tt.sent != "" && got.URL.EscapedPath() != tt.sent {
					t.Errorf("path %s, expected %s", got.URL.EscapedPath(), tt.sent)
				}
				if sent.Header.Get("Authorization") != got.Header.Get("Authorization") || !strings.HasSuffix(sent.URL, got.RequestURI) {
					t.Errorf("reported as %s %v", sent.URL, sent.Header)
				}
			})
		}
	}
}

func TestAWSQueryIsKept(t *testing.T) {
	api := serve(t, nil)
	do(t, newTestClient(t, Config{BaseURL: api.URL}), Request{URL: api.URL + "/?f=a;b&e=%2B&d=x+y&c", Auth: Auth{Type: AuthAWSSigV4, AWS: awsKeys}})
	if got := api.last(t).URL.RawQuery; got != "c=&d=x%20y&e=%2B&f=a%3Bb" {
		t.Error(got)
	}
}

// Each hop at the origin has a signature of its own, and two secrets of one
// access key have nothing in common.
func TestAWSHops(t *testing.T) {
	var wrong []string
	keys := awsKeys
	var mu sync.Mutex
	api := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body := ""
		if r.URL.Path != "/get" {
			body = "x"
		}
		wrong = append(wrong, verifyAWS(r, body, keys))
		switch r.URL.Path {
		case "/a":
			http.Redirect(w, r, "/b?x=1", http.StatusTemporaryRedirect)
		case "/b":
			http.Redirect(w, r, "/get", http.StatusSeeOther)
		}
	})
	c := newTestClient(t, Config{BaseURL: api.URL})
	for _, secret := range []string{"one", "two"} {
		keys.SecretAccessKey, wrong = secret, nil
		do(t, c, Request{Method: "POST", URL: api.URL + "/a", Body: []byte("x"), Auth: Auth{Type: AuthAWSSigV4, AWS: keys}})
		if strings.Join(wrong, "") != "" || len(wrong) != 3 {
			t.Error(wrong)
		}
	}
	if got := api.requests(); got[0].Header.Get("Authorization") == got[1].Header.Get("Authorization") {
		t.Error("two hops have one signature")
	}
}

func TestAWSBrokenQuery(t *testing.T) {
	e := fail(t, newTestClient(t, Config{BaseURL: "http://127.0.0.1:1"}), Request{URL: "http://127.0.0.1:1/?topsecret=%zz", Auth: Auth{Type: AuthAWSSigV4, AWS: awsKeys}}, KindRequest)
	expectText(t, e, "cannot be signed", "%25")
	if strings.Contains(e.Message, "topsecret") {
		t.Error(e.Message)
	}
}

func TestSecretsAreLearned(t *testing.T) {
	learned := map[string]string{}
	c := newClientWith(t, Config{BaseURL: "http://127.0.0.1:1", Proxy: "http://u:p%40w@127.0.0.1:1"}, Options{Learn: func(name, value string) { learned[value] = name }})
	keys := awsKeys
	keys.SessionToken = "session"
	for _, a := range []Auth{{Type: AuthAWSSigV4, AWS: keys}, digestAuthOf("pw")} {
		fail(t, c, Request{URL: "http://127.0.0.1:1", Auth: a}, KindNetwork)
	}
	for value, name := range map[string]string{"p@w": "proxy password", "dTpwQHc=": "proxy credentials", "session": "auth session_token", awsKeys.SecretAccessKey: "auth secret_access_key", "pw": "auth password"} {
		if learned[value] != name {
			t.Errorf("%s is known as %q", name, learned[value])
		}
	}
	if len(learned) != 6 { // and the signature, of a request whose answer nobody has seen
		t.Error(learned)
	}
}
