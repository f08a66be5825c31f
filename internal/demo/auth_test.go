package demo

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"
)

// token logs a user in and returns the Authorization header.
func token(t *testing.T, h http.Handler, user string) string {
	t.Helper()
	w := call(t, h, "POST /token", `{"username":"`+user+`","password":"`+Password+`"}`)
	wantStatus(t, w, 200)
	want(t, w, "expires_in", "3600")
	return "Bearer " + gjson.Get(w.Body.String(), "access_token").String()
}

func TestToken(t *testing.T) {
	c := newClock()
	h := Handler(c.Now)
	clerk, manager := token(t, h, "clerk"), token(t, h, "manager")
	want(t, call(t, h, "GET /admin/whoami", "", "Authorization", clerk), "role", "clerk")
	wantStatus(t, call(t, h, "GET /admin/stats", "", "Authorization", clerk), 403)
	want(t, call(t, h, "GET /admin/stats", "", "Authorization", manager), "orders", "3")
	c.Advance(tokenLife + 1)
	w := call(t, h, "GET /admin/whoami", "", "Authorization", clerk)
	wantStatus(t, w, 401)
	if !strings.Contains(w.Header().Get("WWW-Authenticate"), "invalid_token") {
		t.Errorf("WWW-Authenticate is %q", w.Header().Get("WWW-Authenticate"))
	}
}

func TestSession(t *testing.T) {
	c := newClock()
	h := Handler(c.Now)
	w := call(t, h, "POST /session", "username=clerk&password="+Password, "Content-Type", mimeForm)
	wantStatus(t, w, 201)
	set := w.Header().Get("Set-Cookie")
	if !strings.HasSuffix(set, "; Path=/; Max-Age=1800; HttpOnly; SameSite=Lax") {
		t.Errorf("Set-Cookie is %q", set)
	}
	cookie, _, _ := strings.Cut(set, ";")
	want(t, call(t, h, "GET /session", "", "Cookie", cookie), "username", "clerk")

	want(t, call(t, h, "GET /basket", "", "Cookie", cookie), "lines", "[]")
	wantStatus(t, call(t, h, "POST /basket", `{"sku":"A1","qty":0}`, "Cookie", cookie), 422)
	want(t, call(t, h, "POST /basket", `{"sku":"B5","qty":10}`, "Cookie", cookie), "total", "4900")
	for range maxBasket - 1 {
		wantStatus(t, call(t, h, "POST /basket", `{"sku":"B5","qty":1}`, "Cookie", cookie), 200)
	}
	wantStatus(t, call(t, h, "POST /basket", `{"sku":"B5","qty":1}`, "Cookie", cookie), 409)

	w = call(t, h, "DELETE /session", "", "Cookie", cookie)
	wantStatus(t, w, 204)
	if !strings.Contains(w.Header().Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("Set-Cookie is %q", w.Header().Get("Set-Cookie"))
	}
	wantStatus(t, call(t, h, "GET /session", "", "Cookie", cookie), 401)
	wantStatus(t, call(t, h, "DELETE /session", ""), 204)

	w = call(t, h, "POST /session", `{"username":"manager","password":"`+Password+`"}`)
	cookie, _, _ = strings.Cut(w.Header().Get("Set-Cookie"), ";")
	c.Advance(sessionLife + time.Second)
	want(t, call(t, h, "GET /session", "", "Cookie", cookie), "error.code", "session_ended")
}

func TestBadLogins(t *testing.T) {
	h := Handler(nil)
	wantStatus(t, call(t, h, "POST /session", "username=%zz", "Content-Type", mimeForm), 400)
	wantStatus(t, call(t, h, "POST /session", "username=clerk&password=x", "Content-Type", mimeForm), 401)
	wantStatus(t, call(t, h, "POST /session", "clerk", "Content-Type", "text/plain"), 415)
	wantStatus(t, call(t, h, "POST /session", ""), 415)
	wantStatus(t, call(t, h, "POST /basket", `{"sku":"A1","qty":1}`), 401)
}

func TestWebhook(t *testing.T) {
	h := Handler(nil)
	sign := func(body string) string {
		mac := hmac.New(sha256.New, []byte(SigningKey))
		mac.Write([]byte(body))
		return "sha256=" + hex.EncodeToString(mac.Sum(nil))
	}
	body := `{"type":"payment.received","order":"ord-1","amount":33780}`
	w := call(t, h, "POST /webhooks/payments", body, "X-Signature", sign(body))
	wantStatus(t, w, 202)
	want(t, w, "accepted", "true")
	wantStatus(t, call(t, h, "POST /webhooks/payments", body+" ", "X-Signature", sign(body)), 401)
	other := `{"type":"payment.lost"}`
	want(t, call(t, h, "POST /webhooks/payments", other, "X-Signature", sign(other)), "error.field", "type")
	want(t, call(t, h, "GET /admin/stats", "", "Authorization", token(t, h, "manager")), "events", "1")
}

func TestReports(t *testing.T) {
	h := Handler(nil)
	w := call(t, h, "GET /reports/stock.csv", "", "Authorization", "Basic Y2xlcms6b3Blbi1zZXNhbWU=")
	wantStatus(t, w, 200)
	if !strings.HasPrefix(w.Body.String(), "sku,name,stock\r\nA1,Folding desk,40\r\n") {
		t.Errorf("CSV is %q", w.Body)
	}
	if got := w.Header().Get("Content-Type"); got != "text/csv; charset=utf-8" {
		t.Errorf("content type is %q", got)
	}
}
