package runner

import (
	"context"
	"errors"

	"github.com/apicel/apicel/internal/secret"
	"github.com/apicel/apicel/spec"
)

// A panic is a bug. It must not end the run, since teardown and the reports
// would be lost, and what it holds must not be shown, since that may quote a
// secret. The functions here turn it into an error at the place where it hurts.

var errBug = errors.New("a bug in apicel ended this; please report it with the suite")

// guardedCompile is compileSuite with a panic as a problem of the file.
func guardedCompile(in suiteInput, o CompileOptions, red *secret.Redactor) (c *suite) {
	defer func() {
		if recover() != nil {
			c = &suite{spec: in.spec, index: in.index}
			pos := spec.Pos{Line: 1, Col: 1}
			if in.spec != nil {
				c.problems, pos.File = in.spec.Problems, in.spec.File
			}
			c.problems.Errorf(pos, "%v", errBug)
		}
	}()
	return compileSuite(in, o, red)
}

// guardedAttempt is attempt with a panic as an error of the query.
func (r *run) guardedAttempt(ctx context.Context, w *row) (res result) {
	defer func() {
		if recover() != nil {
			res = r.unsent(w.node.q, result{started: w.report.Started, report: AttemptReport{Number: w.attempts}}, errBug)
		}
	}()
	return r.attempt(ctx, w)
}

// guardedRows is newRows with a panic as an error of the query.
func (r *run) guardedRows(ctx context.Context, n *node) (rows []*row, err error) {
	defer func() {
		if recover() != nil {
			rows, err = nil, errBug
		}
	}()
	return r.newRows(ctx, n)
}
