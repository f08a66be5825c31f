package source

import (
	"encoding/base64"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// ProxyNone is the proxy of a source that wants none.
const ProxyNone = "none"

// proxyPorts are those of proxies that name none.
var proxyPorts = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}

// CheckProxy says what is wrong with a proxy as a source gives it; "" and
// ProxyNone are right. The error is an *Error, whose texts hold no credential.
func CheckProxy(text string) error {
	if text == "" || text == ProxyNone {
		return nil
	}
	if _, err := parseProxy(text); err != nil {
		return err
	}
	return nil
}

func parseProxy(text string) (*url.URL, *Error) {
	const example = "write it as in http://proxy.example.com:3128, with user:password@ before the host where it asks for them"
	scheme, rest, ok := cutScheme(text)
	if !ok {
		return nil, badRequest("the proxy is not an absolute URL").hint(example)
	}
	if proxyPorts[scheme] == "" {
		return nil, badRequest("the proxy begins with %s://, expected http, https, socks5 or socks5h", scheme)
	}
	authority, path := cutAuthority(rest)
	if strings.Trim(path, "/") != "" {
		return nil, badRequest("the proxy has something after host and port, expected nothing").
			hint("percent-encode what is part of the user or the password: a slash is %%2F, a question mark %%3F, a hash %%23")
	}
	// What net/url says of a URL holds it, password and all.
	u, err := url.Parse(scheme + "://" + authority)
	if err != nil {
		return nil, badRequest("the proxy is not a valid URL").
			hint("percent-encode what is special in the user or the password, such as %% as %%25 and @ as %%40")
	}
	host, valid := asciiHost(u.Hostname())
	if u.Hostname() == "" || !valid {
		return nil, badRequest("the proxy has no valid host").hint(example)
	}
	if port := u.Port(); port != "" && !isPort(port) {
		return nil, badRequest("the proxy has the port %s, expected one from 1 to 65535", port)
	}
	u.Host = hostPort(host, u.Port())
	return u, checkProxyUser(u)
}

func checkProxyUser(u *url.URL) *Error {
	password, _ := u.User.Password()
	for _, part := range []struct{ name, value string }{{"user", u.User.Username()}, {"password", password}} {
		if found := badHeaderByte(part.value); found != "" {
			return badRequest("the %s of the proxy holds %s, which cannot be sent", part.name, found)
		}
		if strings.HasPrefix(u.Scheme, "socks") && len(part.value) > 255 {
			return badRequest("the %s of the proxy has %d bytes, SOCKS allows 255", part.name, len(part.value))
		}
	}
	switch {
	case u.User == nil:
	case u.User.Username() == "" && strings.HasPrefix(u.Scheme, "socks"):
		return badRequest("the proxy has a password but no user")
	case strings.HasPrefix(u.Scheme, "http") && strings.Contains(u.User.Username(), ":"):
		return badRequest("the user of the proxy holds a colon, which would begin the password")
	}
	return nil
}

func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0
}

// proxyAddress is where a proxy is connected to.
func proxyAddress(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = proxyPorts[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// proxyAuthorization is the header of a proxy's user, "" if it has none. It is
// the only kind that is known here (RFC 7617).
func proxyAuthorization(u *url.URL) string {
	if u.User == nil {
		return ""
	}
	password, _ := u.User.Password()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password))
}
