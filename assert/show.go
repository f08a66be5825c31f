package assert

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/spec"
)

// Limits on what a failure shows.
const (
	// maxShown is the number of characters of a value that are shown.
	maxShown = 200
	// maxShownInDiff is the same in a line of a diff.
	maxShownInDiff = 80
	// maxMessage is the number of characters of an error that are shown.
	maxMessage = 600
	// maxRead is the number of bytes of a value that are looked at to show it.
	maxRead = 16 << 10
)

// run is one judging: what every check of it shares. It is used by one
// goroutine only.
type run struct {
	options

	ctx    context.Context
	path   path // of the check that is being judged
	work   int  // what the check has cost
	looked int  // work at the last look at ctx
	err    error
}

// Work is counted in bytes that are looked at, about a nanosecond each.
const (
	// stepWork is what a step costs beside the bytes of its value.
	stepWork = 512
	// maxWork is what judging one check may cost. It gives the same result on
	// every machine, and is far above what a sensible check of the largest
	// answer needs.
	maxWork = 8 << 30
	// lookEvery is the work between two looks at the context.
	lookEvery = 1 << 20
)

var errTooMuch = errors.New("comparing is too much work for values of this size")

// begin prepares the run for the next check.
func (r *run) begin(p path) { r.path, r.work, r.looked, r.err = p, 0, 0, nil }

// stopped tells whether the check has no time or work left for a step on the
// next value. It is asked at each step of anything whose length the answer
// decides. What is said after it turned true means nothing: whoever judges a
// whole check looks at err.
func (r *run) stopped(next gjson.Result) bool {
	r.work += stepWork + len(next.Raw)
	if r.work > maxWork {
		r.err = errTooMuch
	}
	if r.err == nil && r.work-r.looked > lookEvery {
		r.looked, r.err = r.work, r.ctx.Err()
	}
	return r.err != nil
}

// show is a value as a failure shows it: compact, on one line and cut.
func (r *run) show(v gjson.Result) string { return r.showIn(v, maxShown) }

// typed is show with the kind behind it, where the value does not say it.
func (r *run) typed(v gjson.Result) string {
	if kindOf(v) == spec.Null {
		return r.show(v)
	}
	return r.show(v) + " (" + kindOf(v).String() + ")"
}

// both shows an expected and a found value, with their kinds where these differ.
func (r *run) both(want, got gjson.Result) (string, string) {
	if kindOf(want) != kindOf(got) && kindOf(want) != spec.Null && kindOf(got) != spec.Null {
		return r.typed(want), r.typed(got)
	}
	return r.show(want), r.show(got)
}

func (r *run) showIn(v gjson.Result, limit int) string {
	if v.Type == gjson.String {
		return r.quoteIn(v.Str, limit)
	}
	head := clip(v.Raw)
	return r.cut(compact(head), len(v.Raw)-len(head), limit)
}

// quote is a text in quotes, on one line and cut.
func (r *run) quote(s string) string { return r.quoteIn(s, maxShown) }

func (r *run) quoteIn(s string, limit int) string {
	head := clip(s)
	escaped := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(r.hide(head))
	return r.cut(`"`+escaped+`"`, len(s)-len(head), limit)
}

// pattern is a regular expression in quotes and cut, its backslashes as they are.
func (r *run) pattern(s string) string { return `"` + r.cut(s, 0, maxShown) + `"` }

// hide takes secrets out of a text. It must be done before the text is cut:
// half a secret is one that no redactor knows.
func (r *run) hide(s string) string {
	if r.redact == nil {
		return s
	}
	return r.redact(s)
}

// cut shortens a text to about limit characters. What is left out is counted,
// together with the bytes behind the text that its maker has not read.
func (r *run) cut(text string, unread, limit int) string {
	runes := []rune(printable(r.hide(text)))
	switch {
	case unread > 0:
		return fmt.Sprintf("%s… (%d more bytes)", string(runes[:min(limit, len(runes))]), unread)
	case len(runes) <= limit:
		return string(runes)
	}
	head, tail := limit*2/3, limit/3
	return fmt.Sprintf("%s…(%d more characters)…%s", string(runes[:head]), len(runes)-head-tail, string(runes[len(runes)-tail:]))
}

// clip is the part of a text that is looked at to show it.
func clip(s string) string {
	if len(s) <= maxRead {
		return s
	}
	end := maxRead
	for end > maxRead-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// compact leaves out the white space between the tokens of JSON text, which
// may end anywhere.
func compact(raw string) string {
	var b strings.Builder
	inString := false
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch {
		case inString && c == '\\' && i+1 < len(raw):
			b.WriteByte(c)
			i++
			c = raw[i]
		case c == '"':
			inString = !inString
		case !inString && (c == ' ' || c == '\n' || c == '\r' || c == '\t'):
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// printable escapes what a terminal would act on or not show: control
// characters, other invisible ones and bytes that are not UTF-8.
func printable(s string) string {
	if strings.IndexFunc(s, needsEscape) < 0 {
		return s
	}
	var b strings.Builder
	for i, c := range s {
		switch {
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case c == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case needsEscape(c) && c != utf8.RuneError:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// needsEscape holds of a replacement character too, which may stand for a byte
// that is not UTF-8.
func needsEscape(c rune) bool { return !unicode.IsPrint(c) || c == utf8.RuneError }
