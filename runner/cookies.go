package runner

import (
	"slices"

	"github.com/apicel/apicel/runner/source"
)

// cookieSets are the cookies that answers set, by identity: the source and the
// auth in force. The zero value is empty; a value is never changed.
type cookieSets []cookieSet

type cookieSet struct {
	identity string
	cookies  *source.Cookies
}

// of returns the cookies of an identity, or nil.
func (c cookieSets) of(identity string) *source.Cookies {
	for _, s := range c {
		if s.identity == identity {
			return s.cookies
		}
	}
	return nil
}

// merge returns the union of both; of one cookie the query that stands later wins.
func (c cookieSets) merge(o cookieSets) cookieSets {
	switch {
	case len(o) == 0:
		return c
	case len(c) == 0:
		return o
	}
	out := slices.Clone(c)
	for _, s := range o {
		i := slices.IndexFunc(out, func(x cookieSet) bool { return x.identity == s.identity })
		if i < 0 {
			out = append(out, s)
			continue
		}
		if out[i].cookies != s.cookies {
			out[i].cookies = source.MergeCookies(out[i].cookies, s.cookies)
		}
	}
	return out
}

// inheritCookies returns what the queries that n waits for, and the phases
// before, were given.
func (n *node) inheritCookies() cookieSets {
	sets := n.suite.cookies
	for _, on := range n.q.waits {
		sets = sets.merge(n.suite.nodes[on.index].cookies)
	}
	return sets
}
