package source

import (
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// cookiePair is a cookie of a Cookie header.
type cookiePair struct {
	name string
	text string // name=value, or what else stood in a header
}

func hasCookie(pairs []cookiePair, name string) bool {
	return slices.ContainsFunc(pairs, func(p cookiePair) bool { return p.name == name })
}

// parseCookieHeader takes a Cookie header apart that the user wrote. It is
// lenient: what is no name=value is sent as it stands.
func parseCookieHeader(value string) []cookiePair {
	var pairs []cookiePair
	for part := range strings.SplitSeq(value, ";") {
		part = strings.Trim(part, " \t")
		if part == "" {
			continue
		}
		name, _, _ := strings.Cut(part, "=")
		pairs = append(pairs, cookiePair{strings.TrimRight(name, " \t"), part})
	}
	return pairs
}

// newCookiePairs judges cookies given by name and values.
func newCookiePairs(fields []Field) ([]cookiePair, *Error) {
	var pairs []cookiePair
	for _, f := range fields {
		if !httpguts.ValidHeaderFieldName(f.Name) {
			return nil, badRequest("cookie %q has a character in its name that is not allowed there", f.Name).
				hint("use letters, digits and any of !#$%%&'*+-.^_`|~")
		}
		for _, value := range f.Values {
			if what := badCookieByte(value); what != "" {
				return nil, badRequest("the value of cookie %s holds %s, which cannot be sent", f.Name, what).
					hint("encode the value, for instance with url_encode()")
			}
			pairs = append(pairs, cookiePair{f.Name, f.Name + "=" + value})
		}
	}
	return pairs, nil
}

func badCookieByte(value string) string {
	if what := badHeaderByte(value); what != "" {
		return what
	}
	if strings.Contains(value, ";") {
		return "a semicolon"
	}
	return ""
}

// cookieLayers are the cookies that may go into one request, from the weakest.
type cookieLayers struct {
	source   []cookiePair
	received []cookiePair
	auth     []cookiePair
	own      []cookiePair
	// deleted are names that the source's cookies are not sent for.
	deleted []string
}

// header returns the value of the Cookie header, "" if there is none. A name is
// sent by the strongest layer that has it, as often as it has it. Looked up in a
// map: answers may have set thousands.
func (l *cookieLayers) header() string {
	layers := [][]cookiePair{without(l.source, l.deleted), l.received, l.auth, l.own}
	taken := map[string]bool{}
	var sent []string // from the last to the first
	for _, layer := range slices.Backward(layers) {
		for _, p := range slices.Backward(layer) {
			if !taken[p.name] {
				sent = append(sent, p.text)
			}
		}
		for _, p := range layer {
			taken[p.name] = true
		}
	}
	slices.Reverse(sent)
	return strings.Join(sent, "; ")
}

// without returns the cookies whose names are not among those given.
func without(pairs []cookiePair, names []string) []cookiePair {
	if len(pairs) == 0 || len(names) == 0 {
		return pairs
	}
	left := make(map[string]bool, len(names))
	for _, name := range names {
		left[name] = true
	}
	return slices.DeleteFunc(slices.Clone(pairs), func(p cookiePair) bool { return left[p.name] })
}
