package expr

import (
	"net/url"
	"strings"

	"github.com/apicel/apicel/internal/exchange"
)

// newLinks returns the links of an answer by relation: those of its Link headers
// (RFC 8288) and, as location, its Location. Relations are read whatever their
// case; of several links with one relation the first counts. A link whose
// anchor names another resource says nothing of the answer and is left out.
func newLinks(r *exchange.Response) *foldedMap {
	values := map[string]string{}
	base, _ := url.Parse(r.URL)
	if base == nil {
		base = &url.URL{}
	}
	for _, header := range headerValues(r.Header, "Link") {
		for _, l := range parseLinks(header) {
			if l.anchor != nil && absolute(base, *l.anchor) != base.String() {
				continue
			}
			for _, rel := range strings.Fields(l.rel) {
				if rel = strings.ToLower(rel); values[rel] == "" {
					values[rel] = absolute(base, l.target)
				}
			}
		}
	}
	if to := headerValues(r.Header, "Location"); len(to) > 0 {
		values["location"] = absolute(base, to[0])
	}
	return newFoldedMap("link", values, strings.ToLower)
}

// absolute resolves a reference against the URL of the answer (RFC 3986,
// section 5). What is no URL stays as it is.
func absolute(base *url.URL, reference string) string {
	to, err := url.Parse(strings.Trim(reference, httpSpace))
	if err != nil {
		return reference
	}
	return base.ResolveReference(to).String()
}

// link is one value of a Link header.
type link struct {
	target string
	rel    string
	anchor *string // nil where there is none
}

// httpSpace is optional white space in headers (RFC 9110, section 5.6.3).
const httpSpace = " \t"

// parseLinks reads the value of one Link header in the manner of RFC 8288,
// appendix B.2. What follows something that is no link is left out. Parsers that
// split at commas and semicolons do not do: both may stand in URLs and quotes.
func parseLinks(header string) []link {
	var out []link
	for rest := strings.TrimLeft(header, httpSpace+","); strings.HasPrefix(rest, "<"); rest = strings.TrimLeft(rest, httpSpace+",") {
		target, after, ok := strings.Cut(rest[1:], ">")
		if !ok {
			break
		}
		l := link{target: target}
		rest = l.parameters(after)
		out = append(out, l)
	}
	return out
}

// parameters reads what follows the target up to the comma that ends the link,
// and returns the rest.
func (l *link) parameters(s string) string {
	seen := map[string]bool{}
	for {
		s = strings.TrimLeft(s, httpSpace)
		if !strings.HasPrefix(s, ";") {
			return afterComma(s)
		}
		s = strings.TrimLeft(s[1:], httpSpace)
		end := strings.IndexAny(s, "=;, \t")
		if end < 0 {
			end = len(s)
		}
		name, value := strings.ToLower(s[:end]), ""
		s = strings.TrimLeft(s[end:], httpSpace)
		if strings.HasPrefix(s, "=") {
			value, s = parameterValue(strings.TrimLeft(s[1:], httpSpace))
		}
		if seen[name] { // the first counts (RFC 8288, section 3.3)
			continue
		}
		seen[name] = true
		switch name {
		case "rel":
			l.rel = value
		case "anchor":
			l.anchor = &value
		}
	}
}

// parameterValue reads a token or a quoted string.
func parameterValue(s string) (value, rest string) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexAny(s, ";,")
		if end < 0 {
			end = len(s)
		}
		return strings.TrimRight(s[:end], httpSpace), s[end:]
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}

// afterComma skips what no parameter explains.
func afterComma(s string) string {
	if i := strings.IndexByte(s, ','); i >= 0 {
		return s[i+1:]
	}
	return ""
}
