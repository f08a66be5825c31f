package runner

import (
	"context"
	"net/url"
	"slices"

	"github.com/apicel/apicel/runner/source"
	"github.com/apicel/apicel/runner/source/oauth"
	"github.com/apicel/apicel/spec"
)

// Account is an auth of a suite that a person logs in to.
type Account struct {
	// Pos is where the auth stands.
	Pos    spec.Pos
	client *source.Client
	auth   source.Auth
}

// Accounts returns the auths of the plan's suites that a person logs in to:
// those of the grants authorization_code and device_code, each once. The
// problems are those that cannot be known before a query was sent. Close the
// pool after use.
func (p *Plan) Accounts(pool *source.Pool) ([]Account, spec.Problems) {
	type identity struct {
		client *source.Client
		token  string
	}
	seen := map[identity]bool{}
	var all []Account
	var problems spec.Problems
	for _, s := range p.suites {
		if s.config == nil || s.bad() {
			continue
		}
		client, err := pool.Client(*s.config)
		if err != nil {
			addEvalError(&problems, s.spec.Source.Pos, atPos(s.spec.Source.Pos, err))
			continue
		}
		for _, au := range s.auths() {
			if !au.interactive() {
				continue
			}
			a, err := au.early(s.activation(), p.redactor)
			if err != nil {
				addEvalError(&problems, au.spec.Pos, err)
				continue
			}
			if id := (identity{client, a.TokenKey()}); !seen[id] {
				seen[id] = true
				all = append(all, Account{au.spec.Pos, client, a})
			}
		}
	}
	return all, problems
}

// AuthTypes names the auths of the plan's suites, each once, in the order of the
// files: "basic", "oauth2 with grant_type client_credentials".
func (p *Plan) AuthTypes() []string {
	var all []string
	for _, s := range p.suites {
		for _, au := range s.auths() {
			name := string(au.spec.Type)
			if o := au.spec.OAuth2; o != nil {
				name += " with grant_type " + o.GrantType.Value
			}
			if !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return all
}

// auths are those of the source and of its queries.
func (s *suite) auths() []*auth {
	var all []*auth
	if s.source != nil && s.source.auth != nil {
		all = append(all, s.source.auth)
	}
	for _, q := range s.queries {
		if q.auth != nil {
			all = append(all, q.auth)
		}
	}
	return all
}

// Server is the host of the authorization server.
func (a Account) Server() string {
	c := a.auth.OAuth2
	for _, raw := range []string{c.Issuer, c.AuthURL, c.DeviceURL, c.TokenURL} {
		if u, err := url.Parse(raw); err == nil && u.Host != "" {
			return u.Host
		}
	}
	return "the authorization server"
}

// interactive tells whether a person logs in for the auth.
func (au *auth) interactive() bool {
	if au == nil || au.spec.OAuth2 == nil {
		return false
	}
	grant := au.spec.OAuth2.GrantType.Value
	return grant == oauth.AuthorizationCode || grant == oauth.DeviceCode
}

// Login lets a person log in, and keeps the refresh token for later runs.
func (a Account) Login(ctx context.Context, o oauth.LoginOptions) error {
	return a.client.Login(ctx, a.auth, o)
}

// Logout forgets the refresh token.
func (a Account) Logout(ctx context.Context) error { return a.client.Logout(ctx, a.auth) }
