package reporters

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/apicel/apicel/runner"
)

// LiveOptions are the choices a Live leaves to its caller.
type LiveOptions struct {
	ConsoleOptions
	// Timings are the durations of an earlier run, to guess from how long is left.
	Timings map[TimingKey]time.Duration
}

// redraw is the time between two pictures of the view.
const redraw = 100 * time.Millisecond

// Live shows a run on a terminal. Below, in a view of a few lines, it shows what
// runs and where the run is; above, what has ended: what failed as it happens, in
// full; a line for each suite that has finished, or, where there is one only, for
// each query. The view is gone when the run ends.
type Live struct {
	options  LiveOptions
	screen   *Screen
	out      stream
	sections map[*runner.SuiteReport]*section
	current  *section // whose lines were printed last
	flat     bool     // every query has its line

	mu       sync.Mutex // guards progress
	progress *progress

	broken error // written before ended
	over   chan struct{}
	ended  sync.WaitGroup
	once   sync.Once
}

// NewLive returns a Live on a screen, and starts to draw. Finish or Stop ends it.
func NewLive(screen *Screen, o LiveOptions) *Live {
	l := &Live{
		options:  o,
		screen:   screen,
		out:      stream{w: printing{screen}},
		sections: map[*runner.SuiteReport]*section{},
		flat:     o.Suites == 1 || o.Verbose,
		progress: newProgress(time.Now(), o.Suites, o.Timings),
		over:     make(chan struct{}),
	}
	l.ended.Go(l.animate)
	return l
}

// printing makes a writer of what stays on a screen.
type printing struct{ screen *Screen }

// Write implements io.Writer.
func (p printing) Write(lines []byte) (int, error) {
	if err := p.screen.Print(lines); err != nil {
		return 0, err
	}
	return len(lines), nil
}

// animate draws the view until the run is over. A panic, which is a fault of ours,
// ends the drawing and not the run; Finish returns it.
func (l *Live) animate() {
	defer func() {
		if p := recover(); p != nil {
			l.broken = fmt.Errorf("the live view: internal error: %v", p)
		}
	}()
	ticker := time.NewTicker(redraw)
	defer ticker.Stop()
	for {
		select {
		case <-l.over:
			return
		case <-ticker.C:
			l.screen.draw(l.view)
		}
	}
}

func (l *Live) view(columns, rows int) []viewLine {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.progress.view(style(l.options.Color), time.Now(), columns, rows)
}

// Stop ends the drawing and takes the view away, also where a run does not come to
// its end. It may be called again.
func (l *Live) Stop() error {
	l.once.Do(func() { close(l.over) })
	l.ended.Wait()
	return l.screen.Close()
}

// Flush implements [runner.Flusher]. What happens is on the screen already.
func (l *Live) Flush() {}

// Handle implements [runner.Sink].
func (l *Live) Handle(e runner.Event) {
	l.mu.Lock()
	l.progress.note(e, time.Now())
	l.mu.Unlock()
	switch e := e.(type) {
	case runner.SuiteStarted:
		l.begin(l.section(e.Suite))
	case runner.QueryFinished:
		s := l.section(e.Suite)
		s.queries++
		if l.flat || unsuccessful(e.Query) || e.Query.Flaky {
			l.head(s)
			s.spare = l.screen.spare()
			s.query(e.Query, l.options.Verbose)
			l.out.print(&s.printer, false)
		}
	case runner.SuiteFinished:
		l.finish(l.section(e.Suite))
	}
}

func (l *Live) section(suite *runner.SuiteReport) *section {
	s := l.sections[suite]
	if s == nil {
		s = newSection(suite, l.options.ConsoleOptions)
		l.sections[suite] = s
	}
	return s
}

// begin names a suite that stands alone, and says what is wrong with its file.
func (l *Live) begin(s *section) {
	problems := s.suite.Problems
	if l.options.Suites != 1 && s.problems >= len(problems) {
		return
	}
	l.head(s)
	for ; s.problems < len(problems); s.problems++ {
		s.problem(2, problems[s.problems])
		s.blank()
	}
	l.out.print(&s.printer, false)
}

// head names the suite that the next lines belong to, unless the lines before
// them belong to it as well.
func (l *Live) head(s *section) {
	if l.current == s {
		return
	}
	l.current, s.named = s, false
	s.begin()
	l.out.print(&s.printer, true)
}

// finish prints the line of a suite, where its queries have none.
func (l *Live) finish(s *section) {
	l.begin(s)
	switch {
	case !l.flat:
		if l.current != nil {
			s.blank()
		}
		first := l.current != nil
		l.current = nil
		s.suiteLine()
		l.out.print(&s.printer, first)
	case s.queries == 0 && s.problems == 0:
		l.head(s)
		s.line(2, s.style.paint(dim, "no queries"))
		l.out.print(&s.printer, false)
	}
	delete(l.sections, s.suite)
}

// widthSuite is the number of cells for the name and the file of a suite that has
// finished.
const widthSuite = 44

// suiteLine is the line of a suite that has finished.
func (s *section) suiteLine() {
	faint := func(t string) string { return s.style.paint(dim, t) }
	name, file := inline(suiteName(s.suite)), inline(s.suite.File)
	s.out.WriteString(s.verdict(suiteVerdict(s.suite)) + " ")
	r := row{&s.out, columnName - 2}
	r.put(middle(name, widthSuite), same)
	if room := widthSuite - displayWidth(name) - 2; name != file && room >= 12 {
		r.put("  ", same)
		r.put(middle(file, room), faint)
	}
	r.at(columnName - 2 + widthSuite + 1)
	parts := s.counts(s.suite.Counts)
	if len(parts) == 0 {
		parts = []string{s.style.paint(dim, "no queries")}
	}
	if len(errorsOf(s.suite)) > 0 {
		parts = []string{s.style.paint(badly, "did not run")}
	}
	s.out.WriteString(joined(parts))
	if d := s.suite.Duration.Duration(); d > 0 {
		s.out.WriteString(faint(fmt.Sprintf("  %s", duration(d))))
	}
	s.out.WriteByte('\n')
}

// suiteVerdict is the status of a suite; one whose queries were all skipped has
// not passed.
func suiteVerdict(s *runner.SuiteReport) runner.Status {
	if s.Counts.Queries > 0 && s.Counts.Queries == s.Counts.Skipped {
		return runner.StatusSkipped
	}
	return s.Status
}

// Finish implements [Output].
func (l *Live) Finish(r *runner.Report) error {
	p := &printer{style: style(l.options.Color), limits: consoleLimits}
	p.summary(r, l.options.ConsoleOptions)
	l.out.print(p, true)
	if err := l.Stop(); err != nil {
		return err
	}
	return errors.Join(l.out.err, l.broken)
}
