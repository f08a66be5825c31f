package assert

import (
	"cmp"
	"slices"
	"strings"

	"github.com/apicel/apicel/spec"
)

// merge puts the expectations of a suite and of one of its queries together:
// of headers, cookies, gjson and xpath the entries, the query's in place of the
// suite's of the same name; of cel both lists; of anything else the query's
// where it has it.
// A null of the query lifts what the suite says; of a key that the suite does
// not have the loader has reported it. Either may be nil.
func merge(suite, query *spec.Expect, ps *spec.Problems) spec.Expect {
	if suite == nil {
		suite = &spec.Expect{}
	}
	if query == nil {
		query = &spec.Expect{}
	}
	base := *suite
	for _, key := range query.Lifted {
		lift(&base, key.Value)
	}
	merged := *query
	merged.Lifted = nil
	merged.Status = either(query.Status, base.Status)
	merged.JSON = cmp.Or(query.JSON, base.JSON)
	merged.Text = cmp.Or(query.Text, base.Text)
	merged.Schema = cmp.Or(query.Schema, base.Schema)
	merged.Snapshot = cmp.Or(query.Snapshot, base.Snapshot)
	merged.CEL = slices.Concat(base.CEL, query.CEL)
	if !query.MaxDuration.IsSet() {
		merged.MaxDuration = base.MaxDuration
	}
	if !query.MaxSize.IsSet() {
		merged.MaxSize = base.MaxSize
	}
	merged.Headers = mergeEntries(base.Headers, query.Headers, sameHeader)
	merged.Cookies = mergeEntries(base.Cookies, query.Cookies, sameText)
	merged.GJSON = mergeEntries(base.GJSON, query.GJSON, sameText)
	merged.XPath = mergeEntries(base.XPath, query.XPath, sameText)
	refuseNulls("header", merged.Headers, ps)
	refuseNulls("cookie", merged.Cookies, ps)
	refuseNulls("node", merged.XPath, ps)
	return merged
}

// lift removes a key from e.
func lift(e *spec.Expect, key string) {
	switch key {
	case "status":
		e.Status = nil
	case "headers":
		e.Headers = nil
	case "cookies":
		e.Cookies = nil
	case "gjson":
		e.GJSON = nil
	case "json":
		e.JSON = nil
	case "text":
		e.Text = nil
	case "xpath":
		e.XPath = nil
	case "cel":
		e.CEL = nil
	case "schema":
		e.Schema = nil
	case "snapshot":
		e.Snapshot = nil
	case "max_duration":
		e.MaxDuration = spec.Duration{}
	case "max_size":
		e.MaxSize = spec.Size{}
	}
}

func either[T any](a, b []T) []T {
	if a != nil {
		return a
	}
	return b
}

func sameHeader(a, b string) bool { return strings.EqualFold(a, b) }

func sameText(a, b string) bool { return a == b }

// mergeEntries gives the suite's entries that the query neither replaces nor
// lifts, then the query's. A null that stands for null, because the suite has
// no such entry, stays.
func mergeEntries(suite, query []spec.Expectation, same func(a, b string) bool) []spec.Expectation {
	if len(suite) == 0 {
		return query
	}
	has := func(list []spec.Expectation, e spec.Expectation) bool {
		return slices.ContainsFunc(list, func(x spec.Expectation) bool { return same(x.Subject.Value, e.Subject.Value) })
	}
	var merged []spec.Expectation
	for _, e := range suite {
		if !has(query, e) {
			merged = append(merged, e)
		}
	}
	for _, e := range query {
		if !isNull(e.Matcher) || !has(suite, e) {
			merged = append(merged, e)
		}
	}
	return merged
}

// isNull tells whether a matcher is the literal null.
func isNull(m spec.Matcher) bool {
	return len(m.Ops) == 0 && m.Literal != nil && m.Literal.Kind == spec.Null
}

// refuseNulls reports a null that lifts nothing among matchers on text, which is
// never null.
func refuseNulls(what string, entries []spec.Expectation, ps *spec.Problems) {
	for _, e := range entries {
		if isNull(e.Matcher) {
			ps.Errorf(e.Matcher.Pos, "a %s is never null, and the suite's expect has no %[1]s %s that this could lift", what, printable(e.Subject.Value)).
				WithHint("to expect that it is not there, write {exists: false}")
		}
	}
}
