package reporters_test

import (
	"math"
	"time"

	"github.com/apicel/apicel/runner"
)

// recording is one run as the runner would tell of it: its events in order and
// its report. All goldens come from it.
type recording struct {
	events []runner.Event
	report *runner.Report
}

var epoch = time.Date(2026, 3, 14, 15, 9, 26, 535_000_000, time.UTC)

func ms(n float64) runner.Millis { return runner.Millis(math.Round(n * float64(time.Millisecond))) }

// record makes the run anew, so that no test sees what another has changed.
func record() recording {
	orders, failing, bad, hostile, retried := ordersSuite(), failingSuite(), badSuite(), hostileSuite(), retrySuite()
	r := recording{report: &runner.Report{
		Version: runner.ReportVersion, Apicel: "0.1.0", Hostname: "ci-runner-7", Started: epoch, Duration: ms(31_480.25),
		Seed: 42, Jobs: 16, Shard: &runner.Shard{Index: 2, Total: 3},
		Suites: []*runner.SuiteReport{orders, failing, bad, hostile, retried},
	}}
	for i, s := range r.report.Suites {
		s.Started = epoch.Add(time.Duration(i) * time.Millisecond)
		for k, q := range s.Queries {
			if q.Status != runner.StatusSkipped && q.Started.IsZero() {
				q.Started = s.Started.Add(time.Duration(k) * 5 * time.Millisecond)
			}
			add(&s.Counts, q)
			add(&r.report.Counts, q)
		}
	}
	r.report.Counts.BadSuites = 1
	r.mix(r.report.Suites...)
	return r
}

func add(c *runner.Counts, q *runner.QueryReport) {
	c.Queries++
	c.Checks += q.Checks
	if q.Flaky {
		c.Flaky++
	}
	switch q.Status {
	case runner.StatusPassed:
		c.Passed++
	case runner.StatusFailed:
		c.Failed++
	case runner.StatusErrored:
		c.Errored++
	case runner.StatusSkipped:
		c.Skipped++
	}
}

// mix starts all suites and lets them take turns, the shortest finishing first.
func (r *recording) mix(suites ...*runner.SuiteReport) {
	for _, s := range suites {
		names, _ := rows(s)
		r.events = append(r.events, runner.SuiteStarted{Suite: s, Queries: len(names)})
	}
	for _, s := range suites {
		names, of := rows(s)
		for _, name := range names {
			if of[name] > 0 {
				r.events = append(r.events, runner.RowsMade{Suite: s, Query: name, Rows: of[name]})
			}
		}
	}
	for turn, left := 0, len(suites); left > 0; turn++ {
		for _, s := range suites {
			switch {
			case turn < len(s.Queries):
				r.tell(s, s.Queries[turn])
			case turn == len(s.Queries):
				r.events = append(r.events, runner.SuiteFinished{Suite: s})
				left--
			}
		}
	}
}

func query(file string, line int, method, path, name string, q runner.QueryReport) *runner.QueryReport {
	q.File, q.Line, q.Method, q.Path, q.Name = file, line, method, path, name
	if q.Phase == "" {
		q.Phase = "queries"
	}
	return &q
}

func passed(code int, took float64, checks int) runner.QueryReport {
	return runner.QueryReport{
		Status: runner.StatusPassed, StatusCode: code, Duration: ms(took), Checks: checks, AttemptCount: 1,
	}
}

func ordersSuite() *runner.SuiteReport {
	const file = "examples/orders.apicel.yaml"
	row := func(i int) *int { return &i }
	setup, teardown := passed(201, 11.7, 1), passed(204, 3.1, 1)
	setup.Phase, teardown.Phase = "setup", "teardown"
	shipped := passed(200, 1512.4, 2)
	shipped.AttemptCount = 4
	zero, one := passed(422, 2.25, 2), passed(422, 2.31, 2)
	zero.RowIndex, one.RowIndex = row(0), row(1)
	zero.Query, one.Query = "reject ${row.field} = ${row.value}", "reject ${row.field} = ${row.value}"
	created := passed(201, 12.4, 3)
	created.Attempts = []runner.AttemptReport{createOrder()}
	return &runner.SuiteReport{
		Name: "Orders API", File: file, Tags: []string{"smoke"}, BaseURL: "http://127.0.0.1:8080/v1",
		Status: runner.StatusPassed, Duration: ms(1560),
		Queries: []*runner.QueryReport{
			query(file, 20, "PUT", "/customers/acme", "seed customer", setup),
			query(file, 26, "POST", "/orders", "create order", created),
			query(file, 40, "GET", "/orders/17", "order is shipped", shipped),
			query(file, 47, "POST", "/orders", "reject qty = 0", zero),
			query(file, 47, "POST", "/orders", "reject sku = ", one),
			query(file, 54, "GET", "/orders?customer=acme&page=2&per_page=100", "a name that is longer than its column is wide", passed(200, 0.31, 1)),
			query(file, 60, "DELETE", "/orders/17", "drop order", teardown),
		},
	}
}

func createOrder() runner.AttemptReport {
	return runner.AttemptReport{
		Number: 1, Started: epoch, Duration: ms(12.4),
		Request: &runner.Message{
			Method: "POST", URL: "http://127.0.0.1:8080/v1/orders",
			Header: []runner.HeaderField{
				{Name: "Accept", Value: "application/json"},
				{Name: "Authorization", Value: "Bearer ***"},
				{Name: "Content-Type", Value: "application/json"},
				{Name: "User-Agent", Value: "apicel/0.1.0"},
			},
			Body: `{"customer":"acme","sku":"A1","qty":2}`, BodySize: 38,
		},
		Response: &runner.Message{
			StatusCode: 201, Proto: "HTTP/1.1",
			Header: []runner.HeaderField{{Name: "Content-Type", Value: "application/json"}, {Name: "Etag", Value: `"v1"`}},
			Body:   `{"id":17,"state":"pending","lines":[{"sku":"A1","qty":2,"price":12345678901234567890}],"total":24.90}`, BodySize: 101,
		},
		Timing: &runner.Timing{Connect: ms(0.21), FirstByte: ms(11.6), Transfer: ms(0.2)},
	}
}

const failingFile = "examples/_failing/checks.apicel.yaml"

func failingSuite() *runner.SuiteReport {
	return &runner.SuiteReport{
		Name: "Checks that fail", File: failingFile, BaseURL: "http://127.0.0.1:8080/v1",
		Status: runner.StatusFailed, Duration: ms(31_400),
		Queries: []*runner.QueryReport{
			query(failingFile, 9, "GET", "/orders/4711", "wrong status", wrongStatus()),
			query(failingFile, 15, "POST", "/orders", "several checks at once", severalChecks()),
			query(failingFile, 33, "GET", "/orders/17", "never shipped", neverShipped()),
			query(failingFile, 41, "GET", "http://127.0.0.1:1/health", "nobody listens", noAnswer()),
			query(failingFile, 46, "GET", "/slow", "too slow", tooSlow()),
			query(failingFile, 52, "GET", "/orders/${captures.order_id}", "needs a capture", runner.QueryReport{
				Status: runner.StatusSkipped, Reason: `it needs "several checks at once", which failed`,
			}),
			query(failingFile, 57, "GET", "/reports", "not yet built", runner.QueryReport{
				Status: runner.StatusSkipped, Reason: "waits for API-312",
			}),
			query(failingFile, 62, "DELETE", "/orders/${captures.order_id}", "drop order", runner.QueryReport{
				Phase: "teardown", Status: runner.StatusSkipped, Reason: "nothing was captured as order_id",
			}),
		},
	}
}

func get(url string) *runner.Message {
	return &runner.Message{Method: "GET", URL: url, Header: []runner.HeaderField{
		{Name: "Accept", Value: "application/json"}, {Name: "User-Agent", Value: "apicel/0.1.0"},
	}}
}

func answer(code int, contentType, body string) *runner.Message {
	return &runner.Message{
		StatusCode: code, Proto: "HTTP/1.1", Body: body, BodySize: len(body),
		Header: []runner.HeaderField{{Name: "Content-Type", Value: contentType}},
	}
}

func wrongStatus() runner.QueryReport {
	checks := []runner.CheckReport{{
		Check: "status", File: failingFile, Line: 11, Column: 15, Expected: "200", Found: "404 Not Found",
	}}
	return runner.QueryReport{
		Status: runner.StatusFailed, StatusCode: 404, Duration: ms(2.04), Checks: 1, AttemptCount: 1, Failures: checks,
		Attempts: []runner.AttemptReport{{
			Number: 1, Started: epoch, Duration: ms(2.04), Failures: checks,
			Request:  get("http://127.0.0.1:8080/v1/orders/4711"),
			Response: answer(404, "application/problem+json", `{"error":{"code":"not_found","message":"there is no order 4711"}}`),
		}},
	}
}

func severalChecks() runner.QueryReport {
	a := createOrder()
	a.Failures = []runner.CheckReport{
		{Check: "header ETag", File: failingFile, Line: 22, Column: 9, Expected: `matches "^W/"`, Found: `"\"v1\""`},
		{
			Check: "json", File: failingFile, Line: 24, Column: 9, Message: "2 values differ",
			Detail: "- state: \"shipped\"\n+ state: \"pending\"\n- lines.0.qty: 3\n+ lines.0.qty: 2",
		},
		{
			Check: "cel body.lines.all(l,\n  l.qty > 2)", File: failingFile, Line: 27, Column: 23, Expected: "true", Found: "false",
			Message: "every line needs at least three pieces",
			Detail:  "body.lines.all(l, l.qty > 2)\n           │        │     │\n           │        2     false\n           false at index 0",
		},
		{Check: "capture order_id", File: failingFile, Line: 30, Column: 17, Message: `no value at "order.id"; did you mean "id"?`},
		{Check: "text", File: failingFile, Line: 31, Column: 9, Expected: "line one\nline two", Found: "line one\nline 2"},
	}
	return runner.QueryReport{
		Status: runner.StatusFailed, StatusCode: 201, Duration: ms(12.4), Checks: 7, AttemptCount: 1,
		Failures: a.Failures, Attempts: []runner.AttemptReport{a},
	}
}

func neverShipped() runner.QueryReport {
	checks := []runner.CheckReport{{
		Check: "gjson state", File: failingFile, Line: 37, Column: 16, Expected: `"shipped"`, Found: `"pending"`,
	}}
	tried := func(n int) runner.AttemptReport {
		return runner.AttemptReport{
			Number: n, Started: epoch, Duration: ms(1.9), Failures: checks,
			Request: get("http://127.0.0.1:8080/v1/orders/17"), Response: answer(200, "application/json", `{"id":17,"state":"pending"}`),
		}
	}
	return runner.QueryReport{
		Status: runner.StatusFailed, StatusCode: 200, Duration: ms(30_012), Checks: 2, AttemptCount: 61,
		Message:  "its checks did not pass within 30s (61 attempts)",
		Failures: checks, Attempts: []runner.AttemptReport{tried(1), tried(61)},
	}
}

func noAnswer() runner.QueryReport {
	e := &runner.ErrorReport{
		Type: "network", Message: "connect to 127.0.0.1:1: connection refused",
		Hint: "is the API running, and is source.base_url right?", File: failingFile, Line: 42, Column: 10,
	}
	return runner.QueryReport{
		Status: runner.StatusErrored, Duration: ms(0.6), AttemptCount: 1, Error: e,
		Attempts: []runner.AttemptReport{{
			Number: 1, Started: epoch, Duration: ms(0.6), Error: e, Request: get("http://127.0.0.1:1/health"),
		}},
	}
}

func tooSlow() runner.QueryReport {
	return runner.QueryReport{
		Status: runner.StatusErrored, Duration: ms(1000), AttemptCount: 1,
		Error: &runner.ErrorReport{Type: "timeout", Message: "no answer within 1s"},
	}
}

func badSuite() *runner.SuiteReport {
	const file = "examples/_failing/typos.apicel.yaml"
	return &runner.SuiteReport{
		Name: "Typos", File: file, Status: runner.StatusErrored,
		Problems: []runner.Problem{
			{
				Severity: "error", File: file, Line: 3, Column: 1, Source: "querys:",
				Message: `unknown key "querys"`, Hint: `did you mean "queries"?`,
			},
			{
				Severity: "warning", File: file, Line: 9, Column: 5, Source: "    description: ''", Message: "the description is empty",
			},
			{
				Severity: "error", File: file, Line: 12, Column: 22, Source: "\t- cel: ['注文 == \"é\" && stauts == 200']",
				Message: "undeclared reference to 'stauts'", Hint: "did you mean status?",
			},
			{
				Severity: "error", File: file, Line: 104, Column: 7, Message: "a circle: list → create → list",
				Source: "      after: [create]", Hint: "remove one of these, so that one of them can begin",
			},
		},
	}
}

// evil is what no output may pass on: colours, a cleared screen, a carriage
// return, a C1 control, bidi overrides, markup, commands to CI systems.
const evil = "\x1b[31m\x1b[2Jred\r\u009b1m\u202egnp.exe\u2066 <b>&amp;]]> \x00\xff ##vso[task.complete]"

func hostileSuite() *runner.SuiteReport {
	const file = "examples/_failing/hostile.apicel.yaml"
	checks := []runner.CheckReport{{
		Check: "header X-Evil", File: file, Line: 8, Column: 9, Expected: "harmless", Found: evil,
		Message: "::error::not a command", Detail: evil + "\n::set-env name=PATH::/tmp",
	}}
	response := answer(200, "text/html", evil+"\r\n::warning::line two\r\n")
	response.Header = append(response.Header, runner.HeaderField{Name: "X-Evil", Value: evil + "\nInjected: yes"})
	response.Truncated, response.BodySize = true, 1_234_567
	return &runner.SuiteReport{
		Name: "hostile " + evil, File: file, Status: runner.StatusFailed, Duration: ms(1),
		Queries: []*runner.QueryReport{
			query(file, 5, "GET", "/"+evil, "evil "+evil, runner.QueryReport{
				Status: runner.StatusFailed, StatusCode: 200, Duration: ms(1), Checks: 1, AttemptCount: 1, Failures: checks,
				Attempts: []runner.AttemptReport{{
					Number: 1, Started: epoch, Duration: ms(1), Request: get("http://127.0.0.1:8080/" + evil), Response: response,
				}},
			}),
			query(file, 12, "GET", "/", "two\nlines", runner.QueryReport{Status: runner.StatusSkipped, Reason: "because\nof " + evil}),
			query(file, 16, "GET", "/日本", "日本語の名前 and é", passed(200, 1, 1)),
		},
	}
}
