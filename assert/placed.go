package assert

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/apicel/apicel/internal/exchange"
	"github.com/apicel/apicel/internal/secret"
)

// minSession is the length in characters from which on a cookie's value is taken
// for one that identifies a session (64 bits in hexadecimal). Shorter ones say
// things such as a language, and hiding them would hide ordinary text.
const minSession = 16

// placed are the values of an answer that are credentials by their place: those
// of cookies, of headers such as X-Auth-Token and of parameters of its URLs.
func placed(answer *exchange.Response) []string {
	if answer == nil {
		return nil
	}
	var all []string
	add := func(value string, least int) {
		if utf8.RuneCountInString(value) >= least {
			all = append(all, value)
		}
	}
	for _, c := range answer.Cookies {
		add(c.Value, minSession)
	}
	for name, values := range answer.Header {
		if secret.Header(name) && !strings.EqualFold(name, "Set-Cookie") {
			for _, v := range values {
				add(v, secret.MinLength)
			}
		}
	}
	for _, u := range append(slices.Clone(answer.Redirects), answer.URL) {
		parsed, err := url.Parse(u)
		if err != nil {
			continue
		}
		for pair := range strings.SplitSeq(parsed.RawQuery, "&") {
			if name, value, _ := strings.Cut(pair, "="); secret.Parameter(name) {
				add(value, secret.MinLength)
			}
		}
	}
	// The longest first: one may hold another.
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(all)
}

// hidePlaced adds to redact what is secret by its place in the answer.
func hidePlaced(redact func(string) string, answer *exchange.Response) func(string) string {
	values := placed(answer)
	if redact == nil || len(values) == 0 {
		return redact
	}
	var pairs []string
	for _, v := range values {
		pairs = append(pairs, v, hidden)
	}
	replacer := strings.NewReplacer(pairs...)
	return func(text string) string { return replacer.Replace(redact(text)) }
}
