package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// The tests of this file run in bubbles: their time passes when nothing happens.

// issuing is a token endpoint that numbers its tokens and takes its time.
type issuing struct {
	requests atomic.Int64
	takes    time.Duration
	life     int
	born     sync.Map // token → time.Time
	next     func(n int64, r *http.Request) (*http.Response, error)
}

func (s *issuing) RoundTrip(r *http.Request) (*http.Response, error) {
	n := s.requests.Add(1)
	if !pause(r.Context(), s.takes) {
		return nil, context.Cause(r.Context())
	}
	if s.next != nil {
		if resp, err := s.next(n, r); resp != nil || err != nil {
			return resp, err
		}
	}
	access := fmt.Sprintf("token-%d", n)
	s.born.Store(access, time.Now())
	return respond(200, fmt.Sprintf(`{"access_token": %q, "expires_in": %d}`, access, s.life)), nil
}

// accepts tells whether the token is alive.
func (s *issuing) accepts(access string) bool {
	born, ok := s.born.Load(access)
	return ok && time.Since(born.(time.Time)) < time.Duration(s.life)*time.Second
}

func inBubble(t *testing.T, s *issuing, test func(t *testing.T, tokens *Tokens, w *witness)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		tokens, w := newTokens(t, clientConfig(), Options{HTTP: &http.Client{Transport: s}})
		test(t, tokens, w)
	})
}

func TestOneRequestForALifetime(t *testing.T) {
	s := &issuing{takes: 50 * time.Millisecond, life: 2}
	inBubble(t, s, func(t *testing.T, tokens *Tokens, _ *witness) {
		var all sync.WaitGroup
		for i := range 500 {
			all.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				for range 100 { // ten seconds
					if got := token(t, tokens); !s.accepts(got.Access) {
						t.Errorf("%s is not good", got.Access)
					}
					time.Sleep(100 * time.Millisecond)
				}
			})
		}
		all.Wait()
		// A token serves 1.6 of its 2 seconds, from before it was asked for.
		if n := s.requests.Load(); n < 6 || n > 7 {
			t.Errorf("%d requests in 10.5 s, expected 7 at most", n)
		}
	})
}

func TestRenewedAhead(t *testing.T) {
	s := &issuing{life: 3600}
	inBubble(t, s, func(t *testing.T, tokens *Tokens, _ *witness) {
		first := token(t, tokens)
		time.Sleep(3589 * time.Second)
		if token(t, tokens) != first {
			t.Error("renewed too early")
		}
		time.Sleep(time.Second)
		if token(t, tokens) == first {
			t.Error("not renewed ten seconds ahead")
		}
	})
}

// A renewal that fails does not matter as long as the token lives.
func TestFailedRenewal(t *testing.T) {
	s := &issuing{life: 100}
	s.next = func(n int64, _ *http.Request) (*http.Response, error) {
		if n > 1 {
			return nil, errors.New("down")
		}
		return nil, nil
	}
	inBubble(t, s, func(t *testing.T, tokens *Tokens, w *witness) {
		first := token(t, tokens)
		for range 95 {
			time.Sleep(time.Second)
			if token(t, tokens) != first {
				t.Fatal("another token")
			}
		}
		time.Sleep(5 * time.Second)
		_, err := tokens.Token(t.Context())
		w.expectError(t, err, KindNetwork, "down")
	})
}

// Who asked first leaves; the request goes on for who is still there.
func TestWaitersLeave(t *testing.T) {
	s := &issuing{takes: 10 * time.Second, life: 60}
	inBubble(t, s, func(t *testing.T, tokens *Tokens, w *witness) {
		ctx, stop := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			_, err := tokens.Token(ctx)
			e := w.expectError(t, err, KindInterrupted, "interrupted while waiting for an access token from https://as.example/token")
			if !errors.Is(e, context.Canceled) {
				t.Error("the cause is lost")
			}
		})
		synctest.Wait()
		all.Go(func() { token(t, tokens) })
		limited, cancel := context.WithTimeoutCause(t.Context(), time.Second, errors.New("no answer within 1s"))
		defer cancel()
		all.Go(func() {
			_, err := tokens.Token(limited)
			w.expectError(t, err, KindTimeout, "no answer within 1s, while waiting for an access token from https://as.example/token")
		})
		synctest.Wait()
		stop()
		all.Wait()
		if s.requests.Load() != 1 {
			t.Errorf("%d requests", s.requests.Load())
		}
	})
}

func TestSlowServer(t *testing.T) {
	s := &issuing{takes: time.Hour}
	inBubble(t, s, func(t *testing.T, tokens *Tokens, w *witness) {
		start := time.Now()
		_, err := tokens.Token(t.Context())
		w.expectError(t, err, KindTimeout, "no answer from https://as.example/token within 30s", "timeout")
		if time.Since(start) != RequestTimeout {
			t.Errorf("after %s", time.Since(start))
		}
	})
}

// 500 queries do not make 500 failing requests.
func TestFailuresAreRemembered(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer func() *http.Response
		memory time.Duration
		kind   string
	}{
		{"refused", answers(401, `{"error": "invalid_client"}`), deniedMemory, KindDenied},
		{"broken", answers(500, "oops"), failureMemory, KindResponse},
		{"asked to wait", answers(429, "{}", "Retry-After", "45"), 45 * time.Second, KindResponse},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &issuing{next: func(int64, *http.Request) (*http.Response, error) { return c.answer(), nil }}
			inBubble(t, s, func(t *testing.T, tokens *Tokens, w *witness) {
				for range 500 {
					if _, err := tokens.Token(t.Context()); err == nil {
						t.Fatal("a token")
					}
				}
				time.Sleep(c.memory - time.Millisecond)
				_, err := tokens.Token(t.Context())
				w.expectError(t, err, c.kind, "https://as.example/token")
				if n := s.requests.Load(); n != 1 {
					t.Errorf("%d requests", n)
				}
				s.next = nil
				time.Sleep(time.Millisecond)
				token(t, tokens)
			})
		})
	}
}

func TestRetryAfterOfTokens(t *testing.T) {
	s := &issuing{life: 60, next: func(n int64, _ *http.Request) (*http.Response, error) {
		if n == 1 {
			return respond(429, "", "Retry-After", time.Now().Add(7*time.Second).UTC().Format(http.TimeFormat)), nil
		}
		return nil, nil
	}}
	inBubble(t, s, func(t *testing.T, tokens *Tokens, w *witness) {
		start := time.Now()
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		_, err := tokens.Token(ctx)
		w.expectError(t, err, KindResponse, "the token endpoint https://as.example/token answers 429, Retry-After 7s, which is longer than this request may wait", "raise timeout")
		if time.Since(start) != 0 {
			t.Errorf("an error after %s, expected one at once", time.Since(start))
		}
		_, err = tokens.Token(ctx) // the pause has begun already
		w.expectError(t, err, KindResponse, "answers 429")
		token(t, tokens)
		if time.Since(start) != 7*time.Second || s.requests.Load() != 2 {
			t.Errorf("after %s, %d requests", time.Since(start), s.requests.Load())
		}
	})
}

func TestRenewOnce(t *testing.T) {
	s := &issuing{takes: time.Second, life: 3600}
	inBubble(t, s, func(t *testing.T, tokens *Tokens, _ *witness) {
		first := token(t, tokens).Access
		var all sync.WaitGroup
		for i := range 500 {
			all.Go(func() {
				time.Sleep(time.Duration(i) * 10 * time.Millisecond)
				if got, err := tokens.Renew(t.Context(), first); err != nil || got.Access != "token-2" {
					t.Errorf("%+v, %v", got, err)
				}
			})
		}
		all.Wait()
		// The API refuses the new one as well: another would not help.
		for range 10 {
			if _, err := tokens.Renew(t.Context(), "token-2"); !errors.Is(err, ErrNotRenewed) {
				t.Errorf("error %v", err)
			}
		}
		if s.requests.Load() != 2 {
			t.Errorf("%d requests", s.requests.Load())
		}
		time.Sleep(renewPause)
		if got, err := tokens.Renew(t.Context(), "token-2"); err != nil || got.Access != "token-3" {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// A server that gives the same token again has not renewed it.
func TestSameTokenAgain(t *testing.T) {
	s := &issuing{next: func(int64, *http.Request) (*http.Response, error) {
		return respond(200, `{"access_token": "same"}`), nil
	}}
	inBubble(t, s, func(t *testing.T, tokens *Tokens, _ *witness) {
		if _, err := tokens.Renew(t.Context(), token(t, tokens).Access); !errors.Is(err, ErrNotRenewed) {
			t.Errorf("error %v", err)
		}
	})
}

// Who has no time left begins nothing.
func TestNoTimeLeft(t *testing.T) {
	s := &issuing{life: 60}
	inBubble(t, s, func(t *testing.T, tokens *Tokens, w *witness) {
		ctx, stop := context.WithCancel(t.Context())
		stop()
		_, err := tokens.Token(ctx)
		w.expectError(t, err, KindInterrupted, "interrupted while an access token was needed")
		if s.requests.Load() != 0 {
			t.Error("a request was sent")
		}
		got := token(t, tokens)
		if again, err := tokens.Token(ctx); err != nil || again != got {
			t.Errorf("%+v, %v: a token that is there needs no time", again, err)
		}
		if w.secrets[got.Access] != "access_token" || w.secrets[secretText] != "client_secret" {
			t.Error("nobody was told of the secrets")
		}
	})
}

func TestClose(t *testing.T) {
	s := &issuing{takes: 10 * time.Second}
	inBubble(t, s, func(t *testing.T, tokens *Tokens, w *witness) {
		var all sync.WaitGroup
		all.Go(func() {
			_, err := tokens.Token(t.Context())
			w.expectError(t, err, KindInterrupted, "https://as.example/token")
		})
		synctest.Wait()
		tokens.Close()
		all.Wait()
		_, err := tokens.Token(t.Context())
		w.expectError(t, err, KindInterrupted, "the run is over")
	})
}

// refreshing is a config with a kept login, and its tokens.
func refreshing(t *testing.T, store *keeper, s *issuing) (*Tokens, *witness) {
	config := Config{Grant: AuthorizationCode, TokenURL: "https://as.example/token", AuthURL: "https://as.example/authorize", ClientID: "ci", RefreshToken: "configured-refresh"}
	return newTokens(t, config, Options{HTTP: &http.Client{Transport: s}, Store: store, StoreKey: "k"})
}

// refresher answers the refresh tokens that are good, with a new one each time.
func refresher(good *string) func(int64, *http.Request) (*http.Response, error) {
	return func(n int64, r *http.Request) (*http.Response, error) {
		if err := r.ParseForm(); err != nil {
			return nil, err
		}
		if r.PostForm.Get("refresh_token") != *good {
			return respond(400, `{"error": "invalid_grant", "error_description": "`+r.PostForm.Get("refresh_token")+` was used"}`), nil
		}
		*good = fmt.Sprintf("rotated-refresh-%d", n)
		return respond(200, fmt.Sprintf(`{"access_token": "token-%d", "expires_in": 60, "refresh_token": %q}`, n, *good)), nil
	}
}

// Another process may have replaced the refresh token that this one knows.
func TestRotationElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good, store := "kept-refresh-token", newKeeper()
		store.tokens["k"] = good
		s := &issuing{next: refresher(&good)}
		tokens, w := refreshing(t, store, s)
		token(t, tokens)
		if store.now("k") != good {
			t.Fatalf("kept %q, expected %q", store.now("k"), good)
		}
		good = "replaced-by-another"
		store.tokens["k"] = good
		time.Sleep(time.Minute)
		token(t, tokens)
		good = "configured-refresh"
		time.Sleep(time.Minute)
		token(t, tokens)
		good = "nobody-knows-it"
		time.Sleep(time.Minute)
		_, err := tokens.Token(t.Context())
		w.expectError(t, err, KindLogin, "the login is not good any more", "*** was used", "log in again")
		if w.warnings() != "" {
			t.Errorf("warnings %q", w.warnings())
		}
	})
}

// A refresh token that cannot be kept does not fail the run, but is told of.
func TestStoreFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good, store := "configured-refresh", newKeeper()
		store.err = errors.New("the keyring is locked")
		tokens, w := refreshing(t, store, &issuing{next: refresher(&good)})
		token(t, tokens)
		if !strings.Contains(w.warnings(), "the refresh token cannot be kept: the keyring is locked") {
			t.Errorf("warnings %q", w.warnings())
		}
		good = "another"
		time.Sleep(time.Minute)
		_, err := tokens.Token(t.Context())
		w.expectError(t, err, KindLogin, "the login is not good any more")
	})
}

// Close lets a refresh end: its answer replaces what is kept.
func TestCloseLetsRefreshEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good, store := "configured-refresh", newKeeper()
		tokens, _ := refreshing(t, store, &issuing{takes: time.Second, next: refresher(&good)})
		ctx, stop := context.WithCancel(t.Context())
		go func() { _, _ = tokens.Token(ctx) }()
		synctest.Wait()
		stop()
		tokens.Close()
		if store.now("k") != "rotated-refresh-1" {
			t.Errorf("kept %q", store.now("k"))
		}
	})
}
