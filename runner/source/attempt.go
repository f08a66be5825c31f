package source

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/apicel/apicel/internal/exchange"
)

// acceptEncoding names what decoders knows, the usual first.
const acceptEncoding = "gzip, deflate, br, zstd"

// attempt is one request on its way. The hops of a redirect find it in their
// context. Only one goroutine works on it at a time, the trace apart.
type attempt struct {
	client  *Client
	request *Request
	url     *url.URL // of the request, parsed
	source  layer
	own     layer
	auth    credential
	scheme  scheme // of an auth that is no credential by itself, or nil
	// first is the origin that the query is sent to; left tells that a redirect
	// led away from it, from where on nothing is sent along.
	first string
	left  bool
	lane  lane     // that the hop takes
	hop   *url.URL // of the hop
	// outer is the attempt's context without what belongs to its hops, seen the one
	// in which they find it.
	outer limited
	seen  ofAttempt
	shown *exchange.Request // the first hop's request, as it was sent last

	cookies   *Cookies // in force: those of the request and of this attempt
	received  *Cookies // of this attempt
	replaced  []string // names of cookies that this attempt received
	redirects []string
	set       []*http.Cookie // by any hop, in order
	proofs    []proof        // that its hops sent
	trace     trace
}

type attemptKey struct{}

// attemptOf returns the attempt that a hop or a handshake belongs to, or nil.
func attemptOf(ctx context.Context) *attempt {
	a, _ := ctx.Value(attemptKey{}).(*attempt)
	return a
}

func (c *Client) newAttempt(r *Request) (*attempt, error) {
	u, ok := parseAbsolute(r.URL)
	if !ok {
		return nil, badRequest("the URL %s is not an absolute http or https URL", withoutQuery(r.URL))
	}
	if err := c.options.Hosts.check(u); err != nil {
		return nil, err
	}
	a := &attempt{client: c, request: r, url: u, cookies: r.Jar, trace: trace{connectTimeout: c.config.ConnectTimeout}}
	a.first = c.originOf(u)
	atSource := a.first == c.base.origin
	a.lane = a.laneTo(a.first)
	var err *Error
	if a.own, err = newLayer(r.Header, r.Cookies); err != nil {
		return nil, err
	}
	if atSource {
		if a.source, err = newLayer(r.SourceHeader, r.SourceCookies); err != nil {
			return nil, err
		}
	}
	if atSource || r.OwnAuth {
		if err = a.authenticate(r.Auth); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (a *attempt) authenticate(auth Auth) (err *Error) {
	if a.scheme, err = a.client.scheme(auth); err != nil {
		return err
	}
	if a.scheme == nil {
		a.auth, err = auth.credential()
		return err
	}
	if a.scheme.replaces(a) {
		a.scheme = nil
	}
	return nil
}

// laneTo returns the lane for a hop to the origin.
func (a *attempt) laneTo(origin string) lane {
	switch {
	case origin != a.client.base.origin:
		return laneOther
	case a.left:
		return laneBack
	}
	return laneSource
}

// parseAbsolute parses a URL that a request can be sent to.
func parseAbsolute(rawURL string) (*url.URL, bool) {
	u, err := url.Parse(rawURL)
	if err != nil || u.User != nil || u.Hostname() == "" {
		return nil, false
	}
	u.Fragment, u.RawFragment = "", "" // never sent
	return u, u.Scheme == "http" || u.Scheme == "https"
}

// withKey adds an api_key that belongs into the query part.
func (a *attempt) withKey(u *url.URL) *url.URL {
	name := a.auth.param.Name
	if name == "" || a.left || u.Query().Has(name) {
		return u
	}
	with := *u
	with.RawQuery = strings.TrimPrefix(appendParams("?"+u.RawQuery, []Field{a.auth.param}), "?")
	return &with
}

// header returns all headers of the next hop. They are made anew for each hop
// because net/http copies those of the first hop to wherever a redirect leads.
func (a *attempt) header(u *url.URL, withBody bool) http.Header {
	cookies := a.cookieHeader(u)
	if cookies == "" && len(a.source.header)+len(a.own.header)+len(a.request.Body) == 0 && a.auth.header.Name == "" {
		return a.client.plainHeader // of most requests; nobody changes a header
	}
	h := plainHeader(a.client.userAgent)
	if !a.left {
		a.addLayers(h)
	}
	if withBody && len(a.request.Body) > 0 && a.request.ContentType != "" && len(h["Content-Type"]) == 0 {
		h["Content-Type"] = []string{a.request.ContentType}
	}
	if cookies != "" {
		h["Cookie"] = []string{cookies}
	}
	return h
}

// plainHeader are the headers that every request has.
func plainHeader(userAgent string) http.Header {
	return http.Header{"User-Agent": {userAgent}, "Accept-Encoding": {acceptEncoding}}
}

func (a *attempt) addLayers(h http.Header) {
	for name, values := range a.source.header {
		h[name] = values
	}
	if f := a.auth.header; f.Name != "" {
		h[f.Name] = f.Values
	}
	for name, values := range a.own.header {
		h[name] = values
	}
}

func (a *attempt) cookieHeader(u *url.URL) string {
	var l cookieLayers
	if a.cookies != nil {
		l.received, l.deleted = a.cookies.forURL(a.cookieURL(u), a.client.originOf(u))
	}
	if !a.left {
		l.deleted = append(l.deleted, a.replaced...)
		l.source, l.auth = a.source.cookies, a.auth.cookie
		l.own = without(a.own.cookies, a.replaced)
	}
	return l.header()
}

// host is what the Host header says.
func (a *attempt) host(u *url.URL) string {
	switch {
	case a.left:
	case a.own.host != "":
		return a.own.host
	case a.source.host != "":
		return a.source.host
	}
	return u.Host
}

// cookieURL is u as the server sees it, to which its cookies refer.
func (a *attempt) cookieURL(u *url.URL) *url.URL {
	host := a.host(u)
	if host == u.Host {
		return u
	}
	seen := *u
	seen.Host = host
	return &seen
}

// closes tells that the query or the source wants a connection of its own.
func (a *attempt) closes() bool {
	if a.own.connection != "" {
		return a.own.connection == "close"
	}
	return a.source.connection == "close"
}

// collect takes the cookies that a hop set.
func (a *attempt) collect(resp *http.Response) {
	set := setCookies(resp.Header)
	if len(set) == 0 {
		return
	}
	a.set = append(a.set, set...)
	u := resp.Request.URL
	got := receive(a.cookieURL(u), originOf(u), set, a.request.Index, time.Now())
	a.replaced = append(a.replaced, got.names()...)
	a.received = MergeCookies(a.received, got)
	a.cookies = MergeCookies(a.cookies, got)
}
