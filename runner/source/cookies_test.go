package source

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func parse(t testing.TB, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// set returns what an answer from the URL with the Set-Cookie lines sets.
func set(t testing.TB, index int, from string, lines ...string) *Cookies {
	t.Helper()
	u := parse(t, from)
	h := http.Header{"Set-Cookie": lines}
	return receive(u, originOf(u), (&http.Response{Header: h}).Cookies(), index, time.Now())
}

// header returns the Cookie header for the URL.
func header(t testing.TB, c *Cookies, to string) string {
	t.Helper()
	u := parse(t, to)
	var l cookieLayers
	l.received, _ = c.forURL(u, originOf(u))
	return l.header()
}

func TestCookieRules(t *testing.T) {
	for _, tt := range []struct{ name, from, line, to, want string }{
		{"plain", "http://h.test/", "a=1", "http://h.test/x", "a=1"},
		{"quoted", "http://h.test/", `a="x y"`, "http://h.test/x", `a="x y"`},
		{"default path", "http://h.test/v1/login", "a=1", "http://h.test/v1/x", "a=1"},
		{"default path, above", "http://h.test/v1/login", "a=1", "http://h.test/v2", ""},
		{"path", "http://h.test/", "a=1; Path=/v1", "http://h.test/v1/x", "a=1"},
		{"path, no prefix of a word", "http://h.test/", "a=1; Path=/v1", "http://h.test/v12", ""},
		{"secure", "https://h.test/", "a=1; Secure", "https://h.test/", "a=1"},
		{"secure over http, for the domain", "https://h.test/", "a=1; Secure; Domain=h.test", "http://h.test/", ""},
		{"domain over http", "https://h.test/", "a=1; Domain=h.test", "http://h.test/", "a=1"},
		{"host only, another scheme", "https://h.test/", "a=1", "http://h.test/", ""},
		{"host only, another port", "http://h.test:1/", "a=1", "http://h.test:2/", ""},
		{"host only, below", "http://h.test/", "a=1", "http://x.h.test/", ""},
		{"domain, below", "http://h.test/", "a=1; Domain=.H.test", "http://x.h.test:8080/", "a=1"},
		{"domain of others", "http://h.test/", "a=1; Domain=other.test", "http://other.test/", ""},
		{"public suffix", "http://h.co.uk/", "a=1; Domain=co.uk", "http://x.co.uk/", ""},
		{"address", "http://127.0.0.1:1/", "a=1; Domain=127.0.0.1", "http://127.0.0.1:1/", "a=1"},
		{"address, another port", "http://127.0.0.1:1/", "a=1; Domain=127.0.0.1", "http://127.0.0.1:2/", ""},
		{"for ever", "http://h.test/", "a=1; Max-Age=99999999999", "http://h.test/", "a=1"},
		{"deleted", "http://h.test/", "a=1; Max-Age=0", "http://h.test/", ""},
		{"expired", "http://h.test/", "a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "http://h.test/", ""},
		{"not a cookie", "http://h.test/", "a b=1", "http://h.test/", ""},
	} {
		if got := header(t, set(t, 0, tt.from, tt.line), tt.to); got != tt.want {
			t.Errorf("%s: %q, expected %q", tt.name, got, tt.want)
		}
	}
}

func TestMergeCookies(t *testing.T) {
	const h = "http://h.test/"
	a1, a2 := set(t, 1, h, "a=1"), set(t, 2, h, "a=2")
	for _, tt := range []struct {
		name string
		sets []*Cookies
		want string
	}{
		{"nothing", nil, ""},
		{"nil", []*Cookies{nil, nil}, ""},
		{"the later in the file wins", []*Cookies{a2, a1}, "a=2"},
		{"in any order", []*Cookies{a1, nil, a2}, "a=2"},
		{"union", []*Cookies{a1, set(t, 0, h, "b=1")}, "b=1; a=1"},
		{"twice the same", []*Cookies{a1, a1}, "a=1"},
		{"deletion", []*Cookies{set(t, 3, h, "a=; Max-Age=0"), a1, a2}, ""},
		{"set again", []*Cookies{set(t, 3, h, "a=; Max-Age=0"), set(t, 4, h, "a=4"), a1}, "a=4"},
		{"deleted before", []*Cookies{set(t, 0, h, "a=; Max-Age=0"), a1}, "a=1"},
		{"deleted by the domain", []*Cookies{a1, set(t, 2, h, "a=; Max-Age=0; Domain=h.test")}, ""},
		{"longest path first", []*Cookies{set(t, 0, h, "a=root"), set(t, 1, h, "a=deep; Path=/v1")}, "a=deep"},
		{"deletion of another path", []*Cookies{a1, set(t, 2, h, "a=; Max-Age=0; Path=/v1")}, "a=1"},
	} {
		if got := header(t, MergeCookies(tt.sets...), h+"v1/x"); got != tt.want {
			t.Errorf("%s: %q, expected %q", tt.name, got, tt.want)
		}
	}
	if got := MergeCookies(nil, a1, nil); got != a1 {
		t.Error("a single set is copied")
	}
	if a1.Len() != 1 || (*Cookies)(nil).Len() != 0 || set(t, 1, h, "a=; Max-Age=0").Len() != 0 {
		t.Error("wrong length")
	}
}

func TestCookieAgeCountsFromItsAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := set(t, 0, "http://h.test/", "a=1; Max-Age=10", "b=1")
		time.Sleep(9 * time.Second)
		if got := header(t, c, "http://h.test/"); got != "a=1; b=1" {
			t.Errorf("after 9 s: %q", got)
		}
		time.Sleep(time.Second)
		for _, c := range []*Cookies{c, MergeCookies(c, set(t, 1, "http://h.test/", "c=1; Path=/x"))} {
			if got := header(t, c, "http://h.test/"); got != "b=1" {
				t.Errorf("after 10 s: %q", got)
			}
		}
	})
}

func TestCookieLayers(t *testing.T) {
	api := serve(t, nil)
	c := newTestClient(t, Config{BaseURL: api.URL})
	source := []Field{{"a", []string{"source"}}, {"b", []string{"source"}}}
	for _, tt := range []struct {
		name string
		r    Request
		want string
	}{
		{"source", Request{}, "a=source; b=source"},
		{"own over source", Request{Cookies: []Field{{"b", []string{"own"}}}}, "a=source; b=own"},
		{"a list sends the name several times", Request{Cookies: []Field{{"b", []string{"1", "2"}}}}, "a=source; b=1; b=2"},
		{"received over source", Request{Jar: set(t, 0, api.URL, "a=received")}, "b=source; a=received"},
		{"own over received", Request{Jar: set(t, 0, api.URL, "a=received"), Cookies: []Field{{"a", []string{"own"}}}}, "b=source; a=own"},
		{"deleted over source", Request{Jar: set(t, 0, api.URL, "a=; Max-Age=0")}, "b=source"},
		{"deleted elsewhere", Request{Jar: set(t, 0, api.URL, "a=; Max-Age=0; Path=/x")}, "a=source; b=source"},
		{"api_key over received", Request{Jar: set(t, 0, api.URL, "a=received"), Auth: Auth{Type: AuthAPIKey, Name: "a", Value: "key", In: "cookie"}}, "b=source; a=key"},
		{"own over api_key", Request{Cookies: []Field{{"a", []string{"own"}}}, Auth: Auth{Type: AuthAPIKey, Name: "a", Value: "key", In: "cookie"}}, "b=source; a=own"},
		{"header", Request{Header: []Field{{"cookie", []string{"a=1;b=2; odd"}}}}, "a=1; b=2; odd"},
		{"cookies over header", Request{Header: []Field{{"cookie", []string{"a=1;c=2"}}}, Cookies: []Field{{"a", []string{"own"}}}}, "b=source; c=2; a=own"},
	} {
		tt.r.URL, tt.r.SourceCookies = api.URL, source
		sent, _, _ := do(t, c, tt.r)
		lines := api.last(t).Header["Cookie"]
		if len(lines) != 1 || lines[0] != tt.want {
			t.Errorf("%s: the server got %q, expected %q", tt.name, lines, tt.want)
		}
		if got := sent.Header.Get("Cookie"); got != tt.want {
			t.Errorf("%s: reported as %q, expected %q", tt.name, got, tt.want)
		}
	}
}

func TestCookiesOfHops(t *testing.T) {
	api := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/login":
			http.SetCookie(w, &http.Cookie{Name: "sid", Value: "new", Path: "/"})
			http.SetCookie(w, &http.Cookie{Name: "hop", Value: "1", Path: "/"})
			http.Redirect(w, r, "/home", http.StatusSeeOther)
		case "/home":
			http.SetCookie(w, &http.Cookie{Name: "hop", Value: "2", Path: "/"})
		}
	})
	c := newTestClient(t, Config{BaseURL: api.URL})
	_, _, got := do(t, c, Request{
		URL: api.URL + "/login", Index: 7,
		Jar:           set(t, 0, api.URL, "old=1; Path=/", "hop=0; Path=/"),
		Cookies:       []Field{{"sid", []string{"stale"}}},
		SourceCookies: []Field{{"region", []string{"eu"}}},
	})
	if want, is := "region=eu; hop=0; old=1; sid=stale", sorted(api.requests()[0]); is != want {
		t.Errorf("first hop: %q, expected %q", is, want)
	}
	if want, is := "region=eu; hop=1; old=1; sid=new", sorted(api.last(t)); is != want {
		t.Errorf("second hop: %q, expected %q", is, want)
	}
	if is := header(t, got, api.URL+"/x"); is != "sid=new; hop=2" {
		t.Errorf("returned set sends %q", is)
	}
	if all := got.All(); len(all) != 2 || got.entries[0].index != 7 {
		t.Errorf("returned set %v", all)
	}
}

// sorted is the Cookie header with region first and the others by name.
func sorted(r *http.Request) string {
	var parts []string
	for _, name := range []string{"region", "hop", "old", "sid"} {
		for _, c := range r.CookiesNamed(name) {
			parts = append(parts, c.Name+"="+c.Value)
		}
	}
	return strings.Join(parts, "; ")
}

func TestBadCookies(t *testing.T) {
	c := newTestClient(t, Config{BaseURL: "http://127.0.0.1:1"})
	for _, tt := range []struct{ name, value, want string }{
		{"a b", "x", `cookie "a b"`},
		{"", "x", `cookie ""`},
		{"a", "topsecret; b=1", "a semicolon"},
		{"a", "topsecret\r\nX: y", "a line break"},
		{"a", "topsecret\x00", "a NUL character"},
	} {
		e := fail(t, c, Request{URL: "http://127.0.0.1:1", Cookies: []Field{{tt.name, []string{tt.value}}}}, KindRequest)
		expectText(t, e, tt.want)
		if strings.Contains(e.Message+e.Hint, "topsecret") {
			t.Errorf("the value is in %q", e.Message)
		}
	}
}

func TestManyCookies(t *testing.T) {
	var sets []*Cookies
	for i := range 2000 {
		sets = append(sets, set(t, i, "http://h.test/", fmt.Sprintf("sid=%d", i)))
	}
	if got := header(t, MergeCookies(sets...), "http://h.test/"); got != "sid=1999" {
		t.Errorf("%q", got)
	}
}

// What an API sets may take time in proportion to it, not to its square.
func TestManyNamesOfCookies(t *testing.T) {
	const n = 50_000
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf("c%d=1; Path=/", i)
	}
	var got *Cookies
	for some := range slices.Chunk(lines, 2000) {
		got = MergeCookies(got, set(t, 0, "http://h.test/", some...))
	}
	if names := strings.Count(header(t, got, "http://h.test/"), "="); names != n {
		t.Errorf("%d cookies are sent, expected %d", names, n)
	}
}

func FuzzCookieHeader(f *testing.F) {
	for _, seed := range []string{"", "a=1", "a=1; b=2", ";;", "a", " a = 1 ;b", `a="x;y"`, "=;="} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		pairs := parseCookieHeader(value)
		l := cookieLayers{own: pairs}
		again := parseCookieHeader(l.header())
		if len(again) != len(pairs) {
			t.Fatalf("%q is read as %q and then as %q", value, pairs, again)
		}
		for i := range pairs {
			if pairs[i] != again[i] {
				t.Fatalf("%q is read as %q and then as %q", value, pairs[i], again[i])
			}
		}
	})
}

func FuzzSetCookie(f *testing.F) {
	for _, seed := range []string{"a=1", "a=1; Domain=h.test; Path=/x", "a=; Max-Age=0", "a=1; Domain=.", "a=1; Domain=..h", "a=1; Path=x"} {
		f.Add("http://h.test/a/b", seed)
	}
	f.Fuzz(func(t *testing.T, from, line string) {
		u, err := url.Parse(from)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
			return
		}
		c := receive(u, originOf(u), (&http.Response{Header: http.Header{"Set-Cookie": {line}}}).Cookies(), 0, time.Now())
		if value := header(t, c, "http://elsewhere.example/"); value != "" && !strings.HasSuffix(u.Hostname(), "elsewhere.example") {
			t.Fatalf("%q from %q goes to another host as %q", line, from, value)
		}
	})
}

func BenchmarkCookies(b *testing.B) {
	jar := set(b, 0, "http://h.test/", "a=1; Path=/", "b=2; Path=/")
	u := parse(b, "http://h.test/x")
	b.Run("none", func(b *testing.B) {
		for b.Loop() {
			(*Cookies)(nil).forURL(u, "http://h.test:80")
		}
	})
	b.Run("two", func(b *testing.B) {
		for b.Loop() {
			jar.forURL(u, "http://h.test:80")
		}
	})
}
