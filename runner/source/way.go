package source

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/http/httpproxy"
)

// way is how a client gets to a server: directly, through a proxy, to a socket
// or to another address.
type way struct {
	proxy   func(*url.URL) (*url.URL, error) // by URL; nil, nil for none
	given   *url.URL                         // proxy of the config, or nil
	secured map[string]bool                  // the addresses of https proxies
	socket  string                           // of the source's origin, or ""
	instead map[string]target                // by host, and by host and port
	conns   *connections
}

func newWay(config Config, o Options, conns *connections) (*way, error) {
	if err := CheckNetwork(config.Proxy, config.UnixSocket, config.Resolve); err != nil {
		return nil, err
	}
	w := &way{socket: config.UnixSocket, instead: targets(config.Resolve), secured: map[string]bool{}, conns: conns}
	switch config.Proxy {
	case "":
		w.proxy = w.fromEnvironment(o)
	case ProxyNone:
		w.proxy = func(*url.URL) (*url.URL, error) { return nil, nil }
	default:
		w.given, _ = parseProxy(config.Proxy)
		w.know(w.given, o)
		w.proxy = func(*url.URL) (*url.URL, error) { return w.given, nil }
	}
	return w, nil
}

// know notes a proxy and tells its password.
func (w *way) know(proxy *url.URL, o Options) {
	if proxy.Scheme == "https" {
		w.secured[proxyAddress(proxy)] = true
	}
	password, _ := proxy.User.Password()
	o.learn("proxy password", password)
	if password != "" {
		_, pair, _ := strings.Cut(proxyAuthorization(proxy), " ")
		o.learn("proxy credentials", pair)
	}
}

// fromEnvironment follows the usual variables, lower case first. Hosts that are
// resolved are left out, and those on this machine (see httpproxy).
func (w *way) fromEnvironment(o Options) func(*url.URL) (*url.URL, error) {
	env := func(names ...string) string {
		for _, name := range names {
			if value := o.Env(name); value != "" {
				return value
			}
		}
		return ""
	}
	all := httpproxy.Config{
		HTTPProxy:  env("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"),
		HTTPSProxy: env("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"),
		NoProxy:    env("no_proxy", "NO_PROXY"),
		CGI:        env("REQUEST_METHOD") != "",
	}
	for _, text := range []string{all.HTTPProxy, all.HTTPSProxy} {
		if proxy, err := parseProxy(withScheme(text)); err == nil && text != "" {
			w.know(proxy, o)
		}
	}
	choose := all.ProxyFunc()
	return func(u *url.URL) (*url.URL, error) {
		if w.isResolved(u) {
			return nil, nil
		}
		proxy, err := choose(u)
		if err != nil || proxy == nil {
			return nil, err
		}
		if _, wrong := parseProxy(proxy.String()); wrong != nil {
			wrong.Message = "HTTP_PROXY, HTTPS_PROXY or ALL_PROXY: " + wrong.Message
			return nil, wrong
		}
		return proxy, nil
	}
}

// withScheme is how the environment may write a proxy.
func withScheme(proxy string) string {
	if strings.Contains(proxy, "://") {
		return proxy
	}
	return "http://" + proxy
}

// to returns the proxy for a URL, nil where there is none, or where l leads to
// a socket.
func (w *way) to(l lane, u *url.URL) (*url.URL, error) {
	if w.socket != "" && l.atSource() {
		return nil, nil
	}
	return w.proxy(u)
}

// forwards tells that a proxy reads the requests for a URL: net/http sends them
// to it as they are, where others go through a tunnel.
func (w *way) forwards(l lane, u *url.URL) *url.URL {
	if u.Scheme != "http" {
		return nil
	}
	if proxy, _ := w.to(l, u); proxy != nil && strings.HasPrefix(proxy.Scheme, "http") {
		return proxy
	}
	return nil
}

// dialFunc makes a connection.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// dial returns how a lane connects, to a server or to a proxy.
func (w *way) dial(l lane, timeout time.Duration) dialFunc {
	dialer := &net.Dialer{Timeout: timeout}
	switch {
	case w.socket != "" && l.atSource():
		return func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "unix", w.socket)
		}
	case len(w.instead) == 0:
		return dialer.DialContext
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, w.address(address))
	}
}

// use makes a transport go this way.
func (w *way) use(t *http.Transport, l lane, config Config) {
	t.DialContext = w.conns.track(w.dial(l, config.ConnectTimeout), t.Protocols.UnencryptedHTTP2())
	t.Proxy = func(r *http.Request) (*url.URL, error) { return w.to(l, r.URL) }
	t.OnProxyConnectResponse = func(_ context.Context, proxy *url.URL, request *http.Request, answer *http.Response) error {
		if err := refusedByProxy(proxy, request.Host, answer); err != nil {
			return err
		}
		return nil
	}
}
