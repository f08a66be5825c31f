package assert

import (
	"slices"
	"strings"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/internal/secret"
)

// hidePlaced is the redactor of the options, and hides besides what is secret by
// its place in the exchange. That is looked for when there is something to say.
func (j *judging) hidePlaced(text string) string {
	if j.placed == nil {
		var pairs []string
		for _, v := range placed(j.activation) {
			pairs = append(pairs, v, hidden)
		}
		j.placed = strings.NewReplacer(pairs...)
	}
	return j.placed.Replace(j.redactKnown(text))
}

// placed are the values that are credentials by their place, the longest first.
func placed(a *expr.Activation) []string {
	var all []string
	if r := a.Request; r != nil {
		all = secret.Placed(r.Header, nil, r.URL)
	}
	if r := a.Response; r != nil {
		all = slices.Concat(all, secret.Placed(r.Header, r.Cookies, r.URL), secret.Placed(nil, nil, r.Redirects...))
	}
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	return all
}
