package spec

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

const (
	// DefaultRetryAttempts is how often a query with `retry` is sent at most.
	DefaultRetryAttempts = 3
	// MaxRetryAttempts is the largest `attempts`, since a report keeps them all.
	MaxRetryAttempts = 20
	// DefaultRetryInterval is the `interval` that back-off begins with.
	DefaultRetryInterval = 500 * time.Millisecond
)

// The values of `backoff`.
const (
	BackoffExponential = "exponential"
	BackoffConstant    = "constant"
)

// The causes of `on` that are no status.
const (
	CauseNetwork = "network"
	CauseTimeout = "timeout"
)

// DefaultRetryOn are the causes where `on` is not given.
var DefaultRetryOn = []string{CauseNetwork, CauseTimeout, "429", "5xx"}

// Causes are those of On, or the default ones.
func (r *Retry) Causes() []string {
	if len(r.On) == 0 {
		return DefaultRetryOn
	}
	causes := make([]string, len(r.On))
	for i, c := range r.On {
		causes[i] = c.Value
	}
	return causes
}

var retryFields = fields[Retry]{
	"attempts": func(l *loader, r *Retry, p place) { r.Attempts = l.attempts(p) },
	"interval": func(l *loader, r *Retry, p place) { r.Interval = l.duration(p) },
	"backoff":  func(l *loader, r *Retry, p place) { r.Backoff = l.chosen(p, "constant or exponential") },
	"on":       func(l *loader, r *Retry, p place) { r.On = l.causes(p) },
}

var retryTable = Table{"a retry", RetryKeys}

// retry reads a retry. Removable tells that null lifts one of the source's.
func (l *loader) retry(p place, removable bool) *Retry {
	r := &Retry{Pos: p.key.Pos}
	switch {
	case removable && isNull(p.node) && p.node.Value == "null":
		r.None = true
		return r
	case p.node.Kind == yaml.ScalarNode && !l.bad[p.node]:
		hint := "write retry: {attempts: 3}"
		if n, err := strconv.Atoi(p.node.Value); err == nil && n >= 2 && n <= MaxRetryAttempts {
			hint = "write retry: {attempts: " + strconv.Itoa(n) + "}"
		}
		l.expected(p, "a map").WithHint("%s", hint)
		return nil
	}
	if !read(l, p, retryTable, retryFields, r) {
		return nil
	}
	return r
}

func (l *loader) attempts(p place) *int {
	if p.node.Kind == yaml.ScalarNode && p.node.Value == "1" && isPlain(p.node) {
		l.problems.Errorf(l.at(p), `"attempts" counts the first one too, so 1 sends nothing again, expected at least 2`).
			WithHint("write 2 for one more, or leave out retry; in a query, retry: null lifts the source's")
		return nil
	}
	return l.wholeNumber(p, 2, MaxRetryAttempts)
}

// causes reads what a query is sent again for.
func (l *loader) causes(p place) []String {
	const want = "a list of network, timeout and statuses such as 429 or 5xx"
	if p.node.Kind != yaml.SequenceNode || l.bad[p.node] {
		problem := l.expected(p, want)
		if p.node.Kind == yaml.ScalarNode && isCause(p.node.Value) {
			problem.WithHint("write on: [%s]", p.node.Value)
		}
		return nil
	}
	if len(p.node.Content) == 0 {
		l.problems.Errorf(l.at(p), "%s is empty, so that nothing is sent again", p.label()).
			WithHint("leave it out for %s", strings.Join(DefaultRetryOn, ", "))
	}
	var all []String
	l.items(p, "", func(item place) {
		if s := l.cause(item); s.IsSet() && !l.causeAgain(all, s) {
			all = append(all, s)
		}
	})
	return all
}

// otherCauses are what others call the causes of a retry.
var otherCauses = map[string]string{
	"connection": CauseNetwork, "connection_error": CauseNetwork, "network_error": CauseNetwork, "reset": CauseNetwork, "refused": CauseNetwork, "dns": CauseNetwork,
	"timeouts": CauseTimeout, "time_out": CauseTimeout, "rate_limit": "429", "server_error": "5xx",
}

func (l *loader) cause(p place) String {
	s := l.constant(p, "network, timeout, or a status such as 429 or 5xx")
	if !s.IsSet() || isCause(s.Value) {
		return s
	}
	problem := l.problems.Errorf(s.Pos, "%q is no cause to send again, expected network, timeout, or a status such as 429 or 5xx", shorten(s.Value))
	lower := strings.ToLower(s.Value)
	if other := otherCauses[lower]; other != "" {
		problem.WithHint("write %s", other)
	} else if isCause(lower) {
		problem.WithHint("write %s", lower)
	} else if near := Closest(lower, []string{CauseNetwork, CauseTimeout}); near != "" {
		problem.WithHint("did you mean %q?", near)
	}
	return String{}
}

func isCause(text string) bool {
	return text == CauseNetwork || text == CauseTimeout || statusSyntax.MatchString(text)
}

// causeAgain reports a cause that the list has already, or has the class of.
func (l *loader) causeAgain(all []String, s String) bool {
	if n := slices.IndexFunc(all, func(o String) bool { return o.Value == s.Value }); n >= 0 {
		l.problems.Errorf(s.Pos, "%q is listed twice, first at %s", s.Value, all[n].Pos)
		return true
	}
	for _, o := range all {
		code, class := s, o
		if strings.HasSuffix(s.Value, "xx") {
			code, class = o, s
		}
		if strings.HasSuffix(class.Value, "xx") && class.Value[0] == code.Value[0] {
			l.problems.Warnf(code.Pos, "the status %s is among %s, which is listed as well", code.Value, class.Value).
				WithHint("leave out the one that is not meant")
		}
	}
	return false
}

// checkRetry reports a retry that can do nothing.
func (l *loader) checkRetry(q *Query, source *Source) {
	r := q.Retry
	switch {
	case r == nil:
	case r.None && q.Poll != nil:
		l.problems.Errorf(r.Pos, `"retry" is null, which lifts nothing here: a query that polls is never retried`).
			WithHint("leave it out")
	case r.None && (source == nil || source.Retry == nil):
		l.problems.Errorf(r.Pos, `"retry" is null, which lifts nothing here: the source has no retry`).
			WithHint("leave it out; nothing is sent again unless retry or poll says so")
	case q.Poll != nil:
		l.problems.Errorf(r.Pos, "a query has both retry and poll, expected one of them").
			WithHint("poll asks until the checks pass, whatever went wrong; retry sends again what failed for a reason that may pass")
	}
}
