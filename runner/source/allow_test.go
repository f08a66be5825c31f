package source

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestHosts(t *testing.T) {
	for _, tt := range []struct{ given, asked, refused string }{
		{"api.example.com", "https://api.example.com/x http://API.example.com:8080", "https://example.com https://xapi.example.com https://api.example.com.evil.org"},
		{"api.example.com:8443", "https://api.example.com:8443", "https://api.example.com http://api.example.com:80"},
		{"api.example.com:443", "https://api.example.com", "http://api.example.com"},
		{"*.example.com", "https://a.example.com https://a.b.example.com:1", "https://example.com https://badexample.com"},
		{"[::1]:80", "http://[::1] http://[0:0:0:0:0:0:0:1]:80", "https://[::1]"},
		{"::1", "http://[::1]:9", "http://127.0.0.1:9"},
		{"bücher.example", "https://xn--bcher-kva.example", "https://bucher.example"},
	} {
		h, err := ParseHosts([]string{tt.given})
		if err != nil {
			t.Errorf("%s: %v", tt.given, err)
			continue
		}
		for want, urls := range map[bool]string{true: tt.asked, false: tt.refused} {
			for rawURL := range strings.FieldsSeq(urls) {
				u, err := url.Parse(rawURL)
				if err != nil {
					t.Fatal(err)
				}
				if got := h.check(u) == nil; got != want {
					t.Errorf("%s allows %s: %t, expected %t", tt.given, rawURL, got, want)
				}
			}
		}
	}
	for _, text := range []string{"", "a b", "https://x", "*.", "*.x:80", "x:", "*", "unix:", "*.::1"} {
		if _, err := ParseHosts([]string{text}); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

// Whatever road leads to a host that may not be asked, it ends before it: the
// URL, a redirect, a token endpoint, a proxy, resolve, a socket.
func TestHostsOnEveryRoad(t *testing.T) {
	elsewhere := newIssuer(t)
	api := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, elsewhere.URL, http.StatusFound)
		}
	})
	hosts, err := ParseHosts([]string{api.Listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Jobs: 1, Hosts: hosts}
	c := newClientWith(t, Config{BaseURL: api.URL}, o)
	do(t, c, Request{URL: api.URL})
	for name, r := range map[string]Request{
		"URL":      {URL: elsewhere.URL},
		"redirect": {URL: api.URL + "/away"},
		"token":    {URL: api.URL, Auth: elsewhere.auth()},
	} {
		if e := fail(t, c, r, KindOrigin); !strings.Contains(e.Message, elsewhere.Listener.Addr().String()+" is not among the hosts that may be asked") {
			t.Errorf("%s: %v", name, e)
		}
	}
	if n := len(elsewhere.requests()); n > 0 {
		t.Errorf("the other host was asked %d times", n)
	}
	for name, config := range map[string]Config{
		"the proxy":  {BaseURL: api.URL, Proxy: elsewhere.URL},
		"the socket": {BaseURL: api.URL, UnixSocket: "/run/x.sock"},
		"resolve":    {BaseURL: api.URL, Resolve: []Resolution{{"127.0.0.1", "10.0.0.1"}}},
	} {
		p := NewPool(o)
		if _, err := p.Client(config); err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "not among the hosts") {
			t.Errorf("%s: %v", name, err)
		}
		p.Close()
	}
}
