// Package runner runs suites: it plans who waits for whom, sends the queries
// over shared clients, and reports what it found.
//
// A run has three steps. [Compile] turns loaded suites and their inputs into a
// [Plan]: expressions compiled, vars evaluated, needs and order worked out; all
// that can be refused before a request is sent is refused here. [Plan.Run]
// sends the queries, hands events to a [Sink] as they happen, and returns a
// [Report], which is data that every format is made from.
//
// A failed check is a result and stands in the report. Errors are for what
// stops a query (no answer) or a suite (a wrong file).
package runner

import (
	"context"
	"runtime"
	"slices"
	"sync"

	"cel.dev/cel-go/common/types/ref"

	"github.com/apicel/apicel/assert"
	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/internal/secret"
	"github.com/apicel/apicel/runner/source"
	"github.com/apicel/apicel/spec"
)

// CompileOptions are what a compilation needs beside the suites.
type CompileOptions struct {
	Inputs Inputs
	// Redactor learns the values of secrets. Nil means one of the plan's own.
	Redactor *secret.Redactor
	// Seed starts the random functions of vars and queries.
	Seed uint64
	// UpdateSnapshots writes snapshots that are missing or differ where all
	// other checks of their query hold.
	UpdateSnapshots bool
}

// Plan is a set of compiled suites, ready to run once.
type Plan struct {
	suites      []*suite
	all         []*suite // also those of which nothing was selected
	inputErrors []string
	warnings    []string
	redactor    *secret.Redactor
	snapshots   *assert.Snapshots
	seed        uint64
	env         map[string]string
	inputs      Inputs
	shard       *Shard // what the plan was cut to, or nil
}

// suite is one compiled file.
type suite struct {
	spec  *spec.Suite
	index int
	// id names the suite in the random stream: its path below the project
	// root, so that it is the same on every machine.
	id       string
	vars     map[string]ref.Val
	changing map[string]bool // vars whose value is another one in each run
	secrets  map[string]string
	source   *sourceTemplates
	baseURL  string   // for the report: as written where it reads captures
	queries  []*query // those that run, of all phases, in the order of the phases
	all      []*query // those of the file, nil where all of them run
	captures map[string]*query
	problems spec.Problems
	missing  []missingInput
	warnings []string // what is said at every run
	compiler *expr.Compiler
	// config is the client's, nil where something is wrong or missing.
	config *source.Config
	// route is how its requests go.
	route *Route
	// limits are those of the source.
	limits limits
}

// Compile compiles the suites, several at a time. It never fails as a whole:
// what is wrong with one suite is found in Problems and the others still run.
func Compile(suites []*spec.Suite, o CompileOptions) *Plan {
	p := &Plan{suites: make([]*suite, len(suites)), redactor: o.Redactor, seed: o.Seed, env: o.Inputs.Env, inputs: o.Inputs, snapshots: assert.NewSnapshots(o.UpdateSnapshots)}
	if p.redactor == nil {
		p.redactor = secret.NewRedactor()
	}
	p.inputErrors, p.warnings = o.Inputs.check(suites)
	shared := sharedParts{&fileCache{known: map[string]*cachedFile{}}, p.snapshots}
	ids := suiteIDs(suites)
	var wg sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, s := range suites {
		wg.Add(1)
		slots <- struct{}{}
		go func() {
			defer wg.Done()
			defer func() { <-slots }()
			p.suites[i] = guardedCompile(suiteInput{s, i, ids[i], shared}, o, p.redactor)
		}()
	}
	wg.Wait()
	p.refuseSharedSnapshots()
	p.all = slices.Clone(p.suites)
	return p
}

// refuseSharedSnapshots refuses snapshots that suites have in common: which of
// them it is compared with would be a matter of timing.
func (p *Plan) refuseSharedSnapshots() {
	for at, first := range p.snapshots.Shared() {
		for _, s := range p.suites {
			if s.spec != nil && s.spec.File == at.File {
				s.problems.Errorf(at, "this is also the snapshot at %s", first).WithHint("give each check a snapshot of its own")
				s.problems.Sort()
			}
		}
	}
}

// suiteInput is a suite and what tells it apart in its plan.
type suiteInput struct {
	spec  *spec.Suite
	index int
	id    string
	sharedParts
}

// sharedParts are what the suites of a plan share.
type sharedParts struct {
	cache     *fileCache
	snapshots *assert.Snapshots
}

func compileSuite(in suiteInput, o CompileOptions, red *secret.Redactor) *suite {
	s := in.spec
	c := &suite{spec: s, index: in.index, id: in.id, captures: map[string]*query{}}
	c.problems = append(c.problems, s.Problems...)
	if s.File == nil || (s.Source == nil && len(s.Queries)+len(s.Setup)+len(s.Teardown) == 0) {
		return c
	}
	read := suiteFiles{in.cache, s.Files}
	types := c.resolveInputs(o, red, read)
	compiler, err := expr.NewCompiler(expr.Decls{Vars: withUnread(types, s), Secrets: secretNames(s), Captures: captureNames(s), NoRows: !hasRows(s), ReadFile: read.read})
	if err != nil {
		c.problems.Errorf(spec.Pos{File: s.File, Line: 1, Col: 1}, "the inputs cannot be declared: %v", err)
		return c
	}
	c.compiler = compiler
	b := &builder{compiler: compiler, suite: c, options: checkOptions(s, red, read, in.snapshots), files: read, redactor: red}
	b.build()
	c.problems = tidy(c.problems)
	return c
}

// checkOptions are what keeps the suite's secrets out of what its checks show,
// and which files the checks may read.
func checkOptions(s *spec.Suite, red *secret.Redactor, read suiteFiles, snapshots *assert.Snapshots) []assert.Option {
	captures := map[string]bool{}
	for _, qs := range [][]*spec.Query{s.Setup, s.Queries, s.Teardown} {
		for _, q := range qs {
			for _, c := range q.Capture {
				captures[c.Name.Value] = captures[c.Name.Value] || c.Secret
			}
		}
	}
	return []assert.Option{
		assert.WithRedactor(red.Redact),
		assert.WithSecretCaptures(func(name string) bool { return captures[name] }),
		assert.WithFiles(read.read),
		assert.WithSnapshots(snapshots, s.Files),
	}
}

// tidy orders problems by place and drops those that were found twice: what the
// suite's expect gets wrong is found for every query.
func tidy(ps spec.Problems) spec.Problems {
	ps.Sort()
	type same struct {
		pos     spec.Pos
		message string
	}
	seen := make(map[same]bool, len(ps))
	var kept spec.Problems
	for _, p := range ps {
		if key := (same{p.Pos, p.Message}); !seen[key] {
			seen[key] = true
			kept = append(kept, p)
		}
	}
	return kept
}

// Problems returns what is wrong in the files, of all suites, ordered by place.
func (p *Plan) Problems() spec.Problems {
	var all spec.Problems
	for _, s := range p.suites {
		all = append(all, s.problems...)
	}
	return all
}

// InputErrors returns what is wrong with the given inputs, such as a --var that
// no suite declares. A run with input errors must not start.
func (p *Plan) InputErrors() []string { return p.inputErrors }

// WrittenSnapshots returns the paths of the snapshots that the run wrote, sorted.
func (p *Plan) WrittenSnapshots() []string { return p.snapshots.Written() }

// ObsoleteSnapshots returns the paths of the snapshots that lie beside those of
// the plan's suites and that no check of them names, sorted. Complete tells
// that every row of the suites was judged.
func (p *Plan) ObsoleteSnapshots(complete bool) []string { return p.snapshots.Obsolete(complete) }

// Warnings returns what is odd about the given inputs without being wrong, and
// what is said at every run of a suite.
func (p *Plan) Warnings() []string {
	all := slices.Clone(p.warnings)
	for _, s := range p.suites {
		for _, w := range s.warnings {
			if !slices.Contains(all, w) {
				all = append(all, w)
			}
		}
	}
	return all
}

func (s *suite) bad() bool { return s.problems.HasErrors() }

// activation returns what expressions of the suite itself may read.
func (s *suite) activation() *expr.Activation {
	return &expr.Activation{Vars: s.vars, Secrets: s.secrets}
}

func secretNames(s *spec.Suite) []string {
	names := slices.Clone(s.Unread.Secrets)
	for _, sec := range s.Secrets {
		names = append(names, sec.Name.Value)
	}
	return names
}

// hasRows tells whether a query of the suite has rows.
func hasRows(s *spec.Suite) bool {
	for _, qs := range [][]*spec.Query{s.Setup, s.Queries, s.Teardown} {
		if slices.ContainsFunc(qs, func(q *spec.Query) bool { return q.Each != nil }) {
			return true
		}
	}
	return false
}

func captureNames(s *spec.Suite) []string {
	names := slices.Clone(s.Unread.Captures)
	for _, qs := range [][]*spec.Query{s.Setup, s.Queries, s.Teardown} {
		for _, q := range qs {
			for _, c := range q.Capture {
				names = append(names, c.Name.Value)
			}
		}
	}
	return names
}

// background is for evaluations that send nothing and are bounded by cost.
var background = context.Background()
