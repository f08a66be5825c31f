package runner

import (
	"context"
	"fmt"

	"cel.dev/cel-go/common/types/ref"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/spec"
)

// newRow makes a row and its report.
func (r *run) newRow(n *node, name string, index int) *row {
	q := n.q
	if name == "" {
		name = q.spec.Name.Value // an each without rows
	}
	w := &row{node: n, index: index, report: &QueryReport{
		Tags: n.tags, Needed: q.needed,
		Name: r.plan.redactor.Redact(name), Phase: string(q.phase()), Line: q.spec.Pos.Line,
		Method: q.spec.Method.Value, Path: r.plan.redactor.Redact(q.spec.Path.Value),
	}}
	if q.each() {
		w.report.Query = r.plan.redactor.Redact(q.spec.Name.Value)
	}
	if q.spec.Pos.File != nil {
		w.report.File = q.spec.Pos.File.Name
	}
	return w
}

// newRows makes the rows of an each. Rows whose name does not tell them apart
// are numbered: "name [0]", or "name (2)" where the name reads the row. It runs
// without the run's lock, since names may take long.
func (r *run) newRows(ctx context.Context, n *node) ([]*row, error) {
	values, err := n.rowValues(ctx, r.plan.seed)
	if err != nil {
		return nil, err
	}
	taken := make(names, len(values))
	rows := make([]*row, len(values))
	snapshots := map[string]int{} // the row that each snapshot belongs to
	for i, v := range values {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		name, err := n.q.showName(ctx, v, i)
		rows[i] = r.newRow(n, taken.take(name, n.suite.names), i)
		rows[i].value, rows[i].nameErr = v, err
		rows[i].report.RowIndex = &rows[i].index
		if err == nil {
			rows[i].nameErr = n.q.ownSnapshot(ctx, v, i, snapshots)
		}
	}
	return r.selectedRows(n.q, rows), nil
}

// ownSnapshot refuses a row whose snapshot is that of an earlier one: which of
// them it is compared with would be a matter of timing.
func (q *query) ownSnapshot(ctx context.Context, value ref.Val, index int, taken map[string]int) error {
	if q.checks == nil {
		return nil
	}
	a := q.suite.activation()
	a.Row, a.RowIndex = value, index
	path, at := q.checks.SnapshotPath(ctx, a)
	if path == "" {
		return nil
	}
	if first, ok := taken[path]; ok {
		return &expr.EvalError{
			Pos: at, Message: fmt.Sprintf("row %d has the same snapshot, %s", first, path),
			Hint: "give each row a path of its own, such as name-${row_index}.json",
		}
	}
	taken[path] = index
	return nil
}

// showName evaluates a query's name. One that cannot be evaluated is shown as written.
func (q *query) showName(ctx context.Context, value ref.Val, index int) (string, error) {
	a := q.suite.activation()
	a.Row, a.RowIndex = value, index
	name, err := q.name.Text(ctx, a)
	if err != nil {
		name = q.spec.Name.Value
	}
	if refs := q.name.Refs(); value != nil && !refs.Row && !refs.RowIndex {
		name += fmt.Sprintf(" [%d]", index)
	}
	return name, err
}

// expand makes the rows of an each ready.
func (r *run) expand(n *node) {
	ctx := r.contextOf(n)
	rows, err := r.guardedRows(ctx, n)
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.settle()
	switch {
	case err != nil && stopped(ctx):
		r.skip(n, r.stoppedReason(n), SkipStopped)
	case err != nil:
		w := r.newRow(n, "", 0)
		w.report.Status, w.report.Error = StatusErrored, r.evalError(n.q, err)
		n.rows, n.left = []*row{w}, 1
		r.finishRow(w)
	case len(rows) == 0:
		r.skip(n, "each has no rows", SkipNoRows)
	default:
		r.events.put(RowsMade{n.suite.report, r.plan.redactor.Redact(n.q.spec.Name.Value), len(rows)})
		r.addRows(n, rows)
	}
}

// contextOf returns the context that ends when n must not go on.
func (r *run) contextOf(n *node) context.Context {
	if n.q.phase() == spec.PhaseTeardown {
		return n.suite.teardown
	}
	return r.ctx
}

func (n *node) rowValues(ctx context.Context, seed uint64) ([]ref.Val, error) {
	a := n.suite.suite.activation()
	a.Captures = n.reads
	a.Rand = expr.Stream(seed, n.q.suite.id, n.q.spec.Name.Value+" rows", 0)
	if n.q.hasFileRows {
		values := make([]ref.Val, len(n.q.fileRows))
		for i, row := range n.q.fileRows {
			values[i] = expr.FromJSON([]byte(row))
		}
		return values, nil
	}
	if n.q.eachExpr == nil {
		values := make([]ref.Val, len(n.q.rows))
		for i, j := range n.q.rows {
			data, err := j.Bytes(ctx, a)
			if err != nil {
				return nil, err
			}
			values[i] = expr.FromJSON(data)
		}
		return values, nil
	}
	v, err := n.q.eachExpr.Eval(ctx, a)
	if err != nil {
		return nil, err
	}
	values, ok := expr.Elements(v)
	if !ok {
		return nil, &expr.EvalError{Pos: n.q.eachExpr.Source().Pos, Message: fmt.Sprintf("each gives a value of type %s, expected a list of rows", v.Type().TypeName())}
	}
	return values, nil
}
