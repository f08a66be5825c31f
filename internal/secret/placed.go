package secret

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// MinSession is the length in characters from which on a value that has the place
// of a credential is taken for one wherever it is seen: 64 bits in hexadecimal.
// Shorter cookies say things such as a language, and hiding them would hide
// ordinary text.
const MinSession = 16

// Placed returns what is a credential by its place in a request or an answer, the
// longest first: the values of cookies from [MinSession] characters on, and of
// headers such as X-Auth-Token and of parameters of the URLs from [MinLength] on.
// Of an answer cookies are those that it set, a request has them in its header.
func Placed(header http.Header, cookies []*http.Cookie, urls ...string) []string {
	var all found
	for _, c := range cookies {
		all.add(c.Value, MinSession)
	}
	for name, values := range header {
		if name == "Set-Cookie" || !Header(name) {
			continue
		}
		for _, v := range values {
			all.inHeader(name, v)
		}
	}
	for _, u := range urls {
		if _, query, ok := strings.Cut(u, "?"); ok {
			all.inQuery(query)
		}
	}
	// One may hold another.
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(all)
}

// found are the values that Placed found.
type found []string

func (f *found) add(value string, least int) {
	if len(value) >= least && utf8.RuneCountInString(value) >= least {
		*f = append(*f, value)
	}
}

func (f *found) inHeader(name, value string) {
	switch name {
	case "Cookie":
		for pair := range strings.SplitSeq(value, ";") {
			_, value, _ := strings.Cut(pair, "=")
			f.add(strings.Trim(value, ` "`), MinSession)
		}
	case "Authorization", "Proxy-Authorization":
		if _, credentials, ok := strings.Cut(value, " "); ok {
			value = strings.TrimSpace(credentials)
		}
		f.add(value, MinLength)
	default:
		f.add(value, MinLength)
	}
}

func (f *found) inQuery(query string) {
	query, _, _ = strings.Cut(query, "#")
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err != nil || !Parameter(plain) {
			continue
		}
		f.add(value, MinLength)
		if plain, err := url.QueryUnescape(value); err == nil && plain != value {
			f.add(plain, MinLength)
		}
	}
}
