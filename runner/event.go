package runner

import "time"

// Event is something that happened during a run: one of SuiteStarted, RowsMade,
// QueryStarted, AttemptFinished, QueryFinished and SuiteFinished. Events of one suite come in
// the order in which things happened; those of different suites mix.
type Event interface{ event() }

// SuiteStarted says that a suite begins. All suites begin together, in the
// order given, before anything else happens. Bad suites begin and finish too.
type SuiteStarted struct {
	Suite *SuiteReport
	// Queries is the number of queries that it will report, an each counted as
	// one until its rows are made.
	Queries int
}

// RowsMade says how many rows the each of a query has.
type RowsMade struct {
	Suite *SuiteReport
	Query string // the name as written
	Rows  int
}

// QueryStarted says that a query, or a row of it, is about to be sent for the
// first time, unless its if turns out false. What is skipped for another reason
// has no QueryStarted. Of its report only what is known before may be read: name,
// phase, file, line, row, tags and method.
type QueryStarted struct {
	Suite *SuiteReport
	Query *QueryReport
}

// AttemptFinished says that an attempt of a poll or a retry did not pass and
// that another one will follow. The last attempt is told by QueryFinished.
type AttemptFinished struct {
	Suite   *SuiteReport
	Query   *QueryReport
	Attempt *AttemptReport
	// Wait is the time until the next attempt.
	Wait time.Duration
}

// QueryFinished says that a query, or a row of it, has its verdict.
type QueryFinished struct {
	Suite *SuiteReport
	Query *QueryReport
}

// SuiteFinished says that a suite is done, its teardown included; its report
// is complete.
type SuiteFinished struct{ Suite *SuiteReport }

func (SuiteStarted) event()    {}
func (RowsMade) event()        {}
func (QueryStarted) event()    {}
func (AttemptFinished) event() {}
func (QueryFinished) event()   {}
func (SuiteFinished) event()   {}

// Sink receives the events of a run, one at a time, on one goroutine. The run
// goes on while Handle works; it ends when every event has been handled.
//
// A query's report in AttemptFinished is a copy, in QueryFinished it is final; for QueryStarted see there. Of a
// suite's report only what is known before the run (name, file, tags, base URL,
// problems) may be read before SuiteFinished.
type Sink interface{ Handle(Event) }

// Flusher is a Sink that is told, after some events, that no other is there yet:
// the time to write what it has gathered.
type Flusher interface{ Flush() }
