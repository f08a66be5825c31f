package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/internal/files"
	"github.com/apicel/apicel/internal/lazyregexp"
	"github.com/apicel/apicel/internal/secret"
)

const (
	// initTimeout bounds the one request of init.
	initTimeout = 15 * time.Second
	// maxInitBody is how much of an answer is looked at.
	maxInitBody = 4 << 20
	// maxInitFields is how many fields of an object checks are written for.
	maxInitFields = 20
)

// draft is a suite that init writes.
type draft struct {
	name, api, path string
	params          [][2]string // in the order of the URL
	secrets         [][2]string // name and environment variable
	status          int
	mediaType       string
	fields          [][2]string // gjson path and type
	note            string
	isDemo          bool
}

// demoDraft is a suite for what apicel demo serves.
func demoDraft() *draft {
	return &draft{
		name: "First steps", api: "http://" + demoAddr, path: "/health", status: http.StatusOK, mediaType: "application/json",
		fields: [][2]string{{"status", "string"}}, note: "a suite for what apicel demo serves", isDemo: true,
	}
}

// draft sends the request and makes a suite of the answer.
func (a *app) draft(ctx context.Context, u *url.URL) (*draft, error) {
	d := &draft{name: u.Hostname(), api: u.Scheme + "://" + u.Host, path: u.EscapedPath()}
	if d.path == "" {
		d.path = "/"
	}
	if err := d.takeParams(a.redactor, u.RawQuery); err != nil {
		return nil, failf(ExitUsage, "--url: %v", err)
	}
	ctx, cancel := context.WithTimeout(ctx, initTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, failf(ExitUsage, "--url: %v", err)
	}
	request.Header.Set("User-Agent", "apicel")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, a.noAnswer(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxInitBody+1))
	switch {
	case err != nil:
		return nil, a.noAnswer(err)
	case len(body) > maxInitBody:
		return nil, failf(ExitFailed, "the answer has more than %s", files.Size(maxInitBody)).withHint("take a URL that answers with less, such as that of one item")
	}
	d.take(response, body)
	return d, nil
}

// noAnswer says why there was none. net/http puts the URL into its errors, which
// was given on the command line; the redactor knows its secrets.
func (a *app) noAnswer(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return failf(ExitFailed, "no answer came within %v; nothing was written", initTimeout)
	}
	return failf(ExitFailed, "no answer: %v; nothing was written", err).
		withHint("without --url, init writes a suite for apicel demo, to be changed by hand")
}

// takeParams takes the query of the URL apart. What looks like a credential
// becomes a secret, which the environment holds when the suite runs.
func (d *draft) takeParams(red *secret.Redactor, query string) error {
	values := map[string]string{}
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		value, err2 := url.QueryUnescape(rawValue)
		if err := errors.Join(err, err2); err != nil {
			return err
		}
		if name == "" || strings.Contains(name, "${") {
			return fmt.Errorf("a query parameter is named %q, which no suite can say in params", name)
		}
		if credential(name, value) {
			red.Add(name, value)
			d.params = append(d.params, [2]string{name, "${secrets." + d.secretFor(values, name, value) + "}"})
			continue
		}
		d.params = append(d.params, [2]string{name, untemplated(value)})
	}
	return nil
}

// secretFor names the secret that holds the value, in values those there are. The
// same parameter with another value is another secret.
func (d *draft) secretFor(values map[string]string, name, value string) string {
	base := strings.Trim(notWord.ReplaceAllString(strings.ToLower(name), "_"), "_")
	if base[0] <= '9' {
		base = "key_" + base // no environment variable begins with a digit
	}
	word := base
	for n := 2; ; n++ {
		known, taken := values[word]
		if taken && known == value {
			return word
		}
		if !taken {
			values[word] = value
			d.secrets = append(d.secrets, [2]string{word, strings.ToUpper(word)})
			return word
		}
		word = fmt.Sprintf("%s_%d", base, n)
	}
}

// Names of parameters that hold credentials mostly, beyond those that are masked
// everywhere, and names of those that never do: tokens of pages.
var (
	credentialName = lazyregexp.New(`(?i)(token|secret|passwd|password|pwd|signature|jwt|api[-_.]?key|access[-_.]?key|auth|^key)$`)
	pageName       = lazyregexp.New(`(?i)page|next|cursor|continu|sync`)
)

// minCredential is the length, in bytes, from which on a value may be a credential;
// what is shorter could not be masked either.
const minCredential = 8

// credential tells whether the parameter becomes a secret. A file that is about to
// be committed is the wrong place for what may be one.
func credential(name, value string) bool {
	return secret.Parameter(name) ||
		len(value) >= minCredential && credentialName.MatchString(name) && !pageName.MatchString(name)
}

var notWord = lazyregexp.New(`[^a-z0-9]+`)

// untemplated keeps a text from being read as a template.
func untemplated(text string) string { return strings.ReplaceAll(text, "${", "$${") }

// take notes of an answer what stays the same from one day to the next.
func (d *draft) take(response *http.Response, body []byte) {
	d.status = response.StatusCode
	d.note = fmt.Sprintf("a suite for GET %s, which answered %d", d.path, d.status)
	if kind, _, err := mime.ParseMediaType(response.Header.Get("Content-Type")); err == nil {
		d.mediaType = kind
	}
	if expr.CheckJSON(string(body)) != nil || bytes.IndexAny(bytes.TrimSpace(body), "{[") != 0 {
		return
	}
	root := gjson.ParseBytes(body)
	if root.IsArray() {
		d.fields = [][2]string{{"@this", "array"}}
		return
	}
	seen := map[string]bool{} // of a key that is there twice, gjson finds the first
	root.ForEach(func(key, value gjson.Result) bool {
		again := seen[key.String()]
		seen[key.String()] = true
		if kind := kindOf(value); kind != "" && !again && plainField.MatchString(key.String()) {
			d.fields = append(d.fields, [2]string{key.String(), kind})
		}
		return len(d.fields) < maxInitFields
	})
}

// plainField are names that are gjson paths as they stand.
var plainField = lazyregexp.New(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// kindOf is the type of a value as the matcher type calls it; null, which may be
// something else tomorrow, has none.
func kindOf(v gjson.Result) string {
	switch {
	case v.IsObject():
		return "object"
	case v.IsArray():
		return "array"
	case v.Type == gjson.String:
		return "string"
	case v.Type == gjson.Number:
		return "number"
	case v.IsBool():
		return "boolean"
	}
	return ""
}

// text is the suite.
func (d *draft) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# yaml-language-server: $schema=%s\n\nname: %s\n", schemaFile, scalar(d.name))
	fmt.Fprintf(&b, "vars:\n  api: %s\n", quoted(d.api))
	if len(d.secrets) > 0 {
		b.WriteString("secrets:\n")
		for _, s := range d.secrets {
			fmt.Fprintf(&b, "  %s: {env: %s}\n", s[0], s[1])
		}
	}
	b.WriteString("\nsource:\n  base_url: ${vars.api}\n\nqueries:\n")
	fmt.Fprintf(&b, "  - name: %s\n    get: %s\n", scalar("get "+untemplated(d.path)), scalar(untemplated(d.path)))
	if len(d.params) > 0 {
		b.WriteString("    params:\n" + listed(d.params))
	}
	fmt.Fprintf(&b, "    expect:\n      status: %d\n", d.status)
	if d.mediaType != "" {
		fmt.Fprintf(&b, "      headers: {content-type: {starts_with: %s}}\n", scalar(d.mediaType))
	}
	if len(d.fields) > 0 {
		b.WriteString("      gjson:\n")
		for _, f := range d.fields {
			fmt.Fprintf(&b, "        %s: {type: %s}\n", scalar(f[0]), f[1])
		}
	}
	return b.String()
}

// listed writes parameters below each other; one that is given several times has
// a list.
func listed(params [][2]string) string {
	values := map[string][]string{}
	var names []string
	for _, p := range params {
		if values[p[0]] == nil {
			names = append(names, p[0])
		}
		values[p[0]] = append(values[p[0]], quoted(p[1]))
	}
	text := ""
	for _, name := range names {
		value := values[name][0]
		if len(values[name]) > 1 {
			value = "[" + strings.Join(values[name], ", ") + "]"
		}
		text += fmt.Sprintf("      %s: %s\n", scalar(name), value)
	}
	return text
}

// plainScalar are texts that need no quotes anywhere in YAML and are no number,
// boolean or null there.
var plainScalar = lazyregexp.New(`^[A-Za-z/][A-Za-z0-9_/. -]*[A-Za-z0-9_/]$|^/$`)

var yamlWords = map[string]bool{"true": true, "false": true, "null": true, "yes": true, "no": true, "on": true, "off": true}

// scalar writes a text as YAML, in quotes where it needs them.
func scalar(text string) string {
	if plainScalar.MatchString(text) && !yamlWords[strings.ToLower(text)] {
		return text
	}
	return quoted(text)
}

// quoted writes a text in double quotes, with JSON's escapes, which are YAML's.
func quoted(text string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		return `""` // no text is refused
	}
	var out strings.Builder
	for _, r := range strings.TrimSuffix(b.String(), "\n") {
		if r >= 0x7f && r < 0xa0 || r == 0xfeff || r >= 0xfffe && r <= 0xffff { // suites hold none of these
			fmt.Fprintf(&out, `\u%04x`, r)
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}

// next says what to do with the suite, whose folder is shown as an argument.
func (d *draft) next(dir, suite string) string {
	var steps [][2]string
	if d.isDemo {
		steps = append(steps, [2]string{"apicel demo", "in another terminal, until you have an API of your own"})
	}
	for _, s := range d.secrets {
		steps = append(steps, [2]string{"export " + s[1] + "=…", "the suite takes secrets from the environment only"})
	}
	steps = append(steps,
		[2]string{"apicel run" + dir, "send it"},
		[2]string{"apicel check" + dir, "find mistakes without sending anything"},
		[2]string{"apicel help language", "what else can stand in " + suite},
	)
	width := 0
	for _, s := range steps {
		width = max(width, len([]rune(s[0])))
	}
	text := "next:\n"
	for _, s := range steps {
		text += fmt.Sprintf("  %s%s  %s\n", s[0], strings.Repeat(" ", width-len([]rune(s[0]))), s[1])
	}
	if d.status == http.StatusUnauthorized || d.status == http.StatusForbidden {
		text += fmt.Sprintf("\nThe API answered %d: it asks for credentials. Add auth to the source (apicel help sources)\nand put the status that you expect.\n", d.status)
	}
	return text
}
