package source

import (
	"net/http"
	"strings"

	"github.com/icholy/digest"
)

// findChallenge returns the first challenge of an answer that can be met, since
// servers name the one that they prefer first (RFC 7616, 3.7); nil if there is none.
func findChallenge(h http.Header) *digest.Challenge {
	for _, line := range h["Www-Authenticate"] {
		for _, text := range splitChallenges(line) {
			c, err := digest.ParseChallenge(text)
			if err != nil || c.Nonce == "" {
				continue
			}
			var offered []string
			for _, qop := range c.QOP {
				if qop = strings.ToLower(strings.TrimSpace(qop)); qop != "" {
					offered = append(offered, qop)
				}
			}
			c.QOP = offered
			algorithm, _ := cutSession(c.Algorithm)
			if digestHash(algorithm) != nil && (len(offered) == 0 || c.SupportsQOP("auth") || c.SupportsQOP("auth-int")) {
				return c
			}
		}
	}
	return nil
}

// splitChallenges takes a line apart that may hold several challenges, with a
// comma between them as between their parameters (RFC 9110, 11.6.1). The names of
// parameters are in lower case then, for whoever reads them.
func splitChallenges(line string) []string {
	var all []string
	for _, item := range splitList(line) {
		head, value, isParam := strings.Cut(item, "=")
		fields := strings.Fields(head)
		switch {
		case len(fields) == 0:
		case len(fields) > 1 && isParam:
			all = append(all, fields[0]+" "+strings.ToLower(fields[1])+"="+strings.TrimSpace(value))
		case !isParam:
			all = append(all, item)
		case len(all) > 0:
			all[len(all)-1] += ", " + strings.ToLower(fields[0]) + "=" + strings.TrimSpace(value)
		}
	}
	return all
}

// splitList splits at commas outside of quotes.
func splitList(line string) []string {
	var items []string
	start, quoted := 0, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			items = append(items, strings.TrimSpace(line[start:i]))
			start = i + 1
		}
	}
	return append(items, strings.TrimSpace(line[start:]))
}
