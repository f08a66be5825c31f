package source

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"
)

func TestEndedFromOutside(t *testing.T) {
	cancelled := func(cause error) func(context.Context) (context.Context, func(), func()) {
		return func(ctx context.Context) (context.Context, func(), func()) {
			ctx, cancel := context.WithCancelCause(ctx)
			return ctx, func() { cancel(cause) }, func() { cancel(nil) }
		}
	}
	deadline := func(cause error) func(context.Context) (context.Context, func(), func()) {
		return func(ctx context.Context) (context.Context, func(), func()) {
			ctx, stop := context.WithDeadlineCause(ctx, time.Now().Add(50*time.Millisecond), cause)
			return ctx, func() {}, stop
		}
	}
	run, poll := errors.New("the run's timeout is up"), errors.New("the poll's timeout is up")
	const half = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789"
	for _, tt := range []struct {
		name   string
		end    func(context.Context) (ctx context.Context, reached, stop func())
		answer string
		kind   string
		want   string
		cause  error
	}{
		{"cancelled", cancelled(nil), "", KindInterrupted, "interrupted while waiting for the answer of HOST", context.Canceled},
		{"cancelled, saying so", cancelled(errors.New("interrupted")), "", KindInterrupted, "interrupted while waiting for the answer of HOST", nil},
		{"cancelled with a cause", cancelled(run), "", KindInterrupted, "the run's timeout is up, while waiting for the answer of HOST", run},
		{"deadline", deadline(nil), "", KindTimeout, "the time for the request is up, waiting for the answer of HOST", context.DeadlineExceeded},
		{"deadline with a cause", deadline(poll), "", KindTimeout, "the poll's timeout is up, waiting for the answer of HOST", poll},
		{"deadline in the body", deadline(poll), half, KindTimeout, "the poll's timeout is up, reading the answer of HOST", poll},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, reached, stop := tt.end(t.Context())
			defer stop()
			base := listen(t, func(c net.Conn) { write(c, "%s", tt.answer); reached(); untilClosed(c) })
			_, _, _, err := newTestClient(t, Config{BaseURL: base}).Do(ctx, &Request{URL: base})
			var e *Error
			if !errors.As(err, &e) || e.Kind != tt.kind || (tt.cause != nil && !errors.Is(err, tt.cause)) {
				t.Fatalf("%#v, expected kind %s caused by %v", err, tt.kind, tt.cause)
			}
			if got := strings.ReplaceAll(e.Message, strings.TrimPrefix(base, "http://"), "HOST"); got != tt.want {
				t.Errorf("%q, expected %q", got, tt.want)
			}
		})
	}
}

func TestEndedBeforeItBegan(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, resp, _, err := newTestClient(t, Config{BaseURL: "http://h.test"}).Do(ctx, &Request{URL: "http://h.test"})
	if resp != nil || err == nil || err.Error() != "interrupted while beginning the request to h.test" {
		t.Errorf("%v, %v", resp, err)
	}
}

// net/http sends a GET again where the connection that it had kept turns out to
// be closed. The connect timeout holds for the new connection too.
func TestConnectTimeoutOfASecondConnection(t *testing.T) {
	api := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/closed" {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_ = conn.Close()
			}
		}
	})
	c := newTestClient(t, Config{BaseURL: api.URL, ConnectTimeout: 50 * time.Millisecond})
	do(t, c, Request{URL: api.URL})
	c.lanes.transports[laneSource].DialContext = c.lanes.way.conns.track(func(ctx context.Context, _, address string) (net.Conn, error) {
		httptrace.ContextClientTrace(ctx).ConnectStart("tcp", address)
		<-ctx.Done()
		return nil, ctx.Err()
	}, false)
	e := fail(t, c, Request{URL: api.URL + "/closed"}, KindTimeout)
	expectText(t, e, "no connection within 50ms, connecting to")
}

func TestBodyErrorsKeepTheHead(t *testing.T) {
	const head = "HTTP/1.1 503 No\r\nX-A: 1\r\nSet-Cookie: a=1\r\n"
	long := strings.Repeat("0123456789", 100)
	packed := string(encodeBody(t, []byte(long), "gzip"))
	for _, tt := range []struct {
		name   string
		answer string
		waits  bool
		kind   string
		body   string // its beginning; "" is none
	}{
		{"short", "Content-Length: 100\r\n\r\nabc", false, KindNetwork, "abc"},
		{"short chunk", "Transfer-Encoding: chunked\r\n\r\n64\r\nabc", false, KindNetwork, "abc"},
		{"bad chunk", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\nx", false, KindResponse, "abc"},
		{"slow", "Content-Length: 100\r\n\r\nabc", true, KindTimeout, "abc"},
		{"too large", "\r\n" + strings.Repeat("abc", 10_000), false, KindResponse, "abcabc"},
		{"announced too large", "Content-Length: 30000\r\n\r\nabc", false, KindResponse, ""},
		{"too large once decoded", "Content-Encoding: br\r\n\r\n" + string(encodeBody(t, []byte(strings.Repeat("abc", 10_000)), "br")), false, KindResponse, "abcabc"},
		{"cut gzip", "Content-Encoding: gzip\r\n\r\n" + packed[:len(packed)-5], false, KindResponse, "0123456789"},
		{"no gzip", "Content-Encoding: gzip\r\n\r\n{\"error\":1}", false, KindResponse, `{"error":1}`},
		{"no gzip, slow", "Content-Encoding: gzip\r\n\r\n{\"error\":1}", true, KindResponse, `{"error":1}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base := listen(t, func(c net.Conn) {
				write(c, "%s%s", head, tt.answer)
				if tt.waits {
					untilClosed(c)
				}
			})
			c := newTestClient(t, Config{BaseURL: base, MaxResponseSize: 4096, Timeout: 100 * time.Millisecond})
			sent, resp, cookies, err := c.Do(t.Context(), &Request{URL: base})
			var e *Error
			if !errors.As(err, &e) || e.Kind != tt.kind {
				t.Fatalf("%v, expected kind %s", err, tt.kind)
			}
			if sent == nil || resp == nil || cookies.Len() != 1 {
				t.Fatalf("request %v, response %v, %d cookies", sent, resp, cookies.Len())
			}
			if resp.Status != 503 || resp.Proto != "HTTP/1.1" || resp.Header.Get("X-A") != "1" || resp.URL != base || resp.Duration <= 0 {
				t.Errorf("the head is %+v", resp)
			}
			if got := string(resp.Body); !strings.HasPrefix(got, tt.body) || (tt.body == "") != (got == "") || len(got) > 4096 {
				t.Errorf("%d bytes of body: %.20q, expected %q", len(got), got, tt.body)
			}
		})
	}
}

func TestNoHeadNoResponse(t *testing.T) {
	base := listen(t, func(net.Conn) {})
	sent, resp, _, err := newTestClient(t, Config{BaseURL: base}).Do(t.Context(), &Request{URL: base})
	if sent == nil || resp != nil || err == nil {
		t.Errorf("%v, %v, %v", sent, resp, err)
	}
}
