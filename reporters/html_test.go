package reporters_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/net/html"

	"github.com/apicel/apicel/reporters"
	"github.com/apicel/apicel/runner"
)

func htmlOf(t testing.TB, r *runner.Report) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := reporters.WriteHTML(&out, r); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// block returns the text of a data block of the page.
func block(t testing.TB, page []byte, id string) string {
	t.Helper()
	_, rest, ok := bytes.Cut(page, []byte(` id="`+id+`">`))
	text, _, closed := bytes.Cut(rest, []byte("</script>"))
	if !ok || !closed {
		t.Fatalf("no block %q", id)
	}
	return string(text)
}

// The page's data, laid out: the rest is the same in all reports.
func TestGoldenHTML(t *testing.T) {
	page := htmlOf(t, record().report)
	var out bytes.Buffer
	for _, line := range append([]string{block(t, page, "report")}, strings.Split(strings.TrimSpace(block(t, page, "details")), "\n")...) {
		text, err := json.MarshalIndent(json.RawMessage(line), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		out.Write(append(text, '\n'))
	}
	golden(t, "html.json", out.Bytes())
}

// What a parser sees holds no element and no attribute that a report brought in.
func TestHTMLHostile(t *testing.T) {
	r := hostileReport()
	page := htmlOf(t, r)
	plain := htmlOf(t, &runner.Report{Suites: []*runner.SuiteReport{suiteOf("plain")}})
	tags := func(page []byte) string {
		seen := map[string]bool{}
		z := html.NewTokenizer(bytes.NewReader(page))
		for {
			switch z.Next() {
			case html.ErrorToken:
				return fmt.Sprint(len(seen), seen)
			case html.StartTagToken, html.SelfClosingTagToken:
				token := z.Token()
				seen[token.Data] = true
				for _, a := range token.Attr {
					if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src" || strings.HasPrefix(a.Val, "javascript:") {
						t.Errorf("<%s %s=%q>", token.Data, a.Key, a.Val)
					}
				}
			}
		}
	}
	for _, word := range []string{"img", "iframe", "base", "object"} {
		if strings.Contains(tags(page), " "+word+":") || strings.Contains(tags(plain), " "+word+":") {
			t.Errorf("found <%s>", word)
		}
	}
	if n := bytes.Count(page, []byte("<script")); n != 3 {
		t.Errorf("%d script elements", n)
	}
	for _, c := range string(page) {
		if c != '\n' && (unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c)) {
			t.Fatalf("found %U", c)
		}
	}
}

// attacks try to leave the text that they are shown in.
var attacks = []string{
	`</script><script>window.hacked=1</script>`, `<img src=x onerror="window.hacked=1">`, `"><svg onload=window.hacked=1>`,
	`<!--<script>`, `]]>`, `javascript:window.hacked=1`, `{{.}}${window.hacked=1}`, `' onmouseover='window.hacked=1`, `__proto__`, `constructor`,
	"\u2028\u2029window.hacked=1", `<style>*{display:none}</style>`, `&lt;b&gt;`, evil,
}

// hostileReport is a report whose every text attacks.
func hostileReport() *runner.Report {
	r := &runner.Report{
		Version: runner.ReportVersion, Apicel: attacks[0], Hostname: attacks[1], Started: epoch, Duration: ms(50), Stopped: runner.Stop(attacks[2]),
		Suites: []*runner.SuiteReport{hostileSuite()},
	}
	for i, a := range attacks {
		e := &runner.ErrorReport{Type: a, Message: a, Hint: a, File: a, Line: 1, Column: 1}
		checks := []runner.CheckReport{{Check: a, File: a, Line: 1, Expected: a, Found: a + a, Message: a, Detail: "- " + a + "\n+ " + a}}
		m := runner.Message{
			Method: a, URL: "http://x/" + a, StatusCode: 200, Proto: a, Header: []runner.HeaderField{{Name: a, Value: a}}, Body: `{"` + a + `":1}`, BodySize: 9,
		}
		q := query(a, i, a, a, a, runner.QueryReport{
			Status: runner.StatusFailed, Reason: a, Message: a, Error: e, Failures: checks, Tags: []string{a}, Phase: a, Duration: ms(1), Started: epoch,
			Attempts: []runner.AttemptReport{
				{Number: 1, Error: e, Failures: checks, Request: &m, Response: &m, Started: epoch}, {Number: 2, Request: &m, Response: &m, Started: epoch},
			}, AttemptCount: 2,
		})
		r.Suites = append(r.Suites, &runner.SuiteReport{
			Name: a, File: a, Tags: []string{a}, BaseURL: a, Status: runner.StatusErrored, Started: epoch,
			Problems: []runner.Problem{{Severity: "error", File: a, Line: 1, Column: 2, Message: a, Hint: a, Source: a}},
			Waits:    []runner.Waits{{Query: a, Needs: []string{a, "toString"}, Order: []string{a}}}, Queries: []*runner.QueryReport{q},
		})
	}
	for _, s := range r.Suites {
		for _, q := range s.Queries {
			add(&s.Counts, q)
			add(&r.Counts, q)
		}
	}
	return r
}

// bigReport has n queries, one in every of them with an exchange of a size.
func bigReport(n, every, body int) *runner.Report {
	r := &runner.Report{Version: runner.ReportVersion, Apicel: "0.1.0", Hostname: "ci", Started: epoch, Duration: ms(60_000), Jobs: 16}
	for i := range n {
		if i%100 == 0 {
			s := suiteOf(fmt.Sprintf("Suite %03d", i/100))
			s.File, s.Started, s.Status = fmt.Sprintf("suites/%03d.apicel.yaml", i/100), epoch, runner.StatusPassed
			r.Suites = append(r.Suites, s)
		}
		s := r.Suites[len(r.Suites)-1]
		q := passed(200, 4+float64(i%40), 3)
		if every > 0 && i%every == 0 {
			q = wrongStatus()
			q.Attempts[0].Response = answer(404, "text/plain", strings.Repeat("<no> such order & more\n", body/23))
			s.Status = runner.StatusFailed
		}
		q.Started = epoch.Add(time.Duration(i*6) * time.Millisecond)
		name := fmt.Sprintf("read order %d of the customer", i)
		if k := len(s.Queries); k > 0 && k%4 != 0 {
			s.Waits = append(s.Waits, runner.Waits{Query: name, Needs: []string{s.Queries[k-k%4].Name}, Order: []string{s.Queries[k-1].Name}})
		}
		s.Queries = append(s.Queries, query(s.File, 10+i%100*4, "GET", fmt.Sprintf("/customers/acme/orders/%d?page=2", i), name, q))
		add(&s.Counts, s.Queries[len(s.Queries)-1])
		add(&r.Counts, s.Queries[len(s.Queries)-1])
	}
	return r
}

func TestHTMLStaysSmall(t *testing.T) {
	long := strings.Repeat("<long>", 2000)
	wide := suiteOf(long)
	for i := range 300 {
		q := query(long, i, "GET", "/"+long, fmt.Sprint(i, long), severalChecks())
		add(&wide.Counts, q)
		q.Failures = []runner.CheckReport{{Check: long, Expected: long, Found: long, Detail: long}}
		q.Tags, q.Attempts = strings.SplitAfterN(long, ">", 100), nil
		wide.Queries = append(wide.Queries, q)
		wide.Waits = append(wide.Waits, runner.Waits{Query: q.Name, Needs: []string{long}})
	}
	tests := map[string]*runner.Report{
		"ten thousand":              bigReport(10_000, 0, 0),
		"ten thousand, all failed":  bigReport(10_000, 1, 5000),
		"a hundred thousand":        bigReport(100_000, 100, 60_000),
		"long texts of every field": {Suites: []*runner.SuiteReport{wide, wide}},
	}
	for name, r := range tests {
		t.Run(name, func(t *testing.T) {
			page := htmlOf(t, r)
			if len(page) >= 20_000_000 {
				t.Errorf("%d bytes", len(page))
			}
			var data struct {
				LeftOut int `json:"left_out"`
				Suites  []struct {
					Queries []struct {
						Status runner.Status
						Detail int
						Cut    string
					}
				}
			}
			if err := json.Unmarshal([]byte(block(t, page, "report")), &data); err != nil {
				t.Fatal(err)
			}
			kept := map[string]int{}
			all := 0
			for _, s := range r.Suites {
				all += len(s.Queries)
			}
			for _, s := range data.Suites {
				for _, q := range s.Queries {
					kept[string(q.Status)]++
					if q.Detail > 0 {
						kept["detail"]++
					}
					if q.Cut != "" {
						kept["cut"]++
					}
				}
			}
			t.Logf("%d bytes, of %d queries %v, %d left out", len(page), all, kept, data.LeftOut)
			if kept["failed"]+kept["passed"]+data.LeftOut != all {
				t.Errorf("queries are lost")
			}
			if r.Counts.Failed > 0 && (kept["failed"] != r.Counts.Failed || kept["detail"] != r.Counts.Failed) {
				t.Errorf("what failed is not told of all %d", r.Counts.Failed)
			}
		})
	}
}

func TestHTMLVerdict(t *testing.T) {
	tests := map[string]runner.Counts{
		"All 3 queries passed":  {Queries: 3, Passed: 3},
		"1 query passed":        {Queries: 1, Passed: 1},
		"2 queries passed":      {Queries: 3, Passed: 2, Skipped: 1},
		"Nothing ran":           {Queries: 1, Skipped: 1},
		"2 suites did not run":  {BadSuites: 2},
		"2 of 3 queries failed": {Queries: 3, Failed: 1, Errored: 1, Passed: 1},
	}
	for want, counts := range tests {
		page := htmlOf(t, &runner.Report{Counts: counts})
		if got := regexp.MustCompile(`<h1>(.*)</h1>`).FindSubmatch(page); string(got[1]) != want {
			t.Errorf("%+v: %s, want %s", counts, got[1], want)
		}
	}
}

// fullDisk takes some bytes and no more.
type fullDisk struct{ room int }

var errFull = errors.New("no space left")

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.room -= len(p); d.room < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestHTMLTellsOfWriteErrors(t *testing.T) {
	r := bigReport(200, 2, 1000)
	for _, room := range []int{0, 100, 60_000, len(htmlOf(t, r)) - 1} {
		if err := reporters.WriteHTML(&fullDisk{room}, r); !errors.Is(err, errFull) {
			t.Errorf("room for %d bytes: %v", room, err)
		}
	}
}

func BenchmarkWriteHTML(b *testing.B) {
	r := bigReport(10_000, 10, 5000)
	for b.Loop() {
		htmlOf(b, r)
	}
}
