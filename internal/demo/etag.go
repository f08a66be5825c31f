package demo

import (
	"net/http"
	"strings"
)

// unchanged tells whether the client of a read already has the entity with this
// tag (If-None-Match, compared weakly: RFC 9110, 13.1.2).
func unchanged(r *http.Request, tag string) bool {
	return listed(strings.Join(r.Header.Values("If-None-Match"), ","), tag, true)
}

// entity answers with a tagged entity, or with 304 where the client has it.
func entity(r *http.Request, tag string, body any) *reply {
	if unchanged(r, tag) {
		return answer(http.StatusNotModified, nil).with("ETag", tag)
	}
	return answer(http.StatusOK, body).with("ETag", tag)
}

// precondition refuses a change where If-Match or If-None-Match says so. The
// tag is that of the entity to be changed, "" where there is none yet.
func precondition(r *http.Request, tag string) error {
	match := strings.Join(r.Header.Values("If-Match"), ",")
	if match != "" && (tag == "" || !listed(match, tag, false)) {
		return fail(http.StatusPreconditionFailed, "precondition_failed", "someone else was faster: If-Match is not what the desk has")
	}
	if tag != "" && unchanged(r, tag) {
		return fail(http.StatusPreconditionFailed, "precondition_failed", "it is there already: If-None-Match")
	}
	return nil
}

// listed tells whether a list of tags, or *, holds the tag. Tags of ours have
// no comma in them.
func listed(list, tag string, weak bool) bool {
	for one := range strings.SplitSeq(list, ",") {
		one = strings.TrimSpace(one)
		if weak {
			one = strings.TrimPrefix(one, "W/")
		}
		if one == "*" || one == tag {
			return true
		}
	}
	return false
}
