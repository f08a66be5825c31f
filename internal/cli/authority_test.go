package cli

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// authority is an authorization server, written from RFC 6749, 7636 and 8628,
// and the API that its tokens are for, over TLS with a CA of its own. Each
// refresh token is good once.
type authority struct {
	*httptest.Server
	ca string // file

	mu         sync.Mutex
	codes      map[string]url.Values // authorization requests by code
	refreshing string                // the refresh token that is good
	issued     int
	grants     []string // of token requests
	approved   bool     // the device
	refuse     bool     // logins
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	s := &authority{codes: map[string]url.Values{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /authorize", s.authorize)
	mux.HandleFunc("POST /device", s.device)
	mux.HandleFunc("GET /activate", s.activate)
	mux.HandleFunc("POST /token", s.token)
	mux.HandleFunc("GET /me", s.me)
	s.Server = httptest.NewTLSServer(mux)
	t.Cleanup(s.Close)
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	s.ca = writeFile(t, t.TempDir(), "ca.pem", string(block))
	return s
}

// browse plays the browser, and what is behind the screen.
func (s *authority) browse(t *testing.T, at string) {
	resp, err := s.Client().Get(at)
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("the browser shows %d of %s", resp.StatusCode, resp.Request.URL.Redacted())
	}
}

func (s *authority) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || back.Hostname() != "127.0.0.1" || q.Get("code_challenge_method") != "S256" || q.Get("response_type") != "code" || q.Get("client_id") != "native" {
		http.Error(w, "wrong request", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	to := url.Values{"state": {q.Get("state")}}
	if s.refuse {
		to.Set("error", "access_denied")
	} else {
		code := fmt.Sprintf("code-%d", len(s.codes))
		s.codes[code] = q
		to.Set("code", code)
	}
	back.RawQuery = to.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

func (s *authority) device(w http.ResponseWriter, _ *http.Request) {
	answer(w, 200, map[string]any{"device_code": "device-code-1", "user_code": "WDJB-MJHT", "verification_uri": s.URL + "/activate", "expires_in": 600, "interval": 1})
}

func (s *authority) activate(http.ResponseWriter, *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.approved = true
}

func (s *authority) token(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	grant := r.PostFormValue("grant_type")
	s.grants = append(s.grants, grant)
	good := false
	switch grant {
	case "authorization_code":
		asked, known := s.codes[r.PostFormValue("code")]
		delete(s.codes, r.PostFormValue("code"))
		sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
		good = known && base64.RawURLEncoding.EncodeToString(sum[:]) == asked.Get("code_challenge") && r.PostFormValue("redirect_uri") == asked.Get("redirect_uri")
	case "urn:ietf:params:oauth:grant-type:device_code":
		if !s.approved {
			answer(w, 400, map[string]any{"error": "authorization_pending"})
			return
		}
		good = r.PostFormValue("device_code") == "device-code-1"
	case "refresh_token":
		good = r.PostFormValue("refresh_token") == s.refreshing
	}
	if !good {
		answer(w, 400, map[string]any{"error": "invalid_grant"})
		return
	}
	s.issued++
	s.refreshing = fmt.Sprintf("refresh-token-value-%d", s.issued)
	answer(w, 200, map[string]any{"access_token": s.access(), "token_type": "Bearer", "expires_in": 3600, "refresh_token": s.refreshing})
}

// access is the access token that is good. The caller holds mu.
func (s *authority) access() string { return fmt.Sprintf("access-token-value-%d", s.issued) }

func (s *authority) me(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.issued == 0 || r.Header.Get("Authorization") != "Bearer "+s.access() {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	answer(w, 200, map[string]any{"name": "clerk"})
}

func answer(w http.ResponseWriter, status int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// took returns the grants of the token requests since it was last called.
func (s *authority) took() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { s.grants = nil }()
	return strings.Join(s.grants, " ")
}

// suite writes a suite for the authority. Its source and its auth are these
// lines where others replace none of them.
func (s *authority) suite(t *testing.T, replaced ...string) string {
	t.Helper()
	lines := map[string]string{
		"base_url": s.URL, "ssl": "{ca_cert: ca.pem}", "auth.type": "oauth2", "auth.grant_type": "authorization_code",
		"auth.auth_url": s.URL + "/authorize", "auth.access_token_url": s.URL + "/token", "auth.client_id": "native", "auth.scopes": "[orders.read]",
	}
	for i := 0; i < len(replaced); i += 2 {
		lines[replaced[i]] = replaced[i+1]
	}
	text, auth := "source:\n", "  auth:\n"
	for name, value := range lines {
		if key, ok := strings.CutPrefix(name, "auth."); ok {
			auth += "    " + key + ": " + value + "\n"
		} else {
			text += "  " + name + ": " + value + "\n"
		}
	}
	dir := t.TempDir()
	writeFile(t, dir, "ca.pem", readFile(t, s.ca))
	return writeFile(t, dir, "desk.apicel.yaml", text+auth+"queries:\n  - {name: who I am, get: /me, expect: {gjson: {name: clerk}}}\n")
}

// user is a person with a home and a browser.
type user struct {
	t       *testing.T
	env     []string
	logins  string // the folder
	browse  func(at string)
	browser sync.WaitGroup
}

func newUser(t *testing.T, s *authority) *user {
	t.Helper()
	home := t.TempDir()
	return &user{
		t: t, env: []string{"HOME=" + home, "XDG_STATE_HOME=" + filepath.Join(home, "state")},
		logins: filepath.Join(home, "state", "apicel", "logins"), browse: func(at string) { s.browse(t, at) },
	}
}

// apicel runs a command, which must end by itself in good time.
func (u *user) apicel(args ...string) result {
	u.t.Helper()
	var stdout, stderr strings.Builder
	c := Command{Stdout: &stdout, Stderr: &stderr, Args: args, Env: u.env, Browse: func(at string) error {
		u.browser.Go(func() { u.browse(at) })
		return nil
	}}
	start := time.Now()
	code := c.Run(u.t.Context())
	u.browser.Wait()
	if took := time.Since(start); took > 2*time.Minute {
		u.t.Errorf("%v took %s", args, took)
	}
	return result{code, stdout.String(), stderr.String()}
}
