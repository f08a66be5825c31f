package source

import (
	"bytes"
	"io"
	"net/http"
	"sync"
)

// scheme is an auth whose credential depends on the request that it goes into,
// or is asked for first. It is shared by all attempts of a client with an equal
// auth and used by several goroutines at once.
type scheme interface {
	// sign adds the credential to the request of a hop, whose URL and header are
	// its own. It returns what it used, by which again knows it: a nonce, a token;
	// "" where it had none.
	sign(a *attempt, r *http.Request) (used string, err error)
	// again judges an answer of status 401 to the given try, from 0. It tells whether to sign and send it once more.
	again(a *attempt, r *http.Request, resp *http.Response, used string, try int) (bool, error)
	// replaces tells that the query says itself, in its header or URL, what sign
	// would add.
	replaces(a *attempt) bool
}

// maxResends is how often a hop is sent again because of its credential. A
// digest may need two: the challenge, and a nonce that is stale already.
const maxResends = 2

// maxRefusal is the number of bytes that are read of an answer which is not the
// last, so that its connection can be used again.
const maxRefusal = 64 << 10

// authenticated is the transport's concern that a hop carries the credential of
// its attempt's scheme, at the origin that the query is sent to, before any
// redirect has led away from it.
//
// What a server answers with 401 it has not done (RFC 9110, 15.5.2: the request
// has not been applied), so that a request is sent again whatever its method.
type authenticated struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t authenticated) RoundTrip(r *http.Request) (*http.Response, error) {
	a := attemptOf(r.Context())
	if a == nil || a.scheme == nil || a.left {
		return t.next.RoundTrip(r)
	}
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
	}
	for try := 0; ; try++ {
		signed := a.copyOf(r, try > 0)
		used, err := a.scheme.sign(a, signed)
		if err != nil {
			return nil, err
		}
		a.wasSent(signed)
		resp, err := t.next.RoundTrip(signed)
		if err != nil || resp.StatusCode != http.StatusUnauthorized || try == maxResends {
			return resp, err
		}
		again, err := a.scheme.again(a, signed, resp, used, try)
		if err == nil && !again {
			return resp, nil
		}
		discard(resp)
		if err != nil {
			return nil, err
		}
		a.collect(resp)
	}
}

// copyOf is a hop's request that may be changed. Sent again, it carries the
// cookies that came with the refusal.
func (a *attempt) copyOf(r *http.Request, again bool) *http.Request {
	copied := *r
	u := *r.URL
	copied.URL, copied.Header = &u, r.Header.Clone()
	if hasBody(r) {
		a.addBody(&copied)
	}
	if again {
		copied.Header.Del("Cookie")
		if cookies := a.cookieHeader(r.URL); cookies != "" {
			copied.Header.Set("Cookie", cookies)
		}
	}
	return &copied
}

func hasBody(r *http.Request) bool { return r.Body != nil && r.Body != http.NoBody }

// addBody makes the request's body the query's, from its beginning.
func (a *attempt) addBody(r *http.Request) {
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(a.request.Body)), nil }
	r.Body, _ = r.GetBody()
	r.ContentLength = int64(len(a.request.Body))
}

// discard reads what an answer that nobody sees has, within bounds.
func discard(resp *http.Response) {
	_, _ = io.CopyN(io.Discard, resp.Body, maxRefusal)
	_ = resp.Body.Close()
}

// schemes are those of a client, by the key of their auth.
type schemes struct {
	mu  sync.Mutex
	all map[string]scheme
}

// scheme returns nil for an auth that needs none.
func (c *Client) scheme(a Auth) (scheme, *Error) {
	switch a.Type {
	case AuthDigest, AuthAWSSigV4, AuthOAuth2:
	default:
		return nil, nil
	}
	key := a.Key()
	c.schemes.mu.Lock()
	defer c.schemes.mu.Unlock()
	if known := c.schemes.all[key]; known != nil {
		return known, nil
	}
	if err := a.checkScheme(); err != nil {
		return nil, err
	}
	made := c.newScheme(a)
	if c.schemes.all == nil {
		c.schemes.all = map[string]scheme{}
	}
	c.schemes.all[key] = made
	return made, nil
}

func (a Auth) checkScheme() *Error {
	switch a.Type {
	case AuthDigest:
		return a.checkUser()
	case AuthAWSSigV4:
		return a.AWS.check()
	}
	return a.checkOAuth2()
}

func (c *Client) newScheme(a Auth) scheme {
	switch a.Type {
	case AuthDigest:
		c.options.learn("auth password", a.Password)
		return newDigestAuth(a.Username, a.Password)
	case AuthAWSSigV4:
		c.options.learn("auth secret_access_key", a.AWS.SecretAccessKey)
		c.options.learn("auth session_token", a.AWS.SessionToken)
		return newSigner(a.AWS, c.options.Now)
	}
	return &tokenAuth{tokens: c.tokensFor(a), prefix: a.prefix(), inQuery: a.AddTokenTo == "query", ofPerson: a.OAuth2.NeedsPerson()}
}
