package source

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// BenchmarkDo compares the client with a loop that does nothing but send and
// read with net/http, against the same server. "x-bare" is how many times as
// long the client takes.
func BenchmarkDo(b *testing.B) {
	body := []byte(strings.Repeat(`{"id":1,"name":"Ada"}`, 50))
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	}))
	defer api.Close()
	c := newTestClient(b, Config{BaseURL: api.URL})
	request := &Request{
		Method: "GET", URL: api.URL + "/orders?page=1",
		Header: []Field{{"Accept", []string{"application/json"}}}, SourceHeader: []Field{{"X-Tenant", []string{"acme"}}},
		Auth: Auth{Type: AuthBearer, Token: "token"}, SourceCookies: []Field{{"region", []string{"eu"}}},
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 16, DisableCompression: true}
	defer transport.CloseIdleConnections()
	plain := &http.Client{Transport: transport}
	var ours, bare time.Duration
	b.ReportAllocs()
	// Taken in turns, so that both see the same load of the machine.
	for b.Loop() {
		start := time.Now()
		if _, _, _, err := c.Do(b.Context(), request); err != nil {
			b.Fatal(err)
		}
		between := time.Now()
		sendBare(b, plain, request.URL)
		ours, bare = ours+between.Sub(start), bare+time.Since(between)
	}
	b.ReportMetric(float64(ours)/float64(bare), "x-bare")
}

func sendBare(b *testing.B, client *http.Client, url string) {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header = http.Header{"Accept": {"application/json"}, "X-Tenant": {"acme"}, "Authorization": {"Bearer token"}, "Cookie": {"region=eu"}}
	resp, err := client.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := io.ReadAll(resp.Body); err != nil {
		b.Fatal(err)
	}
	_ = resp.Body.Close()
}
