package source

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/things-go/go-socks5"
)

const proxyUser, proxyPassword = "ann", "topsecret@/:%"

// escapedUser is how a URL has both.
const escapedUser = "ann:topsecret%40%2F%3A%25@"

// httpProxy forwards and makes tunnels, for one user.
type httpProxy struct {
	*httptest.Server
	mu   sync.Mutex
	seen []string // method and target
	asks string   // for which kind of authentication
	code int      // in place of a tunnel
}

func serveHTTPProxy(t testing.TB, cert *issued) *httpProxy {
	t.Helper()
	p := &httpProxy{asks: `Basic realm="proxy"`}
	p.Server = httptest.NewUnstartedServer(p)
	if cert != nil {
		// It offers HTTP/2, in which it would get no CONNECT that it understands.
		p.TLS = &tls.Config{Certificates: []tls.Certificate{cert.forTLS()}, NextProtos: []string{"h2", "http/1.1"}}
		p.StartTLS()
	} else {
		p.Start()
	}
	t.Cleanup(p.Close)
	return p
}

func (p *httpProxy) url(user string) string {
	return strings.Replace(p.URL, "://", "://"+user, 1)
}

func (p *httpProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.seen = append(p.seen, r.Method+" "+r.RequestURI)
	p.mu.Unlock()
	asked := &http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}
	if user, password, _ := asked.BasicAuth(); user != proxyUser || password != proxyPassword {
		w.Header().Set("Proxy-Authenticate", p.asks)
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	r.Header.Del("Proxy-Authorization")
	switch {
	case r.URL.Hostname() == "v1.api.test":
		return
	case r.Method != http.MethodConnect:
		(&httputil.ReverseProxy{Rewrite: func(*httputil.ProxyRequest) {}}).ServeHTTP(w, r)
		return
	case p.code != 0:
		w.WriteHeader(p.code)
		return
	}
	to, err := net.Dial("tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	conn, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	_, _ = fmt.Fprint(conn, "HTTP/1.1 200 Connection established\r\nX-A: 1\r\n\r\n")
	join(conn, buffered.Reader, to)
}

// join carries bytes both ways until one side ends.
func join(conn net.Conn, from *bufio.Reader, to net.Conn) {
	var both sync.WaitGroup
	both.Go(func() { _, _ = io.Copy(to, from); _ = to.Close() })
	both.Go(func() { _, _ = io.Copy(conn, to); _ = conn.Close() })
	both.Wait()
}

func (p *httpProxy) took() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := p.seen
	p.seen = nil
	return seen
}

// serveSOCKS serves SOCKS 5 for one user, who may be "" for anybody. It finds
// the hosts of tests itself.
func serveSOCKS(t testing.TB, user string) (address string, took func() int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	n := 0
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		mu.Lock()
		n++
		mu.Unlock()
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	options := []socks5.Option{socks5.WithDial(dial), socks5.WithResolver(here{}), socks5.WithLogger(socks5.NewLogger(log.New(io.Discard, "", 0)))}
	if user != "" {
		options = append(options, socks5.WithCredential(socks5.StaticCredentials{user: proxyPassword}))
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = socks5.NewServer(options...).Serve(l)
	}()
	t.Cleanup(func() { _ = l.Close(); <-ended })
	return l.Addr().String(), func() int { mu.Lock(); defer mu.Unlock(); return n }
}

// here is where all names lead.
type here struct{}

func (here) Resolve(ctx context.Context, _ string) (context.Context, net.IP, error) {
	return ctx, net.IPv4(127, 0, 0, 1), nil
}

// greeting serves connections on which it speaks first.
func greeting(t testing.TB, text string) string {
	t.Helper()
	return listenRaw(t, func(conn net.Conn) {
		write(conn, "%s", text)
		untilClosed(conn)
	})
}

// Each version of HTTP goes through each kind of proxy.
func TestProxies(t *testing.T) {
	root := newAuthority(t, "Root")
	cert := issue(t, "api", root, nil)
	plain, secured, h2c := serve(t, nil), serveWith(t, cert, nil, nil), serveH2C(t, false, nil)
	http1, https := serveHTTPProxy(t, nil), serveHTTPProxy(t, cert)
	socks, took := serveSOCKS(t, proxyUser)
	open, _ := serveSOCKS(t, "")
	for _, proxy := range []struct {
		name, url string
		http      *httpProxy
	}{
		{"http", http1.url(escapedUser), http1}, {"https", https.url(escapedUser), https},
		{"socks5", "socks5://" + escapedUser + socks, nil}, {"socks5h", "socks5h://" + escapedUser + socks, nil}, {"open socks5", "socks5://" + open, nil},
	} {
		for _, tt := range []struct{ base, version, proto, seen string }{
			{plain.URL, HTTPAuto, "HTTP/1.1", "POST " + plain.URL + "/a?x=1"},
			{plain.URL, HTTP1, "HTTP/1.1", "POST " + plain.URL + "/a?x=1"},
			{secured.URL, HTTPAuto, "HTTP/2", "CONNECT " + secured.Listener.Addr().String()},
			{secured.URL, HTTP1, "HTTP/1.1", "CONNECT " + secured.Listener.Addr().String()},
			{secured.URL, HTTP2, "HTTP/2", "CONNECT " + secured.Listener.Addr().String()},
			{h2c.URL, HTTP2Plain, "HTTP/2", "CONNECT " + h2c.Listener.Addr().String()},
		} {
			t.Run(proxy.name+" "+tt.version+" "+tt.base[:5], func(t *testing.T) {
				before := took()
				c := newTestClient(t, Config{BaseURL: tt.base, HTTP: tt.version, Proxy: proxy.url, TLS: TLS{CACert: root.pem()}})
				_, resp, _ := do(t, c, Request{Method: "POST", URL: tt.base + "/a?x=1", Body: []byte("x")})
				if resp.Proto != tt.proto {
					t.Errorf("%s, expected %s", resp.Proto, tt.proto)
				}
				switch {
				case proxy.http != nil:
					if seen := strings.Join(proxy.http.took(), "\n"); seen != tt.seen {
						t.Errorf("the proxy took %q, expected %q", seen, tt.seen)
					}
				case strings.HasPrefix(proxy.name, "socks") && took() != before+1:
					t.Errorf("the proxy took %d connections", took()-before)
				}
			})
		}
	}
	for _, s := range []*server{plain, secured, h2c} {
		for _, r := range s.requests() {
			if r.Header.Get("Proxy-Authorization") != "" {
				t.Error("the proxy's credentials went to the API")
			}
		}
	}
}

// With a proxy everything goes through it, whatever its origin.
func TestProxyCarriesOtherOrigins(t *testing.T) {
	other := serve(t, nil)
	api := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL+"/b", http.StatusFound) })
	proxy, tokens := serveHTTPProxy(t, nil), newIssuer(t)
	c := newTestClient(t, Config{BaseURL: api.URL, Proxy: proxy.url(escapedUser)})
	do(t, c, Request{URL: api.URL + "/a", Auth: tokens.auth()})
	want := fmt.Sprintf("POST %s/token\nGET %s/a\nGET %s/b", tokens.URL, api.URL, other.URL)
	if seen := strings.Join(proxy.took(), "\n"); seen != want {
		t.Errorf("%s\nexpected\n%s", seen, want)
	}
}

func TestProxyErrors(t *testing.T) {
	api := serve(t, nil)
	secured := serveWith(t, issue(t, "api", nil, nil), nil, nil)
	const h2c = "http://127.0.0.1:1"
	http1, socks := serveHTTPProxy(t, nil), ""
	socks, _ = serveSOCKS(t, proxyUser)
	hangsUp := strings.TrimPrefix(listen(t, func(net.Conn) {}), "http://")
	for _, tt := range []struct {
		name, base, proxy string
		set               func()
		want              []string
	}{
		{"no user", api.URL, http1.URL, nil, []string{"wants a user and a password (407)", "user:password@"}},
		{"no user, tunnel", secured.URL, http1.URL, nil, []string{"wants a user and a password (407)"}},
		{"no user, h2c", h2c, http1.URL, nil, []string{"wants a user and a password (407)"}},
		{"wrong user", api.URL, http1.url("ann:topsecret@"), nil, []string{"did not accept the user and password", "%40"}},
		{"wrong user, tunnel", secured.URL, http1.url("ann:topsecret@"), nil, []string{"did not accept the user and password"}},
		{"other kind", secured.URL, http1.url("ann:topsecret@"), func() { http1.asks = "NTLM, Negotiate" }, []string{"of a kind that is not known here"}},
		{"no such host", "https://127.0.0.1:1", http1.url(escapedUser), nil, []string{"cannot connect to 127.0.0.1:1: it answers 502 Bad Gateway"}},
		{"no such host, h2c", h2c, http1.url(escapedUser), nil, []string{"cannot connect to 127.0.0.1:1: it answers 502 Bad Gateway"}},
		{"forbidden", secured.URL, http1.url(escapedUser), func() { http1.code = 403 }, []string{"refused to connect to", "403 Forbidden"}},
		{"refused", secured.URL, "http://" + escapedUser + "127.0.0.1:1", nil, []string{"cannot connect to the proxy http://127.0.0.1:1: connection refused", "look at proxy under source"}},
		{"refused, h2c", h2c, "http://" + escapedUser + "127.0.0.1:1", nil, []string{"cannot connect to the proxy http://127.0.0.1:1: connection refused"}},
		{"hangs up, h2c", h2c, "http://" + escapedUser + hangsUp, nil, []string{"cannot connect to the proxy", "it hung up"}},
		{"no TLS", secured.URL, "https://" + escapedUser + http1.Listener.Addr().String(), nil, []string{"cannot connect to the proxy https://"}},
		{"no TLS, h2c", h2c, "https://" + escapedUser + http1.Listener.Addr().String(), nil, []string{"cannot connect to the proxy https://"}},
		{"socks no user", api.URL, "socks5://" + socks, nil, []string{"wants a user and a password", "socks5://user:password@"}},
		{"socks wrong user", api.URL, "socks5://ann:topsecret@" + socks, nil, []string{"did not accept the user and password"}},
		{"socks no such host", "http://127.0.0.1:1", "socks5://" + escapedUser + socks, nil, []string{"cannot connect to 127.0.0.1:1: connection refused"}},
		{"socks refused", api.URL, "socks5://" + escapedUser + "127.0.0.1:1", nil, []string{"cannot connect to the proxy socks5://127.0.0.1:1: connection refused"}},
		{"socks that is http", api.URL, "socks5://" + greeting(t, "SSH-2.0-x"), nil, []string{"does not speak SOCKS 5"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			http1.asks, http1.code = "Basic", 0
			if tt.set != nil {
				tt.set()
			}
			config := Config{BaseURL: tt.base, Proxy: tt.proxy}
			if tt.base == h2c && strings.Contains(tt.name, "h2c") {
				config.HTTP = HTTP2Plain
			}
			e := fail(t, newTestClient(t, config), Request{URL: tt.base, Auth: Auth{Type: AuthBearer, Token: "t"}}, KindNetwork)
			expectText(t, e, tt.want...)
			for _, text := range []string{e.Message, e.Hint} {
				if strings.Contains(text, "topsecret") || strings.Contains(text, "dG9wc2Vj") {
					t.Errorf("a credential is in %q", text)
				}
			}
		})
	}
	// A 407 of an API that no proxy is in front of is an answer.
	strange := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusProxyAuthRequired) })
	do(t, newTestClient(t, Config{BaseURL: strange.URL}), Request{URL: strange.URL})
}

func TestProxyOfTheEnvironment(t *testing.T) {
	proxy := serveHTTPProxy(t, nil)
	socks, took := serveSOCKS(t, "")
	url := proxy.url(escapedUser)
	for _, tt := range []struct {
		name    string
		env     map[string]string
		config  Config
		http    bool // goes through the HTTP proxy
		socks   bool
		message string
	}{
		{"upper", map[string]string{"HTTP_PROXY": url}, Config{}, true, false, ""},
		{"lower", map[string]string{"http_proxy": strings.TrimPrefix(url, "http://"), "HTTP_PROXY": "http://127.0.0.1:1"}, Config{}, true, false, ""},
		{"other scheme", map[string]string{"HTTPS_PROXY": url}, Config{}, false, false, ""},
		{"all", map[string]string{"ALL_PROXY": "socks5://" + socks}, Config{}, false, true, ""},
		{"NO_PROXY", map[string]string{"HTTP_PROXY": url, "NO_PROXY": "other.test,.api.test"}, Config{}, false, false, ""},
		{"NO_PROXY of another port", map[string]string{"HTTP_PROXY": url, "no_proxy": "v1.api.test:81"}, Config{}, true, false, ""},
		{"none given", map[string]string{"HTTP_PROXY": url}, Config{Proxy: ProxyNone}, false, false, ""},
		{"given", map[string]string{"HTTP_PROXY": "http://127.0.0.1:1", "NO_PROXY": "*"}, Config{Proxy: url}, true, false, ""},
		{"resolve", map[string]string{"HTTP_PROXY": url}, Config{Resolve: []Resolution{{"v1.API.test:80", "127.0.0.1:1"}}}, false, false, ""},
		{"socket", map[string]string{"HTTP_PROXY": url}, Config{UnixSocket: "/nowhere"}, false, false, ""},
		{"wrong", map[string]string{"HTTP_PROXY": "ftp://u:topsecret@h"}, Config{}, false, false, "HTTP_PROXY, HTTPS_PROXY or ALL_PROXY: the proxy begins with ftp://"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := took()
			tt.config.BaseURL = "http://v1.api.test"
			c := newClientWith(t, tt.config, Options{Env: func(name string) string { return tt.env[name] }})
			offline(c, "v1.api.test:80")
			_, _, _, err := c.Do(t.Context(), &Request{URL: "http://v1.api.test/a"})
			seen := strings.Join(proxy.took(), "\n")
			if (seen == "GET http://v1.api.test/a") != tt.http || (seen != "" && !tt.http) || (took() == before+1) != tt.socks {
				t.Errorf("the proxies took %q and %d; %v", seen, took()-before, err)
			}
			if e := new(Error); errors.As(err, &e) && (!strings.Contains(e.Message, tt.message) || strings.Contains(e.Message, "topsecret")) {
				t.Errorf("%v, expected %s", err, tt.message)
			}
		})
	}
}

// offline keeps a client from connecting to an address, and from looking it up.
func offline(c *Client, address string) {
	for _, t := range c.lanes.transports {
		dial := t.DialContext
		t.DialContext = func(ctx context.Context, network, to string) (net.Conn, error) {
			if to == address {
				return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
			}
			return dial(ctx, network, to)
		}
	}
}

func TestCheckProxy(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "none": "", "http://h": "", "HTTPS://h:3128/": "", "socks5://u:p@[::1]:1080": "", "socks5h://h": "", "http://user@h": "", "http://a:b%3Ac@h": "",
		"h:3128": "not an absolute URL", "ftp://topsecret@h": "expected http, https, socks5 or socks5h", "http://": "no valid host",
		"http://h:99999": "expected one from 1 to 65535", "http://u:topsecret/x@h": "something after host and port", "http://h/?topsecret": "after host and port",
		"http://u:topsecret%zz@h": "not a valid URL", "http://u:topsecret%0A@h": "password of the proxy holds a line break", "http://a%3Ab:topsecret@h": "a colon",
		"socks5://:topsecret@h": "no user", "socks5://u:" + strings.Repeat("topsecret", 30) + "@h": "270 bytes", "http://a b": "not a valid", "None": "not an absolute URL",
	} {
		err := CheckProxy(text)
		if (err == nil) != (want == "") || (err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "topsecret"))) {
			t.Errorf("%q: %v, expected %q", text, err, want)
		}
		if _, made := NewPool(Options{}).Client(Config{BaseURL: "http://h", Proxy: text}); (made == nil) != (err == nil) {
			t.Errorf("%q: %v, but as a client %v", text, err, made)
		}
	}
}

// A proxy that takes connections and says nothing is named, not the API behind it.
func TestSilentProxy(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // the system takes the connections
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, scheme := range []string{"socks5", "http"} {
		proxy := scheme + "://me:topsecret@" + l.Addr().String()
		c := newTestClient(t, Config{BaseURL: "https://api.test", Proxy: proxy, ConnectTimeout: 50 * time.Millisecond})
		e := fail(t, c, Request{URL: "https://api.test"}, KindTimeout)
		expectText(t, e, "no connection within 50ms, connecting to api.test", "by the proxy "+scheme+"://"+l.Addr().String())
		if strings.Contains(e.Message, "topsecret") {
			t.Error(e.Message)
		}
	}
}
