package assert

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/apicel/apicel/spec"
)

// maxNames is the number of names that a message lists.
const maxNames = 10

// cookieCheck is a matcher on the value of a cookie that any hop has set.
type cookieCheck struct {
	name   string
	cookie string
	at     spec.Pos
	want   *matcher
}

func (c *cookieCheck) pos() spec.Pos { return c.at }

func (c *cookieCheck) judge(j *judging) *Failure {
	j.begin(path{})
	cookie, found := j.activation.Cookie(c.cookie)
	s := subject{text: true, missing: !found}
	if found {
		s.value = textValue(cookie.Value)
	}
	f := j.match(c.name, c.at, c.want, s)
	switch {
	case f == nil:
	case found && f.Message == "":
		f.Message = j.removal(cookie)
	case !found && f.Found == nothingThere:
		f.Found = "no such cookie"
		if f.Message == "" {
			f.Message = j.cookieHint(c.cookie)
		}
	}
	return f
}

// removal says of a cookie that was set to make the client drop it that it was:
// it is there all the same, because the answer says something of it.
func (j *judging) removal(c *http.Cookie) string {
	now := time.Now
	if j.activation.Now != nil {
		now = j.activation.Now
	}
	if c.MaxAge < 0 || c.MaxAge == 0 && !c.Expires.IsZero() && c.Expires.Before(now()) {
		return "it is set to expire at once, which removes it from the client"
	}
	return ""
}

// cookieHint names the cookie that name was probably meant to be, and those
// that were set.
func (j *judging) cookieHint(name string) string {
	var names []string
	for _, c := range j.activation.Response.Cookies {
		if len(c.Name) <= maxHintLength && !slices.Contains(names, c.Name) && len(names) < maxHintKeys {
			names = append(names, c.Name)
		}
	}
	if len(names) == 0 {
		return "the answer set no cookies"
	}
	set := "the answer set " + j.list(names)
	if near := spec.Closest(name, names); near != "" && len(names) > 1 {
		return "did you mean " + printable(j.hide(near)) + "? " + set
	} else if near != "" {
		return "did you mean " + printable(j.hide(near)) + "?"
	}
	return set
}

// list joins the first of some names and counts the others.
func (r *run) list(names []string) string {
	shown := names[:min(len(names), maxNames)]
	text := printable(r.hide(strings.Join(shown, ", ")))
	if more := len(names) - len(shown); more > 0 {
		text += " and " + count(more, "other")
	}
	return text
}
