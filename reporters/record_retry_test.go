package reporters_test

import (
	"time"

	"github.com/apicel/apicel/runner"
)

const stockFile = "examples/_failing/stock.apicel.yaml"

// retrySuite is what a run leaves of queries that were tried again, of rows, of
// tags, and of queries that were only run since others need them.
func retrySuite() *runner.SuiteReport {
	const prices = "price of ${row.sku}"
	at := func(q *runner.QueryReport, after float64) *runner.QueryReport {
		q.Started = epoch.Add(ms(after).Duration())
		return q
	}
	tagged := func(q runner.QueryReport, tags ...string) runner.QueryReport {
		q.Tags = append([]string{"stock"}, tags...)
		return q
	}
	row := func(i int, q runner.QueryReport) runner.QueryReport {
		q.Query, q.RowIndex = prices, &i
		return tagged(q, "rows")
	}
	login := tagged(passed(201, 8.2, 1))
	login.Phase, login.Needed = "setup", true
	return &runner.SuiteReport{
		Name: "Stock", File: stockFile, Tags: []string{"stock"}, BaseURL: "http://127.0.0.1:8080/v1",
		Status: runner.StatusFailed, Duration: ms(3_720),
		Waits: []runner.Waits{
			{Query: "list warehouses", Needs: []string{"open a session"}},
			{Query: "stock of warehouse 7", Needs: []string{"list warehouses"}},
			{Query: prices, Needs: []string{"open a session"}},
			{Query: "book a delivery", Needs: []string{"list warehouses"}, Order: []string{"stock of warehouse 7", prices}},
		},
		Queries: []*runner.QueryReport{
			at(query(stockFile, 12, "POST", "/sessions", "open a session", login), 4),
			at(query(stockFile, 20, "GET", "/warehouses", "list warehouses", tagged(flaky(13), "smoke")), 13),
			at(query(stockFile, 31, "GET", "/warehouses/7/stock", "stock of warehouse 7", tagged(gaveUp(1330), "smoke")), 1330),
			at(query(stockFile, 44, "GET", "/prices/A1", "price of A1", row(0, passed(200, 2.1, 2))), 13),
			at(query(stockFile, 44, "GET", "/prices/B2", "price of B2", row(1, wrongPrice(14))), 14),
			query(stockFile, 44, "GET", "/prices/${row.sku}", "price of C3",
				row(2, runner.QueryReport{Status: runner.StatusSkipped, Reason: "its if is false"})),
			at(query(stockFile, 58, "PUT", "/deliveries/9", "book a delivery", tagged(unreachable(3662))), 3662),
		},
	}
}

// try is one attempt; what went wrong with it, if anything, is added by its caller.
func try(number int, after, took float64, path string, response *runner.Message) runner.AttemptReport {
	return runner.AttemptReport{
		Number: number, Started: epoch.Add(ms(after).Duration()), Duration: ms(took),
		Request: get("http://127.0.0.1:8080/v1" + path), Response: response,
	}
}

func unavailable(line int) ([]runner.CheckReport, *runner.Message) {
	a := answer(503, "text/plain; charset=utf-8", "overloaded, try again later\n")
	a.Header = append(a.Header, runner.HeaderField{Name: "Retry-After", Value: "1"})
	return []runner.CheckReport{{
		Check: "status", File: stockFile, Line: line, Column: 15, Expected: "200", Found: "503 Service Unavailable",
	}}, a
}

func reset(line int) *runner.ErrorReport {
	return &runner.ErrorReport{
		Type: "network", Message: "read from 127.0.0.1:8080: connection reset by peer", File: stockFile, Line: line, Column: 10,
	}
}

// flaky passed on its third attempt, after a lost connection and a 503.
func flaky(after float64) runner.QueryReport {
	first := try(1, after, 1.4, "/warehouses", nil)
	first.Error = reset(21)
	checks, busy := unavailable(23)
	second := try(2, after+201.4, 3.6, "/warehouses", busy)
	second.Failures = checks
	third := try(3, after+1205, 6.3, "/warehouses", answer(200, "application/json", `[{"id":7,"city":"Lyon"}]`))
	third.Timing = &runner.Timing{FirstByte: ms(5.9), Transfer: ms(0.4), Reused: true}
	q := passed(200, 1211.3, 2)
	q.Flaky, q.AttemptCount, q.Attempts = true, 3, []runner.AttemptReport{first, second, third}
	return q
}

// gaveUp failed in all of its three attempts.
func gaveUp(after float64) runner.QueryReport {
	checks, busy := unavailable(34)
	q := runner.QueryReport{
		Status: runner.StatusFailed, StatusCode: 503, Duration: ms(2331), Checks: 1, AttemptCount: 3, Failures: checks,
	}
	for i := range 3 {
		a := try(i+1, after+float64(i)*1050, 4.1, "/warehouses/7/stock", busy)
		a.Failures = checks
		if i == 1 {
			a.Duration, a.Response, a.Failures = ms(1000), nil, nil
			a.Error = &runner.ErrorReport{Type: "timeout", Message: "no answer within 1s", File: stockFile, Line: 32, Column: 10}
		}
		q.Attempts = append(q.Attempts, a)
	}
	return q
}

func wrongPrice(after float64) runner.QueryReport {
	checks := []runner.CheckReport{{
		Check: "gjson price", File: stockFile, Line: 49, Column: 18, Expected: "12.50", Found: "12.05",
	}}
	a := try(1, after, 2.4, "/prices/B2", answer(200, "application/json", `{"sku":"B2","price":12.05}`))
	a.Failures = checks
	return runner.QueryReport{
		Status: runner.StatusFailed, StatusCode: 200, Duration: ms(2.4), Checks: 2, AttemptCount: 1,
		Failures: checks, Attempts: []runner.AttemptReport{a},
	}
}

// unreachable had no answer in two attempts.
func unreachable(after float64) runner.QueryReport {
	q := runner.QueryReport{Status: runner.StatusErrored, Duration: ms(53), AttemptCount: 2, Error: reset(59)}
	for i := range 2 {
		a := try(i+1, after+float64(i)*52, 0.9, "/deliveries/9", nil)
		a.Request.Method, a.Error = "PUT", reset(59)
		q.Attempts = append(q.Attempts, a)
	}
	return q
}

// rows returns the queries of a suite as written, each with the number of its
// rows, 0 of those that have no each.
func rows(s *runner.SuiteReport) (names []string, of map[string]int) {
	of = map[string]int{}
	for _, q := range s.Queries {
		name := q.Name
		if q.Query != "" {
			name = q.Query
			of[name]++
		}
		if len(names) == 0 || names[len(names)-1] != name {
			names = append(names, name)
		}
	}
	return names, of
}

// tell adds the events of one query: its attempts that were not the last, and its verdict.
func (r *recording) tell(s *runner.SuiteReport, q *runner.QueryReport) {
	if q.Status != runner.StatusSkipped {
		r.events = append(r.events, runner.QueryStarted{Suite: s, Query: begun(q)})
	}
	for i := range q.Attempts {
		if a := &q.Attempts[i]; a.Number < q.AttemptCount {
			wait := time.Second
			if next := i + 1; next < len(q.Attempts) {
				wait = max(0, q.Attempts[next].Started.Sub(a.Started.Add(a.Duration.Duration())))
			}
			r.events = append(r.events, runner.AttemptFinished{Suite: s, Query: begun(q), Attempt: a, Wait: wait})
		}
	}
	r.events = append(r.events, runner.QueryFinished{Suite: s, Query: q})
}

// begun is what is known of a query before its verdict.
func begun(q *runner.QueryReport) *runner.QueryReport {
	return &runner.QueryReport{
		Name: q.Name, Phase: q.Phase, File: q.File, Line: q.Line, Query: q.Query, Tags: q.Tags, Needed: q.Needed,
		RowIndex: q.RowIndex, Method: q.Method, Path: q.Path, Started: q.Started,
	}
}
