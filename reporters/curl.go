package reporters

import (
	"fmt"
	"net/http"
	"net/textproto"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/http/httpguts"

	"github.com/apicel/apicel/internal/lazyregexp"
	"github.com/apicel/apicel/internal/secret"
	"github.com/apicel/apicel/runner"
)

// curl prints a command for a POSIX shell that sends a request again, or
// nothing where there is none to send:
//
//	# set AUTHORIZATION first
//	curl -X POST 'http://127.0.0.1:8080/orders' \
//	  -H "Authorization: Bearer $AUTHORIZATION" \
//	  -H 'Content-Type: application/json' \
//	  --data-raw '{"qty":2}'
//
// What the command sends is what was sent, or a comment says what is missing.
// It is not cut to the limits for lines, since half a command is a wrong one.
func (p *printer) curl(indent int, m *runner.Message) {
	if m == nil || !httpURL.MatchString(m.URL) || !utf8.ValidString(m.URL) {
		return
	}
	c := curl{taken: map[string]bool{}}
	c.target(m)
	c.route(m.Route)
	c.header(m)
	c.body(m, p.limits.command)
	if len(c.variables) > 0 {
		c.comments = append(c.comments, "set "+strings.Join(c.variables, ", ")+" first")
	}
	for _, comment := range c.comments {
		p.line(indent, p.style.paint(dim, "# "+comment))
	}
	if c.input != "" {
		p.line(indent, c.input, " |")
	}
	last := len(c.options) - 1
	for i, option := range c.options {
		if i > 0 {
			option = "  " + option
		}
		if i < last {
			option += ` \`
		}
		p.line(indent, option)
	}
}

// httpURL matches what can have been sent.
var httpURL = lazyregexp.New(`^https?://[^\x00-\x20\x7f]+$`)

// curl is a command while it is put together.
type curl struct {
	comments  []string
	input     string   // the command that writes the body, where one is needed
	options   []string // one a line, the first with the command and its URL
	variables []string // shell variables that stand for credentials, in the order of their use
	taken     map[string]bool
}

func (c *curl) add(option string) { c.options = append(c.options, option) }

// target adds the method and the URL, which curl must take as it is: without
// expanding its brackets and without resolving its dots.
func (c *curl) target(m *runner.Message) {
	command := "curl"
	switch {
	case m.Method == http.MethodHead:
		command += " --head"
	case m.Method != http.MethodGet || m.BodySize > 0:
		command += " -X " + c.method(m.Method)
	}
	c.add(command + " " + c.word("URL_SECRET", m.URL))
	if strings.ContainsAny(m.URL, "[]{}") {
		c.add("--globoff")
	}
	if strings.Contains(m.URL, "/.") {
		c.add("--path-as-is")
	}
}

// method returns the method without quotes where it needs none.
func (c *curl) method(name string) string {
	if plainMethod.MatchString(name) {
		return name
	}
	return c.word("METHOD", name)
}

var plainMethod = lazyregexp.New(`^[A-Z]+$`)

// header adds the header without what curl works out itself, and takes away
// what curl would add.
func (c *curl) header(m *runner.Message) {
	sent := map[string]bool{}
	compressed := false
	for _, h := range m.Header {
		name := textproto.CanonicalMIMEHeaderKey(h.Name)
		sent[name] = true
		switch {
		case name == "Content-Length", c.fresh(name, h.Value, m.Route):
		case name == "Accept-Encoding" && encoded.MatchString(h.Value):
			compressed = true
		case !httpguts.ValidHeaderFieldName(h.Name):
			c.comments = append(c.comments, "a header is left out, as its name is not valid")
		case h.Value == "":
			c.add("-H " + c.word(h.Name, h.Name+";")) // what curl wants for an empty value
		default:
			c.add("-H " + c.word(h.Name, h.Name+": "+h.Value))
		}
	}
	if !sent["User-Agent"] {
		c.add("-H 'User-Agent:'")
	}
	if m.BodySize > 0 && !sent["Content-Type"] {
		c.add("-H 'Content-Type:'")
	}
	if compressed {
		c.add("--compressed")
	}
}

// encoded matches an Accept-Encoding that asks for what --compressed undoes.
var encoded = lazyregexp.New(`(?i)\b(gzip|deflate|br|zstd)\b`)

// maxBodySecrets is the number of credentials in a body from which on it is not
// worth to set a variable for each.
const maxBodySecrets = 9

// body adds the body: in an argument where it is one line, from printf where it
// has several or holds what must not be printed as it is, and from a file where
// it is not at hand.
func (c *curl) body(m *runner.Message, limit int) {
	switch {
	case m.BodySize == 0:
	case m.Method == http.MethodHead:
		c.comments = append(c.comments, "the body is left out: curl sends none with HEAD")
	case described(m):
		c.file(size(m.BodySize) + " that are not text")
	case m.Truncated, len(m.Body) > limit, !exact(m):
		c.file(size(m.BodySize))
	case strings.Contains(m.Body, "\n") || hidden(m.Body):
		c.input = c.printf(m.Body)
		c.add("--data-binary @-")
	default:
		c.add("--data-raw " + c.word("BODY_SECRET", m.Body))
	}
}

// exact tells whether the body can be had from Body: bytes that are not UTF-8
// are lost in a JSON report.
func exact(m *runner.Message) bool {
	masks := strings.Count(m.Body, secret.Mask)
	return masks <= maxBodySecrets && (masks > 0 || len(m.Body) == m.BodySize)
}

// file takes the body from a file that the reader has to make.
func (c *curl) file(what string) {
	c.comments = append(c.comments, "put the body, "+what+", into a file named body first")
	c.add("--data-binary @body")
}

// word returns text as one word of the shell. Masks in it become variables
// named after name, and what must not be printed is written by printf.
func (c *curl) word(name, text string) string {
	parts := strings.Split(text, secret.Mask)
	if len(parts) == 1 && !strings.Contains(text, "\n") && !hidden(text) {
		return singleQuoted(text)
	}
	names := c.secrets(name, len(parts)-1)
	var b strings.Builder
	for i, part := range parts {
		if i > 0 {
			b.WriteString(reference(names[i-1], part))
		}
		writeDoubleQuoted(&b, part)
	}
	return `"` + b.String() + `"`
}

// secrets returns the names of n variables that are not in use yet.
func (c *curl) secrets(name string, n int) []string {
	name = variableName(name)
	var names []string
	for i := 1; len(names) < n; i++ {
		free := name
		if n > 1 || i > 1 {
			free = fmt.Sprintf("%s_%d", name, i)
		}
		if !c.taken[free] {
			c.taken[free] = true
			names = append(names, free)
		}
	}
	c.variables = append(c.variables, names...)
	return names
}

// variableName makes the name of a shell variable from that of a header.
func variableName(name string) string {
	name = strings.ToUpper(notInName.ReplaceAllString(name, "_"))
	if name == "" || name[0] >= '0' && name[0] <= '9' || inUse[name] {
		name = "SECRET_" + name
	}
	return name
}

var notInName = lazyregexp.New(`[^A-Za-z0-9_]`)

// inUse are variables that have a value in most shells already, and one that
// matters to the shell or to curl.
var inUse = map[string]bool{
	"PATH": true, "HOME": true, "IFS": true, "PWD": true, "SHELL": true, "USER": true, "LOGNAME": true, "HOST": true,
	"HOSTNAME": true, "TERM": true, "LANG": true, "ENV": true, "HTTPS_PROXY": true, "ALL_PROXY": true, "NO_PROXY": true,
}

// reference returns the value of a variable within double quotes, before next.
func reference(name, next string) string {
	if next != "" && !notInName.MatchString(next[:1]) {
		return "${" + name + "}"
	}
	return "$" + name
}

// hidden tells whether text holds what this package spells out.
func hidden(text string) bool { return !utf8.ValidString(text) || strings.ContainsFunc(text, hostile) }

// unquotedCI keeps the commands of CI systems out of quoted text, as defuse would
// otherwise do, which does not know quotes.
func unquotedCI(text, closed string) string {
	text = strings.ReplaceAll(text, "##[", "#"+closed+"#[")
	return strings.ReplaceAll(text, "##vso[", "#"+closed+"#vso[")
}

func singleQuoted(text string) string {
	return "'" + unquotedCI(strings.ReplaceAll(text, "'", `'\''`), "''") + "'"
}

// writeDoubleQuoted writes text as it stands between double quotes, outside of
// which the exclamation mark goes: interactive shells expand it even there.
func writeDoubleQuoted(b *strings.Builder, text string) {
	for text != "" {
		octal, plain := splitHidden(text)
		if octal > 0 {
			b.WriteString("$(printf '" + octals(text[:octal]) + "')")
		}
		b.WriteString(unquotedCI(inDoubleQuotes.Replace(text[octal:octal+plain]), `""`))
		text = text[octal+plain:]
	}
}

var inDoubleQuotes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, "`", "\\`", `!`, `"'!'"`)

// printf returns the command that writes text, byte for byte.
func (c *curl) printf(text string) string {
	parts := strings.Split(text, secret.Mask)
	var format strings.Builder
	for i, part := range parts {
		if i > 0 {
			format.WriteString("%s")
		}
		for part != "" {
			octal, plain := splitHidden(part)
			format.WriteString(octals(part[:octal]))
			format.WriteString(inFormat.Replace(part[octal : octal+plain]))
			part = part[octal+plain:]
		}
	}
	command := "printf " + singleQuoted(inFirst.ReplaceAllString(format.String(), `\055`))
	for _, name := range c.secrets("BODY_SECRET", len(parts)-1) {
		command += ` "$` + name + `"`
	}
	return command
}

var (
	inFormat = strings.NewReplacer(`\`, `\\`, `%`, `%%`)
	inFirst  = lazyregexp.New(`^-`) // which would begin an option
)

// splitHidden returns how many bytes at the beginning of text must be spelled
// out, and how many after them need not.
func splitHidden(text string) (octal, plain int) {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		bad := r == '\n' || hostile(r) || r == utf8.RuneError && n == 1
		if i += n; bad && plain > 0 {
			break
		}
		if bad {
			octal += n
		} else {
			plain += n
		}
	}
	return octal, plain
}

// octals spells bytes for printf.
func octals(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		switch c {
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		default:
			fmt.Fprintf(&b, `\%03o`, c)
		}
	}
	return b.String()
}

// ShellWord returns text as one word of a POSIX shell, in quotes where it needs them.
func ShellWord(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return singleQuoted(text)
}

var plainWord = lazyregexp.New(`^[A-Za-z0-9_@%+=:,./-]+$`)
