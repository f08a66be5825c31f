package oauth

import (
	"bytes"
	"encoding/json"
	"math"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// answer is a successful answer of a token endpoint (RFC 6749, 5.1).
type answer struct {
	Access, Type, Refresh, ID, Scope string
	// Life is how long the token lives, 0 where the server does not say.
	Life time.Duration
	// Asked is when the request was sent.
	Asked time.Time
}

// fields are the members of an answer, each as it stands there.
type fields struct {
	AccessToken      json.RawMessage `json:"access_token"`
	TokenType        json.RawMessage `json:"token_type"`
	RefreshToken     json.RawMessage `json:"refresh_token"`
	IDToken          json.RawMessage `json:"id_token"`
	ExpiresIn        json.RawMessage `json:"expires_in"`
	Scope            json.RawMessage `json:"scope"`
	Error            json.RawMessage `json:"error"`
	ErrorDescription json.RawMessage `json:"error_description"`
	// Message is where servers explain themselves that know no error_description.
	Message json.RawMessage `json:"message"`
}

// text is a JSON string, or "" for anything else.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// words is a JSON string or list of strings, space-delimited.
func words(raw json.RawMessage) string {
	var list []string
	if json.Unmarshal(raw, &list) == nil {
		return strings.Join(list, " ")
	}
	return text(raw)
}

// maxLife bounds expires_in, so that no sum of times overflows.
const maxLife = 10 * 365 * 24 * time.Hour

// seconds reads a number, or a string that holds one. What is neither, or not
// above 0, says nothing: several servers write 0 or -1 for a token without an end.
func seconds(raw json.RawMessage) time.Duration {
	n, err := strconv.ParseFloat(strings.TrimSpace(strings.Trim(string(raw), `"`)), 64)
	if err != nil || math.IsNaN(n) || n <= 0 {
		return 0
	}
	return time.Duration(min(n, maxLife.Seconds()) * float64(time.Second))
}

// parseFields reads an answer: a JSON object, whatever the content type says, or
// a form where the content type says so. It reports what it found instead.
func parseFields(header http.Header, body []byte) (f fields, found string) {
	media, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	trimmed := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	if len(trimmed) > 0 && trimmed[0] == '{' {
		if json.Unmarshal(trimmed, &f) != nil {
			return fields{}, "JSON that is damaged or cut off"
		}
		return f, ""
	}
	if media == "application/x-www-form-urlencoded" {
		if form, err := url.ParseQuery(string(trimmed)); err == nil && len(form) > 0 {
			return formFields(form), ""
		}
	}
	return fields{}, described(media, trimmed)
}

func formFields(form url.Values) fields {
	quoted := func(name string) json.RawMessage {
		raw, err := json.Marshal(form.Get(name))
		if err != nil || !form.Has(name) {
			return nil
		}
		return raw
	}
	return fields{
		AccessToken: quoted("access_token"), TokenType: quoted("token_type"), RefreshToken: quoted("refresh_token"),
		IDToken: quoted("id_token"), ExpiresIn: quoted("expires_in"), Scope: quoted("scope"),
		Error: quoted("error"), ErrorDescription: quoted("error_description"),
	}
}

// described names what an answer holds, without quoting it.
func described(media string, body []byte) string {
	lower := bytes.ToLower(body[:min(len(body), 512)])
	switch {
	case len(body) == 0:
		return "an empty body"
	case strings.Contains(media, "html"), bytes.HasPrefix(lower, []byte("<!doctype html")), bytes.HasPrefix(lower, []byte("<html")):
		return "an HTML page"
	case json.Valid(body):
		return "JSON that is no object"
	case strings.HasSuffix(media, "json"):
		return "text that is no JSON"
	case media != "":
		return clean(media)
	}
	return "a body without a content type"
}

// token reads the answer of a token request.
func (t *Tokens) token(r *reply) (*answer, *Error) {
	f, found := parseFields(r.header, r.body)
	if err := t.refusal(r, f, found); err != nil {
		return nil, err
	}
	a := &answer{
		Access: text(f.AccessToken), Type: text(f.TokenType), Refresh: text(f.RefreshToken), ID: text(f.IDToken),
		Scope: words(f.Scope), Life: seconds(f.ExpiresIn), Asked: r.asked,
	}
	for name, value := range map[string]string{"access_token": a.Access, "refresh_token": a.Refresh, "id_token": a.ID} {
		t.learn(name, value)
	}
	if a.Type == "" || strings.EqualFold(a.Type, "bearer") {
		a.Type = "Bearer"
	}
	if err := t.checkAnswer(r, a); err != nil {
		return nil, err
	}
	t.checkScope(r, a)
	return a, nil
}

// boundTypes are token types that need a proof with each request (RFC 9449, and
// drafts before it). Any other type is sent as header_prefix says: many servers
// write what they like there.
var boundTypes = []string{"dpop", "mac", "pop"}

func (t *Tokens) checkAnswer(r *reply, a *answer) *Error {
	switch {
	case a.Access == "":
		return newError(KindResponse, "%s answers %d without an access_token", r.name(), r.status)
	case strings.ContainsFunc(a.Access, func(c rune) bool { return c < 0x20 || c > 0x7e }):
		return newError(KindResponse, "%s gives an access_token with characters that cannot be sent", r.name())
	case slices.Contains(boundTypes, strings.ToLower(a.Type)):
		return newError(KindResponse, "%s gives a token of the type %s, which needs a proof with each request, expected Bearer", r.name(), t.safe(a.Type)).
			hint("let the server give bearer tokens to this client")
	}
	return nil
}

// checkScope warns where the token is good for less than was asked for (RFC
// 6749, 3.3): a query that needs it will say so.
func (t *Tokens) checkScope(r *reply, a *answer) {
	if a.Scope == "" {
		return
	}
	given := strings.Fields(a.Scope)
	var missing []string
	for _, scope := range strings.Fields(t.config.scope()) {
		// These two ask for something else than a right.
		if !slices.Contains(given, scope) && scope != "offline_access" && scope != "openid" {
			missing = append(missing, scope)
		}
	}
	if len(missing) > 0 {
		t.warn(r.name() + " gave a token without the scope " + t.safe(strings.Join(missing, " ")))
	}
}

// refusal is the error of an answer that gives no token, nil for one that may.
func (t *Tokens) refusal(r *reply, f fields, found string) *Error {
	code, description := text(f.Error), text(f.ErrorDescription)
	if description == "" {
		description = explanation(f)
	}
	success := r.status >= 200 && r.status <= 299
	var e *Error
	switch {
	case success && found == "" && !isGiven(f.Error):
		return nil
	case found != "" && isLater(r.status): // a gateway says it, whatever its page
		e = newError(KindResponse, "%s answers %d", r.name(), r.status)
	case found != "":
		e = newError(KindResponse, "%s answers %d with %s, expected JSON", r.name(), r.status, t.safe(found))
		e.Hint = statusHint(r)
	default:
		e = newError(refusalKind(r.status, code), "%s answers %d%s%s", r.name(), r.status, prefixed(t.safeCode(code)), prefixed(t.safe(description)))
		e.Hint = t.codeHint(code)
		if e.Hint == "" && (code == "" || isNotThere(r.status)) {
			e.Hint = statusHint(r)
		}
	}
	e.code = knownCode(code)
	if isLater(r.status) {
		if e.after = retryAfter(r.header, t.now()); e.after != nil {
			e.Message += ", Retry-After " + e.after.wait.String()
		}
		e.Hint = "wait until the authorization server takes requests again"
	}
	return e
}

// codes are those of RFC 6749, 5.2, RFC 8628, 3.5 and RFC 8707, 2.
var codes = []string{
	"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope",
	"invalid_target", "access_denied", "server_error", "temporarily_unavailable",
	"authorization_pending", "slow_down", "expired_token",
}

// safeCode is a code as it may be shown: those that are known have no secret in
// them, whatever words a secret is made of.
func (t *Tokens) safeCode(code string) string {
	if slices.Contains(codes, code) {
		return code
	}
	return t.safe(code)
}

// knownCode is a code that something is decided by, "" for any other: a field of
// an Error holds no foreign text.
func knownCode(code string) string {
	if slices.Contains([]string{"invalid_grant", "authorization_pending", "slow_down", "expired_token", "access_denied"}, code) {
		return code
	}
	return ""
}

// isGiven tells an error from what stands for none beside a token.
func isGiven(raw json.RawMessage) bool {
	return len(raw) > 0 && !slices.Contains([]string{"null", `""`, "false", "0", "[]", "{}"}, string(raw))
}

func prefixed(s string) string {
	if s == "" {
		return ""
	}
	return ": " + s
}

// explanation is what servers say that do not follow RFC 6749: a message beside
// the error, or in an object of the name.
func explanation(f fields) string {
	var object struct {
		Message json.RawMessage `json:"message"`
	}
	if json.Unmarshal(f.Error, &object) == nil {
		if s := text(object.Message); s != "" {
			return s
		}
	}
	return text(f.Message)
}

func refusalKind(status int, code string) string {
	switch {
	case code == "server_error", code == "temporarily_unavailable":
		return KindResponse
	case status == http.StatusTooManyRequests, status >= 500:
		return KindResponse
	case isNotThere(status) && !slices.Contains(codes, code):
		return KindResponse // of a server that knows nothing of tokens
	case code != "", status == http.StatusUnauthorized, status == http.StatusForbidden:
		return KindDenied
	}
	return KindResponse
}

// isLater tells the statuses of a server that wants to be asked again later.
func isLater(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
}

// isNotThere tells what a server answers to a URL at which nobody takes requests.
func isNotThere(status int) bool {
	return status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status == http.StatusGone
}

func statusHint(r *reply) string {
	switch {
	case isNotThere(r.status), r.status < 300:
		return "look whether this is the URL of the " + r.what
	case r.status >= 500:
		return "look into the log of the authorization server"
	}
	return ""
}

// codeHint is the next step after an error of RFC 6749, 5.2.
func (t *Tokens) codeHint(code string) string {
	switch code {
	case "invalid_client":
		return t.clientHint()
	case "invalid_grant":
		return map[string]string{
			Password:  "look at username and password",
			JWTBearer: "look at client_id, subject, key_id and private_key, and at this machine's clock",
		}[t.config.Grant]
	case "invalid_scope":
		return "look at scopes: the server knows or allows only others for this client"
	case "unauthorized_client":
		return "allow the client the grant " + t.config.Grant + " at the authorization server"
	case "unsupported_grant_type":
		return "the authorization server does not know the grant " + t.config.Grant
	case "invalid_target":
		return "look at resource and audience"
	}
	return ""
}

// methodNames are client_auth in the words of discovery documents.
var methodNames = map[string]string{
	AuthHeader: "client_secret_basic", AuthBody: "client_secret_post", AuthPrivateKeyJWT: "private_key_jwt",
	AuthTLS: "tls_client_auth", AuthNone: "none",
}

// clientHint names another client_auth where the server says that it knows ours not.
func (t *Tokens) clientHint() string {
	auth := t.config.clientAuth()
	t.mu.Lock()
	var methods []string
	if t.server != nil {
		methods = t.server.methods
	}
	t.mu.Unlock()
	if len(methods) > 0 && !slices.Contains(methods, methodNames[auth]) {
		for _, other := range []string{AuthBody, AuthHeader, AuthPrivateKeyJWT, AuthTLS, AuthNone} {
			if slices.Contains(methods, methodNames[other]) {
				return "the server does not take client_auth: " + auth + "; try " + other
			}
		}
	}
	switch auth {
	case AuthHeader:
		return "look at client_id and client_secret; some servers want client_auth: body"
	case AuthBody:
		return "look at client_id and client_secret; some servers want client_auth: header"
	case AuthPrivateKeyJWT:
		return "look at client_id, key_id and private_key, and at this machine's clock"
	case AuthTLS:
		return "look at client_id, and at client_cert in ssl"
	}
	return "look at client_id; a server that wants a secret needs client_secret"
}
