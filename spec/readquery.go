package spec

import (
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// queryForm is a query while it is read: there are two ways to say which
// request it sends, of which it must use one.
type queryForm struct {
	*Query
	shorthands []String
	methodKey  String
	pathKey    String
}

var queryFields = fields[queryForm]{
	"name": func(l *loader, q *queryForm, p place) {
		q.Name = l.nonEmpty(p, "a name")
		if q.alias.IsZero() {
			q.alias = p.alias
		}
	},
	"tags":      func(l *loader, q *queryForm, p place) { q.Tags = l.tags(p) },
	"get":       shorthand,
	"head":      shorthand,
	"post":      shorthand,
	"put":       shorthand,
	"patch":     shorthand,
	"delete":    shorthand,
	"options":   shorthand,
	"method":    func(l *loader, q *queryForm, p place) { q.methodKey, q.Method = p.key, l.method(p) },
	"path":      func(l *loader, q *queryForm, p place) { q.pathKey, q.Path = p.key, l.path(p) },
	"params":    func(l *loader, q *queryForm, p place) { q.Params = l.params(p, true) },
	"headers":   func(l *loader, q *queryForm, p place) { q.Headers = l.headers(p, true) },
	"cookies":   func(l *loader, q *queryForm, p place) { q.Cookies = l.cookies(p, true) },
	"auth":      func(l *loader, q *queryForm, p place) { q.Auth = l.auth(p) },
	"body":      func(l *loader, q *queryForm, p place) { q.Body = l.body(p) },
	"timeout":   func(l *loader, q *queryForm, p place) { q.Timeout = l.duration(p) },
	"redirects": func(l *loader, q *queryForm, p place) { q.Redirects = l.redirects(p) },
	"retry":     func(l *loader, q *queryForm, p place) { q.Retry = l.retry(p, true) },
	"after":     func(l *loader, q *queryForm, p place) { q.After = l.after(p) },
	"safe":      func(l *loader, q *queryForm, p place) { q.Safe = l.flag(p) },
	"if":        func(l *loader, q *queryForm, p place) { q.If = l.cel(p) },
	"skip":      func(l *loader, q *queryForm, p place) { q.Skip = l.reason(p) },
	"each":      func(l *loader, q *queryForm, p place) { q.Each = l.each(p) },
	"poll":      func(l *loader, q *queryForm, p place) { q.Poll = l.poll(p) },
	"expect":    func(l *loader, q *queryForm, p place) { q.Expect = l.expect(p, q.Phase) },
	"capture":   func(l *loader, q *queryForm, p place) { q.Capture = l.captures(p) },
}

func (l *loader) queries(p place, phase Phase) []*Query {
	var queries []*Query
	ok := l.items(p, "a list of queries", func(item place) {
		item.name = "a query"
		if q := l.query(item, phase); q != nil {
			queries = append(queries, q)
		}
	})
	if ok && len(p.node.Content) == 0 && phase == PhaseQueries {
		l.problems.Errorf(p.key.Pos, "a suite without queries checks nothing")
	}
	return queries
}

func (l *loader) query(p place, phase Phase) *Query {
	q := &queryForm{Query: &Query{Phase: phase, alias: p.alias}}
	t := Table{"a query", QueryKeys}
	if !read(l, p, t, queryFields, q) {
		return nil
	}
	q.Pos, q.Lines = l.nodePos(p.node), l.linesOf(p.node)
	l.checkWay(q, meant(p, t))
	if q.Name.IsSet() {
		q.Pos = q.Name.Pos
	}
	return q.Query
}

// shorthand reads `get: PATH` and its like.
func shorthand(l *loader, q *queryForm, p place) {
	q.shorthands = append(q.shorthands, p.key)
	if len(q.shorthands) > 1 || q.methodKey.IsSet() || q.pathKey.IsSet() {
		return
	}
	q.Method = String{Value: strings.ToUpper(p.key.Value), Pos: p.key.Pos}
	q.Path = l.path(p)
}

// checkWay reports where a query does not say exactly once what it sends.
// Meant are the keys that unknown ones were probably meant to be.
func (l *loader) checkWay(q *queryForm, meant []string) {
	long := q.methodKey
	if !long.IsSet() {
		long = q.pathKey
	}
	switch {
	case len(q.shorthands) > 1:
		l.problems.Errorf(q.shorthands[1].Pos, "a query has both %q and %q, expected one of them",
			q.shorthands[0].Value, q.shorthands[1].Value)
	case len(q.shorthands) == 1 && long.IsSet():
		l.problems.Errorf(long.Pos, "a query has both %q and %q, expected one of them", q.shorthands[0].Value, long.Value).
			WithHint("write either %s: PATH, or method and path", q.shorthands[0].Value)
	case len(q.shorthands) == 1 || q.methodKey.IsSet() && q.pathKey.IsSet():
	case q.methodKey.IsSet():
		l.problems.Errorf(long.Pos, `missing key "path" in a query that has "method"`)
	case q.pathKey.IsSet():
		l.problems.Errorf(long.Pos, `missing key "method" in a query that has "path"`)
	case !slices.ContainsFunc(meant, saysWay):
		l.problems.Errorf(q.Pos, "a query says neither its method nor its path").WithHint("write, for example, get: /path")
	}
}

// saysWay tells whether a key of a query says what it sends.
func saysWay(key string) bool {
	return key == "method" || key == "path" || slices.Contains(shorthands, key)
}

func (l *loader) method(p place) String {
	s := l.constant(p, "a method")
	switch {
	case !s.IsSet():
	case !token.MatchString(s.Value):
		l.problems.Errorf(s.Pos, "%q is not a method", s.Value).WithHint("write one like GET or PROPFIND")
	case s.Value != strings.ToUpper(s.Value):
		l.problems.Errorf(s.Pos, "the method %q is not in capital letters", s.Value).
			WithHint("write %s", strings.ToUpper(s.Value))
	}
	return s
}

func (l *loader) path(p place) String {
	if isNull(p.node) && !l.bad[p.node] {
		l.expected(p, "a path").WithHint(`write "" for the base URL itself`)
		return String{}
	}
	s, _ := l.textOf(p, "a path")
	l.checkForeign(s)
	l.checkURLPath(s)
	return s
}

func (l *loader) after(p place) []String {
	want := "a list of names of queries"
	if p.node.Kind == yaml.ScalarNode && !isNull(p.node) {
		l.expected(p, want).WithHint("write after: [%s]", p.node.Value)
		return nil
	}
	if p.node.Kind == yaml.SequenceNode && len(p.node.Content) == 0 {
		l.problems.Errorf(l.at(p), "%s is an empty list, expected at least one name of a query", p.label())
	}
	var names []String
	l.items(p, want, func(item place) {
		s := l.nonEmpty(item, "the name of a query")
		if !s.IsSet() {
			return
		}
		if n := slices.IndexFunc(names, func(o String) bool { return o.Value == s.Value }); n >= 0 {
			l.problems.Errorf(s.Pos, "%q is listed twice, first at %s", s.Value, names[n].Pos)
			return
		}
		names = append(names, s)
	})
	return names
}

// reason reads why a query is skipped. Skip: false would skip, so it is refused.
func (l *loader) reason(p place) String {
	if p.node.Kind == yaml.ScalarNode && isPlain(p.node) && p.node.Tag == "!!bool" {
		l.expected(p, "the reason as text").WithHint("write why, such as skip: waits for the new API; for a condition there is if")
		return String{}
	}
	return l.nonEmpty(p, "the reason as text")
}

var eachFields = fields[Each]{"csv": eachFile, "json": eachFile, "jsonl": eachFile, "yaml": eachFile}

// eachFile reads the path of a file of rows, whose format the key says.
func eachFile(l *loader, e *Each, p place) { e.Format, e.Path = p.key.Value, l.filePath(p) }

func (l *loader) each(p place) *Each {
	e := &Each{Pos: p.key.Pos}
	switch {
	case p.node.Kind == yaml.SequenceNode:
		if len(p.node.Content) == 0 {
			l.problems.Warnf(l.at(p), "%s is an empty list, so the query is never sent", p.label()).
				WithHint("write a row, or say with skip: REASON why the query is not sent")
		}
		l.items(p, "", func(item place) {
			if v, ok := l.value(item); ok {
				e.Rows = append(e.Rows, v)
			}
		})
		return e
	case p.node.Kind == yaml.ScalarNode && wholeTemplate(p.node.Value):
		e.Expr = l.scalar(p.node)
		return e
	case p.node.Kind == yaml.MappingNode && len(meant(p, eachTable))+l.given(p, keyNames(EachKeys)) > 0:
		l.exactlyOne(p, Table{"each", EachKeys}, keyNames(EachKeys)...)
		read(l, p, eachTable, eachFields, e)
		return e
	case l.openTemplate(p):
		return e
	}
	problem := l.expected(p, "a list of rows, a file of rows, or an expression: ${ … }")
	if kind := strings.TrimPrefix(path.Ext(p.node.Value), "."); hasKey(EachKeys, kind) {
		problem.WithHint("write each: {%s: %s}", kind, p.node.Value)
	} else if p.node.Kind == yaml.ScalarNode && holdsTemplate(p.node.Value) {
		problem.WithHint("write one ${ … } and nothing around it")
	} else if p.node.Kind == yaml.MappingNode {
		problem.WithHint("write a list, also of one row: each: [{…}]; a file of rows is each: {csv: PATH}, or json, jsonl, yaml")
	}
	return e
}

var eachTable = Table{"rows from a file", EachKeys}

var pollFields = fields[Poll]{
	"interval": func(l *loader, o *Poll, p place) { o.Interval = l.duration(p) },
	"timeout":  func(l *loader, o *Poll, p place) { o.Timeout = l.duration(p) },
	"give_up":  func(l *loader, o *Poll, p place) { o.GiveUp = l.cel(p) },
}

func (l *loader) poll(p place) *Poll {
	o := &Poll{Pos: p.key.Pos}
	if !read(l, p, Table{"a poll", PollKeys}, pollFields, o) {
		return nil
	}
	return o
}
