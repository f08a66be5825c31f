package oauth

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apicel/apicel/internal/secret"
)

// Tokens hand out the access token of one config. Their methods may be called by
// several goroutines at once.
type Tokens struct {
	config    Config
	options   Options
	transport http.RoundTripper
	limit     time.Duration // for one request
	secrets   *secret.Redactor

	// life is the context of the requests: they belong to no single waiter.
	life    context.Context
	end     context.CancelFunc
	running sync.WaitGroup

	mu     sync.Mutex // guards what follows
	closed bool
	held   held
	failed failure
	flight *flight
	server *server // nil until it was found
	// refresh is the newest refresh token that this process knows.
	refresh string
	warned  map[string]bool
	// short are the secrets that the redactor does not take.
	short []string
}

// held is the token that is handed out.
type held struct {
	Token
	renew time.Time // when it is renewed; zero: never by itself
	since time.Time
	// replaces tells that it was got because another one was refused.
	replaces bool
}

// failure is an error that is remembered.
type failure struct {
	err   *Error
	until time.Time
}

// flight is a token being got, for all who wait.
type flight struct {
	done     chan struct{}
	token    Token  // once done is closed
	err      *Error // once done is closed
	replaces bool
	doing    atomic.Pointer[string]
	// rests is closed when the server wants to be asked again later.
	rests  chan struct{}
	paused atomic.Pointer[pausing]
}

// pausing is why a flight waits, and until when.
type pausing struct {
	err   *Error
	until time.Time
}

func newFlight(replaces bool) *flight {
	f := &flight{done: make(chan struct{}), rests: make(chan struct{}), replaces: replaces}
	f.say("looking for the authorization server")
	return f
}

func (f *flight) say(what string) { f.doing.Store(&what) }

// rest tells those who wait that nothing is asked for a while.
func (f *flight) rest(p pausing) {
	f.say(p.err.Message + ", and that is waited for")
	if f.paused.Swap(&p) == nil {
		close(f.rests)
	}
}

// tooLong is the error of who cannot wait as long as the server wants, nil of
// who can.
func (f *flight) tooLong(ctx context.Context) *Error {
	p := f.paused.Load()
	deadline, limited := ctx.Deadline()
	if p == nil || !limited || p.until.Before(deadline) {
		return nil
	}
	e := p.err.copy()
	e.Message += ", which is longer than this request may wait"
	e.Hint = "wait until the authorization server takes requests again, or raise timeout"
	return e
}

// New returns Tokens for the config, which Check found nothing wrong with. It
// sends nothing. Close ends them.
func New(c Config, o Options) *Tokens {
	t := &Tokens{config: c, options: o, transport: http.DefaultTransport, limit: RequestTimeout, secrets: secret.NewRedactor(), warned: map[string]bool{}}
	if o.HTTP != nil {
		if o.HTTP.Transport != nil {
			t.transport = o.HTTP.Transport
		}
		if o.HTTP.Timeout > 0 {
			t.limit = o.HTTP.Timeout
		}
	}
	t.life, t.end = context.WithCancel(context.Background())
	t.learn("client_secret", c.ClientSecret)
	t.learn("password", c.Password)
	t.learn("refresh_token", c.RefreshToken)
	t.learn("private_key", string(c.PrivateKey))
	return t
}

// Close ends the requests that are under way and waits for them. A refresh is
// given closeGrace to end by itself: what it brings may replace the refresh
// token that is kept. Who still waits gets an error, and so does who comes later.
func (t *Tokens) Close() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	if t.config.refreshes() {
		defer time.AfterFunc(closeGrace, t.end).Stop()
	} else {
		t.end()
	}
	t.running.Wait()
	t.end()
}

// closeGrace is how long Close waits for a refresh.
const closeGrace = 2 * time.Second

func (t *Tokens) now() time.Time {
	if t.options.Now != nil {
		return t.options.Now()
	}
	return time.Now()
}

// Token returns the token that is good now, got where there is none or where it
// is about to end. The error is an *Error. When ctx ends first it is one of the
// kind timeout or interrupted, and the request goes on for the others.
func (t *Tokens) Token(ctx context.Context) (Token, error) {
	t.mu.Lock()
	now := t.now()
	if t.held.usable(now) {
		defer t.mu.Unlock()
		return t.held.Token, nil
	}
	f, err := t.join(ctx, now, false)
	alive, token := t.held.isAlive(now), t.held.Token
	t.mu.Unlock()
	switch {
	case err != nil && alive:
		return token, nil
	case err != nil:
		return Token{}, err.copy()
	}
	return t.wait(ctx, f)
}

// Renew returns a token that is not rejected, the one that an API refused with
// 401. Of all who saw the same token refused, one makes the request. Where
// another token would not help, it returns ErrNotRenewed; other errors are as
// those of Token. A caller sends its request once more with the new token, and
// lets the 401 stand where there is none.
func (t *Tokens) Renew(ctx context.Context, rejected string) (Token, error) {
	t.mu.Lock()
	now := t.now()
	if t.held.Access != rejected && t.held.usable(now) {
		defer t.mu.Unlock()
		return t.held.Token, nil
	}
	if t.flight == nil && t.held.Access == rejected && t.held.isFreshReplacement(now) {
		t.mu.Unlock()
		return Token{}, ErrNotRenewed
	}
	f, err := t.join(ctx, now, true)
	t.mu.Unlock()
	if err != nil {
		return Token{}, err.copy()
	}
	token, failed := t.wait(ctx, f)
	if failed == nil && token.Access == rejected {
		return Token{}, ErrNotRenewed
	}
	return token, failed
}

func (h *held) usable(now time.Time) bool {
	return h.Access != "" && (h.renew.IsZero() || now.Before(h.renew))
}

// isAlive tells a token that is to be renewed and still good: it serves as long
// as the renewal fails.
func (h *held) isAlive(now time.Time) bool {
	return h.Access != "" && now.Before(h.Expires)
}

// isFreshReplacement tells a token that replaced a refused one just now: not
// longer ago than renewPause, or half of its life.
func (h *held) isFreshReplacement(now time.Time) bool {
	pause := renewPause
	if !h.Expires.IsZero() {
		pause = min(pause, h.Expires.Sub(h.since)/2)
	}
	return h.replaces && now.Sub(h.since) < pause
}

// join returns the flight that is under way, or begins one. The caller holds t.mu.
func (t *Tokens) join(ctx context.Context, now time.Time, replaces bool) (*flight, *Error) {
	switch {
	case t.flight != nil:
		return t.flight, nil
	case ctx.Err() != nil:
		return nil, leftWaiting(ctx, "an access token was needed")
	case t.closed:
		return nil, newError(KindInterrupted, "no access token is got any more: the run is over")
	case t.failed.err != nil && now.Before(t.failed.until):
		return nil, t.failed.err
	}
	f := newFlight(replaces)
	t.flight = f
	t.running.Go(func() { t.fly(f, now) })
	return f, nil
}

// fly gets a token for all who wait for f.
func (t *Tokens) fly(f *flight, started time.Time) {
	got, err := t.guarded(f)
	t.mu.Lock()
	switch now := t.now(); {
	case err == nil:
		f.token = t.hold(got, f.replaces)
	case t.held.isAlive(now) && !f.replaces:
		f.token, t.failed = t.held.Token, remember(err, started, now)
	default:
		f.err, t.failed = err, remember(err, started, now)
	}
	t.flight = nil
	t.mu.Unlock()
	close(f.done)
}

// guarded is obtain with a panic as an error: it must neither end the run nor
// show what it holds, and nobody else would catch it.
func (t *Tokens) guarded(f *flight) (got *answer, err *Error) {
	defer func() {
		if recover() != nil {
			got, err = nil, newError(KindResponse, "a bug in apicel ended %s", *f.doing.Load()).hint("please report it")
		}
	}()
	return t.obtain(t.life, f)
}

// hold makes the answer the token that is handed out. The caller holds t.mu.
func (t *Tokens) hold(got *answer, replaces bool) Token {
	h := held{Token: Token{Access: got.Access, Type: got.Type, Scope: got.Scope}, since: t.now(), replaces: replaces}
	if got.Life > 0 {
		// Counted from before the request: the server's clock began after it.
		h.Expires = got.Asked.Add(got.Life)
		h.renew = h.Expires.Add(-min(renewAhead, got.Life/5))
	}
	t.held, t.failed = h, failure{}
	return h.Token
}

// remember decides how long a failure holds.
func remember(err *Error, started, now time.Time) failure {
	memory := min(max(now.Sub(started), failureMemory), maxFailureMemory)
	if err.Kind == KindDenied || err.Kind == KindLogin || err.Kind == KindConfig {
		memory = deniedMemory
	}
	if err.after != nil {
		memory = min(max(err.after.wait, failureMemory), time.Minute)
	}
	return failure{err: err, until: now.Add(memory)}
}

func (t *Tokens) wait(ctx context.Context, f *flight) (Token, error) {
	rests := f.rests
	for waiting := true; waiting; {
		select {
		case <-f.done:
			waiting = false
		case <-rests:
			if err := f.tooLong(ctx); err != nil {
				return Token{}, err
			}
			rests = nil
		case <-ctx.Done():
			select {
			case <-f.done: // both: what was waited for is there
				waiting = false
			default:
				return Token{}, leftWaiting(ctx, *f.doing.Load())
			}
		}
	}
	if f.err != nil {
		return Token{}, f.err.copy()
	}
	return f.token, nil
}

// copy keeps an error that many get from being changed by one of them.
func (e *Error) copy() *Error {
	c := *e
	return &c
}

// learn keeps value out of every error, and tells who asked to be told.
func (t *Tokens) learn(name, value string) {
	if value == "" {
		return
	}
	if !t.secrets.Add(name, value) && len(value) >= minShort {
		t.mu.Lock()
		t.short = append(t.short, value)
		t.mu.Unlock()
	}
	if t.options.Learn != nil {
		t.options.Learn(name, value)
	}
}

// minShort is the number of bytes from which a short secret is looked for.
const minShort = 3

// warn tells a message once.
func (t *Tokens) warn(message string) {
	t.mu.Lock()
	known := t.warned[message]
	t.warned[message] = true
	t.mu.Unlock()
	if !known && t.options.Warn != nil {
		t.options.Warn(message)
	}
}
