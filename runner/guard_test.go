package runner

import (
	"context"
	"strings"
	"testing"

	"github.com/apicel/apicel/internal/secret"
	"github.com/apicel/apicel/spec"
)

// A query that makes a worker panic (its path is missing, which the loader
// never lets through) ends as an error that shows nothing of the panic.
func TestPanicIsAnErrorOfTheQuery(t *testing.T) {
	s := spec.Parse(spec.NewFile("panic.apicel.yaml", []byte(`
source: {base_url: "http://127.0.0.1:1"}
queries:
  - {name: panics, get: /}
teardown:
  - {name: clean up, get: /}
`)))
	p := Compile([]*spec.Suite{s}, CompileOptions{})
	p.suites[0].queries[0].path = nil
	r := p.Run(context.Background(), RunOptions{}, discard{})
	q := r.Suites[0].Queries[0]
	if q.Status != StatusErrored || q.Error == nil || !strings.Contains(q.Error.Message, "a bug in apicel") {
		t.Errorf("%s: %+v", q.Status, q.Error)
	}
}

func TestPanicInCompileIsAProblem(t *testing.T) {
	c := guardedCompile(suiteInput{}, CompileOptions{}, secret.NewRedactor())
	if !c.bad() {
		t.Error("no problem")
	}
}

type discard struct{}

func (discard) Handle(Event) {}
