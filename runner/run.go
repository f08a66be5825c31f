package runner

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apicel/apicel/runner/source"
	"github.com/apicel/apicel/runner/source/oauth"
	"github.com/apicel/apicel/spec"
)

// Defaults of RunOptions.
const (
	// DefaultJobs is how many attempts are in flight at most.
	DefaultJobs = 16
	// DefaultTeardownTimeout bounds the teardown of one suite.
	DefaultTeardownTimeout = 30 * time.Second
	// interruptGrace is how long an interrupted run lets finish what is in
	// flight, so that what was created is captured and can be torn down.
	interruptGrace = 5 * time.Second
)

// RunOptions say how to run a plan. Zero fields take the defaults.
type RunOptions struct {
	Jobs            int
	Timeout         time.Duration // of the run, teardown excepted; 0 is none
	TeardownTimeout time.Duration
	// FailFast starts nothing new once so many queries have failed or errored; 0
	// is no limit.
	FailFast int
	// Delay keeps requests apart, those of polls, retries, setup and teardown among
	// them: none begins sooner than this after the one before began or, where none
	// is in flight, ended.
	Delay time.Duration
	// Shuffle is the seed of the order in which queries that may run are started.
	// With Jobs 1 the order is the same each time. Nil is the order of the files.
	Shuffle *uint64
	// Repetition is the number of this run among several that repeat it, 0 where it is the only one.
	Repetition int
	// KeepExchanges keeps the exchanges of queries that passed, too.
	KeepExchanges bool
	// Hosts are those that may be asked; nil allows all.
	Hosts *source.Hosts
	// Tokens keeps refresh tokens between runs; nil keeps none.
	Tokens oauth.Store
	// Warn is told what is odd about an answer of an authorization server.
	Warn     func(message string)
	Version  string
	Hostname string
}

// The causes with which requests in flight are cancelled.
var (
	errInterrupted  = errors.New("the run was interrupted")
	errRunTimeout   = errors.New("the run's timeout is up")
	errTeardownTime = errors.New("teardown's deadline is up")
)

// run is the state of one Plan.Run. mu guards everything below it and what
// hangs on it: suites, nodes and rows are changed under the lock or by the one
// worker that holds their task.
type run struct {
	plan   *Plan
	o      RunOptions
	pool   *source.Pool
	events *eventQueue

	parent context.Context // ends with an interrupt
	ctx    context.Context // of requests in flight, teardown excepted
	cancel context.CancelCauseFunc

	mu       sync.Mutex
	wake     *sync.Cond
	ready    taskHeap
	sleeping map[*row]*time.Timer // polls between two attempts
	lanes    map[string]*lane     // of the sources that have limits
	pace     pace
	failures int     // of queries, teardown excepted
	decided  []*node // whose pending count fell to 0
	open     int     // suites that are not finished
	stop     Stop
	suites   []*suiteRun

	learned atomic.Bool // a secret was captured
}

// Run sends the plan's queries and returns what was found. Suites with errors
// are reported, not run. Cancelling ctx starts nothing new, lets what is in
// flight finish for a few seconds, runs teardown, and returns the report of what
// was done. Run returns when every goroutine of it has ended and sink has
// handled every event. A plan is run once.
func (p *Plan) Run(ctx context.Context, o RunOptions, sink Sink) *Report {
	o = o.withDefaults()
	r := &run{plan: p, o: o, parent: ctx, sleeping: map[*row]*time.Timer{}, lanes: map[string]*lane{}, events: newEventQueue()}
	r.ready.shuffle = o.Shuffle
	r.pace.delay = o.Delay
	r.wake = sync.NewCond(&r.mu)
	r.pool = p.NewPool(o)
	defer r.pool.Close()
	r.ctx, r.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	defer r.cancel(nil)

	report := &Report{Version: ReportVersion, Apicel: o.Version, Hostname: o.Hostname, Started: time.Now(), Seed: p.seed, Shuffle: o.Shuffle, Shard: p.shard, Jobs: o.Jobs}
	var pump sync.WaitGroup
	pump.Go(func() { r.events.drain(sink) })
	unwatch := r.watch(ctx)
	suites := r.start(report)
	var workers sync.WaitGroup
	for range o.Jobs {
		workers.Go(r.work)
	}
	workers.Wait()
	unwatch()
	r.stopLanes()
	r.events.close()
	pump.Wait()

	report.Duration = millis(time.Since(report.Started))
	report.Stopped = r.stop
	for _, s := range suites {
		report.Counts.add(s.report.Counts)
		if r.learned.Load() {
			s.redactAgain(p.redactor)
		}
	}
	return report
}

// NewPool returns the clients of a run. Close it after use.
func (p *Plan) NewPool(o RunOptions) *source.Pool {
	return source.NewPool(source.Options{
		Jobs:      o.Jobs,
		UserAgent: userAgent(o.Version),
		Env:       func(name string) string { return p.env[name] },
		Learn:     func(name, value string) { p.redactor.Add(name, value) },
		Warn:      p.warn(o),
		Store:     o.Tokens,
		Hosts:     o.Hosts,
	})
}

// warn tells of what is odd without the secrets that the plan knows of.
func (p *Plan) warn(o RunOptions) func(message string) {
	if o.Warn == nil {
		return nil
	}
	return func(message string) { o.Warn(p.redactor.Redact(message)) }
}

func (o RunOptions) withDefaults() RunOptions {
	if o.Jobs < 1 {
		o.Jobs = DefaultJobs
	}
	if o.TeardownTimeout <= 0 {
		o.TeardownTimeout = DefaultTeardownTimeout
	}
	return o
}

// userAgent is what requests say they come from.
func userAgent(version string) string {
	if version == "" {
		return source.DefaultUserAgent
	}
	return source.DefaultUserAgent + "/" + strings.Trim(version, "()")
}

// start makes the runtime state of every suite and starts their first phase.
func (r *run) start(report *Report) []*suiteRun {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open = len(r.plan.suites)
	suites := make([]*suiteRun, len(r.plan.suites))
	for i, s := range r.plan.suites {
		suites[i] = r.newSuite(s)
		suites[i].lane = r.lane(s)
		report.Suites = append(report.Suites, suites[i].report)
	}
	r.suites = suites
	for _, su := range suites {
		r.events.put(SuiteStarted{su.report, len(su.nodes)})
	}
	for _, su := range suites {
		if su.suite.bad() {
			r.finishSuite(su)
			continue
		}
		r.startPhase(su, 0)
	}
	r.settle()
	return suites
}

// watch stops the run when ctx is cancelled or its time is up. The returned
// function ends the watch and waits for it.
func (r *run) watch(ctx context.Context) func() {
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		var timeout <-chan time.Time
		if r.o.Timeout > 0 {
			t := time.NewTimer(r.o.Timeout)
			defer t.Stop()
			timeout = t.C
		}
		select {
		case <-done:
		case <-timeout:
			if r.stopNew(StopTimeout) {
				r.cancel(errRunTimeout)
			}
		case <-ctx.Done():
			r.stopNew(StopInterrupted)
			t := time.NewTimer(interruptGrace)
			defer t.Stop()
			select {
			case <-done:
			case <-t.C:
				r.cancel(errInterrupted)
			}
		}
	})
	return func() { close(done); wg.Wait() }
}

// stopNew starts nothing new outside teardown. Polls that wait for their next
// attempt wake up to end with what their last one found. A timeout stops nothing
// and stopNew returns false where only teardown is left, which is not its business.
func (r *run) stopNew(why Stop) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if why == StopTimeout && !slices.ContainsFunc(r.suites, (*suiteRun).beforeTeardown) {
		return false
	}
	if r.stop == "" {
		r.stop = why
	}
	r.wakePolls(func(w *row) bool { return w.node.q.phase() != spec.PhaseTeardown })
	return true
}

// wakePolls makes the sleeping polls for which which holds ready at once.
func (r *run) wakePolls(which func(*row) bool) {
	for w, timer := range r.sleeping {
		if which(w) {
			timer.Stop()
			delete(r.sleeping, w)
			r.ready.push(task{node: w.node, row: w})
		}
	}
	r.wakeLanes()
	r.wake.Broadcast()
}

// work takes tasks until every suite is finished.
func (r *run) work() {
	for {
		t, ok := r.next()
		if !ok {
			return
		}
		if t.row == nil {
			r.expand(t.node)
			continue
		}
		r.step(t.row)
	}
}

func (r *run) next() (task, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		for r.ready.len() == 0 {
			if r.open == 0 {
				return task{}, false
			}
			r.wake.Wait()
		}
		if t := r.ready.pop(); r.admit(t) {
			return t, true
		}
	}
}

// add adds the counts of o.
func (c *Counts) add(o Counts) {
	c.Queries += o.Queries
	c.Passed += o.Passed
	c.Failed += o.Failed
	c.Errored += o.Errored
	c.Skipped += o.Skipped
	c.Flaky += o.Flaky
	c.Checks += o.Checks
	c.BadSuites += o.BadSuites
}
