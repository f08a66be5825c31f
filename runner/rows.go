package runner

import (
	"context"
	"errors"
	"fmt"
	"io"

	"cel.dev/cel-go/common/types/ref"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/spec"
)

// rowWindow is how many rows of an each wait to be sent at most. The next ones are
// made when half of them have begun, so that a run holds few of many rows.
const rowWindow = 1000

// rowMaker makes the rows of an each, in their order.
type rowMaker struct {
	value     func() (ref.Val, error) // the next one's
	close     func()
	total     int
	made      int
	names     names
	snapshots map[string]int // the row that each snapshot belongs to
}

// newRow makes a row and its report.
func (r *run) newRow(n *node, name string, index int) *row {
	q := n.q
	if name == "" {
		name = q.spec.Name.Value // an each without rows
	}
	w := &row{node: n, index: index, report: &QueryReport{
		Tags: n.tags, Needed: q.needed, Query: n.written,
		Name: r.plan.redactor.Redact(name), Phase: string(q.phase()), Line: q.spec.Pos.Line,
		Method: q.spec.Method.Value, Path: n.path,
	}}
	if q.spec.Pos.File != nil {
		w.report.File = q.spec.Pos.File.Name
	}
	return w
}

// newRows makes the next window of rows of an each. Rows whose name does not tell
// them apart are numbered: "name [0]", or "name (2)" where the name reads the
// row. It runs without the run's lock, since names may take long; a node has one
// task at a time that does this. Rows that were made are returned with an error, too.
func (r *run) newRows(ctx context.Context, n *node) ([]*row, error) {
	if n.maker == nil {
		m, err := n.newMaker(ctx, r.plan.seed)
		if err != nil {
			return nil, err
		}
		n.maker = m
	}
	m := n.maker
	size := min(rowWindow, m.total-m.made)
	if r.o.Shuffle != nil {
		size = m.total // any of them may be the first
	}
	rows := make([]*row, 0, size)
	for range size {
		if ctx.Err() != nil {
			return rows, context.Cause(ctx)
		}
		v, err := m.value()
		if err != nil {
			return rows, err
		}
		name, err := n.q.showName(ctx, v, m.made)
		w := r.makeRow(n, name)
		if w.value, w.nameErr = v, err; err == nil {
			w.nameErr = n.q.ownSnapshot(ctx, v, w.index, m.snapshots)
		}
		rows = append(rows, w)
	}
	return r.selectedRows(n.q, rows), nil
}

// makeRow makes the next row of an each.
func (r *run) makeRow(n *node, name string) *row {
	m := n.maker
	w := r.newRow(n, m.names.take(name, n.suite.names), m.made)
	index := m.made
	w.report.RowIndex = &index
	m.made++
	return w
}

// restOfRows makes the rows that are left when a run is stopped, which are skipped. Their
// names are as written: evaluating them may be what took so long.
func (r *run) restOfRows(n *node) []*row {
	var rows []*row
	for n.maker.made < n.maker.total {
		rows = append(rows, r.makeRow(n, fmt.Sprintf("%s [%d]", n.q.spec.Name.Value, n.maker.made)))
	}
	return rows
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

// expand makes the next rows of an each ready.
func (r *run) expand(n *node) {
	ctx := r.contextOf(n)
	first := n.maker == nil
	rows, err := r.guardedRows(ctx, n)
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.settle()
	n.expanding, n.unmade = false, false
	if n.maker == nil {
		r.cannotExpand(ctx, n, err)
		return
	}
	m := n.maker
	cut := err != nil && stopped(ctx)
	if first && m.total > 0 && !cut {
		r.events.put(RowsMade{n.suite.report, n.written, m.total})
	}
	switch {
	case m.total == 0:
		r.skip(n, "each has no rows", SkipNoRows)
	case cut && first:
		r.skip(n, r.stoppedReason(n), SkipStopped)
	case cut:
		r.addRows(n, append(rows, r.restOfRows(n)...))
	case err != nil:
		w := r.makeRow(n, fmt.Sprintf("%s [%d]", n.q.spec.Name.Value, m.made))
		r.addRows(n, rows)
		r.addErrored(n, w, err)
	default:
		n.unmade = m.made < m.total
		r.addRows(n, rows)
	}
	if !n.unmade {
		m.close()
		n.maker = nil
	}
}

// cannotExpand ends an each whose rows cannot be had at all.
func (r *run) cannotExpand(ctx context.Context, n *node, err error) {
	if stopped(ctx) {
		r.skip(n, r.stoppedReason(n), SkipStopped)
		return
	}
	r.addErrored(n, r.newRow(n, "", 0), err)
}

// addErrored adds a row that stands for those that cannot be made.
func (r *run) addErrored(n *node, w *row, err error) {
	w.report.Status, w.report.Error = StatusErrored, r.evalError(n.q, err)
	n.reports = append(n.reports, w.report)
	n.left++
	r.finishRow(w)
}

// begins notes that a row begins, and has the next ones made in time.
func (r *run) begins(n *node) {
	n.queued--
	if n.unmade && !n.expanding && n.queued <= rowWindow/2 {
		n.expanding = true
		r.ready.push(task{node: n})
		r.wake.Signal()
	}
}

// contextOf returns the context that ends when n must not go on.
func (r *run) contextOf(n *node) context.Context {
	if n.q.phase() == spec.PhaseTeardown {
		return n.suite.teardown
	}
	return r.ctx
}

// newMaker returns what makes the rows of n. Rows of a file are read when they are
// needed, others are all evaluated here.
func (n *node) newMaker(ctx context.Context, seed uint64) (*rowMaker, error) {
	m := &rowMaker{names: names{}, snapshots: map[string]int{}, close: func() {}}
	if f := n.q.rowFile; f != nil {
		rows, closeFile, err := f.open()
		if err != nil {
			return nil, err
		}
		m.total, m.close = f.rows, closeFile
		m.value = func() (ref.Val, error) {
			row, err := rows.next()
			if errors.Is(err, io.EOF) || errors.Is(err, errNotJSON) {
				err = fmt.Errorf("%s was changed while the run read it", f.name())
			}
			return expr.FromJSON([]byte(row)), err
		}
		return m, nil
	}
	values, err := n.rowValues(ctx, seed)
	if err != nil {
		return nil, err
	}
	m.total = len(values)
	m.value = func() (ref.Val, error) {
		v := values[0]
		values = values[1:]
		return v, nil
	}
	return m, nil
}

func (n *node) rowValues(ctx context.Context, seed uint64) ([]ref.Val, error) {
	a := n.suite.suite.activation()
	a.Captures = n.reads
	a.Rand = expr.Stream(seed, n.q.suite.id, n.q.spec.Name.Value+" rows", 0)
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
