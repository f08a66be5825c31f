package apiceltest

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/apicel/apicel/runner"
	"github.com/apicel/apicel/spec"
)

// DefaultURLVar is the var that suites find the address of the API in.
const DefaultURLVar = "api"

// Option is a choice that Run leaves to its caller.
type Option func(*config)

// config is what a call of Run was asked for.
type config struct {
	handler http.Handler
	url     string
	given   []string // the options of these that say where the API is
	empty   bool     // one of them says nothing
	urlVar  string
	vars    []runner.VarFlag
	secrets map[string]string
	env     map[string]string
	jobs    int
	seed    uint64
	timeout time.Duration
	root    string
	update  bool
}

func newConfig(options []Option) *config {
	c := &config{urlVar: DefaultURLVar, secrets: map[string]string{}, env: map[string]string{}}
	for _, line := range os.Environ() {
		if name, value, ok := strings.Cut(line, "="); ok && name != "" {
			c.env[name] = value
		}
	}
	for _, o := range options {
		o(c)
	}
	return c
}

// Handler serves h on a loopback address while the suites run and sets the var
// api to its URL. That h is nil fails the test, before a suite is sent elsewhere.
func Handler(h http.Handler) Option {
	return func(c *config) {
		c.handler = h
		c.given = append(c.given, "Handler")
		c.empty = c.empty || h == nil
	}
}

// URL sets the var api to the URL of an API that runs already, such as that of an
// httptest.Server. An empty one fails the test.
func URL(url string) Option {
	return func(c *config) {
		c.url = url
		c.given = append(c.given, "URL")
		c.empty = c.empty || url == ""
	}
}

// URLVar sets the var of that name to the address of the API, instead of api.
func URLVar(name string) Option { return func(c *config) { c.urlVar = name } }

// Var sets a var of the suites that declare it, as --var does.
func Var(name, value string) Option {
	return func(c *config) { c.vars = append(c.vars, runner.VarFlag{Name: name, Value: value}) }
}

// Secret gives the suites that declare a secret its value, wherever they say that
// it comes from. It is masked in all output.
func Secret(name, value string) Option { return func(c *config) { c.secrets[name] = value } }

// Env sets an environment variable for the suites, beside those of the process.
func Env(name, value string) Option { return func(c *config) { c.env[name] = value } }

// Jobs bounds how many queries are in flight at once; [runner.DefaultJobs] where
// it is not given.
func Jobs(n int) Option { return func(c *config) { c.jobs = n } }

// Seed is that of random values; 0 where it is not given, so that each run draws
// the same.
func Seed(seed uint64) Option { return func(c *config) { c.seed = seed } }

// Timeout ends a suite after this time; its teardown still runs.
func Timeout(d time.Duration) Option { return func(c *config) { c.timeout = d } }

// Root is the folder below which suites may name files; the folder above them
// that holds .git where it is not given.
func Root(dir string) Option { return func(c *config) { c.root = dir } }

// UpdateSnapshots writes snapshots that are missing or differ, if update is set,
// which is often a flag of the test.
func UpdateSnapshots(update bool) Option { return func(c *config) { c.update = update } }

// serve starts the server of a handler.
func (c *config) serve(t *testing.T) {
	t.Helper()
	switch {
	case len(c.given) > 1:
		t.Errorf("%s are given, expected one of them", strings.Join(c.given, " and "))
	case c.empty:
		t.Errorf("%s is given nothing, expected where the API is", c.given[0])
	case c.handler != nil:
		server := httptest.NewServer(c.handler)
		t.Cleanup(server.Close)
		c.url = server.URL
	}
}

// unused says which options no suite has a use for: a misspelt name would
// otherwise test something else than what was meant. A suite with errors may be
// the one that has.
func (c *config) unused(suites []*spec.Suite) []string {
	vars, secrets := map[string]bool{}, map[string]bool{}
	for _, s := range suites {
		if s.Problems.HasErrors() {
			return nil
		}
		for _, v := range s.Vars {
			vars[v.Name.Value] = true
		}
		for _, v := range s.Secrets {
			secrets[v.Name.Value] = true
		}
	}
	var problems []string
	if c.url != "" && !vars[c.urlVar] {
		problems = append(problems, fmt.Sprintf("no suite declares vars.%[1]s, in which it would find the address of the API: write vars: {%[1]s: null} and source: {base_url: \"${vars.%[1]s}\"}", c.urlVar))
	}
	for _, v := range c.vars {
		if !vars[v.Name] {
			problems = append(problems, fmt.Sprintf("Var(%q): no suite declares vars.%s", v.Name, v.Name))
		}
	}
	for name := range c.secrets {
		if !secrets[name] {
			problems = append(problems, fmt.Sprintf("Secret(%q): no suite declares secrets.%s", name, name))
		}
	}
	return problems
}

// inputs are those of one suite: the vars that it declares, and its secrets,
// which from here on come from the environment that Run makes up.
func (c *config) inputs(s *spec.Suite) runner.Inputs {
	in := runner.Inputs{Env: maps.Clone(c.env)}
	declared := map[string]bool{}
	for _, v := range s.Vars {
		declared[v.Name.Value] = true
	}
	if c.url != "" && declared[c.urlVar] {
		in.Vars = append(in.Vars, runner.VarFlag{Name: c.urlVar, Value: c.url})
	}
	for _, v := range c.vars {
		if declared[v.Name] {
			in.Vars = append(in.Vars, v)
		}
	}
	for i, sec := range s.Secrets {
		if value, ok := c.secrets[sec.Name.Value]; ok {
			const from = "apiceltest.Secret "
			s.Secrets[i].FilePath = spec.String{}
			s.Secrets[i].Env = spec.String{Value: from + sec.Name.Value, Pos: sec.Name.Pos}
			in.Env[from+sec.Name.Value] = value
		}
	}
	return in
}
