package source

import (
	"bytes"
	"log"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mccutchen/go-httpbin/v2/httpbin"
	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/runner/source/oauth"
)

func TestHeaders(t *testing.T) {
	api := serve(t, nil)
	c := newTestClient(t, Config{BaseURL: api.URL})
	for _, tt := range []struct {
		name   string
		r      Request
		header string
		want   []string
	}{
		{"own over source", Request{Header: []Field{{"x-a", []string{"own"}}}, SourceHeader: []Field{{"X-A", []string{"s"}}}}, "X-A", []string{"own"}},
		{"several lines", Request{Header: []Field{{"X-A", []string{"1", "2"}}}}, "X-A", []string{"1", "2"}},
		{"empty", Request{Header: []Field{{"X-A", []string{""}}}}, "X-A", []string{""}},
		{"no value", Request{Header: []Field{{"X-A", nil}}}, "X-A", nil},
		{"spaces around", Request{Header: []Field{{"X-A", []string{" a b\t"}}}}, "X-A", []string{"a b"}},
		{"utf-8", Request{Header: []Field{{"X-A", []string{"ä"}}}}, "X-A", []string{"ä"}},
		{"user agent", Request{}, "User-Agent", []string{"apicel/test"}},
		{"own user agent", Request{Header: []Field{{"user-agent", []string{"me"}}}}, "User-Agent", []string{"me"}},
		{"empty user agent", Request{Header: []Field{{"User-Agent", []string{""}}}}, "User-Agent", nil},
		{"own accept-encoding", Request{SourceHeader: []Field{{"Accept-Encoding", []string{"identity"}}}}, "Accept-Encoding", []string{"identity"}},
		{"content type", Request{Body: []byte("x"), ContentType: "text/plain"}, "Content-Type", []string{"text/plain"}},
		{"no body, no content type", Request{ContentType: "text/plain"}, "Content-Type", nil},
		{"own content type", Request{Body: []byte("x"), ContentType: "text/plain", Header: []Field{{"content-type", []string{"a/b"}}}}, "Content-Type", []string{"a/b"}},
		{"source's content type", Request{Body: []byte("x"), ContentType: "text/plain", SourceHeader: []Field{{"content-type", []string{"a/b"}}}}, "Content-Type", []string{"a/b"}},
		{"post without a body", Request{Method: "POST"}, "Content-Length", []string{"0"}},
		{"get without a body", Request{Method: "GET"}, "Content-Length", nil},
		{"connection", Request{Header: []Field{{"Connection", []string{"close"}}}}, "Connection", []string{"close"}},
		{"connection kept", Request{Header: []Field{{"Connection", []string{"keep-alive"}}}, SourceHeader: []Field{{"Connection", []string{"close"}}}}, "Connection", nil},
		{"idempotency key", Request{Method: "POST", Header: []Field{{"Idempotency-Key", []string{"k"}}}}, "Idempotency-Key", []string{"k"}},
		{"basic", Request{Auth: Auth{Type: AuthBasic, Username: "Aladdin", Password: "open sesame"}}, "Authorization", []string{"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}},
		{"basic, utf-8", Request{Auth: Auth{Type: AuthBasic, Username: "test", Password: "123£"}}, "Authorization", []string{"Basic dGVzdDoxMjPCow=="}},
		{"bearer", Request{Auth: Auth{Type: AuthBearer, Token: "t"}}, "Authorization", []string{"Bearer t"}},
		{"bearer, prefix", Request{Auth: Auth{Type: AuthBearer, Token: "t", HeaderPrefix: "Token "}}, "Authorization", []string{"Token t"}},
		{"api_key", Request{Auth: Auth{Type: AuthAPIKey, Name: "x-api-key", Value: "k"}}, "X-Api-Key", []string{"k"}},
		{"none", Request{Auth: Auth{Type: AuthNone, Token: "t"}}, "Authorization", nil},
		{"own header over auth", Request{Header: []Field{{"authorization", []string{"own"}}}, Auth: Auth{Type: AuthBearer, Token: "t"}}, "Authorization", []string{"own"}},
		{"auth over source", Request{SourceHeader: []Field{{"authorization", []string{"s"}}}, Auth: Auth{Type: AuthBearer, Token: "t"}}, "Authorization", []string{"Bearer t"}},
	} {
		tt.r.URL = api.URL
		sent, _, _ := do(t, c, tt.r)
		if got := api.last(t).Header[tt.header]; !slices.Equal(got, tt.want) {
			t.Errorf("%s: the server got %q, expected %q", tt.name, got, tt.want)
		}
		if got := sent.Header[tt.header]; tt.header != "Content-Length" && tt.header != "Connection" && !slices.Equal(got, tt.want) {
			t.Errorf("%s: reported as %q, expected %q", tt.name, got, tt.want)
		}
	}
}

func TestMethodsAndBodies(t *testing.T) {
	api := serve(t, nil)
	c := newTestClient(t, Config{BaseURL: api.URL})
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE", ""} {
		for _, body := range []string{"", `{"a":1}`} {
			if method == "TRACE" && body != "" {
				continue
			}
			sent, resp, _ := do(t, c, Request{Method: method, URL: api.URL + "/a?b=c", Body: []byte(body)})
			want := method
			if method == "" {
				want = "GET"
			}
			if got := api.last(t); got.Method != want || api.body[len(api.body)-1] != body {
				t.Errorf("%s %q: the server got %s %q", method, body, got.Method, api.body[len(api.body)-1])
			}
			if sent.Method != want || string(sent.Body) != body || sent.URL != api.URL+"/a?b=c" || resp.URL != sent.URL || resp.Proto != "HTTP/1.1" {
				t.Errorf("%s %q: reported as %+v, %+v", method, body, sent, resp)
			}
		}
	}
}

func TestRefusedRequests(t *testing.T) {
	const base = "http://127.0.0.1:1"
	c := newTestClient(t, Config{BaseURL: base})
	field := func(name string, values ...string) Request {
		return Request{URL: base, Header: []Field{{name, values}}}
	}
	auth := func(a Auth) Request { return Request{URL: base, Auth: a} }
	for _, tt := range []struct {
		r    Request
		want string
	}{
		{field("X-A", "topsecret\r\nX-B: 1"), "header X-A holds a line break"},
		{field("X-A", "topsecret\n"), "a line break"},
		{field("X-A", "topsecret\x00"), "a NUL character"},
		{field("X-A", "topsecret\x1b"), "control character"},
		{field("X A", "topsecret"), `header "X A"`},
		{field("", "topsecret"), `header ""`},
		{field(":path", "topsecret"), `header ":path"`},
		{field("content-length", "5"), "it is the length of the body"},
		{field("Transfer-Encoding", "chunked"), "is set by the client"},
		{field("Upgrade", "websocket"), "is set by the client"},
		{field("Connection", "Upgrade"), "expected close or keep-alive"},
		{field("Host", "a", "b"), "2 values, expected one"},
		{field("Host", "a b"), "not a host"},
		{Request{URL: base, SourceHeader: []Field{{"X-A", []string{"topsecret\n"}}}}, "header X-A holds a line break"},
		{Request{URL: base, Method: "GE T"}, `method "GE T"`},
		{Request{URL: "/a?topsecret"}, "not an absolute"},
		{Request{URL: "ftp://h/?topsecret"}, "not an absolute"},
		{Request{URL: "http://u:topsecret@h/"}, "not an absolute"},
		{auth(Auth{Type: "ntlm"}), `"ntlm", expected none, basic, bearer, api_key, digest, aws_sigv4 or oauth2`},
		{auth(Auth{Type: AuthDigest, Username: "a", Password: "topsecret\n"}), "password of auth digest holds a line break"},
		{auth(Auth{Type: AuthAWSSigV4, AWS: AWS{SecretAccessKey: "topsecret"}}), "access_key_id of auth aws_sigv4 is empty"},
		{auth(Auth{Type: AuthAWSSigV4, AWS: AWS{"AKID", "topsecret", "", "eu/central", "s3"}}), "the region of auth aws_sigv4 holds a character"},
		{auth(Auth{Type: AuthAWSSigV4, AWS: AWS{"AKID", "s", "topsecret\n", "eu", "s3"}}), "session_token of auth aws_sigv4 holds a line break"},
		{auth(Auth{Type: AuthOAuth2}), "does not say how"},
		{auth(Auth{Type: AuthOAuth2, OAuth2: &oauth.Config{Grant: "magic", ClientSecret: "topsecret"}}), "the grant_type of auth oauth2 is \"magic\""},
		{auth(Auth{Type: AuthOAuth2, OAuth2: &oauth.Config{}, AddTokenTo: "body"}), "expected header or query"},
		{auth(Auth{Type: AuthBasic, Username: "a:b", Password: "topsecret"}), "a colon"},
		{auth(Auth{Type: AuthBasic, Username: "a", Password: "topsecret\n"}), "password of auth basic holds a line break"},
		{auth(Auth{Type: AuthBearer}), "token of auth bearer is empty"},
		{auth(Auth{Type: AuthBearer, Token: "topsecret\n"}), "token of auth bearer holds a line break"},
		{auth(Auth{Type: AuthAPIKey, Value: "topsecret"}), "no name"},
		{auth(Auth{Type: AuthAPIKey, Name: "k"}), "is empty"},
		{auth(Auth{Type: AuthAPIKey, Name: "k", In: "query"}), "is empty"},
		{auth(Auth{Type: AuthAPIKey, Name: "a b", Value: "topsecret"}), `header "a b"`},
		{auth(Auth{Type: AuthAPIKey, Name: "cookie", Value: "topsecret"}), "in: cookie"},
		{auth(Auth{Type: AuthAPIKey, Name: "host", Value: "topsecret"}), "carries no key"},
		{auth(Auth{Type: AuthAPIKey, Name: "k", Value: "topsecret;", In: "cookie"}), "a semicolon"},
		{auth(Auth{Type: AuthAPIKey, Name: "k", Value: "topsecret", In: "body"}), "expected header, query or cookie"},
	} {
		if wrong := CheckAuth(tt.r.Auth); tt.r.Auth.Type != "" && (wrong == nil || !strings.Contains(wrong.Message, tt.want) && !strings.Contains(wrong.Hint, tt.want)) {
			t.Errorf("%s: checked as %v", tt.want, wrong)
		}
		e := fail(t, c, tt.r, KindRequest)
		expectText(t, e, tt.want)
		if strings.Contains(e.Message+e.Hint, "topsecret") {
			t.Errorf("the value is in %q", e.Message)
		}
		for _, f := range tt.r.Header {
			if got := CheckHeader(f.Name, f.Values); !reflect.DeepEqual(got, error(e)) {
				t.Errorf("header %s is checked as %v, expected %v", f.Name, got, e)
			}
		}
	}
}

func TestCheckHeader(t *testing.T) {
	for _, f := range []Field{
		{"X-A", []string{"1", "ä\t2"}},
		{"x-a", nil},
		{"Content-Length", nil}, // takes away what is not there
		{"Host", []string{"api.test:80"}},
		{"connection", []string{"Close"}},
		{"Cookie", []string{"a=1; odd"}},
	} {
		if err := CheckHeader(f.Name, f.Values); err != nil {
			t.Errorf("%s %q: %v", f.Name, f.Values, err)
		}
	}
}

func TestAPIKeyInQuery(t *testing.T) {
	api := serve(t, nil)
	c := newTestClient(t, Config{BaseURL: api.URL})
	auth := Auth{Type: AuthAPIKey, Name: "key", Value: "a b&c", In: "query"}
	for path, want := range map[string]string{
		"/a":         "key=a%20b%26c",
		"/a?x=1":     "x=1&key=a%20b%26c",
		"/a?key=own": "key=own",
	} {
		sent, _, _ := do(t, c, Request{URL: api.URL + path, Auth: auth})
		if got := api.last(t).URL.RawQuery; got != want || !strings.HasSuffix(sent.URL, "?"+want) {
			t.Errorf("%s: the server got %q, reported as %s, expected %q", path, got, sent.URL, want)
		}
	}
}

// net/http sends a request with an Idempotency-Key again on its own.
func TestPostIsSentOnce(t *testing.T) {
	for _, body := range []string{"", "x"} {
		api := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/break" {
				panic(http.ErrAbortHandler)
			}
		})
		c := newTestClient(t, Config{BaseURL: api.URL})
		do(t, c, Request{URL: api.URL}) // the connection is now a used one
		fail(t, c, Request{Method: "POST", URL: api.URL + "/break", Body: []byte(body),
			Header: []Field{{"Idempotency-Key", []string{"k"}}, {"X-Idempotency-Key", []string{"k"}}}}, KindNetwork)
		if n := len(api.requests()); n != 2 {
			t.Errorf("the server got %d requests, expected 2", n)
		}
	}
}

// A server may close a connection that was kept at the moment in which a request
// goes out on it. What changes nothing is then sent on another one, once for each
// that was kept; on a new connection nothing is sent again.
func TestKeptConnectionsThatAreClosed(t *testing.T) {
	for method, want := range map[string]int{"GET": 2, "HEAD": 2, "OPTIONS": 2, "TRACE": 2, "PUT": 1, "DELETE": 1, "POST": 1} {
		api := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/break" {
				panic(http.ErrAbortHandler)
			}
		})
		c := newTestClient(t, Config{BaseURL: api.URL})
		do(t, c, Request{URL: api.URL})
		fail(t, c, Request{Method: method, URL: api.URL + "/break"}, KindNetwork)
		if got := len(api.requests()) - 1; got != want {
			t.Errorf("%s: sent %d times where a kept connection was closed, expected %d", method, got, want)
		}
		c = newTestClient(t, Config{BaseURL: api.URL})
		before := len(api.requests())
		fail(t, c, Request{Method: method, URL: api.URL + "/break"}, KindNetwork)
		if got := len(api.requests()) - before; got != 1 {
			t.Errorf("%s: sent %d times on a new connection, expected 1", method, got)
		}
	}
}

func TestPool(t *testing.T) {
	p := NewPool(Options{})
	defer p.Close()
	same := func(a, b Config) bool {
		x, err := p.Client(a)
		if err != nil {
			t.Fatal(err)
		}
		y, err := p.Client(b)
		if err != nil {
			t.Fatal(err)
		}
		if (x == y) != (a.Key() == b.Key()) {
			t.Errorf("%+v, %+v: clients and keys disagree", a, b)
		}
		return x == y
	}
	a := Config{BaseURL: "http://h"}
	if !same(a, Config{BaseURL: "http://h", Timeout: DefaultTimeout}) {
		t.Error("a default that is written out makes another client")
	}
	for _, b := range []Config{{BaseURL: "http://h/v1"}, {BaseURL: "http://h", Timeout: time.Second}, {BaseURL: "http://h", HTTP: HTTP1}, {BaseURL: "http://h", MaxResponseSize: 1}} {
		if same(a, b) {
			t.Errorf("%+v shares a client with %+v", a, b)
		}
	}
	if c, err := p.Client(Config{BaseURL: "h"}); err == nil || c != nil {
		t.Errorf("%v, %v", c, err)
	}
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	api := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/chunked" {
			w.(http.Flusher).Flush()
		}
		_, _ = w.Write([]byte("ok"))
	})
	c := newTestClient(t, Config{BaseURL: api.URL})
	addresses := map[string]bool{}
	for i, path := range []string{"/", "/chunked", "/", "/chunked"} {
		_, resp, _ := do(t, c, Request{URL: api.URL + path})
		addresses[api.last(t).RemoteAddr] = true
		if resp.Timing.Reused != (i > 0) {
			t.Errorf("answer %d: %+v", i, resp.Timing)
		}
		if i == 0 && resp.Timing.Connect <= 0 || i > 0 && resp.Timing.Connect != 0 || resp.Timing.FirstByte <= 0 || resp.Duration < resp.Timing.FirstByte {
			t.Errorf("answer %d: %s in all, %+v", i, resp.Duration, resp.Timing)
		}
	}
	if len(addresses) != 1 {
		t.Errorf("%d connections, expected 1", len(addresses))
	}
}

// httpbin is somebody else's idea of what was sent.
func TestClientAgainstHTTPBin(t *testing.T) {
	s := httptest.NewServer(httpbin.New())
	defer s.Close()
	c := newTestClient(t, Config{BaseURL: s.URL})
	raw, err := c.URL("/anything/a%2Fb?x=1", []Field{{"y", []string{"ä b", "2"}}})
	if err != nil {
		t.Fatal(err)
	}
	_, resp, _ := do(t, c, Request{Method: "PUT", URL: raw, Body: []byte(`{"k":[1]}`), ContentType: "application/json",
		Auth: Auth{Type: AuthBasic, Username: "user", Password: "pä:ss"}})
	for path, want := range map[string]string{"method": "PUT", "args.x.0": "1", "args.y.0": "ä b", "args.y.1": "2", "json.k.0": "1"} {
		if got := gjson.GetBytes(resp.Body, path).String(); got != want {
			t.Errorf("%s: %q, expected %q", path, got, want)
		}
	}
	for path, want := range map[string]int{"/basic-auth/user/p": 200, "/status/418": 418, "/redirect/3": 200, "/relative-redirect/2": 200, "/absolute-redirect/2": 200, "/gzip": 200, "/deflate": 200, "/range/10": 200} {
		r := Request{URL: s.URL + path, Auth: Auth{Type: AuthBasic, Username: "user", Password: "p"}}
		if _, resp, _ := do(t, c, r); resp.Status != want {
			t.Errorf("%s: %d, expected %d", path, resp.Status, want)
		}
	}
	_, resp, cookies := do(t, c, Request{URL: s.URL + "/cookies/set?sid=1"})
	if cookies.Len() != 1 || gjson.GetBytes(resp.Body, "cookies.sid").String()+gjson.GetBytes(resp.Body, "sid").String() != "1" {
		t.Errorf("cookies %v, answer %s", cookies.All(), resp.Body)
	}
}

func TestQuietLogOfTheClient(t *testing.T) {
	var out bytes.Buffer
	l := log.New(&out, "", 0)
	QuietLog(l)
	QuietLog(l)
	l.Print("kept")
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		l.Print("kept too") // net/http is further up the stack only
		w.WriteHeader(http.StatusOK)
		w.WriteHeader(http.StatusOK) // net/http complains
	}))
	s.Config.ErrorLog = l
	s.Start()
	defer s.Close()
	do(t, newTestClient(t, Config{BaseURL: s.URL}), Request{URL: s.URL})
	if got := out.String(); got != "kept\nkept too\n" {
		t.Errorf("logged %q", got)
	}
}
