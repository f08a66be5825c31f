package source

import (
	"crypto/md5" //nolint:gosec // RFC 7616 has it, and most servers nothing else
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"net/http"
	"strings"
	"sync"

	"github.com/icholy/digest"
)

// digestAuth is auth digest (RFC 7616). It remembers the last challenge of each
// origin, so that only the first request there is refused and sent again.
type digestAuth struct {
	username, password string

	mu       sync.Mutex
	sessions map[string]*digestSession // by origin
}

// digestSession is a challenge in use.
type digestSession struct {
	challenge *digest.Challenge
	count     int // of requests with its nonce
	// Of an algorithm with -sess: the hash of A1 holds the client's nonce of the
	// first request, or of each, as servers have it; so all have the same.
	cnonce, a1 string
}

func newDigestAuth(username, password string) *digestAuth {
	return &digestAuth{username: username, password: password, sessions: map[string]*digestSession{}}
}

// session returns the origin's session and the number of the next request.
func (d *digestAuth) session(origin string) (*digestSession, int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.sessions[origin]
	if s == nil {
		return nil, 0
	}
	s.count++
	return s, s.count
}

// challenged begins a session, unless another request has done so since the
// nonce that was used.
func (d *digestAuth) challenged(origin, used string, c *digest.Challenge) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.sessions[origin]; s == nil || s.challenge.Nonce == used {
		d.sessions[origin] = d.newSession(c)
	}
}

func (d *digestAuth) newSession(c *digest.Challenge) *digestSession {
	s := &digestSession{challenge: c}
	algorithm, isSession := cutSession(c.Algorithm)
	if !isSession {
		return s
	}
	s.cnonce = rand.Text()
	plain := *c
	plain.Algorithm = algorithm
	h := digestHash(algorithm)
	s.a1 = hashOf(h, hashOf(h, d.username+":"+c.Realm+":"+d.password)+":"+c.Nonce+":"+s.cnonce)
	return s
}

// sign sends nothing along where the origin has not asked yet.
func (d *digestAuth) sign(a *attempt, r *http.Request) (string, error) {
	s, count := d.session(a.first)
	if s == nil {
		return "", nil
	}
	plain := *s.challenge
	plain.Algorithm, _ = cutSession(plain.Algorithm)
	c, err := digest.Digest(&plain, digest.Options{
		Method: r.Method, URI: r.URL.RequestURI(), GetBody: r.GetBody, Count: count,
		Username: d.username, Password: d.password, A1: s.a1, Cnonce: s.cnonce,
	})
	if err != nil {
		return "", badResponse("the challenge of %s cannot be answered: %s", a.trace.host(), strings.TrimPrefix(err.Error(), "digest: "))
	}
	c.Algorithm = s.challenge.Algorithm
	a.proves("auth response", c.Response)
	a.proves("auth cnonce", c.Cnonce)
	r.Header.Set("Authorization", c.String())
	return s.challenge.Nonce, nil
}

// again answers a challenge to a request that had no credential, that had one
// for a stale nonce, or one for a nonce that was remembered: a server that has
// forgotten it need not say that it is stale. What is refused beyond that has
// the wrong user or password.
func (d *digestAuth) again(a *attempt, _ *http.Request, resp *http.Response, used string, try int) (bool, error) {
	c := findChallenge(resp.Header)
	if c == nil {
		return false, nil
	}
	remembered := try == 0 && c.Nonce != used
	if used != "" && !c.Stale && !remembered {
		return false, nil
	}
	d.challenged(a.first, used, c)
	return true, nil
}

func (d *digestAuth) replaces(a *attempt) bool { return a.own.has("Authorization") }

// cutSession cuts -sess off the name of an algorithm.
func cutSession(algorithm string) (string, bool) {
	const suffix = "-sess"
	if n := len(algorithm) - len(suffix); n > 0 && strings.EqualFold(algorithm[n:], suffix) {
		return algorithm[:n], true
	}
	return algorithm, false
}

// digestHash returns nil for an algorithm that is not known.
func digestHash(algorithm string) hash.Hash {
	switch strings.ToUpper(algorithm) {
	case "", "MD5":
		return md5.New() //nolint:gosec // see the import
	case "SHA-256":
		return sha256.New()
	}
	return nil
}

func hashOf(h hash.Hash, text string) string {
	h.Reset()
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}
