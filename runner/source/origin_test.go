package source

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// loaded is a request with everything that could leak.
func loaded(url string) Request {
	return Request{
		Method:        "GET",
		URL:           url,
		Header:        []Field{{"X-Own", []string{"own"}}, {"Authorization", nil}, {"Cookie", []string{"raw=own"}}},
		SourceHeader:  []Field{{"X-Source", []string{"source"}}, {"Referer", []string{"source"}}},
		Cookies:       []Field{{"own", []string{"o"}}},
		SourceCookies: []Field{{"src", []string{"s"}}},
		Auth:          Auth{Type: AuthBearer, Token: "topsecret"},
	}
}

// expectBare fails if the request carries anything of source or query.
func expectBare(t *testing.T, r *http.Request) {
	t.Helper()
	var names []string
	for name := range r.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	if got, want := strings.Join(names, " "), "Accept-Encoding User-Agent"; got != want {
		t.Errorf("headers %s, expected %s: %v", got, want, r.Header)
	}
	if agent := r.UserAgent(); agent != "apicel/test" {
		t.Errorf("user agent %q", agent)
	}
}

func TestEverythingGoesToTheSource(t *testing.T) {
	api := serve(t, nil)
	c := newTestClient(t, Config{BaseURL: api.URL})
	sent, _, _ := do(t, c, loaded(api.URL+"/a"))
	for name, want := range map[string]string{
		"X-Own": "own", "X-Source": "source", "Authorization": "Bearer topsecret", "Cookie": "src=s; raw=own; own=o",
		"User-Agent": "apicel/test", "Accept-Encoding": "gzip, deflate, br, zstd",
	} {
		if got := api.last(t).Header.Get(name); got != want {
			t.Errorf("%s: the server got %q, expected %q", name, got, want)
		}
		if got := sent.Header.Get(name); got != want {
			t.Errorf("%s: reported as %q, expected %q", name, got, want)
		}
	}
}

func TestAbsoluteURLToAnotherOriginTakesTheQuerysOnly(t *testing.T) {
	api, other := serve(t, nil), serve(t, nil)
	c := newTestClient(t, Config{BaseURL: api.URL})
	do(t, c, loaded(other.URL+"/a"))
	h := other.last(t).Header
	if h.Get("X-Own") != "own" || h.Get("Cookie") != "raw=own; own=o" {
		t.Errorf("the query's own is missing: %v", h)
	}
	for _, name := range []string{"X-Source", "Referer", "Authorization"} {
		if got := h.Get(name); got != "" {
			t.Errorf("%s: %q went to another origin", name, got)
		}
	}
	own := loaded(other.URL)
	own.OwnAuth = true
	do(t, c, own)
	if got := other.last(t).Header.Get("Authorization"); got != "Bearer topsecret" {
		t.Errorf("the query's own auth: %q", got)
	}
}

func TestRedirectToAnotherOriginTakesNothing(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, auth := range []Auth{
			{Type: AuthBearer, Token: "topsecret"},
			{Type: AuthAPIKey, Name: "X-Api-Key", Value: "topsecret"},
			{Type: AuthAPIKey, Name: "key", Value: "topsecret", In: "query"},
			{Type: AuthAPIKey, Name: "key", Value: "topsecret", In: "cookie"},
		} {
			other := serve(t, nil)
			api := serve(t, func(w http.ResponseWriter, r *http.Request) {
				http.SetCookie(w, &http.Cookie{Name: "hop", Value: "h"})
				http.Redirect(w, r, other.URL+"/b", status)
			})
			c := newTestClient(t, Config{BaseURL: api.URL})
			r := loaded(api.URL + "/a")
			r.Auth = auth
			_, resp, _ := do(t, c, r)
			expectBare(t, other.last(t))
			if got := other.last(t).URL.RawQuery; got != "" {
				t.Errorf("%d: query part %q", status, got)
			}
			if resp.URL != other.URL+"/b" || len(resp.Redirects) != 1 || !strings.HasPrefix(resp.Redirects[0], api.URL+"/a") {
				t.Errorf("%d: from %s after %q", status, resp.URL, resp.Redirects)
			}
		}
	}
}

// A way back to the source gets nothing either: the other origin chose it.
func TestRedirectBackTakesNothing(t *testing.T) {
	var other *server
	api := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/a" {
			http.Redirect(w, r, other.URL, http.StatusFound)
		}
	})
	other = serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, api.URL+"/drop-everything", http.StatusFound)
	})
	c := newTestClient(t, Config{BaseURL: api.URL})
	do(t, c, loaded(api.URL+"/a"))
	expectBare(t, api.last(t))
}

// Both servers have one host, so that only their ports tell them apart.
func TestCookiesOfAnotherOriginStayThere(t *testing.T) {
	for _, host := range []string{"", "api.test"} {
		var other *server
		api := serve(t, func(w http.ResponseWriter, r *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "sid", Value: "source", Path: "/"})
			if r.URL.Path == "/a" {
				http.Redirect(w, r, other.URL, http.StatusFound)
			}
		})
		other = serve(t, func(w http.ResponseWriter, r *http.Request) {
			for _, domain := range []string{"", "127.0.0.1", "api.test", "test"} {
				http.SetCookie(w, &http.Cookie{Name: "sid", Value: "other", Path: "/", Domain: domain})
				http.SetCookie(w, &http.Cookie{Name: "planted" + domain, Value: "other", Path: "/", Domain: domain})
			}
			http.Redirect(w, r, api.URL+"/back", http.StatusFound)
		})
		c := newTestClient(t, Config{BaseURL: api.URL})
		r := Request{URL: api.URL + "/a"}
		if host != "" {
			r.SourceHeader = []Field{{"Host", []string{host}}}
		}
		_, _, got := do(t, c, r)
		if sent := other.last(t).Header.Get("Cookie"); sent != "" {
			t.Errorf("the other origin got %q", sent)
		}
		want := "sid=source"
		if host != "" {
			want = "" // nothing is left of the name under which it was set
		}
		if sent := api.last(t).Header.Get("Cookie"); sent != want {
			t.Errorf("Host %q: the source got %q on the way back, expected %q", host, sent, want)
		}
		r.URL, r.Jar = api.URL+"/next", got
		do(t, c, r)
		if sent := api.last(t).Header.Get("Cookie"); sent != "sid=source" {
			t.Errorf("Host %q: the next query sends %q", host, sent)
		}
		sent := strings.Split(header(t, got, other.URL), "; ")
		slices.Sort(sent)
		if want := []string{"planted127.0.0.1=other", "planted=other", "sid=other"}; !slices.Equal(sent, want) {
			t.Errorf("Host %q: %q goes to the other origin, expected %q", host, sent, want)
		}
	}
}

// A cookie that an answer must not set does not displace the query's own.
func TestRefusedCookieReplacesNothing(t *testing.T) {
	api := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/a" {
			http.SetCookie(w, &http.Cookie{Name: "own", Value: "x", Domain: "elsewhere.test"})
			http.Redirect(w, r, "/b", http.StatusFound)
		}
	})
	_, _, got := do(t, newTestClient(t, Config{BaseURL: api.URL}), Request{URL: api.URL + "/a", Cookies: []Field{{"own", []string{"o"}}}})
	if sent := api.last(t).Header.Get("Cookie"); sent != "own=o" || got.Len() != 0 {
		t.Errorf("the second hop sends %q, %d cookies are kept", sent, got.Len())
	}
}

func TestRedirectWithinTheOriginTakesAllAlong(t *testing.T) {
	api := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/a" {
			http.Redirect(w, r, "/b?x=1", http.StatusTemporaryRedirect)
		}
	})
	c := newTestClient(t, Config{BaseURL: api.URL})
	r := loaded(api.URL + "/a")
	r.Method, r.Body, r.ContentType = "POST", []byte(`{"a":1}`), "application/json"
	do(t, c, r)
	last := api.last(t)
	for name, want := range map[string]string{
		"X-Own": "own", "X-Source": "source", "Authorization": "Bearer topsecret", "Content-Type": "application/json",
		"Cookie": "src=s; raw=own; own=o", "Referer": "source",
	} {
		if got := last.Header.Get(name); got != want {
			t.Errorf("%s: %q, expected %q", name, got, want)
		}
	}
	if last.Method != http.MethodPost || api.body[1] != `{"a":1}` || last.URL.RawQuery != "x=1" {
		t.Errorf("%s %s with %q", last.Method, last.URL, api.body[1])
	}
	r = Request{URL: api.URL + "/a", Auth: Auth{Type: AuthAPIKey, Name: "key", Value: "v&w", In: "query"}}
	do(t, c, r)
	if got := api.last(t).URL.RawQuery; got != "x=1&key=v%26w" {
		t.Errorf("api_key after a redirect: %q", got)
	}
}

func TestRedirectFromAnAbsoluteURLKeepsToItsOrigin(t *testing.T) {
	api := serve(t, nil)
	other := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/same":
			http.Redirect(w, r, "/end", http.StatusFound)
		case "/source":
			http.Redirect(w, r, api.URL, http.StatusFound)
		}
	})
	c := newTestClient(t, Config{BaseURL: api.URL})
	do(t, c, loaded(other.URL+"/same"))
	if h := other.last(t).Header; h.Get("X-Own") != "own" || h.Get("X-Source") != "" {
		t.Errorf("headers %v", h)
	}
	do(t, c, loaded(other.URL+"/source"))
	expectBare(t, api.last(t))
}

func TestRedirectTurnsPostIntoGet(t *testing.T) {
	for _, status := range []int{301, 302, 303} {
		api := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/a" {
				http.Redirect(w, r, "/b", status)
			}
		})
		c := newTestClient(t, Config{BaseURL: api.URL})
		do(t, c, Request{Method: "POST", URL: api.URL + "/a", Body: []byte("x"), ContentType: "text/plain",
			Header: []Field{{"Content-Language", []string{"de"}}, {"X-Own", []string{"own"}}}})
		last := api.last(t)
		if last.Method != http.MethodGet || api.body[1] != "" || last.Header.Get("X-Own") != "own" {
			t.Errorf("%d: %s %q %v", status, last.Method, api.body[1], last.Header)
		}
		for name := range last.Header {
			if strings.HasPrefix(name, "Content-") {
				t.Errorf("%d: header %s describes a body that is not sent", status, name)
			}
		}
	}
}

func TestBodyIsNotSentToAnotherOrigin(t *testing.T) {
	for _, status := range []int{307, 308} {
		other := serve(t, nil)
		api := serve(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+"/b?key=topsecret", status)
		})
		c := newTestClient(t, Config{BaseURL: api.URL})
		e := fail(t, c, Request{Method: "POST", URL: api.URL + "/a", Body: []byte("x")}, KindOrigin)
		expectText(t, e, api.URL+"/a", other.URL+"/b", "another origin", "body", fmt.Sprint(status))
		if strings.Contains(e.Message, "topsecret") {
			t.Error(e.Message)
		}
		if n := len(other.requests()); n != 0 {
			t.Errorf("%d requests went to the other origin", n)
		}
		// Without a body there is nothing to send again.
		do(t, c, Request{Method: "POST", URL: api.URL + "/a"})
		expectBare(t, func() *http.Request { r := other.last(t); r.Header.Del("Content-Length"); return r }())
	}
}

func TestBodyFromHTTPToHTTPS(t *testing.T) {
	api := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://"+r.Host+"/a", http.StatusPermanentRedirect)
	})
	c := newTestClient(t, Config{BaseURL: api.URL})
	e := fail(t, c, Request{Method: "PUT", URL: api.URL + "/a", Body: []byte("x")}, KindOrigin)
	expectText(t, e, "base_url with https://")
}

func TestRedirectsThatLeadNowhere(t *testing.T) {
	for _, tt := range []struct{ location, want string }{
		{"", "no Location"},
		{"http://[::1", "not a valid URL"},
		{"/%zz", "not a valid URL"},
		{"myapp://callback?code=1", "of the scheme \"myapp\", expected http or https"},
		{"//user:topsecret@h/", "user name"},
		{"http:///x", "without a host"},
		{"/" + strings.Repeat("x", 64<<10), "a Location of more than 64 KiB"},
	} {
		api := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if tt.location != "" {
				w.Header().Set("Location", tt.location)
			}
			w.WriteHeader(http.StatusFound)
		})
		e := fail(t, newTestClient(t, Config{BaseURL: api.URL}), Request{URL: api.URL}, KindResponse)
		expectText(t, e, tt.want, "302")
		if strings.Contains(e.Message, "topsecret") {
			t.Error(e.Message)
		}
	}
}

func TestRedirectLimit(t *testing.T) {
	api := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var n int
		_, _ = fmt.Sscanf(r.URL.Path, "/%d", &n)
		if n > 0 {
			http.Redirect(w, r, fmt.Sprintf("/%d?key=topsecret", n-1), http.StatusFound)
		}
	})
	c := newTestClient(t, Config{BaseURL: api.URL})
	_, resp, _ := do(t, c, Request{URL: api.URL + "/10"})
	if len(resp.Redirects) != 10 || resp.Status != 200 {
		t.Errorf("%d after %d redirects", resp.Status, len(resp.Redirects))
	}
	e := fail(t, c, Request{URL: api.URL + "/11"}, KindResponse)
	expectText(t, e, "stopped after 10 redirects, before "+api.URL+"/0", "raise max under redirects")
	if strings.Contains(e.Message, "topsecret") {
		t.Error(e.Message)
	}
}

func TestStatusesThatDoNotRedirect(t *testing.T) {
	for _, status := range []int{300, 304, 305} {
		api := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/b")
			w.WriteHeader(status)
		})
		_, resp, _ := do(t, newTestClient(t, Config{BaseURL: api.URL}), Request{URL: api.URL})
		if resp.Status != status || len(resp.Redirects) != 0 {
			t.Errorf("%d: answer %d after %q", status, resp.Status, resp.Redirects)
		}
	}
}

func TestFragmentsAreNotKept(t *testing.T) {
	api := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/a" {
			http.Redirect(w, r, "/b#part", http.StatusFound)
		}
	})
	sent, resp, _ := do(t, newTestClient(t, Config{BaseURL: api.URL}), Request{URL: api.URL + "/a#x"})
	if sent.URL != api.URL+"/a" || resp.URL != api.URL+"/b" {
		t.Errorf("%s and %s", sent.URL, resp.URL)
	}
}

func TestHostHeader(t *testing.T) {
	var hosts []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hosts = append(hosts, r.Host)
		if r.URL.Path == "/a" {
			http.SetCookie(w, &http.Cookie{Name: "sid", Value: "1", Domain: "api.test"})
			http.Redirect(w, r, "http://"+r.Context().Value(http.LocalAddrContextKey).(interface{ String() string }).String()+"/b", http.StatusFound)
		}
	}))
	defer s.Close()
	c := newTestClient(t, Config{BaseURL: s.URL})
	sent, _, cookies := do(t, c, Request{URL: s.URL + "/a", SourceHeader: []Field{{"host", []string{"api.test"}}}})
	if want := []string{"api.test", "api.test"}; !slices.Equal(hosts, want) {
		t.Errorf("hosts %q, expected %q", hosts, want)
	}
	if got := sent.Header.Get("Host"); got != "api.test" {
		t.Errorf("reported Host %q", got)
	}
	if cookies.Len() != 1 {
		t.Errorf("%d cookies for the host that the server was asked for", cookies.Len())
	}
}
