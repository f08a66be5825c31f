package source

import (
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/apicel/apicel/internal/exchange"
)

func TestMain(m *testing.M) {
	QuietLog(log.Default())
	// Connections that tests leave open end in their clean-up.
	goleak.VerifyTestMain(m)
}

// server is a test server that keeps the requests it got.
type server struct {
	*httptest.Server
	mu   sync.Mutex
	got  []*http.Request
	body []string
}

func serve(t testing.TB, handler http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(s.record(handler))
	t.Cleanup(s.Close)
	return s
}

func (s *server) record(handler http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.got, s.body = append(s.got, r.Clone(r.Context())), append(s.body, string(body))
		s.mu.Unlock()
		if handler != nil {
			handler(w, r)
		}
	})
}

// requests are those of the server so far.
func (s *server) requests() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*http.Request(nil), s.got...)
}

func (s *server) last(t testing.TB) *http.Request {
	t.Helper()
	all := s.requests()
	if len(all) == 0 {
		t.Fatal("the server got no request")
	}
	return all[len(all)-1]
}

func newTestClient(t testing.TB, config Config) *Client {
	t.Helper()
	return newClientWith(t, config, Options{Jobs: 4, UserAgent: "apicel/test"})
}

func newClientWith(t testing.TB, config Config, o Options) *Client {
	t.Helper()
	p := NewPool(o)
	c, err := p.Client(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return c
}

// do sends a request that must be answered.
func do(t testing.TB, c *Client, r Request) (*exchange.Request, *exchange.Response, *Cookies) {
	t.Helper()
	sent, resp, cookies, err := c.Do(t.Context(), &r)
	if err != nil {
		t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	return sent, resp, cookies
}

// fail sends a request that must fail with the kind of error and returns it.
func fail(t testing.TB, c *Client, r Request, kind string) *Error {
	t.Helper()
	_, resp, _, err := c.Do(t.Context(), &r)
	if err == nil {
		t.Fatalf("answer %d, expected an error of kind %s", resp.Status, kind)
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error %T %v, expected *Error", err, err)
	}
	if e.Kind != kind {
		t.Fatalf("error of kind %s: %v, expected kind %s", e.Kind, e, kind)
	}
	return e
}

func expectText(t testing.TB, e *Error, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(e.Message+"\n"+e.Hint, part) {
			t.Errorf("message %q, hint %q: expected %q in it", e.Message, e.Hint, part)
		}
	}
}
