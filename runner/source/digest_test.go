package source

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/icholy/digest"
	"github.com/mccutchen/go-httpbin/v2/httpbin"
	"golang.org/x/sync/errgroup"
)

// judge is a server's side of RFC 7616, written from its formulas. It refuses
// what was counted twice, and may have enough of a nonce.
type judge struct {
	algorithm, qop, realm string
	uses                  int  // of one nonce; 0 is any number
	forgets               bool // without saying that the nonce is stale
	mu                    sync.Mutex
	nonces                map[string]map[int]bool
	refused               int
}

const digestUser, digestPassword = `Jäsøn "D"`, "topsecret: über"

func (j *judge) serve(w http.ResponseWriter, r *http.Request) {
	j.mu.Lock()
	defer j.mu.Unlock()
	why := j.check(r)
	if why == "" {
		return
	}
	j.refused++
	if j.nonces == nil {
		j.nonces = map[string]map[int]bool{}
	}
	nonce := fmt.Sprintf("nonce-%d,=", j.refused)
	j.nonces[nonce] = map[int]bool{}
	w.Header().Add("WWW-Authenticate", `Negotiate, Basic realm="a, Digest b", Digest realm="x", nonce="n", algorithm=SHA3`)
	challenge := fmt.Sprintf(`Digest Realm=%q, NONCE=%q, opaque="o,p", stale=%t`, j.realm, nonce, why == "stale" && !j.forgets)
	if j.algorithm != "" {
		challenge += ", algorithm=" + j.algorithm
	}
	if j.qop != "" {
		challenge += `, qop="` + j.qop + `"`
	}
	w.Header().Add("WWW-Authenticate", challenge+`, Bearer realm="y"`)
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = w.Write([]byte(why))
}

func (j *judge) check(r *http.Request) string {
	c, err := digest.ParseCredentials(r.Header.Get("Authorization"))
	if err != nil {
		return "none"
	}
	h := func(parts ...string) string {
		text := []byte(strings.Join(parts, ":"))
		if strings.HasPrefix(j.algorithm, "SHA-256") {
			sum := sha256.Sum256(text)
			return hex.EncodeToString(sum[:])
		}
		sum := md5.Sum(text)
		return hex.EncodeToString(sum[:])
	}
	a1 := h(digestUser, j.realm, digestPassword)
	if strings.HasSuffix(j.algorithm, "-sess") {
		a1 = h(a1, c.Nonce, c.Cnonce)
	}
	want := h(a1, c.Nonce, h(r.Method, r.RequestURI))
	if j.qop != "" {
		want = h(a1, c.Nonce, fmt.Sprintf("%08x", c.Nc), c.Cnonce, "auth", h(r.Method, r.RequestURI))
	}
	counts, known := j.nonces[c.Nonce]
	switch {
	case !known || (j.uses > 0 && len(counts) >= j.uses):
		return "stale"
	case c.Response != want || c.Username != digestUser || c.Opaque != "o,p" || c.Algorithm != j.algorithm || c.URI != r.RequestURI:
		return "wrong"
	case j.qop != "" && counts[c.Nc]:
		return "counted twice"
	}
	counts[c.Nc] = true
	return ""
}

func digestAuthOf(password string) Auth {
	return Auth{Type: AuthDigest, Username: digestUser, Password: password}
}

func TestDigest(t *testing.T) {
	for _, j := range []*judge{
		{qop: "auth"}, {algorithm: "MD5", qop: "auth-int, auth"}, {algorithm: "MD5"}, {algorithm: "MD5-sess", qop: "auth"},
		{algorithm: "SHA-256", qop: "auth,auth-int", realm: `a "quoted" realm`}, {algorithm: "SHA-256-sess", qop: "auth"},
	} {
		t.Run(j.algorithm+" "+j.qop, func(t *testing.T) {
			api := serve(t, j.serve)
			c := newTestClient(t, Config{BaseURL: api.URL})
			r := Request{Method: "POST", URL: api.URL + "/a%2Fb?q=%22x%22&y", Body: []byte(`{"a":1}`), ContentType: "application/json", Auth: digestAuthOf(digestPassword)}
			for i := range 3 {
				sent, resp, _ := do(t, c, r)
				if resp.Status != 200 || len(api.requests()) != i+2 || api.body[i+1] != `{"a":1}` || api.last(t).Method != http.MethodPost {
					t.Fatalf("%d (%s) after %d requests, body %q", resp.Status, resp.Body, len(api.requests()), api.body[i+1])
				}
				if !strings.HasPrefix(sent.Header.Get("Authorization"), "Digest ") {
					t.Errorf("reported as %v", sent.Header)
				}
			}
			if first := api.requests()[0].Header.Get("Authorization"); first != "" {
				t.Errorf("%q was sent before it was asked for", first)
			}
			// Other credentials are another matter, and wrong ones an answer.
			r.Auth = digestAuthOf("wrong")
			if _, resp, _ := do(t, c, r); resp.Status != 401 || string(resp.Body) != "wrong" || len(api.requests()) != 6 {
				t.Errorf("%d (%s) after %d requests", resp.Status, resp.Body, len(api.requests()))
			}
		})
	}
}

func TestDigestOfHTTPBin(t *testing.T) {
	api := httptest.NewServer(httpbin.New())
	t.Cleanup(api.Close)
	c := newTestClient(t, Config{BaseURL: api.URL})
	for path, auth := range map[string]Auth{
		"/digest-auth/auth/ann/topsecret/MD5":     {Type: AuthDigest, Username: "ann", Password: "topsecret"},
		"/digest-auth/auth/ann/topsecret/SHA-256": {Type: AuthDigest, Username: "ann", Password: "topsecret"},
		"/basic-auth/ann/topsecret":               {Type: AuthBasic, Username: "ann", Password: "topsecret"},
		"/bearer":                                 {Type: AuthBearer, Token: "topsecret"},
	} {
		for range 2 {
			if _, resp, _ := do(t, c, Request{URL: api.URL + path, Auth: auth}); resp.Status != 200 {
				t.Errorf("%s: %d %s", path, resp.Status, resp.Body)
			}
		}
		auth.Password, auth.Token = "wrong", ""
		if auth.Type == AuthBearer {
			auth = Auth{}
		}
		if _, resp, _ := do(t, c, Request{URL: api.URL + path, Auth: auth}); resp.Status != 401 {
			t.Errorf("%s: %d for a wrong password", path, resp.Status)
		}
	}
}

// No count is used twice, and at most the first requests are refused.
func TestDigestCountsUnderConcurrency(t *testing.T) {
	j := &judge{algorithm: "SHA-256-sess", qop: "auth"}
	api := serve(t, j.serve)
	c := newTestClient(t, Config{BaseURL: api.URL})
	r := &Request{URL: api.URL + "/a", Auth: digestAuthOf(digestPassword)}
	do(t, c, *r)
	var g errgroup.Group
	g.SetLimit(64)
	for range 500 {
		g.Go(func() error {
			_, resp, _, err := c.Do(t.Context(), r)
			if err == nil && resp.Status != 200 {
				err = fmt.Errorf("%d: %s", resp.Status, resp.Body)
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	if j.refused != 1 || len(api.requests()) != 502 {
		t.Errorf("%d of %d requests were refused", j.refused, len(api.requests()))
	}
}

func TestDigestStale(t *testing.T) {
	for _, forgets := range []bool{false, true} {
		j := &judge{algorithm: "MD5", qop: "auth", uses: 2, forgets: forgets}
		api := serve(t, j.serve)
		c := newTestClient(t, Config{BaseURL: api.URL})
		for i := range 6 {
			r := Request{Method: "PUT", URL: api.URL, Body: []byte("x"), Auth: digestAuthOf(digestPassword)}
			if _, resp, _ := do(t, c, r); resp.Status != 200 {
				t.Errorf("request %d: %d %s", i, resp.Status, resp.Body)
			}
		}
		if len(api.requests()) != 9 || j.refused != 3 {
			t.Errorf("%d requests, %d refused", len(api.requests()), j.refused)
		}
	}
}

// A server that never has enough gets an end.
func TestDigestAlwaysStale(t *testing.T) {
	api := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Digest realm="r", nonce="%p", qop="auth", stale=true`, r))
		w.WriteHeader(http.StatusUnauthorized)
	})
	_, resp, _ := do(t, newTestClient(t, Config{BaseURL: api.URL}), Request{URL: api.URL, Auth: digestAuthOf("p")})
	if resp.Status != 401 || len(api.requests()) != 3 {
		t.Errorf("%d after %d requests", resp.Status, len(api.requests()))
	}
}

// What cannot be met leaves the answer as it is; what is broken does no harm.
func TestOtherChallenges(t *testing.T) {
	for _, challenge := range []string{
		"", "Basic realm=\"r\"", "Digest", "Digest ", `Digest realm="r"`, `Digest nonce="n", algorithm=SHA3-256`, `Digest nonce="n`, `Digest nonce="n", qop="auth-other"`,
		`Digest nonce=", , = ,`, ",,,", "=", `Digest nonce="\"`, `Digest algorithm=-sess, nonce="n"`,
	} {
		api := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", challenge)
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte("no"))
		})
		_, resp, _ := do(t, newTestClient(t, Config{BaseURL: api.URL}), Request{URL: api.URL, Auth: digestAuthOf("p")})
		if resp.Status != 401 || string(resp.Body) != "no" || len(api.requests()) != 1 {
			t.Errorf("%q: %d %q after %d requests", challenge, resp.Status, resp.Body, len(api.requests()))
		}
	}
}

// The query's own header is what is sent, and cookies of a refusal go along.
func TestSchemesAndHeaders(t *testing.T) {
	api := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			http.SetCookie(w, &http.Cookie{Name: "sid", Value: "1"})
			w.Header().Set("WWW-Authenticate", `Digest realm="r", nonce="n", qop="auth"`)
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	c := newTestClient(t, Config{BaseURL: api.URL})
	r := Request{URL: api.URL, Auth: digestAuthOf("p"), Header: []Field{{"authorization", []string{"own"}}}}
	do(t, c, r)
	if got := api.last(t).Header.Get("Authorization"); got != "own" {
		t.Errorf("sent %q", got)
	}
	r.Header = nil
	_, resp, cookies := do(t, c, r)
	if got := api.last(t).Header.Get("Cookie"); got != "sid=1" || cookies.Len() != 1 || resp.Status != 200 {
		t.Errorf("%d, cookies %q", resp.Status, got)
	}
}

func FuzzChallenge(f *testing.F) {
	f.Add(`Basic realm="a, b", Digest realm="x", nonce="n", algorithm=SHA-256-sess, qop="auth"`)
	f.Fuzz(func(_ *testing.T, line string) {
		if c := findChallenge(http.Header{"Www-Authenticate": {line}}); c != nil {
			newDigestAuth("u", "p").newSession(c)
		}
	})
}
