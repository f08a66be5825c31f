package source

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apicel/apicel/runner/source/oauth"
)

// issuer is a token endpoint written from RFC 6749: it gives numbered tokens to
// the client that knows the secret.
type issuer struct {
	*server
	given atomic.Int64
	stops atomic.Bool // giving tokens
}

func (i *issuer) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if _, secret, _ := r.BasicAuth(); secret != "client-secret" || i.stops.Load() {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = fmt.Fprint(w, `{"error":"invalid_client"}`)
		return
	}
	_, _ = fmt.Fprintf(w, `{"access_token":"token-%d","token_type":"Bearer","expires_in":3600}`, i.given.Add(1))
}

func newIssuer(t testing.TB) *issuer {
	t.Helper()
	i := &issuer{}
	i.server = serve(t, i.serve)
	return i
}

func (i *issuer) auth() Auth {
	return Auth{Type: AuthOAuth2, OAuth2: &oauth.Config{Grant: oauth.ClientCredentials, TokenURL: i.URL + "/token", ClientID: "ci", ClientSecret: "client-secret", Scopes: []string{"read"}}}
}

// accept is an API that takes the given tokens.
func accept(tokens ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, token := range tokens {
			if r.Header.Get("Authorization") == "Bearer "+token || r.URL.Query().Get("access_token") == token {
				return
			}
		}
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte("no"))
	}
}

// However many ask at once, there is one token, and no request without it.
func TestOneTokenForAll(t *testing.T) {
	tokens := newIssuer(t)
	api := serve(t, accept("token-1"))
	var mu sync.Mutex
	learned := map[string]bool{}
	c := newClientWith(t, Config{BaseURL: api.URL}, Options{Jobs: 64, Learn: func(_, value string) {
		mu.Lock()
		defer mu.Unlock()
		learned[value] = true
	}})
	var g errgroup.Group
	for range 64 {
		g.Go(func() error {
			_, resp, _, err := c.Do(t.Context(), &Request{URL: api.URL, Auth: tokens.auth(), SourceHeader: []Field{{"X-Source", []string{"s"}}}, SourceCookies: []Field{{"a", []string{"1"}}}})
			if err == nil && resp.Status != 200 {
				err = fmt.Errorf("status %d", resp.Status)
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	if n := len(tokens.requests()); n != 1 || len(api.requests()) != 64 {
		t.Errorf("%d token requests, %d requests", n, len(api.requests()))
	}
	if h := tokens.last(t).Header; h.Get("X-Source") != "" || h.Get("Cookie") != "" {
		t.Errorf("the token request has headers of the source: %v", h)
	}
	if !learned["token-1"] || !learned["client-secret"] {
		t.Errorf("learned %v", learned)
	}
	other := tokens.auth()
	other.OAuth2.Scopes = []string{"write"}
	if _, resp, _ := do(t, c, Request{URL: api.URL, Auth: other}); resp.Status != 401 {
		t.Errorf("another scope has the first one's token: %d", resp.Status)
	}
}

func TestWhereTheTokenStands(t *testing.T) {
	tokens, api := newIssuer(t), serve(t, nil)
	c := newTestClient(t, Config{BaseURL: api.URL})
	prefixed, query := tokens.auth(), tokens.auth()
	prefixed.HeaderPrefix, query.AddTokenTo = "Token ", "query"
	for _, tt := range []struct {
		auth         Auth
		path, header string
		own          []Field
		uri, sent    string
	}{
		{tokens.auth(), "/a?x=1", "", nil, "/a?x=1", "Bearer token-1"},
		{prefixed, "/a", "", nil, "/a", "Token token-1"},
		{query, "/a", "", nil, "/a?access_token=token-1", ""},
		{query, "/a?x=1&", "", nil, "/a?x=1&access_token=token-1", ""},
		{query, "/a?access_token=own", "", nil, "/a?access_token=own", ""},
		{tokens.auth(), "/a", "", []Field{{"authorization", []string{"own"}}}, "/a", "own"},
	} {
		sent, _, _ := do(t, c, Request{URL: api.URL + tt.path, Auth: tt.auth, Header: tt.own, SourceHeader: []Field{{"Authorization", []string{"weaker"}}}})
		got := api.last(t)
		if tt.sent == "" {
			tt.sent = "weaker"
		}
		if got.RequestURI != tt.uri || got.Header.Get("Authorization") != tt.sent {
			t.Errorf("%s with %q, expected %s with %q", got.RequestURI, got.Header.Get("Authorization"), tt.uri, tt.sent)
		}
		if sent.URL != api.URL+tt.uri || sent.Header.Get("Authorization") != tt.sent {
			t.Errorf("reported as %s %v", sent.URL, sent.Header)
		}
	}
	if n := len(tokens.requests()); n != 1 {
		t.Errorf("%d token requests", n)
	}
}

// A 401 renews the token and sends the request again, a POST too: it was refused
// before anything was done.
func TestRefusedTokenIsRenewedOnce(t *testing.T) {
	for _, in := range []string{"header", "query"} {
		tokens, api := newIssuer(t), serve(t, accept("token-2"))
		c := newTestClient(t, Config{BaseURL: api.URL})
		auth := tokens.auth()
		auth.AddTokenTo = in
		r := Request{Method: "POST", URL: api.URL + "/a", Body: []byte("x"), Auth: auth}
		for range 2 {
			if _, resp, _ := do(t, c, r); resp.Status != 200 {
				t.Errorf("%s: %d", in, resp.Status)
			}
		}
		if n := len(api.requests()); n != 3 || len(tokens.requests()) != 2 || api.body[1] != "x" || api.last(t).Method != http.MethodPost {
			t.Errorf("%s: %d requests with %q, %d token requests", in, n, api.body, len(tokens.requests()))
		}
	}
}

func TestTokenThatIsRefusedTwice(t *testing.T) {
	tokens, api := newIssuer(t), serve(t, accept("none"))
	c := newTestClient(t, Config{BaseURL: api.URL})
	for i := range 3 {
		_, resp, _ := do(t, c, Request{URL: api.URL, Auth: tokens.auth()})
		if resp.Status != 401 || string(resp.Body) != "no" || resp.Timing.FirstByte <= 0 {
			t.Errorf("%d: %d %q %v", i, resp.Status, resp.Body, resp.Timing)
		}
	}
	if n := len(tokens.requests()); n != 2 || len(api.requests()) != 4 {
		t.Errorf("%d token requests, %d requests", n, len(api.requests()))
	}
}

func TestTokenErrors(t *testing.T) {
	tokens, api := newIssuer(t), serve(t, accept("none"))
	c := newTestClient(t, Config{BaseURL: api.URL})
	do(t, c, Request{URL: api.URL, Auth: func() Auth { a := tokens.auth(); a.OAuth2.Audience = "warm"; return a }()})
	auth := tokens.auth()
	auth.OAuth2.ClientSecret = "topsecret"
	e := fail(t, c, Request{URL: api.URL, Auth: auth}, KindAuth)
	expectText(t, e, tokens.URL+"/token", "invalid_client")
	if strings.Contains(e.Message+e.Hint, "topsecret") {
		t.Error(e.Message)
	}
	refused := newTestClient(t, Config{BaseURL: api.URL})
	api.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		tokens.stops.Store(true)
		w.WriteHeader(http.StatusUnauthorized)
	})
	expectText(t, fail(t, refused, Request{URL: api.URL, Auth: tokens.auth()}, KindAuth),
		"refused the access token (401), and it could not be renewed", tokens.URL+"/token")
	tokens.Close()
	down := newTestClient(t, Config{BaseURL: api.URL})
	expectText(t, fail(t, down, Request{URL: api.URL, Auth: tokens.auth()}, KindNetwork), "connection refused by", tokens.Listener.Addr().String())
}

func TestTokenThatDoesNotCome(t *testing.T) {
	over := make(chan struct{})
	tokens := serve(t, func(http.ResponseWriter, *http.Request) { <-over })
	t.Cleanup(func() { close(over) })
	auth := (&issuer{server: tokens}).auth()
	c := newTestClient(t, Config{BaseURL: "http://127.0.0.1:1"})
	e := fail(t, c, Request{URL: "http://127.0.0.1:1", Auth: auth, Timeout: 50 * time.Millisecond}, KindTimeout)
	expectText(t, e, "no answer ", "within", "50ms", tokens.URL+"/token", "look whether the authorization server is well")
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	sent, _, _, err := c.Do(ctx, &Request{URL: "http://127.0.0.1:1", Auth: auth})
	if !errors.As(err, &e) || e.Kind != KindInterrupted {
		t.Fatal(err)
	}
	expectText(t, e, "interrupted while waiting for an access token from "+tokens.URL+"/token")
	if sent != nil {
		t.Errorf("%s is shown as sent, without its token", sent.URL)
	}
}

// A request that has no token yet does not wait longer than it may: what the
// server said is the error, at once.
func TestTokenThatComesTooLate(t *testing.T) {
	for status, text := range map[int]string{http.StatusTooManyRequests: "429", http.StatusServiceUnavailable: "503"} {
		tokens := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "10")
			w.WriteHeader(status)
		})
		api := serve(t, nil)
		auth := (&issuer{server: tokens}).auth()
		c := newTestClient(t, Config{BaseURL: api.URL, Timeout: 9 * time.Second})
		for range 2 { // the second finds the pause, or what is remembered of it
			e := fail(t, c, Request{URL: api.URL, Auth: auth}, KindResponse)
			expectText(t, e, "the token endpoint "+tokens.URL+"/token answers "+text, "Retry-After 10s", "longer than this request may wait", "raise timeout")
		}
		if n := len(tokens.requests()); n != 1 || len(api.requests()) != 0 {
			t.Errorf("%d token requests, %d requests", n, len(api.requests()))
		}
	}
}

// What was refused was sent; what never had its token was not.
func TestOnlyWhatWasSentIsShown(t *testing.T) {
	tokens, api := newIssuer(t), serve(t, accept("none"))
	tokens.stops.Store(true)
	c := newTestClient(t, Config{BaseURL: api.URL})
	sent, _, _, err := c.Do(t.Context(), &Request{URL: api.URL, Auth: tokens.auth()})
	if err == nil || sent != nil || len(api.requests()) != 0 {
		t.Errorf("shown %v, %v", sent, err)
	}
	tokens.stops.Store(false)
	c = newTestClient(t, Config{BaseURL: api.URL})
	sent, _, _, err = c.Do(t.Context(), &Request{URL: api.URL, Auth: tokens.auth()})
	if err != nil || sent == nil || sent.Header.Get("Authorization") != "Bearer token-2" {
		t.Errorf("shown %v, %v", sent, err)
	}
}

// The token request trusts what the source trusts, shows its certificate, and
// follows no redirect; what is laxer at the source's origin is not laxer there.
func TestTokenRequestTakesTheSourcesTLS(t *testing.T) {
	root := newAuthority(t, "Root")
	cert, client := issue(t, "api", root, nil), issue(t, "client", root, nil)
	i := &issuer{}
	tokens := serveShown(t, cert, i.serve)
	i.server = tokens.server
	api := serveShown(t, cert, accept("token-1", "token-2"))
	config := Config{BaseURL: api.URL, TLS: TLS{CACert: root.pem(), ClientCert: client.pem(), ClientKey: client.keyPEM(t)}}
	do(t, newTestClient(t, config), Request{URL: api.URL, Auth: i.auth()})
	tokens.expect(t, "client")
	api.expect(t, "client")
	config.TLS = TLS{SkipVerify: true}
	e := fail(t, newTestClient(t, config), Request{URL: api.URL, Auth: i.auth()}, KindNetwork)
	expectText(t, e, "not trusted here")
	// At the source's origin the source's settings hold.
	both := serveShown(t, cert, nil)
	i.server = both.server
	both.Config.Handler = both.record(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			i.serve(w, r)
		}
	})
	config.BaseURL = both.URL
	do(t, newTestClient(t, config), Request{URL: both.URL, Auth: i.auth()})
}

func TestTokenRequestIsNotRedirected(t *testing.T) {
	other := newIssuer(t)
	tokens := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/token", http.StatusTemporaryRedirect)
	})
	c := newTestClient(t, Config{BaseURL: "http://127.0.0.1:1"})
	e := fail(t, c, Request{URL: "http://127.0.0.1:1", Auth: (&issuer{server: tokens}).auth()}, KindResponse)
	expectText(t, e, tokens.URL+"/token")
	if len(other.requests()) != 0 {
		t.Error("the credentials went to another server")
	}
}

// kept is a store in memory.
type kept struct {
	mu  sync.Mutex
	all map[string]string
}

func (k *kept) Load(_ context.Context, key string) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.all[key], nil
}

func (k *kept) Save(_ context.Context, key, token string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all[key] = token
	return nil
}

func (k *kept) Delete(_ context.Context, key string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.all, key)
	return nil
}

// serveDevice is a server of RFC 8628 at which somebody has agreed already.
func serveDevice(t *testing.T) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/device":
			_, _ = fmt.Fprintf(w, `{"device_code":"dc","user_code":"UC","verification_uri":"https://login.test/","expires_in":60,"interval":1}`)
		default:
			_, _ = fmt.Fprintf(w, `{"access_token":"token-1","token_type":"Bearer","expires_in":60,"refresh_token":"refresh"}`)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// What a login keeps is found by the whole source only: whoever copies the
// client and changes where its tokens go gets nothing.
func TestLoginIsForOneSource(t *testing.T) {
	server, api := serveDevice(t), serve(t, nil)
	store := &kept{all: map[string]string{}}
	auth := Auth{Type: AuthOAuth2, OAuth2: &oauth.Config{Grant: oauth.DeviceCode, TokenURL: server.URL + "/token", DeviceURL: server.URL + "/device", ClientID: "cli"}}
	config := Config{BaseURL: api.URL + "/v1"}
	client := func(c Config) *Client { return newClientWith(t, c, Options{Store: store}) }
	ask := Request{URL: api.URL, Auth: auth}
	expectText(t, fail(t, client(config), ask, KindAuth), "login")
	if err := client(config).Login(t.Context(), auth, oauth.LoginOptions{Show: func(oauth.Prompt) {}}); err != nil {
		t.Fatal(err)
	}
	if len(store.all) != 1 {
		t.Fatal(store.all)
	}
	limits := config
	limits.Timeout, limits.MaxResponseSize, limits.HTTP = time.Second, 1000, HTTP1
	for _, same := range []Config{config, limits} {
		do(t, client(same), ask)
	}
	for name, change := range map[string]func(*Config){
		"base URL":    func(c *Config) { c.BaseURL = api.URL },
		"proxy":       func(c *Config) { c.Proxy = "none" },
		"resolve":     func(c *Config) { c.Resolve = []Resolution{{"api.test", "127.0.0.1"}} },
		"unix_socket": func(c *Config) { c.UnixSocket = "/nowhere" },
		"verify":      func(c *Config) { c.TLS.SkipVerify = true },
	} {
		t.Run(name, func(t *testing.T) {
			changed := config
			change(&changed)
			expectText(t, fail(t, client(changed), ask, KindAuth), "login")
		})
	}
	moved := ask
	moved.Auth.AddTokenTo = "query"
	expectText(t, fail(t, client(config), moved, KindAuth), "login")
	if err := client(config).Logout(t.Context(), auth); err != nil || len(store.all) != 0 {
		t.Errorf("%v, kept %v", err, store.all)
	}
	expectText(t, fail(t, client(config), ask, KindAuth), "login")
	for _, err := range []error{client(config).Login(t.Context(), Auth{}, oauth.LoginOptions{}), client(config).Logout(t.Context(), Auth{Type: AuthOAuth2})} {
		if err == nil {
			t.Error("there is a login for an auth that has none")
		}
	}
}

// All jobs hold a connection with a 401 while the token is renewed at the same
// host: nobody may wait for a connection that is not freed before.
func TestRenewalHasAConnection(t *testing.T) {
	const jobs = 20
	i := &issuer{}
	var refused sync.WaitGroup
	refused.Add(jobs)
	i.server = serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/token":
			i.serve(w, r)
		case r.Header.Get("Authorization") == "Bearer token-1":
			refused.Done()
			refused.Wait()
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write(make([]byte, maxRefusal)) // not read yet
		}
	})
	c := newClientWith(t, Config{BaseURL: i.URL, HTTP: HTTP1}, Options{Jobs: jobs})
	var g errgroup.Group
	for range jobs {
		g.Go(func() error {
			_, resp, _, err := c.Do(t.Context(), &Request{URL: i.URL + "/a", Auth: i.auth()})
			if err == nil && resp.Status != 200 {
				err = fmt.Errorf("status %d", resp.Status)
			}
			return err
		})
	}
	if err := g.Wait(); err != nil || i.given.Load() != 2 {
		t.Errorf("%v, %d tokens", err, i.given.Load())
	}
}
