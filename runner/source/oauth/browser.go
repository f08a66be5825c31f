package oauth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/oauth2"
)

// callbackPath is where the browser comes back to. It has to be registered with
// the server as http://127.0.0.1/callback, for any port (RFC 8252, 7.3).
const callbackPath = "/callback"

// byBrowser is the authorization code grant with PKCE (RFC 7636) and a redirect
// to this machine.
func (t *Tokens) byBrowser(ctx context.Context, s *server, o LoginOptions) (*answer, *Error) {
	back, err := t.listen(ctx, o.Port)
	if err != nil {
		return nil, err
	}
	defer back.close()
	verifier := oauth2.GenerateVerifier()
	t.learn("code_verifier", verifier)
	at, err := t.authURL(s, back, verifier)
	if err != nil {
		return nil, err
	}
	deadline, _ := ctx.Deadline()
	if err := o.present(Prompt{URL: at, Expires: deadline}); err != nil {
		return nil, err
	}
	code, err := t.code(ctx, s, back)
	if err != nil {
		return nil, err
	}
	form := t.form("authorization_code", false)
	form.Set("code", code)
	form.Set("redirect_uri", back.url)
	form.Set("code_verifier", verifier)
	return t.askOnce(ctx, s, form)
}

// authURL is what the browser opens.
func (t *Tokens) authURL(s *server, back *callback, verifier string) (string, *Error) {
	config := oauth2.Config{ClientID: t.config.ClientID, RedirectURL: back.url, Endpoint: oauth2.Endpoint{AuthURL: s.Auth}}
	u, err := url.Parse(config.AuthCodeURL(back.state, oauth2.S256ChallengeOption(verifier)))
	if err != nil {
		return "", newError(KindConfig, "auth_url is not a valid URL")
	}
	query := u.Query()
	t.target(query, true)
	for _, p := range t.config.QueryParams {
		query[p.Name] = p.Values
	}
	u.RawQuery = query.Encode()
	return u.String(), nil
}

// code waits for the browser to come back.
func (t *Tokens) code(ctx context.Context, s *server, back *callback) (string, *Error) {
	select {
	case <-ctx.Done():
		return "", leftWaiting(ctx, "waiting for the browser to come back from "+place(s.Auth))
	case query := <-back.came:
		return t.codeOf(query, s)
	}
}

func (t *Tokens) codeOf(query url.Values, s *server) (string, *Error) {
	at := place(s.Auth)
	t.learn("code", query.Get("code"))
	if query.Has("error") {
		e := newError(KindDenied, "%s answers the login with %s%s", at, t.safeCode(query.Get("error")), prefixed(t.safe(query.Get("error_description"))))
		e.Hint = t.codeHint(query.Get("error"))
		return "", e
	}
	// RFC 9207: an answer of another server is not for this one's token endpoint.
	if issuer := query.Get("iss"); issuer != "" && t.config.Issuer != "" && issuer != t.config.Issuer {
		return "", newError(KindResponse, "%s answers the login in the name of the issuer %s, expected %s", at, t.safe(issuer), clean(t.config.Issuer))
	}
	if query.Get("code") == "" {
		return "", newError(KindResponse, "%s answers the login without a code", at)
	}
	return query.Get("code"), nil
}

// callback is where the browser comes back to.
type callback struct {
	url, state string
	server     *http.Server
	came       chan url.Values // holds one
	served     chan struct{}
}

func (t *Tokens) listen(ctx context.Context, port int) (*callback, *Error) {
	var config net.ListenConfig
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	listener, err := config.Listen(ctx, "tcp4", address)
	if err != nil {
		e := newError(KindNetwork, "cannot listen on %s, where the browser would come back to", address)
		if errors.Is(err, syscall.EADDRINUSE) {
			e.Message += ": another program does"
			e.Hint = "choose another port, or none"
		}
		return nil, e
	}
	b := &callback{
		url: "http://" + listener.Addr().String() + callbackPath, state: rand.Text(),
		came: make(chan url.Values, 1), served: make(chan struct{}),
	}
	b.server = &http.Server{
		Handler: b, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second,
		MaxHeaderBytes: 64 << 10,
	}
	go func() {
		defer close(b.served)
		_ = b.server.Serve(listener) // ends with close
	}()
	return b, nil
}

// close lets the page that is being sent arrive.
func (b *callback) close() {
	ctx, stop := context.WithTimeout(context.Background(), time.Second)
	defer stop()
	if b.server.Shutdown(ctx) != nil {
		_ = b.server.Close()
	}
	<-b.served
}

// ServeHTTP takes the first request that knows the state. Others, such as a page
// that guesses the port, change nothing: the login goes on.
func (b *callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'")
	header.Set("Referrer-Policy", "no-referrer") // the URL holds the code
	header.Set("Cache-Control", "no-store")
	header.Set("Connection", "close")
	query := r.URL.Query()
	switch {
	case r.URL.Path != callbackPath || r.Method != http.MethodGet:
		http.NotFound(w, r)
	case subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(b.state)) != 1:
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, page("This is not the login that apicel waits for."))
	default:
		select {
		case b.came <- query:
		default: // a reload
		}
		_, _ = io.WriteString(w, page("Back to the terminal: this window can be closed."))
	}
}

func page(text string) string {
	return "<!doctype html><title>apicel</title><p>" + text + "</p>\n"
}
