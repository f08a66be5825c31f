package runner

import (
	"slices"
	"strings"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/internal/secret"
	"github.com/apicel/apicel/spec"
)

// literal keeps a credential that stands in the suite itself out of every
// output, and warns of it unless it is there to be refused.
func (b *builder) literal(key string, t *expr.Template, refused bool) {
	if t == nil {
		return
	}
	text, constant := t.Constant()
	if !constant || text == "" {
		return
	}
	masked := true
	for _, credential := range credentials(text) {
		masked = b.redactor.Add(key, credential) && masked
	}
	if refused {
		return
	}
	warning := b.suite.problems.Warnf(t.Source().Pos, "the %s stands in the suite, where everybody who reads the file can use it", key).
		WithHint("declare it under secrets and write ${secrets.%s} here", secretName(key))
	warning.Hidden = !masked
}

// secretName turns the key or header of a credential into a name for a secret.
func secretName(key string) string {
	name := strings.TrimPrefix(strings.ToLower(key), "header ")
	return strings.NewReplacer("-", "_", " ", "_").Replace(name)
}

// credentials are what is secret of a text: all of it, and what follows the
// scheme of an Authorization (RFC 9110, 11.4).
func credentials(text string) []string {
	if _, rest, ok := strings.Cut(strings.TrimSpace(text), " "); ok {
		return []string{text, strings.TrimSpace(rest)}
	}
	return []string{text}
}

// literalHeaders does the same for the headers that carry credentials.
func (b *builder) literalHeaders(fields []field, refused bool) {
	for _, f := range fields {
		if !secret.Header(f.name) {
			continue
		}
		for _, t := range f.values {
			b.literal("header "+f.name, t, refused)
		}
	}
}

// literalAuth does the same for an auth.
func (b *builder) literalAuth(au *auth, refused bool) {
	if au == nil {
		return
	}
	for _, p := range au.parts {
		switch {
		case p.secret:
			b.literal(p.name, p.texts[0], refused)
		case p.name == "private_key" && isPEM(p.texts[0].Source().Value):
			b.literal(p.name, p.texts[0], refused)
		case p.name == "access_token_custom_headers":
			b.literalHeaders(p.fields, refused)
		}
	}
}

// isPEM tells whether text is PEM rather than the path of a file.
func isPEM(text string) bool { return strings.HasPrefix(strings.TrimSpace(text), "-----BEGIN") }

// expectsRefusal tells whether the query passes only where its credentials are
// refused (401, 403), so that what it is sent with opens nothing.
func expectsRefusal(e *spec.Expect) bool {
	return e != nil && len(e.Status) > 0 && !slices.ContainsFunc(e.Status, func(s spec.String) bool {
		return s.Value != "401" && s.Value != "403"
	})
}
