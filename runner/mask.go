package runner

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/apicel/apicel/internal/exchange"
	"github.com/apicel/apicel/internal/secret"
	"github.com/apicel/apicel/runner/source"
)

// masker hides what must not be shown of an exchange: by place the credential of
// its auth, however short, then by value whatever the redactor knows.
type masker struct {
	redactor *secret.Redactor
	auth     source.Auth
}

// header masks one header's value.
func (m masker) header(name, value string) string {
	if m.auth.In == "header" && strings.EqualFold(name, m.auth.Name) {
		return secret.Mask
	}
	if urlHeaders[http.CanonicalHeaderKey(name)] {
		return m.url(value)
	}
	return m.redactor.Redact(secret.MaskHeader(name, value))
}

// urlHeaders are the headers whose value is one URL.
var urlHeaders = map[string]bool{"Location": true, "Content-Location": true, "Referer": true}

// parameter is the name of the one that holds the credential, or "".
func (m masker) parameter() string {
	switch {
	case m.auth.In == "query":
		return m.auth.Name
	case m.auth.AddTokenTo == "query":
		return "access_token" // RFC 6750, section 2.3
	}
	return ""
}

// withoutCredential is an exchange as expressions see it: what auth adds to the
// URL is not in it, so that no capture takes it elsewhere.
func (m masker) withoutCredential(sent *exchange.Request, response *exchange.Response) (*exchange.Request, *exchange.Response) {
	name := m.parameter()
	if name == "" {
		return sent, response
	}
	plain, answer := *sent, *response
	plain.URL, answer.URL = withoutParam(plain.URL, name), withoutParam(answer.URL, name)
	answer.Redirects = slices.Clone(answer.Redirects)
	for i, u := range answer.Redirects {
		answer.Redirects[i] = withoutParam(u, name)
	}
	return &plain, &answer
}

// withoutParam is a URL without one of its parameters.
func withoutParam(rawURL, name string) string {
	path, query, ok := strings.Cut(rawURL, "?")
	if !ok {
		return rawURL
	}
	pairs := slices.DeleteFunc(strings.Split(query, "&"), func(pair string) bool {
		key, _, _ := strings.Cut(pair, "=")
		plain, err := url.QueryUnescape(key)
		return err == nil && plain == name
	})
	if len(pairs) == 0 {
		return path
	}
	return path + "?" + strings.Join(pairs, "&")
}

// url masks the parameters that hold credentials.
func (m masker) url(rawURL string) string {
	return m.redactor.Redact(secret.MaskURL(rawURL, m.parameter()))
}

// learnPlaced tells the redactor what is a credential by its place in an exchange
// and long enough to be known wherever it is seen: cookies, tokens in headers and
// in URLs. What has parts, as a digest or a signature does, is another one each time.
func (r *run) learnPlaced(sent *exchange.Request, answer *exchange.Response) {
	for _, value := range placed(sent, answer) {
		if len(value) >= secret.MinSession && !strings.ContainsAny(value, ", ") {
			r.plan.redactor.AddRecent("credential", value)
		}
	}
}

// hideShort masks in a body of an exchange what is a credential by its place in it
// and too short to be masked anywhere else.
func hideShort(sent *exchange.Request, answer *exchange.Response) *strings.Replacer {
	var pairs []string
	for _, value := range placed(sent, answer) {
		if len(value) < secret.MinSession {
			pairs = append(pairs, value, secret.Mask)
		}
	}
	return strings.NewReplacer(pairs...)
}

// placed are the credentials in a request and its answer, which may be nil.
func placed(sent *exchange.Request, answer *exchange.Response) []string {
	var all []string
	if sent != nil {
		all = secret.Placed(sent.Header, nil, sent.URL)
	}
	if answer != nil {
		all = append(all, secret.Placed(answer.Header, answer.Cookies, answer.URL)...)
		all = append(all, secret.Placed(nil, nil, answer.Redirects...)...)
	}
	return all
}

// redactAgain masks what became known as a secret after a report was made: what
// a poll's last answer or a later query captured.
func (q *QueryReport) redactAgain(red *secret.Redactor) {
	for _, s := range []*string{&q.Path, &q.Message, &q.Reason} {
		*s = red.Redact(*s)
	}
	q.Error.redactAgain(red)
	redactChecks(q.Failures, red)
	for i := range q.Attempts {
		q.Attempts[i].redactAgain(red)
	}
}

func (a *AttemptReport) redactAgain(red *secret.Redactor) {
	a.Error.redactAgain(red)
	redactChecks(a.Failures, red)
	a.Request.redactAgain(red)
	a.Response.redactAgain(red)
}

func (e *ErrorReport) redactAgain(red *secret.Redactor) {
	if e != nil {
		e.Message, e.Hint = red.Redact(e.Message), red.Redact(e.Hint)
	}
}

func redactChecks(checks []CheckReport, red *secret.Redactor) {
	for i := range checks {
		c := &checks[i]
		for _, s := range []*string{&c.Expected, &c.Found, &c.Message, &c.Detail} {
			*s = red.Redact(*s)
		}
	}
}

func (m *Message) redactAgain(red *secret.Redactor) {
	if m == nil {
		return
	}
	m.URL, m.Body = red.Redact(m.URL), red.Redact(m.Body)
	for i := range m.Redirects {
		m.Redirects[i] = red.Redact(m.Redirects[i])
	}
	for i := range m.Header {
		m.Header[i].Value = red.Redact(m.Header[i].Value)
	}
}
