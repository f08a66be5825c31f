package source

import (
	"cmp"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/publicsuffix"
)

// Cookies are cookies that answers set, each with the URL that set it and the
// index of the query that received it. A set is never changed once it is made
// and may be used by several goroutines at once; nil is the empty set. A
// deletion is kept, so that it outlives the cookie in sets merged later.
type Cookies struct {
	entries []entry // in the order of their indexes, then of their arrival
	mu      sync.Mutex
	jars    map[string]*cookiejar.Jar // by the origin that is asked
}

// entry is a cookie that an answer set or deleted.
type entry struct {
	key     cookieKey
	cookie  *http.Cookie // its expiry absolute, its path filled in
	url     *url.URL
	deleted bool
	index   int
}

// cookieKey is what makes a later cookie replace an earlier one.
type cookieKey struct {
	name, path string
	// domain is the Domain attribute; of a cookie without one it is the origin
	// that set it, which alone gets it back.
	domain   string
	hostOnly bool
	// host is what the Host header said, if hostOnly: one origin may serve several.
	host string
}

// deletedValue stands in a jar for a deletion, so that the jar's rules say for
// which URLs it holds. No cookie has this value: NUL is not allowed in one.
const deletedValue = "\x00"

// maxAge is the number of seconds for which a cookie is kept at most: 400 days,
// as RFC 6265bis, 5.6.2, has it. A server may name more than a Duration can hold.
const maxAge = 400 * 24 * 60 * 60

// Len returns the number of cookies in the set, deletions left out.
func (c *Cookies) Len() int { return len(c.All()) }

// All returns the cookies as they were set, the later query's later, deletions
// left out. Those that have expired since are among them.
func (c *Cookies) All() []*http.Cookie {
	if c == nil {
		return nil
	}
	var all []*http.Cookie
	for _, e := range c.entries {
		if !e.deleted {
			copied := *e.cookie
			all = append(all, &copied)
		}
	}
	return all
}

// names are the names of all that was set or deleted.
func (c *Cookies) names() []string {
	if c == nil {
		return nil
	}
	var all []string
	for _, e := range c.entries {
		all = append(all, e.cookie.Name)
	}
	return all
}

// MergeCookies returns the union of the sets. Of cookies with the same name,
// domain and path the one with the higher index is in it; of equal indexes, the
// one of the set that stands later.
func MergeCookies(sets ...*Cookies) *Cookies {
	var merged []*Cookies
	for _, s := range sets {
		if s != nil && len(s.entries) > 0 && !slices.Contains(merged, s) {
			merged = append(merged, s)
		}
	}
	switch len(merged) {
	case 0:
		return nil
	case 1:
		return merged[0]
	}
	var all []entry
	for _, s := range merged {
		all = append(all, s.entries...)
	}
	return newCookies(all)
}

// newCookies makes a set of the entries, of which later ones replace earlier ones.
func newCookies(all []entry) *Cookies {
	if len(all) == 0 {
		return nil
	}
	slices.SortStableFunc(all, func(a, b entry) int { return cmp.Compare(a.index, b.index) })
	last := make(map[cookieKey]int, len(all))
	for i, e := range all {
		last[e.key] = i
	}
	kept := make([]entry, 0, len(last))
	for i, e := range all {
		if last[e.key] == i {
			kept = append(kept, e)
		}
	}
	return &Cookies{entries: kept}
}

// receive returns the cookies that an answer from u, of the given origin, set.
// Those that u may not set are left out, as browsers do (RFC 6265, 5.3).
func receive(u *url.URL, origin string, cookies []*http.Cookie, index int, now time.Time) *Cookies {
	var all []entry
	for _, c := range cookies {
		if e, ok := newEntry(u, c, now); ok {
			e.index = index
			if e.key.hostOnly {
				e.key.domain, e.key.host = origin, strings.ToLower(u.Hostname())
			}
			all = append(all, e)
		}
	}
	return newCookies(all)
}

func newEntry(u *url.URL, received *http.Cookie, now time.Time) (entry, bool) {
	c := *received
	if !strings.HasPrefix(c.Path, "/") {
		c.Path = defaultPath(u.Path)
	}
	// An age counts from now, not from when the cookie is put into a jar.
	if c.MaxAge > 0 {
		c.Expires, c.MaxAge = now.Add(time.Duration(min(c.MaxAge, maxAge))*time.Second), 0
	}
	e := entry{cookie: &c, url: u, deleted: c.MaxAge < 0 || (!c.Expires.IsZero() && !c.Expires.After(now))}
	accepted, hostOnly := probe(u, c.Domain)
	if !accepted {
		return e, false
	}
	domain := strings.ToLower(strings.TrimPrefix(c.Domain, "."))
	e.key = cookieKey{name: c.Name, path: c.Path, hostOnly: hostOnly, domain: domain}
	return e, true
}

// probe asks a jar whether u may set cookies for the domain, and whether they
// would be sent to u's own host only.
func probe(u *url.URL, domain string) (accepted, hostOnly bool) {
	if domain == "" {
		return true, true
	}
	jar := newJar()
	jar.SetCookies(u, []*http.Cookie{{Name: "probe", Domain: domain, Path: "/"}})
	below := *u
	below.Host = "below." + u.Host
	return len(jar.Cookies(u)) > 0, len(jar.Cookies(&below)) == 0
}

// defaultPath is the path of a cookie that names none (RFC 6265, 5.1.4).
func defaultPath(path string) string {
	i := strings.LastIndexByte(path, '/')
	if i <= 0 || path[0] != '/' {
		return "/"
	}
	return path[:i]
}

func newJar() *cookiejar.Jar {
	jar, _ := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List}) // never fails
	return jar
}

// jar returns a jar with the cookies that the origin may get.
func (c *Cookies) jar(origin string) *cookiejar.Jar {
	c.mu.Lock()
	defer c.mu.Unlock()
	if jar := c.jars[origin]; jar != nil {
		return jar
	}
	jar := newJar()
	for _, e := range c.entries {
		if e.key.hostOnly && e.key.domain != origin {
			continue
		}
		cookie := *e.cookie
		if e.deleted {
			cookie.Value, cookie.MaxAge, cookie.Expires = deletedValue, 0, time.Time{}
		}
		jar.SetCookies(e.url, []*http.Cookie{&cookie})
	}
	if c.jars == nil {
		c.jars = map[string]*cookiejar.Jar{}
	}
	c.jars[origin] = jar
	return jar
}

// forURL returns the cookies to send to u, whose origin is given apart because
// a Host header makes u's host another than the one that is connected to. Of
// equal names the one with the longest path is sent. Names that were deleted for
// u are told too.
func (c *Cookies) forURL(u *url.URL, origin string) (pairs []cookiePair, deleted []string) {
	if c == nil {
		return nil, nil
	}
	known := map[string]bool{}
	for _, cookie := range c.jar(origin).Cookies(u) {
		switch {
		case cookie.Value == deletedValue:
			deleted = append(deleted, cookie.Name)
		case !known[cookie.Name]:
			known[cookie.Name] = true
			pairs = append(pairs, cookiePair{cookie.Name, cookieText(cookie)})
		}
	}
	return pairs, deleted
}

// cookieText is the cookie as its server wrote it. http.Cookie.String would
// quote values with a space or a comma.
func cookieText(c *http.Cookie) string {
	if c.Quoted {
		return c.Name + `="` + c.Value + `"`
	}
	return c.Name + "=" + c.Value
}
