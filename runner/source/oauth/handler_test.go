package oauth

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// The tests of this file speak to handlers that were written from the RFCs, for
// what the provider does not serve: password (RFC 6749, 4.3), tls (RFC 8705, 2),
// jwt_bearer with another audience, and servers that misbehave.

// rfc serves a token endpoint that checks the form.
func rfc(t testing.TB, check func(r *http.Request) string) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if code := check(r); code != "" {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"error": "` + code + `"}`))
			return
		}
		_, _ = w.Write([]byte(`{"access_token": "rfc-token", "token_type": "bearer", "expires_in": 60}`))
	}))
	s.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// sent returns what is wrong with a form: it has to hold these pairs, each once,
// and none of the names after them.
func wrongForm(r *http.Request, want url.Values, not ...string) string {
	if err := r.ParseForm(); err != nil || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || r.Header.Get("Accept") != "application/json" {
		return "invalid_request"
	}
	for name, values := range want {
		if strings.Join(r.PostForm[name], "|") != strings.Join(values, "|") {
			return "invalid_request_" + name
		}
	}
	for _, name := range not {
		if r.PostForm.Has(name) {
			return "invalid_request_" + name
		}
	}
	return ""
}

func TestPassword(t *testing.T) {
	s := rfc(t, func(r *http.Request) string {
		if id, secret, ok := r.BasicAuth(); !ok || id != "ci%3A1" || secret != url.QueryEscape(secretText) {
			return "invalid_client"
		}
		if r.URL.RawQuery != "tenant=1" || r.Header.Get("X-Tenant") != "a" || r.Host != "as.example" {
			return "invalid_request"
		}
		return wrongForm(r, url.Values{
			"grant_type": {"password"}, "username": {"ada"}, "password": {"p+ss &word"}, "scope": {"b a"},
			"audience": {"https://api"}, "resource": {"https://one", "https://two"}, "realm": {"staff", "guests"},
		}, "client_id", "client_secret")
	})
	config := Config{
		Grant: Password, TokenURL: s.URL + "/token?tenant=1", ClientID: "ci:1", ClientSecret: secretText, Username: "ada", Password: "p+ss &word",
		Scopes: []string{"b", "a b"}, Audience: "https://api", Resource: []string{"https://one", "https://two"},
		TokenHeaders: []Param{{"X-Tenant", []string{"a"}}, {"Host", []string{"as.example"}}}, AuthParams: []Param{{"realm", []string{"staff", "guests"}}},
	}
	tokens, _ := newTokens(t, config, Options{HTTP: s.Client()})
	if got := token(t, tokens); got.Access != "rfc-token" || got.Type != "Bearer" {
		t.Errorf("token %+v", got)
	}
	config.ClientID, config.ClientSecret, config.TokenHeaders = "", "", nil
	tokens, w := newTokens(t, config, Options{HTTP: s.Client()})
	_, err := tokens.Token(t.Context())
	w.expectError(t, err, KindDenied, "invalid_client")
}

func TestBodyAuthKeepsTheForm(t *testing.T) {
	s := rfc(t, func(r *http.Request) string {
		if r.Header.Get("Authorization") != "" {
			return "invalid_request"
		}
		return wrongForm(r, url.Values{"grant_type": {"client_credentials"}, "scope": {"a"}, "client_id": {"ci:1"}, "client_secret": {secretText}})
	})
	tokens, _ := newTokens(t, Config{Grant: ClientCredentials, TokenURL: s.URL, ClientAuth: AuthBody, ClientID: "ci:1", ClientSecret: secretText, Scopes: []string{"a"}}, Options{HTTP: s.Client()})
	token(t, tokens)
}

func TestTLSAuth(t *testing.T) {
	s := rfc(t, func(r *http.Request) string {
		if len(r.TLS.PeerCertificates) != 1 {
			return "invalid_client"
		}
		return wrongForm(r, url.Values{"grant_type": {"client_credentials"}, "client_id": {"ci"}}, "client_secret")
	})
	client := s.Client()
	config := Config{Grant: ClientCredentials, TokenURL: s.URL, ClientAuth: AuthTLS, ClientID: "ci"}
	tokens, w := newTokens(t, config, Options{HTTP: client})
	_, err := tokens.Token(t.Context())
	w.expectError(t, err, KindDenied, "invalid_client", "client_cert in ssl")
	with := client.Transport.(*http.Transport).Clone()
	with.TLSClientConfig.Certificates = s.TLS.Certificates
	t.Cleanup(with.CloseIdleConnections)
	tokens, _ = newTokens(t, config, Options{HTTP: &http.Client{Transport: with}})
	token(t, tokens)
}

func TestAssertion(t *testing.T) {
	pem := signingPEM(t)
	var seen []string
	s := rfc(t, func(r *http.Request) string {
		if wrong := wrongForm(r, url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "scope": {"a b"}}, "client_id"); wrong != "" {
			return wrong
		}
		parsed, err := jwt.ParseSigned(r.PostForm.Get("assertion"), []jose.SignatureAlgorithm{jose.PS384})
		if err != nil || parsed.Headers[0].KeyID != "k9" {
			return "invalid_grant"
		}
		var got struct {
			jwt.Claims
			Scope string `json:"scope"`
		}
		if parsed.Claims(&signingKey().PublicKey, &got) != nil {
			return "invalid_grant"
		}
		expected := jwt.Expected{Issuer: "ci", Subject: "ada@example.com", AnyAudience: jwt.Audience{"https://" + r.Host + "/token"}, Time: time.Now()}
		if got.Validate(expected) != nil || got.Scope != "a b" {
			return "invalid_grant"
		}
		seen = append(seen, got.ID)
		return ""
	})
	config := Config{Grant: JWTBearer, TokenURL: s.URL + "/token", ClientID: "ci", Subject: "ada@example.com", PrivateKey: pem, KeyID: "k9", Algorithm: "PS384", Scopes: []string{"a", "b"}}
	for range 2 {
		tokens, _ := newTokens(t, config, Options{HTTP: s.Client()})
		token(t, tokens)
	}
	if len(seen) != 2 || seen[0] == seen[1] {
		t.Errorf("jti %q, expected one of its own for each assertion", seen)
	}
}

// What servers answer that is no token, and what a user reads of it.
func TestBadAnswers(t *testing.T) {
	const at = "the token endpoint https://as.example/token "
	echo := url.QueryEscape(secretText)
	cases := []struct {
		name     string
		response func() *http.Response
		kind     string
		parts    []string
	}{
		{"RFC 6749 error", answers(401, `{"error": "invalid_client", "error_description": "no"}`), KindDenied, []string{at + "answers 401: invalid_client: no", "client_auth: body"}},
		{"echoed secret", answers(400, `{"error": "invalid_request", "error_description": "got `+secretText+` and `+echo+`"}`), KindDenied, []string{"got *** and ***"}},
		{"echo in the code", answers(400, `{"error": "bad `+secretText+`"}`), KindDenied, []string{"bad ***"}},
		{"control characters", answers(400, `{"error": "x\u001b[31m", "error_description": "a\r\nb\u0000c\u202ed"}`), KindDenied, []string{"x [31m: a b c d"}},
		{"long", answers(400, `{"error": "invalid_scope", "error_description": "`+strings.Repeat("é", 5000)+`"}`), KindDenied, []string{strings.Repeat("é", 200) + "…", "scopes"}},
		{"error with 200", answers(200, `{"error": "invalid_grant"}`), KindDenied, []string{"answers 200: invalid_grant"}},
		{"error as an object", answers(403, `{"error": {"code": 7, "message": "quota"}}`), KindDenied, []string{"answers 403: quota"}},
		{"message only", answers(404, `{"message": "no route"}`), KindResponse, []string{"answers 404: no route", "look whether this is the URL of the token endpoint"}},
		{"not there, in JSON", answers(404, `{"error": "not_found", "message": "no such page"}`), KindResponse, []string{"answers 404: not_found: no such page", "look whether this is the URL of the token endpoint"}},
		{"not allowed, in JSON", answers(405, `{"error": {"code": 405}}`), KindResponse, []string{"answers 405", "look whether this is the URL of the token endpoint"}},
		{"refused with 404", answers(404, `{"error": "invalid_client"}`), KindDenied, []string{"answers 404: invalid_client", "look at client_id"}},
		{"server error", answers(503, `{"error": "temporarily_unavailable"}`), KindResponse, []string{"answers 503: temporarily_unavailable"}},
		{"HTML", answers(502, "<html>"+secretText, "Content-Type", "text/html; charset=utf-8"), KindResponse, []string{"answers 502 with an HTML page, expected JSON"}},
		{"HTML with 200", answers(200, "<!DOCTYPE html>sign in"), KindResponse, []string{"answers 200 with an HTML page", "look whether this is the URL"}},
		{"empty", answers(200, ""), KindResponse, []string{"answers 200 with an empty body"}},
		{"garbage", answers(200, "\x00\xff"+secretText), KindResponse, []string{"a body without a content type"}},
		{"other type", answers(200, "<a/>", "Content-Type", "application/xml"), KindResponse, []string{"application/xml"}},
		{"cut JSON", answers(200, `{"access_token": "tok`), KindResponse, []string{"JSON that is damaged or cut off"}},
		{"list", answers(200, `["tok"]`, "Content-Type", "application/json"), KindResponse, []string{"JSON that is no object"}},
		{"no token", answers(200, `{"token": "tok"}`), KindResponse, []string{"answers 200 without an access_token"}},
		{"number as token", answers(200, `{"access_token": 5}`), KindResponse, []string{"without an access_token"}},
		{"token with a line break", answers(200, `{"access_token": "tok\r\nX: y"}`), KindResponse, []string{"characters that cannot be sent"}},
		{"DPoP", answers(200, `{"access_token": "tok", "token_type": "DPoP"}`), KindResponse, []string{"of the type DPoP", "expected Bearer"}},
		{"redirect", answers(302, "", "Location", "http://else.example/token?secret=1"), KindResponse, []string{"answers 302, a redirect to http://else.example/token, which is not followed"}},
		{"relative redirect", answers(308, "", "Location", "/token/?a"), KindResponse, []string{"https://as.example/token/,"}},
		{"bad redirect", answers(301, "", "Location", "http://%zz/"+echo), KindResponse, []string{"a URL that is not valid"}},
		{"too large", answers(200, strings.Repeat(" ", MaxAnswer+1)), KindResponse, []string{"more than 1048576 bytes"}},
		{"429", answers(429, `{}`, "Retry-After", "3600"), KindResponse, []string{"answers 429, Retry-After 1h0m0s"}},
		{"429 without", answers(429, "slow down"), KindResponse, []string{"answers 429\n", "wait until the authorization server"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			requests := 0
			tokens, w := newTokens(t, clientConfig(), Options{HTTP: transport(func(*http.Request) (*http.Response, error) {
				requests++
				return c.response(), nil
			}).client()})
			_, err := tokens.Token(t.Context())
			e := w.expectError(t, err, c.kind, c.parts...)
			if !strings.HasPrefix(e.Message, at) || strings.Contains(e.Message+e.Hint, "hidden") || requests != 1 {
				t.Errorf("%d requests, %q", requests, e.Message)
			}
		})
	}
}

func answers(status int, body string, pairs ...string) func() *http.Response {
	return func() *http.Response { return respond(status, body, pairs...) }
}

// What servers answer that is a token after all.
func TestGoodAnswers(t *testing.T) {
	const minute = time.Minute
	cases := []struct {
		name, body, contentType, access, kind string
		life                                  time.Duration
	}{
		{"number", `{"access_token": "tok", "expires_in": 60, "token_type": "bEARER"}`, "", "tok", "Bearer", minute},
		{"string", `{"access_token": "tok", "expires_in": "60"}`, "", "tok", "Bearer", minute},
		{"fraction", `{"access_token": "tok", "expires_in": 59.5}`, "", "tok", "Bearer", minute - time.Second/2},
		{"huge", `{"access_token": "tok", "expires_in": 1e300}`, "", "tok", "Bearer", maxLife},
		{"absent", `{"access_token": "tok"}`, "", "tok", "Bearer", 0},
		{"null", `{"access_token": "tok", "expires_in": null, "error": null}`, "", "tok", "Bearer", 0},
		{"zero", `{"access_token": "tok", "expires_in": 0, "error": ""}`, "", "tok", "Bearer", 0},
		{"negative", `{"access_token": "tok", "expires_in": -1}`, "", "tok", "Bearer", 0},
		{"word", `{"access_token": "tok", "expires_in": "never"}`, "", "tok", "Bearer", 0},
		{"own type", `{"access_token": "tok", "token_type": "BearerToken"}`, "", "tok", "BearerToken", 0},
		{"text/plain", `{"access_token": "tok"}`, "text/plain", "tok", "Bearer", 0},
		{"byte order mark", "\xef\xbb\xbf {\"access_token\": \"tok\"}", "application/json", "tok", "Bearer", 0},
		{"form", "access_token=tok&expires_in=60&token_type=bearer", "application/x-www-form-urlencoded", "tok", "Bearer", minute},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
			tokens, _ := newTokens(t, clientConfig(), Options{Now: func() time.Time { return now }, HTTP: transport(func(*http.Request) (*http.Response, error) {
				return respond(200, c.body, "Content-Type", c.contentType), nil
			}).client()})
			got := token(t, tokens)
			if got.Access != c.access || got.Type != c.kind || (c.life == 0) != got.Expires.IsZero() || (c.life > 0 && !got.Expires.Equal(now.Add(c.life))) {
				t.Errorf("token %+v", got)
			}
		})
	}
}

func TestNarrowScope(t *testing.T) {
	config := clientConfig()
	config.Scopes = []string{"orders.read", "orders.write", "openid"}
	tokens, w := newTokens(t, config, Options{HTTP: transport(func(*http.Request) (*http.Response, error) {
		return respond(200, `{"access_token": "tok", "scope": "orders.read"}`), nil
	}).client()})
	if got := token(t, tokens); got.Scope != "orders.read" || w.warnings() != "the token endpoint https://as.example/token gave a token without the scope orders.write" {
		t.Errorf("%+v, warnings %q", got, w.warnings())
	}
}

// A redirect's target never hears of the request, whatever the client would do.
func TestRedirectIsNotFollowed(t *testing.T) {
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	t.Cleanup(target.Close)
	s := httptest.NewServer(http.RedirectHandler(target.URL, http.StatusTemporaryRedirect))
	t.Cleanup(s.Close)
	config := clientConfig()
	config.TokenURL = s.URL
	tokens, w := newTokens(t, config, Options{HTTP: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}})
	_, err := tokens.Token(t.Context())
	w.expectError(t, err, KindResponse, "answers 307, a redirect to "+target.URL)
}

// A short secret cannot be masked, so that what holds it is left out.
func TestShortSecret(t *testing.T) {
	config := clientConfig()
	config.ClientSecret = "p7x"
	tokens, w := newTokens(t, config, Options{HTTP: transport(func(*http.Request) (*http.Response, error) {
		return respond(400, `{"error": "invalid_client", "error_description": "p7x is wrong"}`), nil
	}).client()})
	_, err := tokens.Token(t.Context())
	e := w.expectError(t, err, KindDenied, "answers 400: invalid_client")
	if strings.Contains(e.Message, "p7x") {
		t.Error(e)
	}
}

func TestNetworkErrors(t *testing.T) {
	quoted := errors.New(`malformed MIME header line: "` + secretText + `"`)
	proxied := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New(`invalid proxy address "http://u:` + secretText + `@p"`)}
	cases := []struct {
		name, kind, part string
		err              error
	}{
		{"wrapped URL", KindNetwork, "no answer from https://as.example/token: EOF", &url.Error{Op: "Post", URL: "https://as.example/token?code=" + secretText, Err: errors.New("EOF")}},
		{"quote", KindNetwork, "malformed MIME header line", quoted},
		{"proxy", KindNetwork, "invalid proxy address", proxied},
		{"no host", KindNetwork, "there is no such host", &net.DNSError{IsNotFound: true, Name: "as.example"}},
		{"slow dial", KindTimeout, "i/o timeout", &net.OpError{Op: "dial", Net: "tcp", Err: timeoutError{}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			tokens, w := newTokens(t, clientConfig(), Options{HTTP: transport(func(*http.Request) (*http.Response, error) { return nil, c.err }).client()})
			_, err := tokens.Token(t.Context())
			w.expectError(t, err, c.kind, c.part)
		})
	}
}

// The source client explains its own transport better than this package can.
func TestExplain(t *testing.T) {
	tokens, w := newTokens(t, clientConfig(), Options{
		Explain: func(_ context.Context, err error) (string, string) {
			return "the proxy says " + err.Error(), "look at proxy"
		},
		HTTP: transport(func(*http.Request) (*http.Response, error) { return nil, errors.New("no to " + secretText) }).client(),
	})
	_, err := tokens.Token(t.Context())
	w.expectError(t, err, KindNetwork, "no answer from https://as.example/token: the proxy says no to ***\nlook at proxy")
}

// A panic is the error of who needed the token, and shows nothing.
func TestPanic(t *testing.T) {
	tokens, w := newTokens(t, clientConfig(), Options{HTTP: transport(func(*http.Request) (*http.Response, error) { panic(secretText) }).client()})
	_, err := tokens.Token(t.Context())
	w.expectError(t, err, KindResponse, "a bug in apicel ended waiting for an access token from https://as.example/token")
}

type timeoutError struct{}

func (timeoutError) Error() string   { return "i/o timeout" }
func (timeoutError) Timeout() bool   { return true }
func (timeoutError) Temporary() bool { return true }

// What a server may do to us is bounded whatever it answers.
func FuzzTokenAnswer(f *testing.F) {
	f.Add(200, "application/json", []byte(`{"access_token": "tok", "expires_in": 60, "scope": ["a"]}`))
	f.Add(401, "application/json", []byte(`{"error": "invalid_client", "error_description": "`+secretText+`"}`))
	f.Add(200, "application/x-www-form-urlencoded", []byte("access_token=tok&error=x"))
	f.Add(400, "text/html", []byte("<html>"))
	f.Add(302, "", []byte(`{"error": {"message": "`+url.QueryEscape(secretText)+`"}}`))
	f.Fuzz(func(t *testing.T, status int, contentType string, body []byte) {
		if status < 100 || status > 999 {
			return
		}
		w := &witness{secrets: map[string]string{secretText: "client_secret"}}
		tokens := New(clientConfig(), Options{HTTP: transport(func(*http.Request) (*http.Response, error) {
			return respond(status, string(body), "Content-Type", contentType), nil
		}).client()})
		defer tokens.Close()
		got, err := tokens.Token(t.Context())
		if err == nil {
			if got.Access == "" || strings.ContainsFunc(got.Access, func(r rune) bool { return r < 0x20 || r > 0x7e }) || status < 200 || status > 299 {
				t.Errorf("%d %q: token %+v", status, body, got)
			}
			return
		}
		var kind *Error
		if !errors.As(err, &kind) {
			t.Fatalf("error %T", err)
		}
		e := w.expectError(t, err, kind.Kind, "the token endpoint https://as.example/token answers "+strconv.Itoa(status))
		if len(e.Message) > 4*maxDescription*8 {
			t.Errorf("%d bytes of message", len(e.Message))
		}
	})
}

func TestSeconds(t *testing.T) {
	for text, want := range map[string]time.Duration{`""`: 0, `"NaN"`: 0, `"Inf"`: maxLife, `true`: 0, `{}`: 0, `" 5 "`: 5 * time.Second, `1e-3`: time.Millisecond} {
		if got := seconds(json.RawMessage(text)); got != want {
			t.Errorf("%s: %s, expected %s", text, got, want)
		}
	}
}
