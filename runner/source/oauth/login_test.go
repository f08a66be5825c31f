package oauth

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var browserConfig = Config{Grant: AuthorizationCode, TokenURL: "https://as.example/token", AuthURL: "https://as.example/authorize?tenant=1", ClientID: "ci", Scopes: []string{"a"},
	Audience: "https://api", Resource: []string{"https://one", "https://two"}, QueryParams: []Param{{"prompt", []string{"login"}}}}

// comeBack plays a browser that comes back with these parameters; %s is the state.
func comeBack(t *testing.T, at, path string, params url.Values) int {
	t.Helper()
	u, err := url.Parse(at)
	if err != nil {
		t.Error(err)
		return 0
	}
	for name, values := range params {
		for i, v := range values {
			values[i] = strings.ReplaceAll(v, "%s", u.Query().Get("state"))
		}
		params[name] = values
	}
	back, _ := url.Parse(u.Query().Get("redirect_uri"))
	back.Path, back.RawQuery = path, params.Encode()
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := transport.RoundTrip(&http.Request{Method: http.MethodGet, URL: back, Header: http.Header{}})
	if err != nil {
		t.Error(err)
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// loginWith runs a login whose browser does what it is told.
func loginWith(t *testing.T, config Config, o Options, browse func(at string)) (*Tokens, *witness, error) {
	t.Helper()
	tokens, w := newTokens(t, config, o)
	var browser sync.WaitGroup
	defer browser.Wait()
	err := tokens.Login(t.Context(), LoginOptions{Open: func(at string) error {
		browser.Go(func() { browse(at) })
		return nil
	}})
	return tokens, w, err
}

func TestLoginRequest(t *testing.T) {
	var posted url.Values
	http1 := transport(func(r *http.Request) (*http.Response, error) {
		_ = r.ParseForm()
		posted = r.PostForm
		return respond(200, `{"access_token": "tok", "refresh_token": "refresh-1"}`), nil
	}).client()
	store := newKeeper()
	tokens, _, err := loginWith(t, browserConfig, Options{HTTP: http1, Store: store}, func(at string) {
		u, _ := url.Parse(at)
		q := u.Query()
		if u.Path != "/authorize" || q.Get("tenant") != "1" || q.Get("response_type") != "code" || q.Get("prompt") != "login" || q.Get("scope") != "a" || q.Get("audience") != "https://api" || len(q["resource"]) != 2 {
			t.Errorf("authorization URL %s", at)
		}
		if redirect, err := url.Parse(q.Get("redirect_uri")); err != nil || redirect.Hostname() != "127.0.0.1" || redirect.Path != "/callback" {
			t.Errorf("redirect_uri %s", q.Get("redirect_uri"))
		}
		// Who does not know the state changes nothing.
		for path, params := range map[string]url.Values{"/callback": {"code": {"stolen"}, "state": {"guess"}}, "/": {"code": {"x"}, "state": {"%s"}}} {
			if status := comeBack(t, at, path, params); status/100 != 4 {
				t.Errorf("%s answers %d", path, status)
			}
		}
		if status := comeBack(t, at, "/callback", url.Values{"code": {"the-real-code"}, "state": {"%s"}}); status != 200 {
			t.Errorf("answers %d", status)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if posted.Get("code") != "the-real-code" || len(posted.Get("code_verifier")) != 43 || posted.Get("grant_type") != "authorization_code" || posted.Get("client_id") != "ci" || len(posted["resource"]) != 2 {
		t.Errorf("posted %v", posted)
	}
	if store.now("") != "refresh-1" || token(t, tokens).Access != "tok" {
		t.Errorf("kept %q", store.now(""))
	}
}

func TestLoginRefused(t *testing.T) {
	cases := []struct {
		name   string
		params url.Values
		kind   string
		parts  []string
	}{
		{"denied", url.Values{"state": {"%s"}, "error": {"access_denied"}, "error_description": {"no\x1b[31m"}}, KindDenied, []string{"https://as.example/authorize answers the login with access_denied: no [31m"}},
		{"no code", url.Values{"state": {"%s"}}, KindResponse, []string{"answers the login without a code"}},
		{"wrong code", url.Values{"state": {"%s"}, "code": {"the-wrong-code"}}, KindDenied, []string{"invalid_grant: *** is used"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			http1 := transport(func(r *http.Request) (*http.Response, error) {
				_ = r.ParseForm()
				return respond(400, `{"error": "invalid_grant", "error_description": "`+r.PostForm.Get("code")+` is used"}`), nil
			}).client()
			_, w, err := loginWith(t, browserConfig, Options{HTTP: http1}, func(at string) { comeBack(t, at, "/callback", c.params) })
			w.expectError(t, err, c.kind, c.parts...)
		})
	}
}

// RFC 9207: the answer of another server is not used.
func TestLoginMixUp(t *testing.T) {
	config := browserConfig
	config.Issuer = "https://as.example"
	_, w, err := loginWith(t, config, Options{}, func(at string) {
		comeBack(t, at, "/callback", url.Values{"state": {"%s"}, "code": {"the-code"}, "iss": {"https://evil.example"}})
	})
	w.expectError(t, err, KindResponse, "in the name of the issuer https://evil.example, expected https://as.example")
}

func TestLoginWithoutRefreshToken(t *testing.T) {
	http1 := transport(func(*http.Request) (*http.Response, error) { return respond(200, `{"access_token": "tok"}`), nil }).client()
	_, w, err := loginWith(t, browserConfig, Options{HTTP: http1, Store: newKeeper()}, func(at string) {
		comeBack(t, at, "/callback", url.Values{"state": {"%s"}, "code": {"the-code"}})
	})
	w.expectError(t, err, KindResponse, "gives no refresh token", "offline_access")
}

func TestLoginStoreFails(t *testing.T) {
	store := newKeeper()
	store.err = errors.New("cannot write refresh-token-1")
	http1 := transport(func(*http.Request) (*http.Response, error) {
		return respond(200, `{"access_token": "an-access-token", "refresh_token": "refresh-token-1"}`), nil
	}).client()
	_, w, err := loginWith(t, browserConfig, Options{HTTP: http1, Store: store}, func(at string) {
		comeBack(t, at, "/callback", url.Values{"state": {"%s"}, "code": {"the-code"}})
	})
	w.expectError(t, err, KindLogin, "the refresh token cannot be kept: cannot write ***")
}

func TestLoginPort(t *testing.T) {
	taken, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	tokens, w := newTokens(t, browserConfig, Options{})
	err = tokens.Login(t.Context(), LoginOptions{Show: func(Prompt) {}, Port: taken.Addr().(*net.TCPAddr).Port})
	w.expectError(t, err, KindNetwork, taken.Addr().String(), "another program does", "choose another port")
}

func TestLoginNeedsSomebody(t *testing.T) {
	tokens, w := newTokens(t, browserConfig, Options{})
	w.expectError(t, tokens.Login(t.Context(), LoginOptions{}), KindConfig, "nobody to log in")
	err := tokens.Login(t.Context(), LoginOptions{Open: func(string) error { return errors.New("no display") }})
	w.expectError(t, err, KindLogin, "no browser could be opened")
	tokens, w = newTokens(t, clientConfig(), Options{})
	w.expectError(t, tokens.Login(t.Context(), LoginOptions{Show: func(Prompt) {}}), KindConfig, "client_credentials needs no login")
}

var deviceConfig = Config{Grant: DeviceCode, TokenURL: "https://as.example/token", DeviceURL: "https://as.example/device?x=hidden", ClientID: "tv", Scopes: []string{"a", "offline_access"}, QueryParams: []Param{{"lang", []string{"en"}}}}

const deviceAnswer = `{"device_code": "the-device-code", "user_code": "ABCD-EFGH", "verification_uri": "https://as.example/activate",
	"verification_uri_complete": "https://as.example/activate?user_code=ABCD-EFGH", "expires_in": 100, "interval": "2"}`

// devicePoll logs in at a server that gives these answers, one after the other,
// and returns when it was asked, in seconds from the beginning.
func devicePoll(t *testing.T, first string, replies ...func() (*http.Response, error)) (asked []int, w *witness, err error) {
	t.Helper()
	start := time.Now()
	tokens, w := newTokens(t, deviceConfig, Options{Store: newKeeper(), HTTP: transport(func(r *http.Request) (*http.Response, error) {
		_ = r.ParseForm()
		if r.URL.Path == "/device" {
			if wrong := wrongForm(r, url.Values{"client_id": {"tv"}, "scope": {"a offline_access"}, "lang": {"en"}}, "client_secret"); wrong != "" {
				t.Error(wrong)
			}
			return respond(200, first), nil
		}
		if wrong := wrongForm(r, url.Values{"client_id": {"tv"}, "device_code": {"the-device-code"}, "grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}}, "scope"); wrong != "" {
			t.Error(wrong)
		}
		asked = append(asked, int(time.Since(start).Seconds()))
		return replies[min(len(asked), len(replies))-1]()
	}).client()})
	err = tokens.Login(t.Context(), LoginOptions{Show: func(Prompt) {}, Open: func(at string) error {
		if at != "https://as.example/activate?user_code=ABCD-EFGH" {
			t.Errorf("opened %q", at)
		}
		return nil
	}})
	return asked, w, err
}

func TestDevicePolling(t *testing.T) {
	reply := func(status int, body string) func() (*http.Response, error) {
		return func() (*http.Response, error) { return respond(status, body), nil }
	}
	pending, slower := reply(400, `{"error": "authorization_pending"}`), reply(400, `{"error": "slow_down"}`)
	down := func() (*http.Response, error) { return nil, errors.New("down") }
	good := reply(200, `{"access_token": "tok", "refresh_token": "refresh-1"}`)
	cases := []struct {
		name    string
		replies []func() (*http.Response, error)
		asked   []int
		kind    string
		parts   []string
	}{
		{"good", []func() (*http.Response, error){pending, pending, good}, []int{2, 4, 6}, "", nil},
		{"slow down", []func() (*http.Response, error){slower, pending, slower, good}, []int{2, 9, 16, 28}, "", nil},
		{"down", []func() (*http.Response, error){down, down, good}, []int{2, 6, 14}, "", nil},
		{"denied", []func() (*http.Response, error){pending, reply(400, `{"error": "access_denied"}`)}, []int{2, 4}, KindDenied, []string{"access_denied", "https://as.example/activate refused"}},
		{"expired", []func() (*http.Response, error){reply(400, `{"error": "expired_token"}`)}, []int{2}, KindLogin, []string{"expired_token", "log in again"}},
		{"nobody comes", []func() (*http.Response, error){slower, slower, slower, pending}, []int{2, 9, 21, 38, 55, 72, 89}, KindLogin, []string{"the code has expired: nobody entered it at https://as.example/activate in time"}},
		{"another error", []func() (*http.Response, error){reply(400, `{"error": "invalid_grant", "error_description": "the-device-code"}`)}, []int{2}, KindDenied, []string{"invalid_grant: ***"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				asked, w, err := devicePoll(t, deviceAnswer, c.replies...)
				if len(asked) != len(c.asked) {
					t.Fatalf("asked at %v, expected %v; %v", asked, c.asked, err)
				}
				for i := range asked {
					if asked[i] != c.asked[i] {
						t.Errorf("asked at %v, expected %v", asked, c.asked)
					}
				}
				switch {
				case c.kind != "":
					w.expectError(t, err, c.kind, c.parts...)
				case err != nil:
					t.Error(err)
				}
			})
		})
	}
}

func TestDeviceAnswers(t *testing.T) {
	for body, part := range map[string]string{
		`{"user_code": "A", "verification_uri": "https://a/"}`:                                            "without device_code or user_code",
		`{"device_code": "the-device-code", "user_code": "A", "verification_uri": "javascript:alert(1)"}`: "names a verification_uri that is not a URL with http or https",
		`{"device_code": "the-device-code", "user_code": "A", "verification_uri": "https://a/\u001b[2J"}`: "names a verification_uri that is not",
		`{"error": "unauthorized_client"}`:                                                                "the device authorization endpoint https://as.example/device answers 200: unauthorized_client",
		"":                                                                                                "with an empty body",
	} {
		_, w, err := devicePoll(t, body, nil)
		var e *Error
		if !errors.As(err, &e) {
			t.Fatalf("%s: %v", body, err)
		}
		w.expectError(t, err, e.Kind, part)
	}
}

// Ctrl-C while nobody comes.
func TestDeviceInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tokens, w := newTokens(t, deviceConfig, Options{HTTP: transport(func(r *http.Request) (*http.Response, error) {
			return respond(200, deviceAnswer), nil
		}).client()})
		ctx, stop := context.WithCancel(t.Context())
		err := tokens.Login(ctx, LoginOptions{Show: func(Prompt) { stop() }})
		w.expectError(t, err, KindInterrupted, "interrupted while waiting for somebody to enter the code at https://as.example/activate")
	})
}
