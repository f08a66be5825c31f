package cli

import (
	"runtime/debug"

	"github.com/apicel/apicel/runner"
)

// guardedSink hands events on until that panics, which is a fault of apicel. The
// run goes on: its teardown and its reports matter more than its console.
type guardedSink struct {
	app    *app
	next   runner.Sink
	broken bool
}

// Handle implements runner.Sink.
func (s *guardedSink) Handle(e runner.Event) { s.guard(func() { s.next.Handle(e) }) }

// Flush implements runner.Flusher.
func (s *guardedSink) Flush() {
	if f, ok := s.next.(runner.Flusher); ok {
		s.guard(f.Flush)
	}
}

func (s *guardedSink) guard(do func()) {
	if s.broken {
		return
	}
	defer func() {
		if value := recover(); value != nil {
			s.broken = true
			s.app.fault("the console", value, debug.Stack())
		}
	}()
	do()
}
