// Package source is the shared client: it sends one request of a query to an
// API and reads the answer whole.
//
// A [Pool] gives one [Client] to all who use an equal [Config], so that suites
// with the same source share their connections. [Client.URL] joins a query's
// path to the base URL, and [Client.Do] sends a [Request]: one attempt, with its
// redirects, its time limit, and the answer's content encoding undone. What goes
// wrong is an [*Error] with a kind, a message and, where there is one, a next step.
//
// # What is sent where
//
// The client knows two origins (scheme, host and port): that of the base URL and
// that of the URL which the query is sent to. What belongs to the source
// (headers, cookies, auth) goes to the base URL's origin only. What belongs to
// the query goes where the query is sent. A redirect to another origin takes
// nothing of either along, for the rest of the way, even where it leads back;
// and a body is never sent again to another origin: that is an error.
//
// TLS follows the same line. The client certificate, server_name, pins, a
// verification that is switched off, an older version of TLS, and the version of
// HTTP hold for the base URL's origin; a redirect that leads back to it from
// elsewhere shows no client certificate. Authorities that are given are trusted
// everywhere, and what is stricter than usual holds everywhere. See [TLS].
//
// Requests for tokens (oauth2) take the source's network, TLS and time limits,
// none of its headers, cookies and parameters, and follow no redirect. They show
// the client certificate wherever the suite sends them; the rest of what holds
// for the base URL's origin alone holds for them only if they go there.
//
// A credential that a server asks for (digest), that is made of the request
// (aws_sigv4) or that is renewed (oauth2) is made anew for each hop at the origin
// that the query is sent to, until a redirect leads away from it.
//
// # The way there
//
// A proxy carries everything that the source sends, whatever its origin. A unix
// socket stands for the base URL's origin; a host that is resolved, for that host
// wherever it is named. Both are connected to directly, without a proxy: one that
// is given beside them is refused, one of the environment left out.
//
// Where several say the same thing:
//
//   - headers: the query's own, then auth, then the source's
//   - cookies: the query's own, then an api_key in a cookie, then those that
//     answers set, then the source's. A cookie that an answer deleted is not
//     sent for the source either. What an answer sets on the way of a redirect
//     replaces the query's own on the next hop
//   - parameters: an api_key is added where the URL does not have the name yet
//
// Cookies that answers set follow RFC 6265, with one addition: a cookie without
// a Domain attribute goes back to the origin that set it only, not to another
// port or scheme of the same host.
package source

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/apicel/apicel/runner/source/oauth"
)

// The limits that hold where a Config does not say otherwise.
const (
	// DefaultTimeout is the time for one attempt: from looking up the host to
	// the end of the body, redirects included.
	DefaultTimeout = 30 * time.Second
	// DefaultConnectTimeout is the time for a new connection: looking up the
	// host, connecting, and the TLS handshake.
	DefaultConnectTimeout = 10 * time.Second
	// DefaultMaxRedirects is the number of redirects that are followed where a
	// Request does not say otherwise.
	DefaultMaxRedirects = 10
	// DefaultMaxResponseSize is the number of bytes that an answer's body may
	// have, as received and with its content encoding undone.
	DefaultMaxResponseSize = 64 << 20
	// MaxHeaderSize is the number of bytes that an answer's headers may have,
	// those of interim answers (1xx) included.
	MaxHeaderSize = 1 << 20
	// DefaultUserAgent is sent where nobody names another.
	DefaultUserAgent = "apicel"
)

// Config is what makes one client different from another. Zero fields mean the
// defaults.
type Config struct {
	// BaseURL is absolute: http or https, a host, perhaps a path.
	BaseURL string
	// Timeout is the time for one attempt of a request without its own.
	Timeout time.Duration
	// ConnectTimeout is the time for a new connection.
	ConnectTimeout time.Duration
	// MaxResponseSize is the number of bytes that a body may have.
	MaxResponseSize int64
	// TLS is what is trusted and shown.
	TLS TLS
	// HTTP is HTTPAuto, HTTP1, HTTP2 or HTTP2Plain; "" means HTTPAuto.
	HTTP string
	// Proxy is the URL of a proxy (http, https, socks5 or socks5h), with user and
	// password where it asks for them; "none" for none; "" for what the
	// environment says. One that is given carries all requests: NO_PROXY belongs
	// to the environment's.
	Proxy string
	// UnixSocket is the path of the socket that stands for the base URL's origin.
	UnixSocket string
	// Resolve says where to connect instead. Names in TLS and in the Host header
	// stay those of the URL.
	Resolve []Resolution
}

// Resolution is an address that stands for a host.
type Resolution struct {
	// From is a host, or a host and a port, which is stronger.
	From string
	// To is an IP address or a host, perhaps with another port.
	To string
}

// Options hold for all clients of a pool.
type Options struct {
	// Jobs is the number of requests that are sent at once. A host gets twice as
	// many connections at most, and 32 in any case.
	Jobs int
	// UserAgent is sent where neither source nor query names one.
	UserAgent string
	// Env looks up a variable of the environment: HTTP_PROXY, HTTPS_PROXY,
	// ALL_PROXY and NO_PROXY, also in lower case. nil is an empty environment.
	Env func(name string) string
	// Learn is told every secret that the client has or gets, before it is sent.
	// nil means that nobody wants to know.
	Learn func(name, value string)
	// Warn is told what the client goes on in spite of, such as a scope that a
	// token does not have. nil means that nobody wants to know.
	Warn func(message string)
	// Store keeps refresh tokens between runs; nil keeps none.
	Store oauth.Store
	// Hosts are those that may be asked, by requests of queries and for tokens,
	// redirects included; nil allows all.
	Hosts *Hosts
	// Now is the clock of signatures and tokens; nil is time.Now.
	Now func() time.Time
}

func (o Options) learn(name, value string) {
	if o.Learn != nil && value != "" {
		o.Learn(name, value)
	}
}

func (o Options) withDefaults() Options {
	if o.UserAgent == "" {
		o.UserAgent = DefaultUserAgent
	}
	if o.Env == nil {
		o.Env = func(string) string { return "" }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Key is equal for configs that may share a client, and only for those. It
// holds no secret: of TLS and of the way there it has hashes.
func (c Config) Key() string {
	c = c.withDefaults()
	return fmt.Sprintf("%q %s %s %d %q %s %s", c.BaseURL, c.Timeout, c.ConnectTimeout, c.MaxResponseSize, c.HTTP, c.TLS.key(), c.wayKey())
}

func (c Config) wayKey() string {
	if c.Proxy == "" && c.UnixSocket == "" && len(c.Resolve) == 0 {
		return "-"
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q", c.Proxy, c.UnixSocket, c.Resolve))
	return hex.EncodeToString(sum[:])
}

func (c Config) withDefaults() Config {
	if c.Timeout <= 0 {
		c.Timeout = DefaultTimeout
	}
	if c.ConnectTimeout <= 0 {
		c.ConnectTimeout = DefaultConnectTimeout
	}
	if c.MaxResponseSize <= 0 {
		c.MaxResponseSize = DefaultMaxResponseSize
	}
	if c.HTTP == "" {
		c.HTTP = HTTPAuto
	}
	if c.TLS.MinVersion == "" {
		c.TLS.MinVersion = "1.2"
	}
	return c
}
