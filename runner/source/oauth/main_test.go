package oauth

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the provider's
	goleak.VerifyTestMain(m)
}

// witness keeps every secret that it is told of, and looks for them in errors.
type witness struct {
	mu      sync.Mutex
	secrets map[string]string
	warned  []string
}

func (w *witness) learn(name, value string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.secrets[value] = name
}

func (w *witness) warn(message string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.warned = append(w.warned, message)
}

func (w *witness) warnings() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.warned, "\n")
}

// clean fails the test where a text shows a secret, in any form. A few letters may
// stand in any text.
func (w *witness) clean(t testing.TB, text string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for value, name := range w.secrets {
		for _, form := range secretForms(value) {
			isWord := len(form) < 8 && strings.Trim(strings.ToLower(form), "abcdefghijklmnopqrstuvwxyz") == ""
			if len(form) >= 4 && !isWord && strings.Contains(text, form) {
				t.Errorf("%s is in %q", name, text)
			}
		}
	}
}

func secretForms(s string) []string {
	all := []string{s, url.QueryEscape(s), url.PathEscape(s), strings.ReplaceAll(url.QueryEscape(s), "+", "%20")}
	for _, text := range []string{s, url.QueryEscape(s)} {
		for shift := range 3 {
			for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
				encoded := encoding.EncodeToString([]byte("\x00\x00"[:shift] + text))
				all = append(all, encoded[(shift*8+5)/6:(shift+len(text))*8/6])
			}
		}
	}
	return all
}

// newTokens returns Tokens that are closed with the test.
func newTokens(t testing.TB, c Config, o Options) (*Tokens, *witness) {
	t.Helper()
	w := &witness{secrets: map[string]string{}}
	o.Learn, o.Warn = w.learn, w.warn
	for _, p := range c.Check() {
		t.Fatalf("%s %s", p.Key, p.Message)
	}
	tokens := New(c, o)
	t.Cleanup(tokens.Close)
	return tokens, w
}

// expectError fails the test unless err is an *Error of the kind, with the parts
// in its texts, and shows no secret.
func (w *witness) expectError(t testing.TB, err error, kind string, parts ...string) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error %T %v, expected an *Error of the kind %s", err, err, kind)
	}
	all := e.Message + "\n" + e.Hint
	if e.Kind != kind {
		t.Errorf("kind %s, expected %s: %s", e.Kind, kind, all)
	}
	for _, part := range parts {
		if !strings.Contains(all, part) {
			t.Errorf("%q, expected %q in it", all, part)
		}
	}
	if strings.ContainsFunc(e.Message+e.Hint, func(r rune) bool { return r < 0x20 || r == 0x7f || r == 0x202e }) {
		t.Errorf("%q holds a control character", all)
	}
	w.clean(t, fmt.Sprintf("%v %+v %#v %s", err, e, *e, all))
	return e
}

func token(t testing.TB, tokens *Tokens) Token {
	t.Helper()
	got, err := tokens.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// transport is a server without sockets.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (f transport) client() *http.Client { return &http.Client{Transport: f} }

// respond makes an answer; pairs are headers.
func respond(status int, body string, pairs ...string) *http.Response {
	header := http.Header{}
	if strings.HasPrefix(body, "{") {
		header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(pairs); i += 2 {
		header.Set(pairs[i], pairs[i+1])
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body))}
}

// keeper is a Store in memory.
type keeper struct {
	mu     sync.Mutex
	tokens map[string]string
	saves  int
	err    error
}

func (k *keeper) Load(_ context.Context, key string) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.tokens[key], k.err
}

func (k *keeper) Save(_ context.Context, key, token string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err != nil {
		return k.err
	}
	k.saves++
	k.tokens[key] = token
	return nil
}

func (k *keeper) Delete(_ context.Context, key string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.tokens, key)
	return k.err
}

func (k *keeper) now(key string) string {
	token, _ := k.Load(context.Background(), key)
	return token
}

func newKeeper() *keeper { return &keeper{tokens: map[string]string{}} }

const secretText = "s3cret +/:%&=?ä"

// clientConfig is a config whose token endpoint is a fake.
func clientConfig() Config {
	return Config{Grant: ClientCredentials, TokenURL: "https://as.example/token?tenant=hidden", ClientID: "ci:1", ClientSecret: secretText}
}
