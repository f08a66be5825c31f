package runner

import (
	"fmt"
	"strings"

	"github.com/apicel/apicel/spec"
)

// unreachable warns of queries that can never be sent, since something that
// they need never is. It says so once for each cause, at its place.
func (b *builder) unreachable() {
	needed := map[*query][]*query{}
	for _, q := range b.suite.queries {
		for _, n := range q.needs {
			needed[n.query] = append(needed[n.query], q)
		}
	}
	for _, q := range b.suite.queries {
		why, pos := q.neverSent()
		if why == "" {
			continue
		}
		if lost := dependents(q, needed); len(lost) > 0 {
			b.suite.problems.Warnf(pos, "%q %s, and so %s never sent: %s", q.spec.Name.Value, why, isAre(len(lost)), strings.Join(lost, ", "))
		}
	}
}

func isAre(n int) string {
	if n == 1 {
		return "one query that needs it is"
	}
	return fmt.Sprintf("%d queries that need it are", n)
}

// neverSent says why a query is never sent and where that stands, or is "".
func (q *query) neverSent() (why string, pos spec.Pos) {
	switch {
	case q.spec.Skip.IsSet():
		return "is skipped", q.spec.Skip.Pos
	case q.rowFile != nil && q.rowFile.rows == 0:
		return "has no rows", q.spec.Each.Path.Pos
	case q.rows != nil && len(q.rows) == 0:
		return "has no rows", q.spec.Each.Pos
	}
	return "", spec.Pos{}
}

// dependents are the names of the queries that need q, directly or by way of
// others, those that are never sent for a reason of their own left out.
func dependents(q *query, needed map[*query][]*query) []string {
	var names []string
	seen := map[*query]bool{q: true}
	for todo := needed[q]; len(todo) > 0; todo = todo[1:] {
		next := todo[0]
		if own, _ := next.neverSent(); own != "" || seen[next] {
			continue
		}
		seen[next] = true
		names = append(names, fmt.Sprintf("%q", next.spec.Name.Value))
		todo = append(todo, needed[next]...)
	}
	return names
}
