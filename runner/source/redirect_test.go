package source

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func TestRedirectsOfARequest(t *testing.T) {
	api := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if path := strings.TrimPrefix(r.URL.Path, "/"); path != "" {
			http.Redirect(w, r, "/"+path[1:], http.StatusFound)
		}
	})
	c := newTestClient(t, Config{BaseURL: api.URL})
	_, resp, _ := do(t, c, Request{URL: api.URL + "/xx", MaxRedirects: 2})
	if resp.Status != 200 || len(resp.Redirects) != 2 {
		t.Errorf("%d after %q", resp.Status, resp.Redirects)
	}
	e := fail(t, c, Request{URL: api.URL + "/xxx?key=topsecret", MaxRedirects: 2}, KindResponse)
	expectText(t, e, "stopped after 2 redirects, before "+api.URL+"/", "raise max")
	expectText(t, fail(t, c, Request{URL: api.URL + "/xx", MaxRedirects: 1}, KindResponse), "stopped after 1 redirect, before")
	do(t, c, Request{URL: api.URL + "/" + strings.Repeat("x", 40), MaxRedirects: 40})
}

// What is no redirect to follow is an answer, whatever its Location says.
func TestNoRedirects(t *testing.T) {
	for _, location := range []string{"/b", "https://elsewhere.test/?code=1", "http://[::1", "myapp://x", ""} {
		api := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if location != "" {
				w.Header().Set("Location", location)
			}
			w.Header().Add("Set-Cookie", "a=1")
			w.WriteHeader(http.StatusTemporaryRedirect)
			_, _ = w.Write([]byte("moved"))
		})
		sent, resp, cookies := do(t, newTestClient(t, Config{BaseURL: api.URL}), Request{Method: "POST", URL: api.URL + "/a", Body: []byte("x"), NoRedirects: true, MaxRedirects: 3})
		if resp.Status != 307 || string(resp.Body) != "moved" || len(resp.Redirects) != 0 || resp.URL != api.URL+"/a" || resp.Header.Get("Location") != location {
			t.Errorf("%q: %d %q after %q", location, resp.Status, resp.Body, resp.Redirects)
		}
		if cookies.Len() != 1 || len(resp.Cookies) != 1 || string(sent.Body) != "x" || len(api.requests()) != 1 {
			t.Errorf("%q: %d cookies", location, cookies.Len())
		}
	}
}

func TestRedirectCircles(t *testing.T) {
	api := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/start", "/b":
			http.Redirect(w, r, "/a?key=topsecret#part", http.StatusFound)
		case "/a":
			http.Redirect(w, r, "/b", http.StatusFound)
		case "/self":
			http.Redirect(w, r, "/self", http.StatusFound)
		case "/login": // leads back once, with a cookie that makes the difference
			if _, err := r.Cookie("sid"); err != nil {
				http.SetCookie(w, &http.Cookie{Name: "sid", Value: "1"})
				http.Redirect(w, r, "/login", http.StatusFound)
			}
		}
	})
	c := newTestClient(t, Config{BaseURL: api.URL})
	e := fail(t, c, Request{URL: api.URL + "/start"}, KindResponse)
	expectText(t, e, "redirect in a circle of 2, back to "+api.URL+"/a: stopped after 10 redirects")
	if strings.Contains(e.Message, "topsecret") {
		t.Error(e.Message)
	}
	e = fail(t, c, Request{URL: api.URL + "/self", MaxRedirects: 1, Auth: Auth{Type: AuthAPIKey, Name: "k", Value: "topsecret", In: "query"}}, KindResponse)
	expectText(t, e, "redirect to themselves, "+api.URL+"/self: stopped after 1 redirect")
	if _, resp, _ := do(t, c, Request{URL: api.URL + "/login"}); resp.Status != 200 || len(resp.Redirects) != 1 {
		t.Errorf("%d after %q", resp.Status, resp.Redirects)
	}
}

func TestResponseCookies(t *testing.T) {
	var other *httptest.Server
	api := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/a":
			w.Header()["Set-Cookie"] = []string{"a=1; Path=/; HttpOnly", "b=1", "refused=1; Domain=elsewhere.test"}
			http.Redirect(w, r, "/b", http.StatusFound)
		case "/b":
			w.Header().Add("Set-Cookie", "a=2; Max-Age=60; SameSite=Lax")
			w.Header().Add("Set-Cookie", "b=; Max-Age=0")
			http.Redirect(w, r, other.URL, http.StatusFound)
		}
	})
	other = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Add("Set-Cookie", "c=3") }))
	defer other.Close()
	_, resp, _ := do(t, newTestClient(t, Config{BaseURL: api.URL}), Request{URL: api.URL + "/a"})
	var got []string
	for _, c := range resp.Cookies {
		got = append(got, c.Name+"="+c.Value)
	}
	if want := []string{"a=1", "b=1", "refused=1", "a=2", "b=", "c=3"}; !slices.Equal(got, want) {
		t.Errorf("%q, expected %q", got, want)
	}
	if a := resp.Cookies[0]; !a.HttpOnly || a.Path != "/" {
		t.Errorf("%+v", a)
	}
	if a := resp.Cookies[3]; a.MaxAge != 60 || a.SameSite != http.SameSiteLaxMode {
		t.Errorf("%+v", a)
	}
}

// Browsers take these, net/http leaves them out.
func TestCookiesThatServersShouldNotSend(t *testing.T) {
	for _, tt := range []struct{ line, name, value string }{
		{`prefs={"theme":"dark"}; Path=/; Secure; HttpOnly`, "prefs", `{"theme":"dark"}`},
		{"who=Bücher", "who", "Bücher"},
		{`back=C:\temp`, "back", `C:\temp`},
		{"my cookie=1", "my cookie", "1"},
		{"a[b]=1; Max-Age=60", "a[b]", "1"},
		{"sid=a b,c", "sid", "a b,c"},
		{"  sid = 1 ; Path=/", "sid", "1"},
		{"sid", "", ""},
		{"=1", "", ""},
		{"", "", ""},
		{";Path=/", "", ""},
		{"sid=1\x01", "", ""},
	} {
		got := setCookies(http.Header{"Set-Cookie": {tt.line}})
		if tt.name == "" {
			if len(got) != 0 {
				t.Errorf("%q: %v", tt.line, got[0])
			}
			continue
		}
		if len(got) != 1 || got[0].Name != tt.name || got[0].Value != tt.value {
			t.Errorf("%q: %+v", tt.line, got)
		}
	}
	c := setCookies(http.Header{"Set-Cookie": {`prefs={"a":1}; Path=/p; Secure; HttpOnly; SameSite=Strict`}})[0]
	if c.Path != "/p" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode {
		t.Errorf("%+v", c)
	}
}

func TestOddCookieIsSentBack(t *testing.T) {
	api := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/a" {
			w.Header().Add("Set-Cookie", `prefs={"theme":"dark"}`)
			http.Redirect(w, r, "/b", http.StatusFound)
		}
	})
	do(t, newTestClient(t, Config{BaseURL: api.URL}), Request{URL: api.URL + "/a"})
	if got := api.last(t).Header.Get("Cookie"); got != `prefs={"theme":"dark"}` {
		t.Errorf("%q", got)
	}
}

// Browsers make a GET of POST at 301 and 302, of anything but HEAD at 303, and
// of nothing at 307 and 308 (Fetch, HTTP-redirect fetch).
func TestMethodsOfRedirects(t *testing.T) {
	for status, changed := range map[int]map[string]string{
		301: {"POST": "GET"}, 302: {"POST": "GET"}, 307: {}, 308: {},
		303: {"POST": "GET", "PUT": "GET", "PATCH": "GET", "DELETE": "GET", "OPTIONS": "GET", "QUERY": "GET"},
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"} {
			for _, body := range []string{"", "x"} {
				api := serve(t, func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path != "/end" {
						w.Header().Set("Location", "/end")
						w.WriteHeader(status)
					}
				})
				want, wantBody := method, body
				if to := changed[method]; to != "" {
					want, wantBody = to, ""
				}
				do(t, newTestClient(t, Config{BaseURL: api.URL}), Request{Method: method, URL: api.URL + "/a", Body: []byte(body)})
				got := api.last(t)
				if n := len(api.requests()); n < 2 || got.Method != want || api.body[n-1] != wantBody || (got.Header.Get("Content-Length") == "1") != (wantBody != "") {
					t.Errorf("%d: %s with %q became %s with %q after %d requests", status, method, body, got.Method, api.body[n-1], n)
				}
			}
		}
	}
	// What was a GET once stays one, without a body.
	api := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/a":
			http.Redirect(w, r, "/b", http.StatusSeeOther)
		case "/b":
			http.Redirect(w, r, "/c", http.StatusTemporaryRedirect)
		}
	})
	do(t, newTestClient(t, Config{BaseURL: api.URL}), Request{Method: "PUT", URL: api.URL + "/a", Body: []byte("x"), ContentType: "text/plain"})
	if got := api.last(t); got.Method != http.MethodGet || api.body[2] != "" || got.Header.Get("Content-Type") != "" {
		t.Errorf("%s with %q, %v", got.Method, api.body[2], got.Header)
	}
}
