package demo

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestStart(t *testing.T) {
	s, err := Start(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	resp := get(t, s.URL()+"/health")
	defer resp.Body.Close()
	var body struct{ Status string }
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil || body.Status != "ok" {
		t.Errorf("health is %q, %v", body.Status, err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := http.Get(s.URL() + "/health"); err == nil {
		t.Error("still serving after Close")
	}
}

// get sends a GET that ends with the test.
func get(t *testing.T, url string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func TestServerEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, err := Start(ctx, "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	<-s.done
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestStartRefuses(t *testing.T) {
	taken, err := Start(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	cases := map[string]string{
		"8080":         "expected host:port",
		":8080":        "of this machine only",
		"0.0.0.0:8080": "of this machine only",
		"192.0.2.1:80": "of this machine only",
		strings.TrimPrefix(taken.URL(), "http://"): "start the demo: ",
	}
	for addr, message := range cases {
		if _, err := Start(t.Context(), addr); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("Start(%q): %v, want %q", addr, err, message)
		}
	}
}

func TestYearlyReport(t *testing.T) {
	auth := []string{"Authorization", "Basic Y2xlcms6b3Blbi1zZXNhbWU="}
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		w := call(t, Handler(nil), "GET /reports/yearly", "", auth...)
		wantStatus(t, w, 200)
		if took := time.Since(began); took != yearlyDelay {
			t.Errorf("took %s", took)
		}
		r := httptest.NewRequest(http.MethodGet, "/reports/yearly", nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r.Header.Set(auth[0], auth[1])
		w = httptest.NewRecorder()
		Handler(nil).ServeHTTP(w, r.WithContext(ctx))
		wantStatus(t, w, 503)
	})
}

func TestManyAtOnce(t *testing.T) {
	h := Handler(nil)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			id := string(rune('a' + i))
			for range 20 {
				call(t, h, "PUT /customers/"+id, `{"name":"N","address":{"city":"C"}}`)
				call(t, h, "PATCH /customers/"+id, `{"address":{"city":"D"},"tier":"gold"}`)
				call(t, h, "POST /orders", `{"customer":"`+id+`","sku":"C1","qty":1}`)
				call(t, h, "GET /orders", "")
				call(t, h, "GET /customers", "")
				call(t, h, "POST /token", `{"username":"clerk","password":"`+Password+`"}`)
				if w := call(t, h, "DELETE /customers/"+id, ""); w.Code != http.StatusNoContent {
					t.Errorf("removing %s: %d", id, w.Code)
				}
			}
		})
	}
	wg.Wait()
	want(t, call(t, h, "GET /orders", ""), "total", "3")
}
