package oauth

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// provider is zitadel's OpenID provider over TLS with a CA of its own: the
// protocol is theirs, this file gives it clients, users and lifetimes.
type provider struct {
	*httptest.Server
	op      *op.Provider
	storage *providerStorage
	mu      sync.Mutex
	posts   map[string]int // by path
}

// providerStorage is the example's storage with our clients.
type providerStorage struct {
	*storage.Storage
	key     *rsa.PrivateKey
	clients map[string]op.Client

	mu      sync.Mutex
	life    time.Duration
	expires map[string]time.Time // by token id
}

// providerClient is a client of the example with other ways in.
type providerClient struct {
	*storage.Client
	method oidc.AuthMethod
	grants []oidc.GrantType
}

func (c providerClient) AuthMethod() oidc.AuthMethod    { return c.method }
func (c providerClient) GrantTypes() []oidc.GrantType   { return c.grants }
func (c providerClient) IsScopeAllowed(s string) bool   { return s == "orders.read" }
func (c providerClient) IDTokenLifetime() time.Duration { return time.Hour }

var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// signingPEM is the key as a suite gives it.
func signingPEM(t testing.TB) []byte {
	der, err := x509.MarshalPKCS8PrivateKey(signingKey())
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func (s *providerStorage) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	if c, ok := s.clients[id]; ok {
		return c, nil
	}
	return nil, errors.New("no such client")
}

func (s *providerStorage) GetKeyByIDAndClientID(_ context.Context, keyID, clientID string) (*jose.JSONWebKey, error) {
	if keyID != "k1" || (clientID != "machine" && clientID != "signing") {
		return nil, errors.New("no such key")
	}
	return &jose.JSONWebKey{KeyID: keyID, Use: "sig", Key: &s.key.PublicKey}, nil
}

func (s *providerStorage) ValidateJWTProfileScopes(_ context.Context, _ string, scopes []string) ([]string, error) {
	return scopes, nil
}

func (s *providerStorage) ClientCredentials(ctx context.Context, id, secret string) (op.Client, error) {
	if err := s.AuthorizeClientIDSecret(ctx, id, secret); err != nil {
		return nil, err
	}
	return s.GetClientByClientID(ctx, id)
}

func (s *providerStorage) ClientCredentialsTokenRequest(_ context.Context, id string, scopes []string) (op.TokenRequest, error) {
	return &oidc.JWTTokenRequest{Subject: id, Audience: []string{id}, Scopes: scopes}, nil
}

func (s *providerStorage) CreateAccessToken(ctx context.Context, r op.TokenRequest) (string, time.Time, error) {
	id, _, err := s.Storage.CreateAccessToken(ctx, r)
	return id, s.note(id), err
}

func (s *providerStorage) CreateAccessAndRefreshTokens(ctx context.Context, r op.TokenRequest, current string) (string, string, time.Time, error) {
	if d, ok := r.(*op.DeviceAuthorizationState); ok { // the example forgets whose token it is
		r = &storage.RefreshTokenRequest{RefreshToken: &storage.RefreshToken{ApplicationID: d.ClientID, UserID: d.Subject, Scopes: d.Scopes, Audience: d.GetAudience()}}
	}
	id, refresh, _, err := s.Storage.CreateAccessAndRefreshTokens(ctx, r, current)
	return id, refresh, s.note(id), err
}

// note begins the life of a token. The provider cuts expires_in to whole
// seconds, so that a little is added.
func (s *providerStorage) note(id string) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expires[id] = time.Now().Add(s.life + 100*time.Millisecond)
	return s.expires[id]
}

// revoke ends the life of all access tokens.
func (s *providerStorage) revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.expires)
}

// accepts is the API: it tells whether an access token is good.
func (p *provider) accepts(access string) bool {
	plain, err := p.op.Crypto().Decrypt(access)
	if err != nil {
		return false
	}
	id, _, _ := strings.Cut(plain, ":")
	p.storage.mu.Lock()
	defer p.storage.mu.Unlock()
	return time.Now().Before(p.storage.expires[id])
}

func (p *provider) count(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.posts[path]
}

func newProvider(t testing.TB) *provider {
	t.Helper()
	native := storage.NativeClient("native", "http://127.0.0.1/callback")
	secretive := storage.WebClient("web:app", secretText)
	device := storage.DeviceClient("tv", secretText)
	signing := storage.NativeClient("signing", "http://127.0.0.1/callback")
	known := map[string]*storage.Client{"native": native, "web:app": secretive, "tv": device, "signing": signing}
	withRefresh := []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeRefreshToken, oidc.GrantTypeDeviceCode}
	p := &provider{posts: map[string]int{}, storage: &providerStorage{
		Storage: storage.NewStorageWithClients(storage.NewUserStore("https://127.0.0.1:1"), known),
		key:     signingKey(), life: time.Hour, expires: map[string]time.Time{},
		clients: map[string]op.Client{
			"native":  providerClient{native, oidc.AuthMethodNone, withRefresh},
			"web:app": providerClient{secretive, oidc.AuthMethodBasic, []oidc.GrantType{oidc.GrantTypeClientCredentials}},
			"tv":      providerClient{device, oidc.AuthMethodBasic, withRefresh},
			"signing": providerClient{signing, oidc.AuthMethodPrivateKeyJWT, withRefresh},
		},
	}}
	p.Server = httptest.NewTLSServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Close)
	var err error
	p.op, err = op.NewProvider(&op.Config{
		CryptoKey: sha256.Sum256([]byte("test")), CodeMethodS256: true, AuthMethodPost: true, AuthMethodPrivateKeyJWT: true, GrantTypeRefreshToken: true,
		DeviceAuthorization: op.DeviceAuthorizationConfig{Lifetime: time.Minute, PollInterval: time.Second, UserFormPath: "/device", UserCode: op.UserCodeBase20},
	}, p.storage, op.StaticIssuer(p.URL))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// serve is the provider and its login page.
func (p *provider) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		p.mu.Lock()
		p.posts[r.URL.Path]++
		p.mu.Unlock()
	}
	if r.URL.Path != "/login/username" {
		p.op.ServeHTTP(w, r)
		return
	}
	id := r.FormValue("authRequestID")
	if err := p.storage.CheckUsernamePassword(r.FormValue("username"), r.FormValue("password"), id); err != nil {
		http.Error(w, "who are you?", http.StatusOK)
		return
	}
	ctx := op.ContextWithIssuer(r.Context(), p.URL)
	http.Redirect(w, r, op.AuthCallbackURL(p.op)(ctx, id), http.StatusFound)
}

// browse plays the browser: it opens the URL, logs in, and goes where it is sent.
func (p *provider) browse(t testing.TB, at string) {
	t.Helper()
	resp, err := p.Client().Get(at)
	if err != nil {
		t.Error(err)
		return
	}
	defer resp.Body.Close()
	if resp.Request.URL.Path != "/login/username" {
		return // sent back at once
	}
	query := resp.Request.URL.Query()
	query.Set("username", "test-user@127.0.0.1")
	query.Set("password", "verysecure")
	resp, err = p.Client().PostForm(p.URL+"/login/username", query)
	if err != nil {
		t.Error(err)
		return
	}
	defer resp.Body.Close()
	if resp.Request.URL.Hostname() != "127.0.0.1" || resp.StatusCode != http.StatusOK {
		t.Errorf("the browser ended with %d at %s", resp.StatusCode, resp.Request.URL)
	}
}
