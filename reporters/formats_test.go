package reporters_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apicel/apicel/reporters"
	"github.com/apicel/apicel/runner"
)

func junitOf(t testing.TB, r *runner.Report) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := reporters.WriteJUnit(&out, r); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// What GitLab and others need: no two equal results, whatever the suites are called.
func TestJUnitNamesAreUnique(t *testing.T) {
	r := &runner.Report{}
	for _, file := range []string{"a/b.apicel.yaml", "./a/b.apicel.yaml", "../a/b.apicel.yaml", "a/b.yaml"} {
		s := &runner.SuiteReport{File: file, Problems: []runner.Problem{{Severity: "error", File: file}}}
		for _, name := range []string{"same", "same", "same (2)", "esc\x1b", `esc\x1b`, "suite file is valid"} {
			s.Queries = append(s.Queries, query(file, 1, "GET", "/", name, passed(200, 1, 1)))
		}
		r.Suites = append(r.Suites, s)
	}
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(`<testcase classname="([^"]*)" name="([^"]*)"`).FindAllSubmatch(junitOf(t, r), -1) {
		id := string(m[1]) + "\n" + string(m[2])
		if seen[id] {
			t.Errorf("twice: %q", id)
		}
		seen[id] = true
	}
	if len(seen) != 4*7 {
		t.Errorf("got %d testcases, want %d", len(seen), 4*7)
	}
}

// The same suite twice keeps its results apart, and the first its history.
func TestJUnitRepetitions(t *testing.T) {
	r := &runner.Report{}
	for i := range 3 {
		s := suiteOf("again")
		s.Repetition = i + 1
		s.Queries = []*runner.QueryReport{query(s.File, 1, "GET", "/", "one", passed(200, 1, 1))}
		r.Suites = append(r.Suites, s)
	}
	slices.Reverse(r.Suites) // whatever the order in which they are reported
	out := string(junitOf(t, r))
	class := classnameOf(t, out, -1)
	for i, want := range []string{class + " (repetition 3)", class + " (repetition 2)", class} {
		if got := classnameOf(t, out, i); got != want {
			t.Errorf("suite %d: classname %q, want %q", i, got, want)
		}
	}
}

// classnameOf returns the classname of the i-th testcase, of the last for -1.
func classnameOf(t *testing.T, junit string, i int) string {
	t.Helper()
	all := regexp.MustCompile(`<testcase classname="([^"]*)"`).FindAllStringSubmatch(junit, -1)
	return all[(i+len(all))%len(all)][1]
}

// Exchanges and findings give way before results do.
func TestJUnitStaysSmall(t *testing.T) {
	s := suiteOf("big")
	for i := range 600 {
		q := query(s.File, i+1, "GET", "/", fmt.Sprint(i), wrongStatus())
		q.Attempts = []runner.AttemptReport{{Response: answer(200, "text/plain", strings.Repeat(strings.Repeat("&", 99)+"\n", 400))}}
		s.Queries = append(s.Queries, q)
	}
	out := junitOf(t, &runner.Report{Suites: []*runner.SuiteReport{s}})
	for i := range 20_000 {
		s.Queries = append(s.Queries, query(s.File, i+1, "GET", "/", fmt.Sprint("few ", i), severalChecks()))
	}
	if long := junitOf(t, &runner.Report{Suites: []*runner.SuiteReport{s}}); len(long) > 30e6 || bytes.Count(long, []byte("<failure ")) != 20_600 {
		t.Errorf("%d bytes with %d failures", len(long), bytes.Count(long, []byte("<failure ")))
	}
	if len(out) > 30e6 || bytes.Count(out, []byte("<failure ")) != 600 || !bytes.Contains(out, []byte("left out from here on")) {
		t.Errorf("%d bytes with %d failures", len(out), bytes.Count(out, []byte("<failure ")))
	}
}

func TestJUnitTimesFitSurefire(t *testing.T) {
	pattern := regexp.MustCompile(`^[0-9]+\.[0-9]{3,}$`)
	for _, d := range []time.Duration{-1, 0, 1, time.Millisecond, 1234567 * time.Second, 1<<63 - 1} {
		out := junitOf(t, &runner.Report{Duration: runner.Millis(d)})
		time := regexp.MustCompile(` time="([^"]*)"`).FindSubmatch(out)[1]
		if !pattern.Match(time) {
			t.Errorf("%d ns is written as %s", d, time)
		}
	}
}

// forOtherReaders are the attributes of a testcase that Jenkins' schema does not
// know and other readers want.
var forOtherReaders = regexp.MustCompile(`(<testcase [^>]*?) (?:file|line|assertions|timestamp)="[^"]*"`)

// caseProperties are what Jenkins reads of a testcase and its schema does not know.
var caseProperties = regexp.MustCompile(`(?s)(<testcase [^>]*>)\s*<properties>.*?</properties>`)

// TestJUnitSchema validates JUnit reports against Jenkins' junit-10.xsd: set
// APICEL_JUNIT_XSD to its path. APICEL_JUNIT_REPORTS may hold a pattern of files
// to validate beside the golden one.
func TestJUnitSchema(t *testing.T) {
	schema := os.Getenv("APICEL_JUNIT_XSD")
	if schema == "" {
		t.Skip("APICEL_JUNIT_XSD does not name a copy of Jenkins' junit-10.xsd")
	}
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("there is no xmllint")
	}
	files := []string{filepath.Join("testdata", "report.xml")}
	more, err := filepath.Glob(os.Getenv("APICEL_JUNIT_REPORTS"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, more...) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		data = caseProperties.ReplaceAll(data, []byte("$1"))
		for forOtherReaders.Match(data) {
			data = forOtherReaders.ReplaceAll(data, []byte("$1"))
		}
		lint := exec.CommandContext(t.Context(), xmllint, "--nonet", "--noout", "--schema", schema, "-")
		lint.Stdin = bytes.NewReader(data)
		if out, err := lint.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", file, err, out)
		}
	}
}

func jsonOf(t testing.TB, r *runner.Report) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := reporters.WriteJSON(&out, r); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Writing query by query must not differ from encoding the report as a whole.
func TestJSONIsTheReport(t *testing.T) {
	empty := &runner.Report{Version: runner.ReportVersion, Suites: []*runner.SuiteReport{}}
	harmless := record().report // the hostile suite is spelled with more escapes
	harmless.Suites = slices.Delete(harmless.Suites, 3, 4)
	for name, r := range map[string]*runner.Report{"recorded": harmless, "empty": empty} {
		for _, s := range r.Suites {
			if s.Queries == nil {
				s.Queries = []*runner.QueryReport{}
			}
		}
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(r); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.String(), string(jsonOf(t, r))); diff != "" {
			t.Errorf("%s (-encoder +WriteJSON):\n%s", name, diff)
		}
	}
}

// Every format made from the JSON report is the same as made from the run.
func TestReadJSON(t *testing.T) {
	run := record().report
	run.Duration = runner.Millis(1001 * time.Microsecond) // 1.001 ms has no exact float64
	first := jsonOf(t, run)
	r, err := reporters.ReadJSON(bytes.NewReader(first))
	if err != nil {
		t.Fatal(err)
	}
	// A byte that is not UTF-8 becomes U+FFFD in JSON, all else survives.
	first = bytes.ReplaceAll(first, []byte(`\ufffd`), []byte("�"))
	if diff := cmp.Diff(string(first), string(jsonOf(t, r))); diff != "" {
		t.Errorf("JSON (-run +read and written):\n%s", diff)
	}
	want := bytes.ReplaceAll(junitOf(t, run), []byte(`\xff`), []byte("�"))
	if diff := cmp.Diff(string(want), string(junitOf(t, r))); diff != "" {
		t.Errorf("JUnit (-run +JSON):\n%s", diff)
	}
}

func TestReadJSONRefuses(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"another version", `{"version": 2, "suites": "elsewhere"}`, "found version 2, expected version 1"},
		{"no version", `{"suites": []}`, `no "version": expected a report written by apicel`},
		{"no report", `[1]`, "line 1, column 1: found array as the report, expected an object"},
		{"nothing", " ", "found nothing, expected a report written by apicel"},
		{"half a report", `{"version": 1, "suites": [`, "the text ends in the middle, after 26 bytes: is the file complete?"},
		{"two reports", "{\"version\": 1}\n {\"version\": 1}", "line 2, column 2: invalid character '{'"},
		{"a wrong type", `{"version": 1, "suites": [{"queries": 3}]}`, "found number as suites.queries, expected an array"},
		{"a fraction", `{"version": 1, "jobs": 1.5}`, "found number 1.5 as jobs, expected a whole number"},
		{"a less than nothing", `{"version": 1, "seed": -1}`, "found number -1 as seed, expected a whole number from 0"},
		{"no verdict", `{"version": 1, "suites": [{}]}`, `suites[0].status: found "", expected passed, failed, errored or skipped`},
		{
			"another verdict", `{"version": 1, "suites": [{"status": "passed", "queries": [{"status": "\u001b[32mgreen"}]}]}`,
			`suites[0].queries[0].status: found "\\x1b[32mgreen", expected passed`,
		},
		{"a bomb", `{"version": 1, "suites": [` + strings.Repeat(`{},`, 4<<20) + `{}]}`, "found 4194306 objects and 4194305 values, expected at most"},
		{"a null suite", `{"version": 1, "suites": [null]}`, "found null as suites[0], expected an object"},
		{"a null query", `{"version": 1, "suites": [{"status": "passed", "queries": [null]}]}`, "found null as suites[0].queries[0]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := reporters.ReadJSON(strings.NewReader(tt.in))
			if err == nil || !strings.HasPrefix(err.Error(), "read report: ") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// Whatever is read, no format may break on it, and JUnit stays XML.
func FuzzReadJSON(f *testing.F) {
	f.Add(jsonOf(f, record().report))
	f.Add([]byte(`{"version":1,"suites":[{"status":"failed","name":"\u0000","queries":[{"status":"failed","failures":[{}],"attempts":[{"request":{},"response":{"body":"[[["}}]}]}]}`))
	f.Add([]byte(`{"version":1,"duration_ms":1e300,"suites":[{"status":"errored","problems":[{"column":-3,"line":9,"source":"\ufeff\t"}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := reporters.ReadJSON(bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, f := range reporters.Formats {
			if err := f.Write(io.Discard, r); err != nil {
				t.Errorf("%s: %v", f.Name, err)
			}
		}
		d := xml.NewDecoder(bytes.NewReader(junitOf(t, r)))
		for err == nil {
			_, err = d.Token()
		}
		if !errors.Is(err, io.EOF) {
			t.Errorf("JUnit: %v", err)
		}
		if _, err := reporters.ReadJSON(bytes.NewReader(jsonOf(t, r))); err != nil {
			t.Errorf("JSON: %v", err)
		}
		c := reporters.NewConsole(io.Discard, reporters.ConsoleOptions{Color: true, Verbose: true})
		for _, s := range r.Suites {
			c.Handle(runner.SuiteStarted{Suite: s})
			for _, q := range s.Queries {
				c.Handle(runner.QueryFinished{Suite: s, Query: q})
			}
		}
		if err := c.Finish(r); err != nil {
			t.Error(err)
		}
	})
}

// manyQueries is a report of n queries in ten suites, one in a hundred failed.
func manyQueries(n int) *runner.Report {
	r := &runner.Report{Version: runner.ReportVersion}
	for i := range 10 {
		s := suiteOf(fmt.Sprint("suite", i))
		for k := range n / 10 {
			verdict := passed(200, 1.5, 3)
			if k%100 == 0 {
				verdict = wrongStatus()
			}
			q := query(s.File, k+1, "GET", fmt.Sprint("/orders/", k), fmt.Sprint("query ", k), verdict)
			q.Started = epoch
			s.Queries = append(s.Queries, q)
		}
		r.Suites = append(r.Suites, s)
	}
	return r
}

func BenchmarkFormats(b *testing.B) {
	for _, f := range reporters.Formats {
		for _, n := range []int{100, 10_000} {
			b.Run(fmt.Sprintf("%s/%d", f.Name, n), func(b *testing.B) {
				r := manyQueries(n)
				b.ReportAllocs()
				for b.Loop() {
					if err := f.Write(io.Discard, r); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkConsole(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			r := manyQueries(n)
			b.ReportAllocs()
			for b.Loop() {
				c := reporters.NewConsole(io.Discard, reporters.ConsoleOptions{Color: true})
				for _, s := range r.Suites {
					for _, q := range s.Queries {
						c.Handle(runner.QueryFinished{Suite: s, Query: q})
					}
				}
				if err := c.Finish(r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
