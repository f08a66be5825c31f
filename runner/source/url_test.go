package source

import (
	"errors"
	"net/url"
	"reflect"
	"strings"
	"testing"
)

func TestURL(t *testing.T) {
	for _, tt := range []struct{ base, path, want string }{
		{"http://h", "", "http://h"},
		{"http://h/", "", "http://h/"},
		{"http://h/v1", "", "http://h/v1"},
		{"http://h/v1/", "", "http://h/v1/"},
		{"http://h", "/a", "http://h/a"},
		{"http://h", "a", "http://h/a"},
		{"http://h/", "/a", "http://h/a"},
		{"http://h/v1", "a", "http://h/v1/a"},
		{"http://h/v1", "/a/", "http://h/v1/a/"},
		{"http://h/v1/", "a", "http://h/v1/a"},
		{"http://h/v1//", "//a", "http://h/v1/a"},
		{"http://h/v1", "/", "http://h/v1/"},
		{"HTTP://h:8080/v1", "/a", "http://h:8080/v1/a"},
		{"http://[::1]:80/v1", "/a", "http://[::1]:80/v1/a"},
		{"http://my_service:80", "/a", "http://my_service:80/a"},
		{"http://bücher.example/ä", "/ß", "http://xn--bcher-kva.example/%C3%A4/%C3%9F"},
		{"http://h/v1", "?a=1", "http://h/v1?a=1"},
		{"http://h/v1", "a?", "http://h/v1/a?"},
		{"http://h", "/a?b=1&c=x y", "http://h/a?b=1&c=x%20y"},
		{"http://h", "/a?b=/?&c=[1]", "http://h/a?b=/?&c=%5B1%5D"},
		{"http://h", "/a?b=%2F+%20", "http://h/a?b=%2F+%20"},
		{"http://h", "/a%2Fb%2fc", "http://h/a%2Fb%2fc"},
		{"http://h", "/a b\"<>`{|}\\^", "http://h/a%20b%22%3C%3E%60%7B%7C%7D%5C%5E"},
		{"http://h", "/a;v=1,2:x@y!$&'()*+=~", "http://h/a;v=1,2:x@y!$&'()*+=~"},
		{"http://h", "/orders:search", "http://h/orders:search"},
		{"http://h", "orders:search", "http://h/orders:search"},
		{"http://h", "/a?next=http://x/y", "http://h/a?next=http://x/y"},
		{"http://h", "/a/../b/./c", "http://h/a/../b/./c"},
		{"http://h/v1", "https://other/x?y", "https://other/x?y"},
		{"http://h/v1", "HTTPS://other:99", "https://other:99"},
		{"http://h/v1", "http://h/v2", "http://h/v2"},
	} {
		c := newTestClient(t, Config{BaseURL: tt.base})
		got, err := c.URL(tt.path, nil)
		if err != nil {
			t.Errorf("%q + %q: %v", tt.base, tt.path, err)
			continue
		}
		if got != tt.want {
			t.Errorf("%q + %q: %q, expected %q", tt.base, tt.path, got, tt.want)
		}
		if u, err := url.Parse(got); err != nil || u.String() != got {
			t.Errorf("%q + %q: %q is read as %q, %v", tt.base, tt.path, got, u, err)
		}
	}
}

func TestURLParams(t *testing.T) {
	c := newTestClient(t, Config{BaseURL: "http://h/v1"})
	params := []Field{{"b", []string{"2", "1"}}, {"a[x]", []string{"ä +&=/?#%"}}, {"none", nil}, {"empty", []string{""}}}
	const encoded = "b=2&b=1&a%5Bx%5D=%C3%A4%20%2B%26%3D%2F%3F%23%25&empty="
	for _, tt := range []struct{ path, want string }{
		{"", "http://h/v1?" + encoded},
		{"/o", "http://h/v1/o?" + encoded},
		{"/o?", "http://h/v1/o?" + encoded},
		{"/o?x=1", "http://h/v1/o?x=1&" + encoded},
		{"/o?x=1&", "http://h/v1/o?x=1&" + encoded},
		{"https://z", "https://z?" + encoded},
	} {
		got, err := c.URL(tt.path, params)
		if err != nil || got != tt.want {
			t.Errorf("%q: %q, %v, expected %q", tt.path, got, err, tt.want)
		}
		u, err := url.Parse(got)
		if err != nil {
			t.Fatal(err)
		}
		if v := u.Query()["a[x]"]; len(v) != 1 || v[0] != "ä +&=/?#%" {
			t.Errorf("%q: a server reads %q", got, v)
		}
	}
}

func TestURLRefused(t *testing.T) {
	c := newTestClient(t, Config{BaseURL: "http://h/v1"})
	for _, tt := range []struct{ path, want string }{
		{"/a#b", "fragment"},
		{"https://x/a#b", "fragment"},
		{"/100%", "%25"},
		{"/a?q=100%&b", "%25"},
		{"/a\nb", "%0A"},
		{"/a?b=\x7f", "control character"},
		{"ftp://x/y", "expected http:// or https://"},
		{"http:///y", "no host"},
		{"http://u:topsecret@x/y", "auth: {type: basic"},
		{"http://x:0/", "1 to 65535"},
		{"http://x:99999/", "1 to 65535"},
		{"http://x:y/", "not valid"},
		{"http://a b/", "not valid"},
		{"http://[::1/", "not valid"},
	} {
		got, err := c.URL(tt.path, nil)
		var e *Error
		if !errors.As(err, &e) || e.Kind != KindRequest {
			t.Errorf("%q: %q, %v, expected an error of kind request", tt.path, got, err)
			continue
		}
		expectText(t, e, tt.want)
		if strings.Contains(e.Message+e.Hint, "topsecret") {
			t.Errorf("%q: the password is in %q", tt.path, e.Message)
		}
		for _, base := range []string{"http://h/v1", ""} {
			if got := CheckPath(base, tt.path); !reflect.DeepEqual(got, err) {
				t.Errorf("%q below %q: checked as %v, expected %v", tt.path, base, got, err)
			}
		}
	}
}

func TestCheckPath(t *testing.T) {
	for _, path := range []string{"", "/", "a b", "/a?b=c", "/ä", "https://other.test:8443/x?y"} {
		for _, base := range []string{"", "http://h", "https://h/v1/"} {
			if err := CheckPath(base, path); err != nil {
				t.Errorf("%q below %q: %v", path, base, err)
			}
		}
	}
	var e *Error
	if err := CheckPath("ftp://h", "/a"); !errors.As(err, &e) || !strings.Contains(e.Message, "base_url") {
		t.Errorf("a wrong base: %v", err)
	}
}

func TestCheckBaseURL(t *testing.T) {
	for base, want := range map[string]string{
		"":                       "not an absolute URL",
		"/v1":                    "not an absolute URL",
		"example.com":            "https://api.example.com/v1",
		"localhost:8080":         "not an absolute URL",
		"ftp://h":                "expected http:// or https://",
		"http://":                "no host",
		"http://:80":             "no host",
		"http://h?x=1":           "query",
		"http://h/#x":            "fragment",
		"http://user:hunter22@h": "auth: {type: basic",
		"http://h/%zz":           "%25",
		"http://xn--a\u00e4.com": "not a valid domain name",
	} {
		err := CheckBaseURL(base)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%q: %v, expected an error", base, err)
			continue
		}
		expectText(t, e, want)
		if strings.Contains(e.Message, "hunter22") {
			t.Errorf("%q: the password is in %q", base, e.Message)
		}
	}
	if err := CheckBaseURL("https://h:8443/v1"); err != nil {
		t.Error(err)
	}
}

func TestSameOrigin(t *testing.T) {
	for _, tt := range []struct {
		base, url string
		want      bool
	}{
		{"https://h", "https://h:443/x", true},
		{"https://h:443", "https://H/x", true},
		{"http://h", "http://h:80/x", true},
		{"http://h:", "http://h/x", true},
		{"https://bücher.example", "https://xn--bcher-kva.example/", true},
		{"https://BÜCHER.example", "https://bücher.example/", true},
		{"http://[::1]", "http://[0:0:0:0:0:0:0:1]:80", true},
		{"http://h/v1", "http://h/v2", true},
		{"http://h/v1", "/x", true},
		{"http://h/v1", "//other/x", true},
		{"http://h/v1", "", true},
		{"http://h", "https://h", false},
		{"http://h", "http://h:8080", false},
		{"http://h", "http://x.h", false},
		{"http://h", "http://h.", false},
		{"http://h", "http://h@other/", false},
		{"http://h", "ftp://h", false},
	} {
		if got := newTestClient(t, Config{BaseURL: tt.base}).SameOrigin(tt.url); got != tt.want {
			t.Errorf("%q and %q: %v, expected %v", tt.base, tt.url, got, tt.want)
		}
	}
}

func FuzzURL(f *testing.F) {
	for _, seed := range []string{"", "/a", "a?b=c", "http://x/y", "//x", "/%2F", "/%", "/a#b", "http://u@x", "?a", "/ä ", "https://[::1]:8/", "x://y"} {
		f.Add(seed, "v a&")
	}
	p := NewPool(Options{})
	c, err := p.Client(Config{BaseURL: "https://api.example.com/v1"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path, value string) {
		got, err := c.URL(path, []Field{{"p", []string{value}}})
		if checked := CheckPath("https://api.example.com/v1", path); !reflect.DeepEqual(checked, err) {
			t.Fatalf("%q is checked as %v, and then %v", path, checked, err)
		}
		if err != nil {
			return
		}
		u, err := url.Parse(got)
		if err != nil {
			t.Fatalf("%q gives %q: %v", path, got, err)
		}
		if u.User != nil || u.Fragment != "" || u.Host == "" || u.String() != got {
			t.Fatalf("%q gives %q, read as %q", path, got, u)
		}
		if values := u.Query()["p"]; !strings.Contains(got, ";") && (len(values) == 0 || values[len(values)-1] != value) {
			t.Fatalf("%q gives %q: the param is read as %q, expected %q", path, got, values, value)
		}
		if _, _, absolute := cutScheme(path); !absolute && !strings.HasPrefix(got, "https://api.example.com/v1") {
			t.Fatalf("%q leads away from the base, to %q", path, got)
		}
		if c.SameOrigin(path) != c.SameOrigin(got) {
			t.Fatalf("%q and %q differ in origin", path, got)
		}
	})
}
