package runner

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/internal/files"
	"github.com/apicel/apicel/runner/source"
	"github.com/apicel/apicel/runner/source/oauth"
	"github.com/apicel/apicel/spec"
)

// auth is a compiled auth: its parts, and how to put the values of each into
// what the client takes.
type auth struct {
	spec  *spec.Auth
	parts []authPart
	files suiteFiles
}

// authPart is one key of an auth.
type authPart struct {
	name   string
	texts  []*expr.Template // one, but for lists
	fields []field          // of a map
	secret bool
	// list, file and set say what the key is: a list of texts, a file or PEM, or a text.
	list   func(*source.Auth, []string)
	params func(*source.Auth, []source.Field)
	file   func(*source.Auth, []byte)
	set    func(*source.Auth, string)
}

// auth compiles an auth. A key that was not given has no part.
func (b *builder) auth(a *spec.Auth, scope spec.Scope, refs *expr.Refs) *auth {
	if a == nil {
		return nil
	}
	c := &authCompiler{builder: b, scope: scope, refs: refs, auth: &auth{spec: a, files: b.files}}
	c.text("username", a.Username, false, func(s *source.Auth, v string) { s.Username = v })
	c.text("password", a.Password, true, func(s *source.Auth, v string) { s.Password = v })
	c.text("token", a.Token, true, func(s *source.Auth, v string) { s.Token = v })
	c.text("header_prefix", a.HeaderPrefix, false, func(s *source.Auth, v string) { s.HeaderPrefix = v })
	c.text("name", a.Name, false, func(s *source.Auth, v string) { s.Name = v })
	c.text("value", a.Value, true, func(s *source.Auth, v string) { s.Value = v })
	if a.AWS != nil {
		c.aws(a.AWS)
	}
	if a.OAuth2 != nil {
		c.oauth2(a.OAuth2)
	}
	return c.auth
}

// authCompiler compiles the keys of one auth.
type authCompiler struct {
	*builder
	scope spec.Scope
	refs  *expr.Refs
	auth  *auth
}

func (c *authCompiler) text(name string, s spec.String, secret bool, set func(*source.Auth, string)) {
	if t := c.template(s, c.scope, c.refs); t != nil {
		c.auth.parts = append(c.auth.parts, authPart{name: name, texts: []*expr.Template{t}, secret: secret, set: set})
	}
}

func (c *authCompiler) list(name string, list []spec.String, set func(*source.Auth, []string)) {
	part := authPart{name: name, list: set}
	for _, s := range list {
		if t := c.template(s, c.scope, c.refs); t != nil {
			part.texts = append(part.texts, t)
		}
	}
	if len(part.texts) > 0 {
		c.auth.parts = append(c.auth.parts, part)
	}
}

func (c *authCompiler) fields(name string, fs []spec.Field, set func(*source.Auth, []source.Field)) {
	if len(fs) > 0 {
		c.auth.parts = append(c.auth.parts, authPart{name: name, fields: c.builder.fields(fs, c.scope, c.refs), params: set})
	}
}

func (c *authCompiler) aws(a *spec.AWSAuth) {
	c.text("access_key_id", a.AccessKeyID, false, func(s *source.Auth, v string) { s.AWS.AccessKeyID = v })
	c.text("secret_access_key", a.SecretAccessKey, true, func(s *source.Auth, v string) { s.AWS.SecretAccessKey = v })
	c.text("session_token", a.SessionToken, true, func(s *source.Auth, v string) { s.AWS.SessionToken = v })
	c.text("region", a.Region, false, func(s *source.Auth, v string) { s.AWS.Region = v })
	c.text("service", a.Service, false, func(s *source.Auth, v string) { s.AWS.Service = v })
}

func (c *authCompiler) oauth2(o *spec.OAuth2) {
	for _, k := range []struct {
		name   string
		from   spec.String
		secret bool
		to     func(*oauth.Config) *string
	}{
		{"issuer", o.Issuer, false, func(c *oauth.Config) *string { return &c.Issuer }},
		{"access_token_url", o.AccessTokenURL, false, func(c *oauth.Config) *string { return &c.TokenURL }},
		{"auth_url", o.AuthURL, false, func(c *oauth.Config) *string { return &c.AuthURL }},
		{"device_authorization_url", o.DeviceAuthorizationURL, false, func(c *oauth.Config) *string { return &c.DeviceURL }},
		{"client_id", o.ClientID, false, func(c *oauth.Config) *string { return &c.ClientID }},
		{"client_secret", o.ClientSecret, true, func(c *oauth.Config) *string { return &c.ClientSecret }},
		{"audience", o.Audience, false, func(c *oauth.Config) *string { return &c.Audience }},
		{"username", o.Username, false, func(c *oauth.Config) *string { return &c.Username }},
		{"password", o.Password, true, func(c *oauth.Config) *string { return &c.Password }},
		{"refresh_token", o.RefreshToken, true, func(c *oauth.Config) *string { return &c.RefreshToken }},
		{"key_id", o.KeyID, false, func(c *oauth.Config) *string { return &c.KeyID }},
		{"subject", o.Subject, false, func(c *oauth.Config) *string { return &c.Subject }},
	} {
		c.text(k.name, k.from, k.secret, func(s *source.Auth, v string) { *k.to(s.OAuth2) = v })
	}
	c.text("header_prefix", o.HeaderPrefix, false, func(s *source.Auth, v string) { s.HeaderPrefix = v })
	c.list("scopes", o.Scopes, func(s *source.Auth, v []string) { s.OAuth2.Scopes = words(v) })
	c.list("resource", o.Resource, func(s *source.Auth, v []string) { s.OAuth2.Resource = v })
	c.fields("access_token_custom_headers", o.TokenHeaders, func(s *source.Auth, v []source.Field) { s.OAuth2.TokenHeaders = paramsOf(v) })
	c.fields("custom_query_params", o.QueryParams, func(s *source.Auth, v []source.Field) { s.OAuth2.QueryParams = paramsOf(v) })
	c.fields("custom_auth_params", o.AuthParams, func(s *source.Auth, v []source.Field) { s.OAuth2.AuthParams = paramsOf(v) })
	if t := c.template(o.PrivateKey, c.scope, c.refs); t != nil {
		c.auth.parts = append(c.auth.parts, authPart{
			name: "private_key", texts: []*expr.Template{t}, file: func(s *source.Auth, v []byte) { s.OAuth2.PrivateKey = v },
		})
	}
}

// words splits a list whose texts may hold several words, as scopes do.
func words(list []string) []string { return strings.Fields(strings.Join(list, " ")) }

func paramsOf(fields []source.Field) []oauth.Param {
	out := make([]oauth.Param, len(fields))
	for i, f := range fields {
		out[i] = oauth.Param{Name: f.Name, Values: f.Values}
	}
	return out
}

// templates are all texts of the auth.
func (au *auth) templates() []*expr.Template {
	var all []*expr.Template
	for _, p := range au.parts {
		all = append(all, p.texts...)
		for _, f := range p.fields {
			all = append(all, f.values...)
		}
	}
	return all
}

// checkAuth judges an auth that is known before anything is sent.
func (b *builder) checkAuth(au *auth) {
	if au == nil || !b.inputsKnown() || !au.isEarly() {
		return
	}
	out, err := au.early(b.suite.activation(), b.redactor)
	if wrong := source.CheckAuth(out); err == nil && wrong != nil {
		err = wrong
	}
	if err != nil {
		addEvalError(&b.suite.problems, au.spec.Pos, atPos(au.spec.Pos, err))
	}
}

// isEarly tells whether the auth is known before anything is sent.
func (au *auth) isEarly() bool {
	for _, t := range au.templates() {
		if r := t.Refs(); len(r.Captures) > 0 || r.Row || r.RowIndex || r.Attempt {
			return false
		}
	}
	return true
}

// early resolves the auth before anything is sent.
func (au *auth) early(a *expr.Activation, red redactor) (source.Auth, error) {
	if !au.isEarly() {
		return source.Auth{}, &expr.EvalError{Pos: au.spec.Pos, Message: "this auth reads what only a run knows, so nobody can log in before it"}
	}
	return au.resolve(background, a, red)
}

// constant is the auth with what needs no evaluation.
func (au *auth) constant() source.Auth {
	a := au.spec
	out := source.Auth{Type: string(a.Type), In: a.In.Value}
	if o := a.OAuth2; o != nil {
		out.OAuth2 = &oauth.Config{Grant: o.GrantType.Value, ClientAuth: o.ClientAuth.Value, Algorithm: o.Algorithm.Value}
		out.AddTokenTo = o.AddTokenTo.Value
	}
	return out
}

// resolve returns the auth with its values, which are kept from every output.
func (au *auth) resolve(ctx context.Context, a *expr.Activation, red redactor) (source.Auth, error) {
	out := au.constant()
	for _, p := range au.parts {
		if err := p.resolve(ctx, a, au.files, red, &out); err != nil {
			return out, err
		}
	}
	if out.Type == source.AuthBasic { // an answer may echo it as it was sent
		red.Add("auth basic", base64.StdEncoding.EncodeToString([]byte(out.Username+":"+out.Password)))
	}
	return out, nil
}

func (p *authPart) resolve(ctx context.Context, a *expr.Activation, read suiteFiles, red redactor, out *source.Auth) error {
	switch {
	case p.file != nil:
		data, err := pem(ctx, p.texts[0], a, read)
		p.file(out, data)
		return err
	case p.params != nil:
		fields, err := resolve(ctx, p.fields, a)
		p.params(out, fields)
		return err
	case p.list != nil:
		var all []string
		for _, t := range p.texts {
			some, err := texts(ctx, t, a)
			if err != nil {
				return err
			}
			all = append(all, some...)
		}
		p.list(out, all)
		return nil
	}
	text, err := p.texts[0].Text(ctx, a)
	if err != nil {
		return err
	}
	if text == "" && p.secret && p.name != "password" {
		return &expr.EvalError{Pos: p.texts[0].Source().Pos, Message: fmt.Sprintf("auth %s is empty", p.name)}
	}
	if p.secret {
		red.Add("auth "+p.name, text)
	}
	p.set(out, text)
	return nil
}

// redactor is what auth needs of secret.Redactor.
type redactor interface{ Add(name, value string) bool }

// pem returns PEM that stands in the suite or in the file that is named there.
// Which file is read must not depend on what an API answered.
func pem(ctx context.Context, t *expr.Template, a *expr.Activation, read suiteFiles) ([]byte, error) {
	if t == nil {
		return nil, nil
	}
	text, err := t.Text(ctx, a)
	if err != nil {
		return nil, err
	}
	if isPEM(text) {
		return []byte(text), nil
	}
	pos := t.Source().Pos
	if len(t.Refs().Captures) > 0 {
		return nil, &expr.EvalError{Pos: pos, Message: "the text that was captured is not PEM, and no file is read that an answer names"}
	}
	data, err := read.policy.Read(pos.File.Name, text, MaxCertificateFile)
	if err != nil {
		return nil, &expr.EvalError{Pos: pos, Message: err.Error(), Hint: files.Hint(err)}
	}
	return data, nil
}
