package oauth

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The tests of this file speak to zitadel's OpenID provider.

func TestClientCredentials(t *testing.T) {
	p := newProvider(t)
	for _, auth := range []string{"", AuthHeader, AuthBody} {
		t.Run(auth, func(t *testing.T) {
			tokens, _ := newTokens(t, Config{Grant: ClientCredentials, Issuer: p.URL, ClientID: "web:app", ClientSecret: secretText, ClientAuth: auth, Scopes: []string{"openid orders.read"}}, Options{HTTP: p.Client()})
			got := token(t, tokens)
			if !p.accepts(got.Access) || got.Type != "Bearer" || time.Until(got.Expires) < 55*time.Minute {
				t.Errorf("token %+v", got)
			}
		})
	}
}

func TestWrongSecret(t *testing.T) {
	p := newProvider(t)
	for _, auth := range []string{AuthHeader, AuthBody} {
		tokens, w := newTokens(t, Config{Grant: ClientCredentials, Issuer: p.URL, ClientID: "web:app", ClientSecret: "wrong " + secretText, ClientAuth: auth}, Options{HTTP: p.Client()})
		_, err := tokens.Token(t.Context())
		w.expectError(t, err, KindDenied, p.URL+"/oauth/token answers 401: invalid_client", "client_id")
	}
}

func TestJWTBearer(t *testing.T) {
	p := newProvider(t)
	config := Config{Grant: JWTBearer, Issuer: p.URL, ClientID: "machine", PrivateKey: signingPEM(t), KeyID: "k1", Scopes: []string{"openid"}}
	tokens, _ := newTokens(t, config, Options{HTTP: p.Client()})
	if got := token(t, tokens); !p.accepts(got.Access) {
		t.Errorf("token %+v", got)
	}
	config.KeyID = "k2"
	tokens, w := newTokens(t, config, Options{HTTP: p.Client()})
	_, err := tokens.Token(t.Context())
	w.expectError(t, err, KindDenied, "the token endpoint "+p.URL, "invalid_grant", "key_id")
}

// A login, and what later runs make of it: they share nothing but the store.
func TestLoginByBrowser(t *testing.T) {
	p := newProvider(t)
	for _, config := range []Config{
		{Grant: AuthorizationCode, Issuer: p.URL, ClientID: "native", Scopes: []string{"openid", "offline_access"}},
		{Grant: AuthorizationCode, Issuer: p.URL, ClientID: "signing", ClientAuth: AuthPrivateKeyJWT, PrivateKey: signingPEM(t), KeyID: "k1", Scopes: []string{"openid", "offline_access"}},
	} {
		t.Run(config.ClientID, func(t *testing.T) {
			store := newKeeper()
			options := Options{HTTP: p.Client(), Store: store, StoreKey: "this suite"}
			tokens, w := newTokens(t, config, options)
			_, err := tokens.Token(t.Context())
			w.expectError(t, err, KindLogin, "nobody has logged in", "apicel login SUITE")
			tokens, _ = newTokens(t, config, options)
			login(t, p, tokens)
			kept := store.now("this suite")
			if got := token(t, tokens); kept == "" || !p.accepts(got.Access) {
				t.Fatalf("token %+v, kept %q", got, kept)
			}
			tokens, w = newTokens(t, config, options)
			if got := token(t, tokens); !p.accepts(got.Access) || store.now("this suite") == kept {
				t.Errorf("the refresh token was not replaced")
			}
			if err := p.storage.RevokeToken(t.Context(), store.now("this suite"), "", config.ClientID); err != nil {
				t.Fatal(err)
			}
			p.storage.revoke()
			_, refused := tokens.Renew(t.Context(), token(t, tokens).Access)
			w.expectError(t, refused, KindLogin, "the login is not good any more", "invalid_grant", "log in again: apicel login SUITE")
			if store.now("this suite") == "" {
				t.Error("the refresh token was deleted")
			}
		})
	}
}

func login(t *testing.T, p *provider, tokens *Tokens) {
	t.Helper()
	var browser sync.WaitGroup
	defer browser.Wait()
	err := tokens.Login(t.Context(), LoginOptions{Open: func(at string) error {
		query, _ := url.ParseQuery(at[strings.Index(at, "?")+1:])
		if query.Get("code_challenge_method") != "S256" || len(query.Get("code_challenge")) != 43 || len(query.Get("state")) < 20 {
			t.Errorf("authorization URL %s", at)
		}
		browser.Go(func() { p.browse(t, at) })
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// A server that knows one redirect URL only refuses others in the browser.
func TestLoginNotRegistered(t *testing.T) {
	p := newProvider(t)
	tokens, w := newTokens(t, Config{Grant: AuthorizationCode, Issuer: p.URL, ClientID: "nobody"}, Options{HTTP: p.Client()})
	ctx, stop := context.WithCancel(t.Context())
	err := tokens.Login(ctx, LoginOptions{Open: func(at string) error {
		resp, err := p.Client().Get(at)
		if err == nil {
			resp.Body.Close()
		}
		stop() // who sees the page gives up
		return err
	}})
	w.expectError(t, err, KindInterrupted, "waiting for the browser to come back from "+p.URL+"/authorize")
}

func TestLoginByDevice(t *testing.T) {
	p := newProvider(t)
	store := newKeeper()
	config := Config{Grant: DeviceCode, Issuer: p.URL, ClientID: "tv", ClientSecret: secretText, Scopes: []string{"openid", "offline_access"}}
	tokens, w := newTokens(t, config, Options{HTTP: p.Client(), Store: store, StoreKey: "k"})
	err := tokens.Login(t.Context(), LoginOptions{Show: func(prompt Prompt) {
		if !strings.HasPrefix(prompt.CompleteURL, prompt.URL) || time.Until(prompt.Expires) > time.Minute {
			t.Errorf("prompt %+v", prompt)
		}
		if err := p.storage.CompleteDeviceAuthorization(t.Context(), prompt.Code, "id1"); err != nil {
			t.Error(err)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	first := token(t, tokens)
	if !p.accepts(first.Access) || store.now("k") == "" {
		t.Errorf("token %+v", first)
	}
	p.storage.revoke()
	renewed, err := tokens.Renew(t.Context(), first.Access)
	if err != nil || !p.accepts(renewed.Access) {
		t.Errorf("renewed %+v, %v", renewed, err)
	}
	err = tokens.Login(t.Context(), LoginOptions{Show: func(prompt Prompt) {
		if err := p.storage.DenyDeviceAuthorization(t.Context(), prompt.Code); err != nil {
			t.Error(err)
		}
	}})
	w.expectError(t, err, KindDenied, "access_denied", "refused")
}

func TestRefreshToken(t *testing.T) {
	p := newProvider(t)
	store := newKeeper()
	login1, _ := newTokens(t, Config{Grant: AuthorizationCode, Issuer: p.URL, ClientID: "native", Scopes: []string{"openid", "offline_access"}}, Options{HTTP: p.Client(), Store: store})
	login(t, p, login1)
	config := Config{Grant: RefreshToken, Issuer: p.URL, ClientID: "native", RefreshToken: store.now("")}
	tokens, w := newTokens(t, config, Options{HTTP: p.Client()})
	first := token(t, tokens)
	p.storage.revoke()
	second, err := tokens.Renew(t.Context(), first.Access)
	if err != nil || !p.accepts(second.Access) {
		t.Fatalf("%+v, %v", second, err)
	}
	if !strings.Contains(w.warnings(), "gave a new refresh token, which is not kept") {
		t.Errorf("warnings %q", w.warnings())
	}
	tokens, w = newTokens(t, config, Options{HTTP: p.Client()}) // the next run: the token is used up
	_, err = tokens.Token(t.Context())
	w.expectError(t, err, KindDenied, "invalid_grant", "refresh_token")
}

// A client that is not confidential may not use client_credentials, and the
// provider's words say so.
func TestGrantNotAllowed(t *testing.T) {
	p := newProvider(t)
	tokens, w := newTokens(t, Config{Grant: ClientCredentials, Issuer: p.URL, ClientID: "tv", ClientSecret: secretText}, Options{HTTP: p.Client()})
	_, err := tokens.Token(t.Context())
	w.expectError(t, err, KindDenied, "unauthorized_client", "allow the client the grant client_credentials")
}

// 500 goroutines ask until three tokens have lived their two seconds: there were
// as many requests as tokens. A machine that is busy may let a token end between
// Token and the API, which Renew makes good, as it does for a query.
func TestManyShareShortTokens(t *testing.T) {
	p := newProvider(t)
	p.storage.life = 2 * time.Second
	tokens, _ := newTokens(t, Config{Grant: ClientCredentials, TokenURL: p.URL + "/oauth/token", ClientID: "web:app", ClientSecret: secretText}, Options{HTTP: p.Client()})
	var seen sync.Map
	var distinct atomic.Int64
	send := func(got Token, err error) (accepted bool, access string) {
		if err != nil {
			t.Error(err)
		}
		if _, known := seen.LoadOrStore(got.Access, true); !known {
			distinct.Add(1)
		}
		return p.accepts(got.Access), got.Access
	}
	var all sync.WaitGroup
	for range 500 {
		all.Go(func() {
			for distinct.Load() < 3 {
				accepted, access := send(tokens.Token(t.Context()))
				if !accepted {
					accepted, _ = send(tokens.Renew(t.Context(), access))
				}
				if !accepted {
					t.Error("refused twice")
				}
				time.Sleep(50 * time.Millisecond) // the query
			}
		})
	}
	all.Wait()
	if n := int64(p.count("/oauth/token")); n != distinct.Load() {
		t.Errorf("%d token requests for %d tokens", n, distinct.Load())
	}
}

// After a revocation all who were refused share one renewal.
func TestRevoked(t *testing.T) {
	p := newProvider(t)
	tokens, _ := newTokens(t, Config{Grant: ClientCredentials, Issuer: p.URL, ClientID: "web:app", ClientSecret: secretText}, Options{HTTP: p.Client()})
	first := token(t, tokens)
	p.storage.revoke()
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if got, err := tokens.Renew(t.Context(), first.Access); err != nil || !p.accepts(got.Access) {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	all.Wait()
	if n := p.count("/oauth/token"); n != 2 {
		t.Errorf("%d token requests, expected 2", n)
	}
}

// The CA of the provider is private: without it there is no token, and no secret
// leaves.
func TestUnknownCA(t *testing.T) {
	p := newProvider(t)
	p.Config.ErrorLog = nil
	client := &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	tokens, w := newTokens(t, Config{Grant: ClientCredentials, Issuer: p.URL, ClientID: "web:app", ClientSecret: secretText}, Options{HTTP: client})
	_, err := tokens.Token(t.Context())
	w.expectError(t, err, KindNetwork, p.URL, "authority that is not trusted", "ca_cert")
}
