package source

import (
	"net/http"
	"strings"
)

// setCookies returns the cookies of an answer as browsers read them (RFC 6265,
// 5.2). net/http leaves out, without a word, those whose name or value holds
// characters that a server should not send, such as the quotes of JSON.
func setCookies(h http.Header) []*http.Cookie {
	lines := h["Set-Cookie"]
	if len(lines) == 0 {
		return nil
	}
	all := make([]*http.Cookie, 0, len(lines))
	for _, line := range lines {
		c, err := http.ParseSetCookie(line)
		if err != nil {
			c = lenientCookie(line)
		}
		if c == nil {
			continue
		}
		if !c.Quoted {
			c.Value = strings.Trim(c.Value, " \t") // net/http trims the name alone
		}
		all = append(all, c)
	}
	return all
}

// lenientCookie returns nil for a line that browsers ignore too.
func lenientCookie(line string) *http.Cookie {
	pair, attributes, _ := strings.Cut(line, ";")
	name, value, found := strings.Cut(pair, "=")
	name, value = strings.Trim(name, " \t"), strings.Trim(value, " \t")
	if !found || name == "" || badHeaderByte(name) != "" || badHeaderByte(value) != "" {
		return nil
	}
	c, err := http.ParseSetCookie("name=value;" + attributes)
	if err != nil {
		return nil
	}
	c.Name, c.Value, c.Raw = name, value, line
	return c
}
