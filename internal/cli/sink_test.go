package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/apicel/apicel/runner"
)

type panickingSink struct{ handled int }

func (s *panickingSink) Handle(runner.Event) {
	s.handled++
	panic("cannot print hunter2-hunter2")
}

// A console that panics is reported once, without secrets, and left alone then.
func TestGuardedSink(t *testing.T) {
	var stderr bytes.Buffer
	a := newApp(Command{Stderr: &stderr})
	a.redactor.Add("token", "hunter2-hunter2")
	inner := &panickingSink{}
	sink := &guardedSink{app: a, next: inner}
	sink.Handle(runner.SuiteFinished{})
	sink.Handle(runner.SuiteFinished{})
	text := stderr.String()
	if !sink.broken || inner.handled != 1 {
		t.Errorf("broken %t, handled %d events", sink.broken, inner.handled)
	}
	if strings.Contains(text, "hunter2") || strings.Count(text, "internal error in the console: cannot print ***") != 1 {
		t.Errorf("said\n%s", text)
	}
}
