package demo

import (
	"net/http"
	"slices"
	"strings"
)

// permitHandler answers a request whose token is good for it.
type permitHandler func(r *http.Request, token string, p permit) (*reply, error)

// scoped lets requests through whose access token has the scope, where it is not
// "". The token stands in the header or in the URL (RFC 6750).
func (d *desk) scoped(scope string, next permitHandler) handler {
	return func(r *http.Request) (*reply, error) {
		token, sent := accessToken(r)
		if !sent {
			return nil, unauthorized("token_missing", "this needs an access token from POST /oauth/token").
				with("WWW-Authenticate", `Bearer realm="order desk"`)
		}
		d.mu.Lock()
		p, now := d.authority.access.get(token), d.now()
		d.mu.Unlock()
		switch {
		case p == nil:
			return nil, tokenRefused("the access token is unknown")
		case !now.Before(p.expires):
			return nil, tokenRefused("the access token has expired")
		case scope != "" && !slices.Contains(p.scopes, scope):
			return nil, fail(http.StatusForbidden, "insufficient_scope", "this needs a token with the scope %s", scope).
				with("WWW-Authenticate", `Bearer realm="order desk", error="insufficient_scope", scope="`+scope+`"`)
		}
		return next(r, token, *p)
	}
}

// permitted lets requests through to a handler that does not ask whose token it is.
func (d *desk) permitted(scope string, next handler) handler {
	return d.scoped(scope, func(r *http.Request, _ string, _ permit) (*reply, error) { return next(r) })
}

// accessToken returns the token that a request carries.
func accessToken(r *http.Request) (token string, sent bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "bearer") {
		return token, true
	}
	query := r.URL.Query()
	return query.Get("access_token"), query.Has("access_token")
}

// tokenRefused is the problem of a token that is not good, or no longer (RFC 6750, 3.1).
func tokenRefused(why string) *problem {
	return unauthorized("token_invalid", why).
		with("WWW-Authenticate", `Bearer realm="order desk", error="invalid_token", error_description="`+why+`"`)
}

// showPermit answers with what the token is good for, and its number.
func (d *desk) showPermit(r *http.Request, _ string, p permit) (*reply, error) {
	body := map[string]any{
		"number": p.number, "client": p.client, "user": nil, "scopes": p.scopes, "expires_at": stamp(p.expires), "in": "header",
	}
	if p.user != "" {
		body["user"] = p.user
	}
	if r.URL.Query().Has("access_token") {
		body["in"] = "query"
	}
	return answer(http.StatusOK, body).with("Cache-Control", "no-store"), nil
}

// dropPermit makes the token that was sent no longer good.
func (d *desk) dropPermit(_ *http.Request, token string, _ permit) (*reply, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.authority.access.remove(token)
	return answer(http.StatusNoContent, nil), nil
}
