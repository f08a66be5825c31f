package demo

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/runner/source/oauth"
)

// postForm sends a form in words of name=value.
func postForm(t *testing.T, h http.Handler, path, words string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	return call(t, h, "POST "+path, formOf(words), append([]string{"Content-Type", mimeForm}, headers...)...)
}

func formOf(words string) string {
	values := url.Values{}
	for word := range strings.FieldsSeq(words) {
		name, value, _ := strings.Cut(word, "=")
		values.Add(name, strings.ReplaceAll(value, "+", " "))
	}
	return values.Encode()
}

const asService = " client_id=" + ServiceClient + " client_secret=" + ServiceSecret

func TestTokenRequests(t *testing.T) {
	inHeader := []string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("desk%2Dservice:"+ServiceSecret))}
	cases := map[string]struct {
		words      string
		headers    []string
		status     int
		path, want string
	}{
		"client, body":      {"grant_type=client_credentials" + asService, nil, 200, "[token_type,expires_in,scope,refresh_token]", `["Bearer",60,"orders.read"]`},
		"client, header":    {"grant_type=client_credentials scope=orders.write+orders.write", inHeader, 200, "scope", "orders.write"},
		"life":              {"grant_type=client_credentials expires_in=2" + asService, nil, 200, "expires_in", "2"},
		"wrong life":        {"grant_type=client_credentials expires_in=0" + asService, nil, 400, "error", "invalid_request"},
		"password":          {"grant_type=password username=clerk password=open-sesame scope=offline_access" + asService, nil, 200, "expires_in", "60"},
		"wrong password":    {"grant_type=password username=clerk password=x" + asService, nil, 400, "error", "invalid_grant"},
		"refresh":           {"grant_type=refresh_token refresh_token=" + RefreshToken + asService, nil, 200, "[scope,refresh_token]", `["orders.read orders.write"]`},
		"refresh, less":     {"grant_type=refresh_token scope=orders.read refresh_token=" + RefreshToken + asService, nil, 200, "scope", "orders.read"},
		"refresh, more":     {"grant_type=refresh_token scope=offline_access refresh_token=" + RefreshToken + asService, nil, 400, "error", "invalid_scope"},
		"refresh of nobody": {"grant_type=refresh_token refresh_token=x" + asService, nil, 400, "error", "invalid_grant"},
		"refresh of others": {"grant_type=refresh_token refresh_token=" + RefreshToken + " client_id=" + PublicClient, nil, 400, "error", "invalid_grant"},
		"no scope":          {"grant_type=client_credentials scope=everything" + asService, nil, 400, "error", "invalid_scope"},
		"offline client":    {"grant_type=client_credentials scope=offline_access" + asService, nil, 400, "error", "invalid_scope"},
		"no grant":          {"grant_type=implicit" + asService, nil, 400, "error", "unsupported_grant_type"},
		"not this grant":    {"grant_type=password client_id=" + PublicClient, nil, 400, "error", "unauthorized_client"},
		"nobody":            {"grant_type=client_credentials", nil, 401, "error", "invalid_client"},
		"unknown":           {"grant_type=client_credentials client_id=x client_secret=y", nil, 401, "error", "invalid_client"},
		"wrong secret":      {"grant_type=client_credentials client_secret=x client_id=" + ServiceClient, nil, 401, "error", "invalid_client"},
		"two ways":          {"grant_type=client_credentials" + asService, inHeader, 400, "error", "invalid_request"},
		"not encoded":       {"grant_type=client_credentials", []string{"Authorization", "Basic JToleA=="}, 401, "error", "invalid_client"},
		"twice":             {"grant_type=client_credentials scope=a scope=b" + asService, nil, 400, "error", "invalid_request"},
		"two resources":     {"grant_type=client_credentials resource=a resource=b" + asService, nil, 200, "", ""},
		"no certificate":    {"grant_type=client_credentials client_id=" + RobotClient, nil, 401, "error", "invalid_client"},
		"no assertion":      {"grant_type=" + assertionGrant + " assertion=a.b.c", nil, 400, "error", "invalid_grant"},
		"no type":           {"grant_type=client_credentials client_assertion=a.b.c", nil, 401, "error", "invalid_client"},
		"no code":           {"grant_type=authorization_code code=x client_id=" + PublicClient, nil, 400, "error", "invalid_grant"},
		"no device":         {"grant_type=" + deviceGrant + " device_code=x client_id=" + PublicClient, nil, 400, "error", "invalid_grant"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := postForm(t, Handler(newClock().Now), "/oauth/token", c.words, c.headers...)
			wantStatus(t, w, c.status)
			if c.path != "" && c.want != "" {
				want(t, w, c.path, c.want)
			}
			if w.Header().Get("Cache-Control") != "no-store" || (c.status == 401) != (w.Header().Get("WWW-Authenticate") != "") {
				t.Errorf("header %v", w.Header())
			}
		})
	}
	w := call(t, Handler(nil), "POST /oauth/token", "{}")
	wantStatus(t, w, 400)
	want(t, w, "error", "invalid_request")
}

func TestRefreshTokensAreUsedUp(t *testing.T) {
	clock := newClock()
	h := Handler(clock.Now)
	first := gjson.Get(postForm(t, h, "/oauth/token", "grant_type=password username=clerk password=open-sesame scope=orders.read+offline_access"+asService).Body.String(), "refresh_token").String()
	again := func(token, more string, status int) string {
		t.Helper()
		w := postForm(t, h, "/oauth/token", "grant_type=refresh_token refresh_token="+token+asService+more)
		wantStatus(t, w, status)
		return gjson.Get(w.Body.String(), "refresh_token").String()
	}
	second := again(first, "", 200)
	again(first, "", 400)
	if next := again(second, " scope=orders.read", 200); next != "" {
		t.Errorf("there is a next one, %s, for what does not ask for it", next)
	}
	third := again(second, "", 200)
	clock.Advance(refreshLife)
	again(third, "", 400)
	again(RefreshToken, "", 200)
}

func TestPermits(t *testing.T) {
	clock := newClock()
	h := Handler(clock.Now)
	token := func(scope string) string {
		w := postForm(t, h, "/oauth/token", "grant_type=client_credentials scope="+scope+asService)
		return gjson.Get(w.Body.String(), "access_token").String()
	}
	reader, writer := token("orders.read"), token("orders.write")
	order := `{"customer":"acme","sku":"A1","qty":1,"hold":true}`
	cases := map[string]struct {
		line, body, token string
		status            int
		code, challenge   string
	}{
		"none":       {"GET /api/orders", "", "", 401, "token_missing", `Bearer realm="order desk"`},
		"unknown":    {"GET /api/orders", "", "x", 401, "token_invalid", `error="invalid_token"`},
		"read":       {"GET /api/orders/ord-1", "", reader, 200, "", ""},
		"write":      {"POST /api/orders", order, writer, 201, "", ""},
		"not write":  {"POST /api/orders", order, reader, 403, "insufficient_scope", `scope="orders.write"`},
		"not read":   {"GET /api/orders", "", writer, 403, "insufficient_scope", `scope="orders.read"`},
		"in the URL": {"GET /api/token?access_token=" + reader, "", "", 200, "", ""},
		"none there": {"GET /api/token?access_token=", "", "", 401, "token_invalid", `error="invalid_token"`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var headers []string
			if c.token != "" {
				headers = []string{"Authorization", "Bearer " + c.token}
			}
			w := call(t, h, c.line, c.body, headers...)
			wantStatus(t, w, c.status)
			want(t, w, "error.code", c.code)
			if !strings.Contains(w.Header().Get("WWW-Authenticate"), c.challenge) {
				t.Errorf("challenge %q", w.Header().Get("WWW-Authenticate"))
			}
		})
	}
	wantStatus(t, call(t, h, "DELETE /api/token", "", "Authorization", "Bearer "+writer), 204)
	wantStatus(t, call(t, h, "GET /api/token", "", "Authorization", "Bearer "+writer), 401)
	clock.Advance(accessLife)
	w := call(t, h, "GET /api/token", "", "Authorization", "Bearer "+reader)
	wantStatus(t, w, 401)
	want(t, w, "error.message", "the access token has expired")
}

func TestAuthorize(t *testing.T) {
	const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	base := "client_id=" + PublicClient + " redirect_uri=http://127.0.0.1:9/callback state=s"
	cases := map[string]struct {
		words  string
		status int
		want   string // in Location, or the code of the problem
	}{
		"code":        {base + " response_type=code code_challenge_method=S256 code_challenge=" + challenge, 302, "http://127.0.0.1:9/callback?code=code-"},
		"no PKCE":     {base + " response_type=code", 302, "error=invalid_request"},
		"plain PKCE":  {base + " response_type=code code_challenge_method=plain code_challenge=" + challenge, 302, "error=invalid_request"},
		"no scope":    {base + " response_type=code code_challenge_method=S256 scope=x code_challenge=" + challenge, 302, "error=invalid_scope"},
		"no type":     {base, 302, "error=unsupported_response_type"},
		"no client":   {"redirect_uri=http://127.0.0.1:9/callback", 400, "unknown_client"},
		"other":       {"redirect_uri=http://127.0.0.1:9/callback client_id=" + ServiceClient, 400, "unknown_client"},
		"away":        {"redirect_uri=http://example.com/callback client_id=" + PublicClient, 400, "wrong_redirect_uri"},
		"away, user":  {"redirect_uri=http://127.0.0.1@example.com/callback client_id=" + PublicClient, 400, "wrong_redirect_uri"},
		"other path":  {"redirect_uri=http://127.0.0.1/x client_id=" + PublicClient, 400, "wrong_redirect_uri"},
		"no redirect": {"client_id=" + PublicClient, 400, "wrong_redirect_uri"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := call(t, Handler(nil), "GET /oauth/authorize?"+formOf(c.words), "")
			wantStatus(t, w, c.status)
			if got := w.Header().Get("Location"); c.status == 302 && (!strings.Contains(got, c.want) || !strings.Contains(got, "state=s")) {
				t.Errorf("Location is %s", got)
			}
			if c.status != 302 {
				want(t, w, "error.code", c.want)
			}
		})
	}
}

func TestDevices(t *testing.T) {
	clock := newClock()
	h := Handler(clock.Now)
	start := postForm(t, h, "/oauth/device", "client_id="+PublicClient)
	wantStatus(t, start, 200)
	given, typed := gjson.Get(start.Body.String(), "device_code").String(), gjson.Get(start.Body.String(), "user_code").String()
	ask := func(status int, code string) {
		t.Helper()
		w := postForm(t, h, "/oauth/token", "grant_type="+deviceGrant+" client_id="+PublicClient+" device_code="+given)
		wantStatus(t, w, status)
		want(t, w, "error", code)
	}
	ask(400, "authorization_pending")
	ask(400, "slow_down")
	wantStatus(t, call(t, h, "GET /oauth/device", ""), 200)
	wantStatus(t, call(t, h, "GET /oauth/device?user_code=X", ""), 404)
	wantStatus(t, call(t, h, "GET /oauth/device?user_code="+strings.ToLower(typed), ""), 200)
	wantStatus(t, call(t, h, "GET /oauth/device?user_code="+typed, ""), 404)
	clock.Advance(time.Second)
	ask(200, "")
	ask(400, "invalid_grant")
	given = gjson.Get(postForm(t, h, "/oauth/device", "client_id="+PublicClient).Body.String(), "device_code").String()
	clock.Advance(deviceLife)
	ask(400, "expired_token")
	wantStatus(t, postForm(t, h, "/oauth/device", asService), 400)
	wantStatus(t, postForm(t, h, "/oauth/device", "scope=x client_id="+PublicClient), 400)
	wantStatus(t, postForm(t, h, "/oauth/device", ""), 401)
}

// kept is a store of one refresh token.
type kept struct{ token string }

func (k *kept) Load(context.Context, string) (string, error)         { return k.token, nil }
func (k *kept) Save(_ context.Context, _ string, token string) error { k.token = token; return nil }
func (k *kept) Delete(context.Context, string) error                 { k.token = ""; return nil }

// TestOwnClient lets our own client get tokens in every way that the desk has.
func TestOwnClient(t *testing.T) {
	s := start(t)
	issuer := oauth.Config{Issuer: s.TLSURL(), Scopes: []string{scopeRead, scopeWrite}}
	with := func(change func(c *oauth.Config)) oauth.Config {
		c := issuer
		change(&c)
		return c
	}
	robot := func(c *oauth.Config) {
		c.Grant, c.ClientID, c.ClientAuth, c.PrivateKey = oauth.ClientCredentials, RobotClient, oauth.AuthPrivateKeyJWT, s.ClientKey()
	}
	cases := map[string]oauth.Config{
		"client credentials": with(func(c *oauth.Config) {
			c.Grant, c.ClientID, c.ClientSecret = oauth.ClientCredentials, ServiceClient, ServiceSecret
		}),
		"password": with(func(c *oauth.Config) {
			c.Grant, c.ClientID, c.ClientSecret, c.ClientAuth = oauth.Password, ServiceClient, ServiceSecret, oauth.AuthBody
			c.Username, c.Password = "manager", Password
		}),
		"refresh token": with(func(c *oauth.Config) {
			c.Grant, c.ClientID, c.ClientSecret, c.RefreshToken = oauth.RefreshToken, ServiceClient, ServiceSecret, RefreshToken
		}),
		"key": with(robot),
		"assertion": with(func(c *oauth.Config) {
			c.Grant, c.ClientID, c.PrivateKey, c.Subject = oauth.JWTBearer, RobotClient, s.ClientKey(), "clerk"
		}),
		"certificate": with(func(c *oauth.Config) {
			c.Grant, c.ClientID, c.ClientAuth = oauth.ClientCredentials, RobotClient, oauth.AuthTLS
		}),
		"browser": with(func(c *oauth.Config) {
			c.Grant, c.ClientID, c.Scopes = oauth.AuthorizationCode, PublicClient, append(c.Scopes, offlineAccess)
		}),
		"device": with(func(c *oauth.Config) {
			c.Grant, c.ClientID, c.Scopes = oauth.DeviceCode, PublicClient, append(c.Scopes, offlineAccess)
		}),
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			browser := clientOf(t, s, true)
			options := oauth.Options{HTTP: browser, Store: &kept{}}
			if name == "browser" || name == "device" {
				login := oauth.New(c, options)
				defer login.Close()
				open := func(url string) error { send(t, browser, "GET", url, ""); return nil }
				if err := login.Login(t.Context(), oauth.LoginOptions{Open: open}); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 { // the second refresh token is another
				tokens := oauth.New(c, options)
				defer tokens.Close()
				token, err := tokens.Token(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				resp, body := send(t, browser, "GET", s.URL()+"/api/token", "", "Authorization", "Bearer "+token.Access)
				if resp.StatusCode != http.StatusOK || gjson.Get(body, "client").String() != c.ClientID {
					t.Errorf("%d %s", resp.StatusCode, body)
				}
			}
		})
	}
	wrong := with(robot)
	wrong.PrivateKey = newKey(t)
	tokens := oauth.New(wrong, oauth.Options{HTTP: clientOf(t, s, false)})
	defer tokens.Close()
	if _, err := tokens.Token(t.Context()); err == nil || !strings.Contains(err.Error(), "not signed with the key") {
		t.Errorf("another key: %v", err)
	}
}
