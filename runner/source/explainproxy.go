package source

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
)

// showProxy names a proxy without its user.
func showProxy(u *url.URL) string { return u.Scheme + "://" + proxyAddress(u) }

// refusedByProxy explains a proxy that does not make a tunnel, nil for one that
// does. The texts of proxies are not shown: they are pages for browsers.
func refusedByProxy(proxy *url.URL, target string, answer *http.Response) *Error {
	switch code := answer.StatusCode; code {
	case http.StatusOK:
		return nil
	case http.StatusProxyAuthRequired:
		return wantsUser(proxy, answer.Header)
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return newError(KindNetwork, "the proxy %s cannot connect to %s: it answers %s", showProxy(proxy), target, statusText(code)).
			hint("look whether the host is right, and reachable from the proxy")
	default:
		return newError(KindNetwork, "the proxy %s refused to connect to %s: it answers %s", showProxy(proxy), target, statusText(code)).
			hint("look at what the proxy allows, or leave it out for this host: proxy: none, or NO_PROXY")
	}
}

func statusText(code int) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", code, http.StatusText(code)))
}

// wantsUser explains a proxy that answers 407.
func wantsUser(proxy *url.URL, header http.Header) *Error {
	if asks := header.Values("Proxy-Authenticate"); len(asks) > 0 && !offersBasic(asks) {
		return newError(KindNetwork, "the proxy %s wants authentication (407) of a kind that is not known here; Basic is", showProxy(proxy)).
			hint("let the proxy offer Basic, or run a proxy of your own in between")
	}
	if proxy.User != nil {
		return newError(KindNetwork, "the proxy %s did not accept the user and password that its URL has (407)", showProxy(proxy)).
			hint("look at both; what is special in them is percent-encoded, such as @ as %%40")
	}
	return newError(KindNetwork, "the proxy %s wants a user and a password (407), which its URL does not have", showProxy(proxy)).
		hint("write them before its host, as in http://user:password@proxy.example.com:3128")
}

func offersBasic(lines []string) bool {
	for _, line := range lines {
		for _, challenge := range splitChallenges(line) {
			if scheme, _, _ := strings.Cut(challenge, " "); strings.EqualFold(scheme, "Basic") {
				return true
			}
		}
	}
	return false
}

// explainProxy explains what went wrong on the way to a proxy, or with it.
func (a *attempt) explainProxy(err error, target string) *Error {
	var op *net.OpError
	if !errors.As(err, &op) || (op.Op != "proxyconnect" && op.Op != "socks connect") {
		return nil
	}
	proxy := a.proxy()
	if proxy == nil {
		return nil
	}
	if op.Op == "socks connect" {
		return explainSOCKS(op.Err, proxy, target)
	}
	e := newError(KindNetwork, "cannot connect to the proxy %s: %s", showProxy(proxy), reasonOf(op.Err))
	if a.client.lanes.way.given != nil {
		return e.hint("look at proxy under source, and whether the proxy is running")
	}
	return e.hint("the environment names it: look at HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY")
}

// reasonOf says in a few words why a connection was not made.
func reasonOf(err error) string {
	var lookup *net.DNSError
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "no route to it"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return "it hung up"
	case errors.As(err, &lookup) && lookup.IsNotFound:
		return "no such host: " + lookup.Name
	}
	return err.Error()
}

// explainSOCKS explains what a SOCKS proxy said (RFC 1928, RFC 1929). net/http
// has no types for it.
func explainSOCKS(err error, proxy *url.URL, target string) *Error {
	text := err.Error()
	switch name := showProxy(proxy); {
	case strings.Contains(text, "no acceptable authentication methods") && proxy.User == nil:
		return newError(KindNetwork, "the proxy %s wants a user and a password, which its URL does not have", name).
			hint("write them before its host, as in socks5://user:password@proxy.example.com:1080")
	case strings.Contains(text, "no acceptable authentication methods"):
		return newError(KindNetwork, "the proxy %s takes no user and password", name).hint("leave them out of its URL, or let the proxy take them")
	case strings.Contains(text, "username/password authentication failed"):
		return newError(KindNetwork, "the proxy %s did not accept the user and password that its URL has", name).
			hint("look at both; what is special in them is percent-encoded, such as @ as %%40")
	case strings.Contains(text, "unexpected protocol version"):
		return newError(KindNetwork, "the proxy %s does not speak SOCKS 5", name).hint("look whether it is an HTTP proxy: http://…")
	case strings.HasPrefix(text, "unknown error "):
		return newError(KindNetwork, "the proxy %s cannot connect to %s: %s", name, target, strings.TrimPrefix(text, "unknown error ")).
			hint("look whether the host is right, and reachable from the proxy")
	}
	return newError(KindNetwork, "the proxy %s did not connect to %s: %s", showProxy(proxy), target, reasonOf(err))
}

// explainSocket explains a socket of this machine that cannot be connected to.
func explainSocket(err error, _ string) *Error {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "dial" || op.Net != "unix" || op.Addr == nil {
		return nil
	}
	what, hint := reasonOf(op.Err), "look whether the API is running there"
	switch {
	case errors.Is(err, os.ErrNotExist):
		what = "there is none"
	case errors.Is(err, os.ErrPermission):
		what, hint = "permission denied", "look who may write to it"
	case errors.Is(err, syscall.ENOTSOCK):
		what, hint = "it is no socket", "look at unix_socket under source"
	}
	return newError(KindNetwork, "cannot connect to the socket %s: %s", op.Addr, what).hint("%s", hint)
}
