package reporters

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apicel/apicel/runner"
)

// terminal is as much of one as a Screen needs: lines that scroll, a cursor, and
// the sequences that a Screen writes. What it does not know fails the test.
type terminal struct {
	t             *testing.T
	columns, rows int
	lines         []string // all that was ever on it, the last rows of them visible
	row, column   int
	writes        int
}

func newTerminal(t *testing.T, columns, rows int) *terminal {
	return &terminal{t: t, columns: columns, rows: rows, lines: []string{""}}
}

func (v *terminal) size() (columns, rows int) { return v.columns, v.rows }

var sequence = regexp.MustCompile(`^\x1b\[([?0-9;]*)([A-Za-z])`)

func (v *terminal) Write(p []byte) (int, error) {
	v.writes++
	for text := string(p); text != ""; {
		if m := sequence.FindStringSubmatch(text); m != nil {
			v.obey(m[1], m[2])
			text = text[len(m[0]):]
			continue
		}
		r := []rune(text)[0]
		text = text[len(string(r)):]
		switch r {
		case '\r':
			v.column = 0
		case '\n':
			v.down()
			v.column = 0
		case '\x1b':
			v.t.Errorf("a sequence that the terminal does not know: %.20q", text)
		default:
			v.print(r)
		}
	}
	return len(p), nil
}

func (v *terminal) down() {
	if v.row++; v.row == len(v.lines) {
		v.lines = append(v.lines, "")
	}
}

func (v *terminal) print(r rune) {
	if v.column+runeWidth(r) > v.columns {
		v.down()
		v.column = 0
	}
	line := []rune(v.lines[v.row])
	for len(line) <= v.column {
		line = append(line, ' ')
	}
	line[v.column] = r
	v.lines[v.row] = string(line)
	v.column += runeWidth(r)
}

func (v *terminal) obey(parameter, command string) {
	n, _ := strconv.Atoi(parameter)
	switch {
	case command == "A":
		v.row = max(v.row-n, len(v.lines)-v.rows, 0)
	case command == "B":
		v.row = min(v.row+max(1, n), len(v.lines)-1)
	case command == "K" && parameter == "2":
		v.lines[v.row] = ""
	case command == "K":
		line := []rune(v.lines[v.row])
		v.lines[v.row] = string(line[:min(len(line), v.column)])
	case command == "m", strings.HasPrefix(parameter, "?"):
	default:
		v.t.Errorf("a sequence that the terminal does not know: %s%s", parameter, command)
	}
}

func (v *terminal) text() string { return strings.TrimRight(strings.Join(v.lines, "\n"), "\n ") }

func lines(texts ...string) func(int, int) []viewLine {
	var out []viewLine
	for _, t := range texts {
		out = append(out, viewLine{t, displayWidth(t)})
	}
	return func(int, int) []viewLine { return out }
}

// What stays stands above the view, whoever writes it; the view leaves nothing.
func TestScreen(t *testing.T) {
	v := newTerminal(t, 20, 6)
	s := NewScreen(v, v.size)
	expect := func(want string) {
		t.Helper()
		if got := v.text(); got != want {
			t.Fatalf("got\n%s\nwant\n%s", got, want)
		}
	}
	s.draw(lines("view 1", "view 2"))
	expect("view 1\nview 2")
	if err := s.Print([]byte("stays 1\n")); err != nil {
		t.Fatal(err)
	}
	expect("view 1\nview 2") // until the next picture
	s.draw(lines("view 3"))
	expect("stays 1\nview 3")
	fmt.Fprintln(s, "a warning that is longer than a line")
	expect("stays 1\na warning that is lo\nnger than a line\nview 3")
	s.draw(lines("view 4", "view 5", "view 6"))
	_, _ = s.Write([]byte("no end of line"))
	expect("stays 1\na warning that is lo\nnger than a line\nno end of line\nview 4\nview 5\nview 6")
	before := v.writes
	s.draw(lines("view 4", "view 5", "view 6"))
	if v.writes != before {
		t.Error("the same picture was written again")
	}
	s.draw(lines())
	expect("stays 1\na warning that is lo\nnger than a line\nno end of line")
	s.draw(lines("view 7"))
	_ = s.Print([]byte("stays 2\n"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s.draw(lines("view 8"))
	_ = s.Print([]byte("stays 3\n"))
	fmt.Fprintln(s, "stays 4")
	expect("stays 1\na warning that is lo\nnger than a line\nno end of line\nstays 2\nstays 3\nstays 4")
}

// What is typed while the view is there goes with it.
func TestScreenTyped(t *testing.T) {
	v := newTerminal(t, 20, 6)
	s := NewScreen(v, v.size)
	s.draw(lines("view 1", "view 2"))
	fmt.Fprint(v, "^C")
	_ = s.Print([]byte("stays\n"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := v.text(); got != "stays" {
		t.Errorf("%q", got)
	}
}

type brokenTerminal struct{ writes int }

var errHangup = errors.New("hangup")

func (b *brokenTerminal) Write([]byte) (int, error) {
	b.writes++
	return 0, errHangup
}

func TestScreenErrors(t *testing.T) {
	b := &brokenTerminal{}
	s := NewScreen(b, func() (int, int) { return 0, 0 })
	s.draw(lines("x"))
	s.draw(lines("y"))
	if err := s.Print([]byte("z\n")); !errors.Is(err, errHangup) || b.writes != 1 {
		t.Errorf("%v after %d writes", err, b.writes)
	}
	if _, err := s.Write([]byte("z\n")); !errors.Is(err, errHangup) {
		t.Error(err)
	}
	if err := s.Close(); !errors.Is(err, errHangup) {
		t.Error(err)
	}
}

// play is a run of a few seconds on a terminal: one suite of polls, one that fails.
type play struct {
	live  *Live
	a, b  *runner.SuiteReport
	query map[string]*runner.QueryReport
}

func newPlay(v *terminal, o LiveOptions) *play {
	return &play{
		live: NewLive(NewScreen(v, v.size), o),
		a:    &runner.SuiteReport{Name: "Orders", File: "orders.yaml"}, b: &runner.SuiteReport{Name: "注文の一覧", File: "list.yaml"},
		query: map[string]*runner.QueryReport{},
	}
}

func (p *play) start(s *runner.SuiteReport, name string) {
	q := &runner.QueryReport{Name: name, File: s.File, Line: 7, Method: "GET", Path: "/"}
	p.query[name] = q
	started := *q
	p.live.Handle(runner.QueryStarted{Suite: s, Query: &started})
}

func (p *play) end(s *runner.SuiteReport, name string, status runner.Status) {
	q := p.query[name]
	q.Status, q.StatusCode, q.Duration = status, 200, runner.Millis(time.Second)
	s.Queries = append(s.Queries, q)
	s.Counts.Queries++
	if status == runner.StatusFailed {
		s.Counts.Failed++
		q.Failures = []runner.CheckReport{{Check: "status", File: s.File, Line: 8, Expected: "201", Found: "200 OK"}}
	} else {
		s.Counts.Passed++
	}
	p.live.Handle(runner.QueryFinished{Suite: s, Query: q})
}

func wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newTerminal(t, 60, 24)
		p := newPlay(v, LiveOptions{ConsoleOptions: ConsoleOptions{Suites: 2}})
		expect := func(want string) {
			t.Helper()
			want = strings.Trim(want, "\n")
			if got := strings.TrimRight(v.text(), "\n"); got != want {
				t.Fatalf("after %d writes got\n%s\nwant\n%s", v.writes, got, want)
			}
		}
		p.live.Handle(runner.SuiteStarted{Suite: p.a, Queries: 3})
		p.live.Handle(runner.SuiteStarted{Suite: p.b, Queries: 1})
		p.start(p.a, "it is shipped")
		wait(500 * time.Millisecond)
		p.start(p.b, "各行")
		p.live.Handle(runner.RowsMade{Suite: p.b, Query: "rows", Rows: 2})
		p.live.Handle(runner.AttemptFinished{
			Suite: p.a, Query: p.query["it is shipped"], Attempt: &runner.AttemptReport{Number: 1}, Wait: 2 * time.Second,
		})
		wait(1050 * time.Millisecond)
		expect(`
    1.5 s  it is shipped  attempt 2 in 1.0 s  Orders
    1.0 s  各 行   注 文 の 一 覧
  0 of 5 done · 1.5 s`)
		p.end(p.b, "各行", runner.StatusFailed)
		wait(redraw)
		for _, want := range []string{"✗ 各", "found     200 OK\n\n    1.6 s  it is shipped", "1 of 5 done · 1 failed · 1.6 s · about 6 s left"} {
			if !strings.Contains(v.text(), want) {
				t.Errorf("%q is missing in\n%s", want, v.text())
			}
		}
		p.b.Status, p.a.Status = runner.StatusFailed, runner.StatusPassed
		p.live.Handle(runner.SuiteFinished{Suite: p.b})
		p.end(p.a, "it is shipped", runner.StatusPassed)
		p.live.Handle(runner.SuiteFinished{Suite: p.a})
		if err := p.live.Finish(&runner.Report{Suites: []*runner.SuiteReport{p.a, p.b}}); err != nil {
			t.Fatal(err)
		}
		text := v.text()
		if strings.Contains(text, "done") || strings.Contains(text, "it is shipped") || !strings.Contains(text, "\n✓ Orders  orders.yaml") {
			t.Errorf("in the end\n%s", text)
		}
		if err := p.live.Stop(); err != nil {
			t.Fatal(err)
		}
	})
}

// However much happens, pictures come at most ten times a second, and no line of
// the view is wider than the terminal or more than there is room for.
func TestLiveBounds(t *testing.T) {
	for _, size := range [][2]int{{200, 50}, {80, 24}, {40, 8}, {20, 3}, {10, 2}, {3, 1}, {1, 1}} {
		synctest.Test(t, func(t *testing.T) {
			v := newTerminal(t, 300, 60)
			v.columns, v.rows = size[0], size[1]
			p := newPlay(v, LiveOptions{ConsoleOptions: ConsoleOptions{Suites: 2}})
			p.live.Handle(runner.SuiteStarted{Suite: p.a, Queries: 500})
			for i := range 60 {
				p.start(p.a, fmt.Sprintf("the name of a query that goes on and on 注文 %d", i))
			}
			began := v.writes
			for range 300 {
				p.start(p.b, "much")
				p.live.Handle(runner.AttemptFinished{Suite: p.b, Query: p.query["much"], Attempt: &runner.AttemptReport{Number: 12}, Wait: time.Hour})
				p.end(p.b, "much", runner.StatusPassed)
				time.Sleep(10 * time.Millisecond)
			}
			synctest.Wait()
			if n := v.writes - began; n > 31 {
				t.Errorf("%v: %d writes in 3 s", size, n)
			}
			view := p.live.view(size[0], size[1])
			if len(view) > min(12, max(0, size[1]-1)) {
				t.Errorf("%v: %d lines", size, len(view))
			}
			for _, l := range view {
				if plain := regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(l.text, ""); displayWidth(plain) != l.cells || l.cells >= size[0] {
					t.Errorf("%v: %d cells, said to be %d: %q", size, displayWidth(plain), l.cells, plain)
				}
			}
			if err := p.live.Stop(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// A terminal that becomes narrower wraps the lines of the view; they are gone all the same.
func TestScreenResize(t *testing.T) {
	v := newTerminal(t, 20, 10)
	s := NewScreen(v, v.size)
	_ = s.Print([]byte("stays\n"))
	s.draw(lines("0123456789abcdef", "short"))
	v.columns = 10
	v.lines = []string{"stays", "0123456789", "abcdef", "short", ""} // as terminals do
	v.row = 4
	s.draw(lines("012345678", "short"))
	if got := v.text(); got != "stays\n012345678\nshort" {
		t.Errorf("got\n%s", got)
	}
}

// How long is left is guessed from known durations, else from the count.
func TestForecast(t *testing.T) {
	s := &runner.SuiteReport{File: "a.yaml"}
	at := func(sec int) time.Time { return time.Unix(int64(sec), 0) }
	finish := func(p *progress, name string, now time.Time) {
		p.note(runner.QueryFinished{Suite: s, Query: &runner.QueryReport{Name: name, Status: runner.StatusPassed}}, now)
	}
	known := map[TimingKey]time.Duration{
		{"a.yaml", "quick"}: time.Second, {"a.yaml", "slow"}: 20 * time.Second, {"a.yaml", "slower"}: 40 * time.Second, {"b.yaml", "other"}: time.Hour,
	}
	for _, tt := range []struct {
		name    string
		timings map[TimingKey]time.Duration
		want    time.Duration
	}{{"count", nil, 4 * time.Second}, {"timings", known, 120 * time.Second}} {
		t.Run(tt.name, func(t *testing.T) {
			p := newProgress(at(0), 1, tt.timings)
			p.note(runner.SuiteStarted{Suite: s, Queries: 3}, at(0))
			if left := p.left.estimate(p, at(5)); left != 0 {
				t.Errorf("%v left before anything is done", left)
			}
			finish(p, "quick", at(2))
			if left := p.left.estimate(p, at(2)); left != tt.want {
				t.Errorf("%v left, want %v", left, tt.want)
			}
		})
	}
	// A long query that runs is waited for, however quick the rest was.
	p := newProgress(at(0), 1, known)
	p.note(runner.SuiteStarted{Suite: s, Queries: 2}, at(0))
	p.note(runner.QueryStarted{Suite: s, Query: &runner.QueryReport{Name: "slower"}}, at(1))
	finish(p, "slow", at(1))
	if left := p.left.estimate(p, at(2)); left != 39*time.Second {
		t.Errorf("%v left, want 39 s", left)
	}
	var texts []string
	for _, d := range []time.Duration{200 * time.Millisecond, 9 * time.Second, 12 * time.Second, 58 * time.Second, 90 * time.Minute} {
		texts = append(texts, roughly(d))
	}
	if got := strings.Join(texts, ", "); got != "1 s, 9 s, 10 s, 1 min, 1 h 30 min" {
		t.Error(got)
	}
}

// A wide terminal shows more of a name, and all in its columns.
func TestLiveOnAWideTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newTerminal(t, 200, 24)
		p := newPlay(v, LiveOptions{ConsoleOptions: ConsoleOptions{Suites: 1}})
		p.live.Handle(runner.SuiteStarted{Suite: p.a, Queries: 2})
		long := "a name that is longer than a narrow terminal has room for"
		for _, name := range []string{"short", long} {
			p.start(p.a, name)
			p.end(p.a, name, runner.StatusPassed)
		}
		if err := p.live.Stop(); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(v.text(), "\n")
		if len(lines) < 3 || !strings.Contains(lines[2], long) || strings.Index(lines[1], "GET") != strings.Index(lines[2], "GET") {
			t.Errorf("got\n%s", v.text())
		}
	})
}

// One suite on a terminal has a line for each query, as off a terminal.
func TestLiveOfOneSuite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newTerminal(t, 80, 24)
		p := newPlay(v, LiveOptions{ConsoleOptions: ConsoleOptions{Suites: 1}})
		p.live.Handle(runner.SuiteStarted{Suite: p.a, Queries: 1})
		p.start(p.a, "q")
		p.end(p.a, "q", runner.StatusPassed)
		p.live.Handle(runner.SuiteFinished{Suite: p.a})
		report := &runner.Report{Suites: []*runner.SuiteReport{p.a}, Counts: p.a.Counts}
		if err := p.live.Finish(report); err != nil {
			t.Fatal(err)
		}
		var plain bytes.Buffer
		c := NewConsole(&plain, ConsoleOptions{Suites: 1})
		c.Handle(runner.SuiteStarted{Suite: p.a})
		c.Handle(runner.QueryFinished{Suite: p.a, Query: p.query["q"]})
		c.Handle(runner.SuiteFinished{Suite: p.a})
		_ = c.Finish(report)
		if got := v.text() + "\n"; got != plain.String() {
			t.Errorf("got\n%s\nwant\n%s", got, &plain)
		}
	})
}
