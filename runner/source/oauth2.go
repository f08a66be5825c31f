package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/apicel/apicel/runner/source/oauth"
)

// tokenParam is the parameter of a token that stands in the URL (RFC 6750, 2.3).
const tokenParam = "access_token"

func (a Auth) checkOAuth2() *Error {
	if a.OAuth2 == nil {
		return badRequest("auth oauth2 does not say how the token is got")
	}
	if a.AddTokenTo != "" && a.AddTokenTo != "header" && a.AddTokenTo != "query" {
		return badRequest("auth oauth2 has add_token_to: %q, expected header or query", a.AddTokenTo)
	}
	if err := checkSecret("the header_prefix of auth oauth2", a.prefix()); err != nil {
		return err
	}
	if wrong := a.OAuth2.Check(); len(wrong) > 0 {
		return badRequest("the %s of auth oauth2 %s", wrong[0].Key, wrong[0].Message).hint("%s", wrong[0].Hint)
	}
	return nil
}

// tokenAuth is auth oauth2.
type tokenAuth struct {
	tokens  *oauth.Tokens
	prefix  string
	inQuery bool
	// ofPerson tells that the token comes from a login that was kept.
	ofPerson bool
}

// sign adds the token that is good now, and waits for it where there is none.
func (t *tokenAuth) sign(a *attempt, r *http.Request) (string, error) {
	// A login is kept for the source, and whoever edits a suite must not send it
	// elsewhere with an auth that a query brings along.
	if to := originOf(r.URL); t.ofPerson && to != a.client.base.origin {
		return "", newError(KindAuth, "the token of a login goes to the origin of base_url only, not to %s", to).
			hint("give that origin a source of its own, and log in there")
	}
	a.trace.enter(phaseToken)
	token, err := t.tokens.Token(&a.outer)
	if err != nil {
		return "", a.tokenError(err)
	}
	if found := checkSecret("the access token that the authorization server gave", token.Access); found != nil {
		found.Kind = KindAuth
		return "", found
	}
	if t.inQuery {
		r.URL.RawQuery = strings.TrimPrefix(appendParams("?"+r.URL.RawQuery, []Field{{tokenParam, []string{token.Access}}}), "?")
		return token.Access, nil
	}
	r.Header.Set("Authorization", t.prefix+" "+token.Access)
	return token.Access, nil
}

// again renews a token that was refused, once: a fresh one that is refused too
// is refused for what it is, and the 401 is the answer. So it is where there is
// no way to another token; where there is one that fails, that is the error.
func (t *tokenAuth) again(a *attempt, _ *http.Request, _ *http.Response, used string, try int) (bool, error) {
	if try > 0 {
		return false, nil
	}
	a.trace.set(phaseToken)
	_, err := t.tokens.Renew(&a.outer, used)
	switch {
	case errors.Is(err, oauth.ErrNotRenewed):
		return false, nil
	case err != nil:
		err = a.tokenError(err)
		var e *Error
		if errors.As(err, &e) {
			e.Message = fmt.Sprintf("%s refused the access token (401), and it could not be renewed: %s", a.trace.host(), e.Message)
		}
		return false, err
	}
	return true, nil
}

func (t *tokenAuth) replaces(a *attempt) bool {
	if t.inQuery {
		return a.url.Query().Has(tokenParam)
	}
	return a.own.has("Authorization")
}

// tokenError makes an error of the attempt's own of one of its token. Where it
// is the attempt that has ended, that is explained like any other end of it.
func (a *attempt) tokenError(err error) error {
	if a.outer.Err() != nil {
		return err
	}
	return ofToken(err)
}

func ofToken(err error) *Error {
	var e *oauth.Error
	if !errors.As(err, &e) {
		return newError(KindAuth, "%s", err).causedBy(err)
	}
	kind := KindAuth
	var refused *Error
	if errors.As(err, &refused) && refused.Kind == KindOrigin {
		return &Error{Kind: KindOrigin, Message: e.Message, Hint: e.Hint, Cause: err}
	}
	switch e.Kind {
	case oauth.KindNetwork, oauth.KindTimeout, oauth.KindResponse, oauth.KindInterrupted:
		kind = e.Kind
	case oauth.KindConfig:
		kind = KindRequest
	}
	return &Error{Kind: kind, Message: e.Message, Hint: e.Hint, Cause: err}
}

// tokensFor returns the tokens that all of the client's requests with an equal
// config share.
func (c *Client) tokensFor(a Auth) *oauth.Tokens {
	config := *a.OAuth2
	key := a.TokenKey()
	c.tokens.mu.Lock()
	defer c.tokens.mu.Unlock()
	if known := c.tokens.all[key]; known != nil {
		return known
	}
	made := oauth.New(config, oauth.Options{
		HTTP:     c.tokenHTTP(),
		Explain:  explainToken,
		Store:    c.options.Store,
		StoreKey: c.storeKey(a),
		Learn:    c.options.Learn,
		Warn:     c.options.Warn,
		Now:      c.options.Now,
	})
	if c.tokens.all == nil {
		c.tokens.all = map[string]*oauth.Tokens{}
	}
	c.tokens.all[key] = made
	return made
}

// storeKey is that under which a refresh token is kept: it differs wherever the
// source does, limits and the version of HTTP apart. So a suite that has copied
// a client's identifier but sends its tokens elsewhere, or by another way, finds
// none; neither does one that has the token stand where the first did not.
func (c *Client) storeKey(a Auth) string {
	where := c.config
	where.Timeout, where.ConnectTimeout, where.MaxResponseSize, where.HTTP = 0, 0, 0, ""
	where.BaseURL = c.base.text
	sum := sha256.Sum256([]byte(where.Key() + " " + a.TokenKey()))
	return hex.EncodeToString(sum[:])
}

// TokenKey is equal for auths of oauth2 that may share a token. For those of a login it
// also says where the token stands: an edited suite must not move it to where it
// can be read.
func (a Auth) TokenKey() string {
	if !a.OAuth2.NeedsPerson() {
		return a.OAuth2.Key()
	}
	return fmt.Sprintf("%s %t", a.OAuth2.Key(), a.AddTokenTo == "query")
}

// Login gets a token that only a person can get and keeps what renews it. The
// error is an *Error.
func (c *Client) Login(ctx context.Context, a Auth, o oauth.LoginOptions) error {
	tokens, err := c.loginTokens(a)
	if err != nil {
		return err
	}
	if err := tokens.Login(ctx, o); err != nil {
		return ofToken(err)
	}
	return nil
}

// Logout forgets what Login kept, if anything. The error is an *Error.
func (c *Client) Logout(ctx context.Context, a Auth) error {
	if _, err := c.loginTokens(a); err != nil {
		return err
	}
	if c.options.Store == nil {
		return nil
	}
	if err := c.options.Store.Delete(ctx, c.storeKey(a)); err != nil {
		return newError(KindAuth, "cannot delete the refresh token that was kept: %s", err).causedBy(err)
	}
	return nil
}

// loginTokens returns an *Error as error, so that nil stays nil.
func (c *Client) loginTokens(a Auth) (*oauth.Tokens, error) {
	if a.Type != AuthOAuth2 {
		return nil, badRequest("auth %q has no login, only oauth2 has", a.Type)
	}
	if err := a.checkOAuth2(); err != nil {
		return nil, err
	}
	return c.tokensFor(a), nil
}
