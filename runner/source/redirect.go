package source

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/apicel/apicel/internal/files"
)

// followRedirect is the CheckRedirect of all clients. By now net/http has made
// the request of the next hop with headers copied by its own rules; they are
// replaced whole.
func followRedirect(next *http.Request, via []*http.Request) error {
	a := attemptOf(next.Context())
	if a == nil {
		return http.ErrUseLastResponse
	}
	if err := a.follow(next, via); err != nil {
		return err
	}
	return nil
}

func (a *attempt) follow(next *http.Request, via []*http.Request) *Error {
	from := via[len(via)-1]
	a.collect(next.Response)
	a.redirects = append(a.redirects, from.URL.String())
	next.URL.Fragment, next.URL.RawFragment = "", ""
	if err := a.checkTarget(next, len(via)); err != nil {
		return err
	}
	a.rewrite(next, from)
	sends := hasBody(next)
	origin := originOf(next.URL)
	if origin != a.first {
		if sends {
			return bodyToOtherOrigin(from.URL, next)
		}
		a.left = true
	}
	a.lane = a.laneTo(origin)
	next.URL = a.withKey(next.URL)
	next.Host = a.host(next.URL)
	next.Header = a.header(next.URL, sends)
	if len(a.request.Body) > 0 && !sends {
		dropContentHeaders(next.Header)
	}
	next.Close = !a.left && a.closes()
	a.begins(next.URL)
	return nil
}

// rewrite gives the next hop method and body as browsers do (Fetch, HTTP-redirect
// fetch): 303 makes a GET of anything but HEAD, 301 and 302 of POST. Anything else
// stays what it is, where net/http would make a GET of PUT and DELETE too.
func (a *attempt) rewrite(next, from *http.Request) {
	method, body := from.Method, hasBody(from)
	switch status := next.Response.StatusCode; {
	case status == http.StatusSeeOther && method != http.MethodGet && method != http.MethodHead,
		(status == http.StatusMovedPermanently || status == http.StatusFound) && method == http.MethodPost:
		method, body = http.MethodGet, false
	}
	next.Method, next.Body, next.GetBody, next.ContentLength = method, nil, nil, 0
	if body {
		a.addBody(next)
	}
}

// checkTarget refuses redirects that lead nowhere. hops is the number of
// requests that were sent.
func (a *attempt) checkTarget(next *http.Request, hops int) *Error {
	u, status := next.URL, next.Response.StatusCode
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return badResponse("the answer redirects (%d) to a URL of the scheme %q, expected http or https", status, cutTo(u.Scheme, maxSchemeShown))
	case u.User != nil:
		return badResponse("the answer redirects (%d) to a URL with a user name, which is not followed", status)
	case u.Hostname() == "":
		return badResponse("the answer redirects (%d) to a URL without a host", status)
	case hops > a.maxRedirects():
		return a.tooManyRedirects(u)
	}
	return nil
}

func (a *attempt) maxRedirects() int {
	if a.request.MaxRedirects <= 0 {
		return DefaultMaxRedirects
	}
	return a.request.MaxRedirects
}

// tooManyRedirects looks for a circle only now: a URL may well redirect to
// itself once or twice, with a cookie that makes the difference.
func (a *attempt) tooManyRedirects(next *url.URL) *Error {
	count, circle := redirectCount(a.maxRedirects()), ""
	switch steps := a.stepsBack(a.withKey(next).String()); steps {
	case 0:
		return badResponse("stopped after %s, before %s", count, show(next)).
			hint("raise max under redirects if that many are meant")
	case 1:
		circle = "to themselves, " + show(next)
	default:
		circle = fmt.Sprintf("in a circle of %d, back to %s", steps, show(next))
	}
	return badResponse("the answers redirect %s: stopped after %s", circle, count).
		hint("look at what the API expects before it stops redirecting: a cookie, a header, another host")
}

// stepsBack is how many redirects ago the URL was asked last, 0 if it was not.
func (a *attempt) stepsBack(rawURL string) int {
	for i, asked := range slices.Backward(a.redirects) {
		if asked == rawURL {
			return len(a.redirects) - i
		}
	}
	return 0
}

func redirectCount(n int) string {
	if n == 1 {
		return "1 redirect"
	}
	return fmt.Sprintf("%d redirects", n)
}

func bodyToOtherOrigin(from *url.URL, next *http.Request) *Error {
	to := next.URL
	err := newError(KindOrigin, "the answer redirects (%d) from %s to %s, another origin, to which a body is not sent again",
		next.Response.StatusCode, show(from), show(to))
	if from.Scheme == "http" && to.Scheme == "https" && strings.EqualFold(from.Hostname(), to.Hostname()) {
		return err.hint("http and https are different origins even on one host: begin base_url with https://")
	}
	return err.hint("send the query to %s itself if that is meant", originOf(to))
}

// dropContentHeaders removes what described a body that is not sent any more
// (RFC 9110, 15.4).
func dropContentHeaders(h http.Header) {
	for name := range h {
		if strings.HasPrefix(name, "Content-") || name == "Expect" {
			delete(h, name)
		}
	}
}

// maxSchemeShown and maxLocationShown are how many bytes a message quotes.
const (
	maxSchemeShown   = 20
	maxLocationShown = 200
)

func cutTo(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

// shownLocation quotes a Location whole and without its query, or not at all: a
// part of it might be a part of a secret.
func shownLocation(location string) string {
	path, _, _ := strings.Cut(location, "?")
	if len(path) > maxLocationShown {
		return ""
	}
	return fmt.Sprintf(": %q", path)
}

// maxLocation is the number of bytes that a Location may have. It goes into
// messages and reports.
const maxLocation = 64 << 10

// redirectsLead is the transport's concern that an answer which redirects says
// where to. Without it net/http takes a redirect without Location for a success
// and puts a Location that is not valid into an error text as it is.
type redirectsLead struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t redirectsLead) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(r)
	if err != nil || !isRedirect(resp.StatusCode) {
		return resp, err
	}
	location := resp.Header.Get("Location")
	_, invalid := r.URL.Parse(location)
	switch {
	case len(location) > maxLocation:
		err = badResponse("the answer redirects (%d) to a Location of more than %s", resp.StatusCode, files.Size(maxLocation))
	case location == "":
		err = badResponse("the answer redirects (%d) but has no Location that says where to", resp.StatusCode)
	case invalid != nil:
		err = badResponse("the answer redirects (%d) to a Location that is not a valid URL%s", resp.StatusCode, shownLocation(location))
	default:
		return resp, nil
	}
	_ = resp.Body.Close()
	return nil, err
}

// answered sends requests, the first of which has its answer already.
type answered struct {
	first *http.Response // nil once it was given
	next  http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t *answered) RoundTrip(r *http.Request) (*http.Response, error) {
	resp := t.first
	if resp == nil {
		return t.next.RoundTrip(r)
	}
	t.first = nil
	return resp, nil
}

// isRedirect tells the statuses that net/http follows.
func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// show spells a URL for a message: without its query part, which may hold keys.
func show(u *url.URL) string {
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	return shown.String()
}

func withoutQuery(rawURL string) string {
	if i := strings.IndexAny(rawURL, "?#"); i >= 0 {
		rawURL = rawURL[:i]
	}
	if i := strings.LastIndexByte(rawURL, '@'); i >= 0 {
		rawURL = "…" + rawURL[i:]
	}
	return rawURL
}
