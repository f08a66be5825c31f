package source

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// encoders undo what decoders do, with other libraries where there are some.
var encoders = map[string]func(io.Writer) io.WriteCloser{
	"gzip":   func(w io.Writer) io.WriteCloser { g, _ := gzip.NewWriterLevel(w, 1); return g },
	"x-gzip": func(w io.Writer) io.WriteCloser { g, _ := gzip.NewWriterLevel(w, 1); return g },
	"zlib":   func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
	"raw":    func(w io.Writer) io.WriteCloser { f, _ := flate.NewWriter(w, 5); return f },
	"br":     func(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, 1) },
	"zstd":   func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1)); return z },
}

func encodeBody(t testing.TB, body []byte, names ...string) []byte {
	t.Helper()
	for _, name := range names {
		var b bytes.Buffer
		w := encoders[name](&b)
		if _, err := w.Write(body); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		body = b.Bytes()
	}
	return body
}

func serveEncoded(t testing.TB, encoding string, body []byte) *server {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", encoding)
		if r.URL.Path != "/chunked" {
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		}
		_, _ = w.Write(body)
	})
}

func TestContentEncodings(t *testing.T) {
	large := []byte(strings.Repeat(`{"name":"Ada","roles":["admin","user"]},`, 20_000))
	for _, body := range [][]byte{[]byte("{}"), large} {
		for _, tt := range []struct {
			encoding string
			with     []string
		}{
			{"gzip", []string{"gzip"}},
			{"GZIP", []string{"gzip"}},
			{"x-gzip", []string{"gzip"}},
			{"deflate", []string{"zlib"}},
			{"deflate", []string{"raw"}},
			{"br", []string{"br"}},
			{"zstd", []string{"zstd"}},
			{"gzip, br", []string{"gzip", "br"}},
			{"zstd,identity , deflate", []string{"zstd", "raw"}},
			{"gzip, gzip, gzip, gzip", []string{"gzip", "gzip", "gzip", "gzip"}},
			{"identity", nil},
		} {
			wire := encodeBody(t, body, tt.with...)
			api := serveEncoded(t, tt.encoding, wire)
			c := newTestClient(t, Config{BaseURL: api.URL})
			for i, path := range []string{"/", "/chunked", "/"} { // the third with decoders used before
				_, resp, _ := do(t, c, Request{URL: api.URL + path})
				if !bytes.Equal(resp.Body, body) || resp.Size != int64(len(wire)) {
					t.Errorf("%s, %d bytes: %d bytes of which %d were received, expected %d and %d", tt.encoding, len(body), len(resp.Body), resp.Size, len(body), len(wire))
				}
				if resp.Timing.Reused != (i > 0) {
					t.Errorf("%s%s: the connection was not used again", tt.encoding, path)
				}
				if got := resp.Header.Get("Content-Encoding"); got != tt.encoding {
					t.Errorf("Content-Encoding %q, expected %q", got, tt.encoding)
				}
			}
		}
	}
}

func TestZstdMayBeginWithAFrameToSkip(t *testing.T) {
	for _, first := range []string{"\x50", "\x5f"} {
		api := serveEncoded(t, "zstd", append([]byte(first+"\x2a\x4d\x18\x03\x00\x00\x00abc"), encodeBody(t, []byte("text"), "zstd")...))
		if _, resp, _ := do(t, newTestClient(t, Config{BaseURL: api.URL}), Request{URL: api.URL}); string(resp.Body) != "text" {
			t.Errorf("%q", resp.Body)
		}
	}
}

func TestEncodingsOfNothing(t *testing.T) {
	for _, encoding := range []string{"gzip", "deflate", "br", "zstd"} {
		for _, tt := range []struct {
			method string
			status int
			length string
		}{{"HEAD", 200, "100"}, {"GET", 204, ""}, {"GET", 304, ""}, {"GET", 200, "0"}, {"GET", 200, ""}, {"HEAD", 200, "100000000000"}} {
			api := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", encoding)
				if tt.length != "" {
					w.Header().Set("Content-Length", tt.length)
				}
				w.WriteHeader(tt.status)
			})
			_, resp, _ := do(t, newTestClient(t, Config{BaseURL: api.URL}), Request{Method: tt.method, URL: api.URL})
			if resp.Status != tt.status || len(resp.Body) != 0 || resp.Size != 0 {
				t.Errorf("%s %s %d: %d, %q", encoding, tt.method, tt.status, resp.Status, resp.Body)
			}
		}
	}
}

func TestEncodingsThatAreLeft(t *testing.T) {
	for _, tt := range []struct {
		encoding string
		status   int
		wire     string
		want     string
	}{
		{"utf-8", 200, "text", "text"},
		{"aws-chunked", 200, "text", "text"},
		{"gzip", 206, "part", "part"},
		{"compress, gzip", 200, string(encodeBody(t, []byte("x"), "gzip")), "x"},
	} {
		api := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", tt.encoding)
			w.WriteHeader(tt.status)
			_, _ = io.WriteString(w, tt.wire)
		})
		_, resp, _ := do(t, newTestClient(t, Config{BaseURL: api.URL}), Request{URL: api.URL})
		if string(resp.Body) != tt.want {
			t.Errorf("%s: %q, expected %q", tt.encoding, resp.Body, tt.want)
		}
	}
}

func TestDamagedEncodings(t *testing.T) {
	body := []byte(strings.Repeat("0123456789abcdef", 1000))
	for name, with := range map[string]string{"gzip": "gzip", "br": "br", "zstd": "zstd", "deflate": "zlib"} {
		other := name
		if name == "gzip" || name == "zstd" {
			other = "the answer's body is not " + name + ", though Content-Encoding says so"
		}
		good := encodeBody(t, body, with)
		for _, tt := range []struct {
			what string
			wire []byte
			want string
		}{
			{"cut", good[:len(good)-3], "in the middle of its " + name + " data"},
			{"cut early", good[:3], name},
			{"not encoded", []byte(`{"error":"oops"}`), other},
			{"not encoded, short", []byte("no"), other},
			{"more behind", append(good[:len(good):len(good)], "<!-- more -->"...), name},
		} {
			api := serveEncoded(t, name, tt.wire)
			e := fail(t, newTestClient(t, Config{BaseURL: api.URL}), Request{URL: api.URL}, KindResponse)
			expectText(t, e, tt.want)
			if strings.Contains(e.Message, "EOF") {
				t.Errorf("%s %s: %q is not in our words", name, tt.what, e.Message)
			}
		}
	}
	once := serveEncoded(t, "zstd, gzip", encodeBody(t, body, "gzip"))
	expectText(t, fail(t, newTestClient(t, Config{BaseURL: once.URL}), Request{URL: once.URL}, KindResponse), "is not zstd")
	api := serveEncoded(t, "gzip, gzip, gzip, gzip, gzip", body)
	expectText(t, fail(t, newTestClient(t, Config{BaseURL: api.URL}), Request{URL: api.URL}, KindResponse), "5 content encodings")
}

func TestBombs(t *testing.T) {
	const limit = 64 << 10
	zeros := make([]byte, 16<<20)
	for encoding, with := range map[string][]string{
		"gzip": {"gzip"}, "deflate": {"raw"}, "br": {"br"}, "zstd": {"zstd"}, "gzip, gzip": {"gzip", "gzip"},
	} {
		api := serveEncoded(t, encoding, encodeBody(t, zeros, with...))
		c := newTestClient(t, Config{BaseURL: api.URL, MaxResponseSize: limit})
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		e := fail(t, c, Request{URL: api.URL}, KindResponse)
		runtime.ReadMemStats(&after)
		expectText(t, e, "more than 64 KiB once decoded", "as received")
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 14<<20 {
			// The windows of br and zstd are most of it.
			t.Errorf("%s: %d MiB were allocated", encoding, grown>>20)
		}
	}
}

func TestResponseSizeLimit(t *testing.T) {
	const limit = 1000
	api := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("n"))
		if r.URL.Path == "/chunked" {
			w.(http.Flusher).Flush()
		}
		_, _ = w.Write(make([]byte, n))
	})
	c := newTestClient(t, Config{BaseURL: api.URL, MaxResponseSize: limit})
	for _, path := range []string{"/", "/chunked"} {
		for _, n := range []int{0, 1, limit - 1, limit} {
			_, resp, _ := do(t, c, Request{URL: fmt.Sprintf("%s%s?n=%d", api.URL, path, n)})
			if len(resp.Body) != n || resp.Size != int64(n) {
				t.Errorf("%s %d: %d bytes, size %d", path, n, len(resp.Body), resp.Size)
			}
		}
		for _, n := range []int{limit + 1, 10 * limit} {
			e := fail(t, c, Request{URL: fmt.Sprintf("%s%s?n=%d", api.URL, path, n)}, KindResponse)
			expectText(t, e, "1000 bytes")
		}
	}
	expectText(t, fail(t, c, Request{URL: api.URL + "/?n=1536"}, KindResponse), "1.5 KiB", "at most 1000 bytes")
}

func TestLargeBodies(t *testing.T) {
	for _, size := range []int{firstRead - 1, firstRead, firstRead + 1, 3*firstRead + 7, 20 << 20} {
		body := bytes.Repeat([]byte("0123456789"), size/10+1)[:size]
		api := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/chunked" {
				w.Header().Set("Content-Length", strconv.Itoa(size))
			}
			_, _ = w.Write(body)
		})
		c := newTestClient(t, Config{BaseURL: api.URL})
		for _, path := range []string{"/", "/chunked"} {
			_, resp, _ := do(t, c, Request{URL: api.URL + path})
			if !bytes.Equal(resp.Body, body) {
				t.Errorf("%s: %d bytes, expected %d", path, len(resp.Body), size)
			}
		}
	}
}

// Bodies must not share the buffers that are used again.
func TestBodiesAreTheirOwn(t *testing.T) {
	api := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		_, _ = io.WriteString(w, strings.Repeat(r.URL.Query().Get("c"), 1000))
	})
	c := newTestClient(t, Config{BaseURL: api.URL})
	_, first, _ := do(t, c, Request{URL: api.URL + "?c=a"})
	do(t, c, Request{URL: api.URL + "?c=b"})
	if string(first.Body) != strings.Repeat("a", 1000) || cap(first.Body) > 1100 {
		t.Errorf("body changed to %q…, room for %d", first.Body[:10], cap(first.Body))
	}
}

func FuzzDecode(f *testing.F) {
	for i, name := range []string{"gzip", "zlib", "raw", "br", "zstd"} {
		f.Add(byte(i), encodeBody(f, []byte("some text some text"), name))
	}
	names := []string{"gzip", "deflate", "deflate", "br", "zstd"}
	f.Fuzz(func(t *testing.T, which byte, wire []byte) {
		resp := &http.Response{StatusCode: http.StatusOK, ContentLength: -1, Body: io.NopCloser(bytes.NewReader(wire)),
			Request: &http.Request{Method: http.MethodGet}, Header: http.Header{"Content-Encoding": {names[int(which)%len(names)]}}}
		a := trace{}
		body, size, err := readBody(resp, 1<<16, &a.bodyBytes)
		if len(body) > 1<<16 || (err == nil && size != int64(len(wire))) {
			t.Fatalf("%d bytes of %d received, which were %d", len(body), size, len(wire))
		}
	})
}
