package spec

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// phaseOrder is the order in which the phases run.
var phaseOrder = []Phase{PhaseSetup, PhaseQueries, PhaseTeardown}

// maxSuggestions is how many times a file's unknown names are compared with all
// known ones; a file with more mistakes does not need more help.
const maxSuggestions = 100

// check reports what only the whole suite shows.
func (l *loader) check(s *Suite) {
	all := slices.Concat(s.Setup, s.Queries, s.Teardown)
	byName := l.checkNames(all)
	l.checkCaptures(all)
	l.checkSnapshots(all)
	for _, q := range all {
		l.checkAfter(q, byName)
		l.checkLifted(q, s.Expect)
		l.checkRetry(q, s.Source)
		if s.Source != nil {
			l.checkCertificate(q.Auth, s.Source)
			l.checkRemoved("header", q.Headers, s.Source.Headers, strings.EqualFold)
			l.checkRemoved("parameter", q.Params, s.Source.Params, equal)
			l.checkRemoved("cookie", q.Cookies, s.Source.Cookies, equal)
		}
	}
}

// checkNames reports queries that have a name in common and returns all by name.
func (l *loader) checkNames(all []*Query) map[string]*Query {
	byName := make(map[string]*Query, len(all))
	for _, q := range all {
		if !q.Name.IsSet() {
			continue
		}
		if first := byName[q.Name.Value]; first != nil {
			at := q.Name.Pos
			if !q.alias.IsZero() {
				at = q.alias
			}
			l.problems.Errorf(at, "duplicate query name %q, first given at %s", q.Name.Value, first.Name.Pos)
			continue
		}
		byName[q.Name.Value] = q
	}
	return byName
}

// checkCaptures reports names that several queries capture.
func (l *loader) checkCaptures(all []*Query) {
	type capture struct {
		by *Query
		at Pos
	}
	made := map[string]capture{}
	for _, q := range all {
		for _, c := range q.Capture {
			first, ok := made[c.Name.Value]
			if !ok {
				made[c.Name.Value] = capture{q, c.Name.Pos}
				continue
			}
			at := c.Name.Pos
			if at == first.at { // repeated by an alias, of the captures or of the query
				at = q.Name.Pos
				if q.Name.Value == first.by.Name.Value {
					continue // reported as a query of the same name
				}
			}
			l.problems.Errorf(at, "capture %q is already made by %s at %s", c.Name.Value, first.by.label(), first.at).
				WithHint("a name has one query; choose another name")
		}
	}
}

// label is what messages call the query.
func (q *Query) label() string {
	if !q.Name.IsSet() {
		return "another query"
	}
	return "query " + strconv.Quote(q.Name.Value)
}

// checkAfter reports names in after of which no query runs before q.
func (l *loader) checkAfter(q *Query, byName map[string]*Query) {
	for _, a := range q.After {
		switch other := byName[a.Value]; {
		case a.Value == q.Name.Value:
			l.problems.Errorf(a.Pos, "the query %q is to run after itself", a.Value)
		case other == nil:
			l.problems.Errorf(a.Pos, "no query is named %q", a.Value).Hint = l.suggestQuery(a.Value, q, byName)
		case other.laterThan(q):
			l.problems.Errorf(a.Pos, "the query %q runs later, in %s", a.Value, other.Phase).
				WithHint("a query can wait for queries of its own phase and of earlier ones")
		}
	}
}

// suggestQuery is the hint for the name of a query that there is not.
func (l *loader) suggestQuery(name string, q *Query, byName map[string]*Query) string {
	if l.suggestions++; l.suggestions > maxSuggestions {
		return ""
	}
	var names []string
	for n := range byName {
		if n != q.Name.Value {
			names = append(names, n)
		}
	}
	slices.Sort(names) // of equally near names always the same is suggested
	if c := Closest(name, names); c != "" {
		return `did you mean "` + c + `"?`
	}
	names = slices.DeleteFunc(names, func(n string) bool { return byName[n].laterThan(q) })
	switch more := len(names) - maxNamed; {
	case len(names) == 0:
		return "there is none that this query can wait for; leave after out"
	case len(names) == 1:
		return "the only query that this one can wait for is " + quoted(names)
	case more > 1:
		return "the queries that this one can wait for are " + quoted(names[:maxNamed]) + " and " + strconv.Itoa(more) + " more"
	}
	return "the queries that this one can wait for are " + quoted(names)
}

// maxNamed is how many queries a hint names; one more is named, too.
const maxNamed = 10

// laterThan tells whether q runs in a later phase than other.
func (q *Query) laterThan(other *Query) bool {
	return slices.Index(phaseOrder, q.Phase) > slices.Index(phaseOrder, other.Phase)
}

func quoted(names []string) string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = strconv.Quote(shorten(n))
	}
	return strings.Join(list, ", ")
}

func equal(a, b string) bool { return a == b }

// checkRemoved reports a null that removes nothing.
func (l *loader) checkRemoved(what string, own, inherited []Field, same func(a, b string) bool) {
	for _, f := range own {
		if f.Remove && !slices.ContainsFunc(inherited, func(i Field) bool { return same(i.Name.Value, f.Name.Value) }) {
			l.problems.Errorf(f.Name.Pos, "the %s %q is null, which removes nothing: the source has no such %s",
				what, f.Name.Value, what)
		}
	}
}

// checkLifted reports a null that lifts no check of the suite.
func (l *loader) checkLifted(q *Query, suite *Expect) {
	if q.Expect == nil {
		return
	}
	for _, key := range q.Expect.Lifted {
		if suite == nil || !suite.gives(key.Value) {
			l.liftsNothing(key, "the suite's expect says nothing of it")
		}
	}
}

// gives tells whether e has checks under the key.
func (e *Expect) gives(key string) bool {
	return map[string]bool{
		"status":       len(e.Status) > 0,
		"headers":      len(e.Headers) > 0,
		"cookies":      len(e.Cookies) > 0,
		"gjson":        len(e.GJSON) > 0,
		"json":         e.JSON != nil,
		"text":         e.Text != nil,
		"xpath":        len(e.XPath) > 0,
		"cel":          len(e.CEL) > 0,
		"schema":       e.Schema != nil,
		"snapshot":     e.Snapshot != nil,
		"max_duration": e.MaxDuration.IsSet(),
		"max_size":     e.MaxSize.IsSet(),
	}[key]
}

// checkSnapshots reports answers that would share a file, so that what it holds
// depended on which of them came last.
func (l *loader) checkSnapshots(all []*Query) {
	first := map[string]*Query{}
	for _, q := range all {
		if q.Expect == nil || q.Expect.Snapshot == nil || q.Expect.Snapshot.Path.HoldsTemplate() {
			continue
		}
		file := q.Expect.Snapshot.Path
		if q.Each != nil {
			l.problems.Errorf(file.Pos, "all rows of this query would share one snapshot").
				WithHint("write what tells them apart into its path, such as ${row_index}")
		}
		name := path.Clean(file.Value)
		other := first[name]
		if other == nil {
			first[name] = q
			continue
		}
		at := file.Pos
		if at == other.Expect.Snapshot.Path.Pos { // repeated by an alias
			at = q.Pos
		}
		l.problems.Errorf(at, "%s has the same snapshot, at %s", other.label(), other.Expect.Snapshot.Path.Pos).
			WithHint("give each query a file of its own")
	}
}
