// Package oauth gets access tokens from an authorization server (OAuth 2.0,
// RFC 6749) and hands one token to all who need it.
//
// A [Config] says how a token is got, [Config.Check] what is wrong with it
// before anything is sent, and [New] makes [Tokens] of it. [Tokens.Token] gives
// the token that is good now: one request is sent however many goroutines ask,
// and the token is renewed ahead of its end. An API that refuses the token is
// answered with [Tokens.Renew], once for all who held the same one.
// [Tokens.Login] does what needs a person: it opens a browser, or shows a code.
//
// # What is promised
//
//   - A request outlives who asked for it first: each waiter leaves when its own
//     context ends, the request goes on for the others.
//   - Answers are bounded ([MaxAnswer]), requests too ([RequestTimeout] where the
//     HTTP client has no limit of its own). Redirects are named, never followed:
//     they would carry credentials to where nobody sent them.
//   - What fails is one [*Error] that names the endpoint, without its query, and
//     the cause. No secret is in it, not even one that the server sent back.
//   - A failure is remembered shortly, so that many queries do not become as many
//     failing requests: a refusal for [deniedMemory], anything else for as long
//     as it took, at least [failureMemory].
//
// # Why the requests are made here
//
// golang.org/x/oauth2 makes the authorization URL and the PKCE texts. Its token
// requests quote the whole answer in errors, follow redirects, send parameters
// once only (RFC 8707 wants several), and take an expires_in of 3599.5 as an
// error; so requests and answers are read here.
package oauth

import (
	"context"
	"net/http"
	"time"
)

// The grants.
const (
	ClientCredentials = "client_credentials"
	AuthorizationCode = "authorization_code"
	RefreshToken      = "refresh_token"
	Password          = "password"
	DeviceCode        = "device_code"
	JWTBearer         = "jwt_bearer"
)

// The ways in which a client proves who it is.
const (
	AuthHeader        = "header"
	AuthBody          = "body"
	AuthPrivateKeyJWT = "private_key_jwt"
	AuthTLS           = "tls"
	AuthNone          = "none"
)

// The limits. None of them can be switched off.
const (
	// MaxAnswer is the number of bytes that an answer of an authorization server
	// may have, a discovery document included.
	MaxAnswer = 1 << 20
	// RequestTimeout is the time for one request where Options.HTTP has no Timeout.
	RequestTimeout = 30 * time.Second
	// MaxRetryAfter is how long a server may ask to wait (429, 503) for the
	// request to be sent once more; who asks for more gets none.
	MaxRetryAfter = 20 * time.Second
	// LoginTimeout is the time that a person has for a login.
	LoginTimeout = 15 * time.Minute

	// renewAhead is how long before its end a token is renewed, at most; a short
	// lived one is renewed when four fifths of its life have passed.
	renewAhead = 10 * time.Second
	// renewPause is how long a token that replaced a refused one is not replaced
	// again: the API refuses it for another reason than its age.
	renewPause = 10 * time.Second
	// failureMemory and maxFailureMemory bound how long a failure is remembered.
	failureMemory    = time.Second
	maxFailureMemory = 10 * time.Second
	// deniedMemory is how long a refusal is remembered: the same credentials will
	// not become right, and some servers lock accounts that ask on.
	deniedMemory = 30 * time.Second
	// maxDescription is the number of characters of a server's own explanation.
	maxDescription = 200
)

// Config says how a token is got. All values are known and final.
type Config struct {
	// Grant is one of the grants above.
	Grant string
	// Issuer names the authorization server, whose discovery document gives the
	// URLs that are not given here.
	Issuer string
	// TokenURL, AuthURL and DeviceURL are the endpoints of RFC 6749 and RFC 8628.
	TokenURL, AuthURL, DeviceURL string
	ClientID, ClientSecret       string
	// ClientAuth is one of the ways above; "" is AuthHeader where there is a
	// secret, else AuthNone.
	ClientAuth string
	Scopes     []string
	// Audience and Resource name the API that the token is for.
	Audience           string
	Resource           []string
	Username, Password string
	RefreshToken       string
	// PrivateKey is PEM: PKCS #8, PKCS #1 or SEC 1, not encrypted. It signs the
	// assertions of JWTBearer and AuthPrivateKeyJWT.
	PrivateKey []byte
	// KeyID is the `kid` of assertions, Algorithm their `alg` ("": by the kind of
	// key), Subject whom JWTBearer speaks for ("": ClientID).
	KeyID, Algorithm, Subject string
	// TokenHeaders are headers of token requests, QueryParams parameters of the
	// authorization URL and of the device authorization request, AuthParams
	// parameters of token requests. A parameter replaces one of ours of its name.
	TokenHeaders, QueryParams, AuthParams []Param
}

// Param is a name with its values.
type Param struct {
	Name   string
	Values []string
}

// Options are what Tokens work with.
type Options struct {
	// HTTP sends the requests: its Transport and Timeout count, its redirect
	// policy and cookies do not. nil means http.DefaultTransport.
	HTTP *http.Client
	// Explain turns an error of HTTP into a message and a hint that name host and
	// cause; "" leaves it to this package. nil means the same.
	Explain func(ctx context.Context, err error) (message, hint string)
	// Store keeps refresh tokens between runs under StoreKey; nil keeps none.
	Store    Store
	StoreKey string
	// Learn is told every secret, token and assertion before it is sent or returned.
	Learn func(name, value string)
	// Warn is told what goes on in spite of it: a scope that was not given, a
	// refresh token that could not be kept. nil means that nobody listens.
	Warn func(message string)
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Store keeps refresh tokens between runs. Load gives "" and no error where
// there is none. The texts of its errors must not hold the token.
type Store interface {
	Load(ctx context.Context, key string) (string, error)
	Save(ctx context.Context, key, refreshToken string) error
	Delete(ctx context.Context, key string) error
}

// Token is an access token.
type Token struct {
	// Access is what is sent to the API.
	Access string
	// Type is what the server calls it, "Bearer" where it says nothing.
	Type string
	// Expires is when it ends, zero where the server does not say.
	Expires time.Time
	// Scope is what the server says that it is good for, "" where it says nothing.
	Scope string
}

// clientAuth is ClientAuth with its default.
func (c Config) clientAuth() string {
	switch {
	case c.ClientAuth != "":
		return c.ClientAuth
	case c.ClientSecret != "":
		return AuthHeader
	}
	return AuthNone
}

// signs tells whether the private key is used.
func (c Config) signs() bool {
	return c.Grant == JWTBearer || c.clientAuth() == AuthPrivateKeyJWT
}

// NeedsPerson tells the grants that begin with a login, whose refresh token is
// kept for later runs.
func (c Config) NeedsPerson() bool {
	return c.Grant == AuthorizationCode || c.Grant == DeviceCode
}

// refreshes tells the grants whose tokens are got with a refresh token.
func (c Config) refreshes() bool {
	return c.Grant == RefreshToken || c.NeedsPerson()
}
