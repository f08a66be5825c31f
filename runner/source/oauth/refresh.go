package oauth

import (
	"context"
	"net/url"
	"slices"
	"time"
)

// storeTimeout is the time that a store has: a keyring may ask its owner.
const storeTimeout = time.Minute

// refreshed gets a token with a refresh token: the newest that this process
// knows, else the one that is kept, else the config's. A server that says that
// one of them is not good any more (invalid_grant) is asked with the next: another
// process may have replaced what this one knows, even while this one asked, which
// is why the store is read again, or a new one was configured.
func (t *Tokens) refreshed(ctx context.Context, f *flight) (*answer, *Error) {
	var tried []string
	var refused, unread *Error
	for _, next := range []func(context.Context) (string, *Error){t.known, t.kept, t.kept, t.given} {
		token, err := next(ctx)
		if err != nil {
			unread = err
		}
		if token == "" || slices.Contains(tried, token) {
			continue
		}
		tried = append(tried, token)
		got, err := t.refreshWith(ctx, f, token)
		if err == nil || err.code != "invalid_grant" {
			return got, err
		}
		refused = err
	}
	switch {
	case refused != nil:
		return nil, t.loginOver(refused)
	case unread != nil:
		return nil, unread
	}
	return nil, t.needsLogin()
}

// known is the newest refresh token of this process.
func (t *Tokens) known(context.Context) (string, *Error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.refresh, nil
}

// kept is the one in the store.
func (t *Tokens) kept(ctx context.Context) (string, *Error) {
	if t.options.Store == nil {
		return "", nil
	}
	ctx, stop := context.WithTimeout(ctx, storeTimeout)
	defer stop()
	token, err := t.options.Store.Load(ctx, t.options.StoreKey)
	if err != nil {
		return "", newError(KindLogin, "the login that was kept cannot be read%s", prefixed(t.safe(err.Error()))).hint(adviceLogin)
	}
	t.learn("refresh_token", token)
	return token, nil
}

func (t *Tokens) given(context.Context) (string, *Error) { return t.config.RefreshToken, nil }

func (t *Tokens) refreshWith(ctx context.Context, f *flight, token string) (*answer, *Error) {
	s, err := t.find(ctx, f)
	if err != nil {
		return nil, err
	}
	got, err := t.ask(ctx, f, s, func() (url.Values, *Error) {
		// After a login the scope is what was agreed to then (RFC 6749, 6).
		form := t.form("refresh_token", t.config.Grant == RefreshToken)
		form.Set("refresh_token", token)
		return form, nil
	})
	if err != nil {
		return nil, err
	}
	t.rotate(token, got.Refresh)
	return got, nil
}

// rotate keeps the refresh token that came with an access token, if any: the one
// that was used may be used up.
func (t *Tokens) rotate(used, fresh string) {
	if fresh == "" || fresh == used {
		t.setRefresh(used)
		return
	}
	t.setRefresh(fresh)
	switch err := t.save(fresh); {
	case err != nil:
		t.warn(err.Message + "; the server replaced the one that was kept")
	case t.options.Store == nil:
		t.warn("the authorization server gave a new refresh token, which is not kept: the one in refresh_token may be used up")
	}
}

func (t *Tokens) setRefresh(token string) {
	t.mu.Lock()
	t.refresh = token
	t.mu.Unlock()
}

// save keeps a refresh token. It asks nobody whether that is still wanted: the
// old one may be used up already.
func (t *Tokens) save(token string) *Error {
	if t.options.Store == nil {
		return nil
	}
	ctx, stop := context.WithTimeout(context.Background(), storeTimeout)
	defer stop()
	if err := t.options.Store.Save(ctx, t.options.StoreKey, token); err != nil {
		return newError(KindLogin, "the refresh token cannot be kept%s", prefixed(t.safe(err.Error())))
	}
	return nil
}

// adviceLogin is the next step where a person is needed.
const adviceLogin = "log in: apicel login SUITE; where nobody can, give refresh_token from a secret"

func (t *Tokens) needsLogin() *Error {
	return newError(KindLogin, "nobody has logged in yet, which grant_type %s needs once", t.config.Grant).hint(adviceLogin)
}

// loginOver explains a refresh token that is not good any more. It stays in the
// store: a login replaces it, a logout deletes it, and a server that errs for a
// moment does not cost it.
func (t *Tokens) loginOver(refused *Error) *Error {
	if t.config.Grant == RefreshToken {
		refused.Hint = "give a refresh_token that is still good; some servers take each one once"
		return refused
	}
	refused.Kind = KindLogin
	refused.Message = "the login is not good any more: " + refused.Message
	refused.Hint = "log in again: apicel login SUITE"
	return refused
}
