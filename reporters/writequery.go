package reporters

import (
	"io"

	"github.com/apicel/apicel/runner"
)

// WriteQuery prints one query as a Console does: its line and, where it failed,
// what was wrong, the exchange, and a command that sends it again. It returns the
// first error of w.
func WriteQuery(w io.Writer, q *runner.QueryReport, color bool) error {
	p := &printer{style: style(color), limits: consoleLimits}
	p.query(q, false)
	_, err := w.Write(defuse(p.out.Bytes()))
	return err
}
