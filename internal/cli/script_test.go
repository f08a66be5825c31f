package cli

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/mccutchen/go-httpbin/v2/httpbin"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/zalando/go-keyring"
)

func TestMain(m *testing.M) {
	keyring.MockInitWithError(keyring.ErrUnsupportedPlatform) // whoever runs the tests keeps their own
	testscript.Main(m, map[string]func(){
		"apicel": func() {
			os.Exit(Command{
				Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Args: os.Args[1:], Env: os.Environ(), Exit: os.Exit,
			}.Run(context.Background()))
		},
	})
}

// TestScripts runs testdata/script. Each script has servers of its own: $HTTPBIN
// is go-httpbin, $API answers 200 to everything and notes what it was asked.
//
// Beside testscript's commands there are
//
//	code N apicel ARGS...   run and expect exit code N
//	start apicel ARGS...    run in the background
//	asked REQUEST           wait until $API was asked, such as 'GET /held/x'
//	release                 answer the requests for /held/..., also those to come
//	hold                    hold them again
//	printed TEXT            wait until the program has printed TEXT on standard output
//	said TEXT               wait until it has said TEXT on standard error
//	signal INT|TERM|KILL|QUIT  send it a signal
//	insist INT|TERM         send it one again and again until it has ended
//	ended N|killed          wait for its end; then stdout and stderr work
//	[!] requests REQUEST    whether $API was asked
//	log FILE                write all that $API was asked to FILE and forget it
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		UpdateScripts:       *update,
		Setup:               setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": code, "start": start, "asked": asked, "release": release, "hold": hold, "said": said, "printed": printed,
			"signal": sendSignal, "insist": insist, "ended": ended, "requests": requests, "log": writeLog,
		},
	})
}

type stageKey struct{}

// stage is what one script plays on.
type stage struct {
	api     *recorder
	process *process
}

// raceOptions keep a program that was built with -race from sleeping for a second
// before each exit, in case another goroutine still has a race to report.
const raceOptions = "atexit_sleep_ms=0"

func setup(env *testscript.Env) error {
	api := newRecorder()
	servers := map[string]*httptest.Server{
		"API":     httptest.NewServer(api),
		"HTTPBIN": httptest.NewServer(httpbin.New()),
	}
	for name, server := range servers {
		env.Setenv(name, server.URL)
		env.Defer(server.Close)
	}
	env.Setenv("GORACE", raceOptions)
	env.Defer(api.release) // runs before the servers close, which wait for their requests
	st := &stage{api: api}
	env.Values[stageKey{}] = st
	env.Defer(func() {
		if st.process != nil {
			_ = st.process.cmd.Process.Kill()
		}
	})
	return nil
}

func stageOf(ts *testscript.TestScript) *stage { return ts.Value(stageKey{}).(*stage) }

func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N command args...")
	}
	err := ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	got := 0
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, expected %s", got, args[0])
	}
}

func start(ts *testscript.TestScript, _ bool, args []string) {
	path, err := exec.LookPath(args[0])
	ts.Check(err)
	p := &process{cmd: exec.Command(path, args[1:]...), stdout: newWatched(), stderr: newWatched(), ended: make(chan struct{})}
	p.cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "API", "HOME", "TMPDIR", "GORACE", "GOTRACEBACK", "SECRET"} {
		if value := ts.Getenv(name); value != "" {
			p.cmd.Env = append(p.cmd.Env, name+"="+value)
		}
	}
	p.cmd.Stdout, p.cmd.Stderr = p.stdout, p.stderr
	ts.Check(p.cmd.Start())
	stageOf(ts).process = p
	go func() {
		_ = p.cmd.Wait() // its state says how it ended
		p.stdout.end()
		p.stderr.end()
		close(p.ended)
	}()
}

func asked(ts *testscript.TestScript, _ bool, args []string) {
	st := stageOf(ts)
	if !st.api.await(args[0], st.process.ended) {
		ts.Fatalf("the program ended and never asked %q\n%s", args[0], st.process.stderr.String())
	}
}

func release(ts *testscript.TestScript, _ bool, _ []string) { stageOf(ts).api.release() }

func hold(ts *testscript.TestScript, _ bool, _ []string) { stageOf(ts).api.hold() }

func said(ts *testscript.TestScript, _ bool, args []string) {
	if p := stageOf(ts).process; !p.stderr.await(args[0]) {
		ts.Fatalf("the program ended and never said %q\n%s", args[0], p.stderr.String())
	}
}

func printed(ts *testscript.TestScript, _ bool, args []string) {
	if p := stageOf(ts).process; !p.stdout.await(args[0]) {
		ts.Fatalf("the program ended and never printed %q\n%s", args[0], p.stderr.String())
	}
}

func sendSignal(ts *testscript.TestScript, _ bool, args []string) {
	sig := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL, "QUIT": syscall.SIGQUIT}[args[0]]
	if err := stageOf(ts).process.cmd.Process.Signal(sig); !errors.Is(err, os.ErrProcessDone) {
		ts.Check(err)
	}
}

// insist signals again and again until the program has ended.
func insist(ts *testscript.TestScript, neg bool, args []string) {
	for {
		sendSignal(ts, neg, args)
		select {
		case <-stageOf(ts).process.ended:
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func ended(ts *testscript.TestScript, _ bool, args []string) {
	p := stageOf(ts).process
	<-p.ended
	_, _ = ts.Stdout().Write([]byte(p.stdout.String()))
	_, _ = ts.Stderr().Write([]byte(p.stderr.String()))
	got := strconv.Itoa(p.cmd.ProcessState.ExitCode())
	if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		got = "killed"
	}
	if got != args[0] {
		ts.Fatalf("the program ended with %s, expected %s", got, args[0])
	}
}

func requests(ts *testscript.TestScript, neg bool, args []string) {
	if stageOf(ts).api.was(args[0]) == neg {
		ts.Fatalf("the server was asked:\n%s", stageOf(ts).api.text())
	}
}

func writeLog(ts *testscript.TestScript, _ bool, args []string) {
	api := stageOf(ts).api
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(api.text()), 0o644))
	api.forget()
}

// process is a program that runs in the background.
type process struct {
	cmd    *exec.Cmd
	stdout *watched
	stderr *watched
	ended  chan struct{}
}

// watched is a buffer on whose content one can wait.
type watched struct {
	mu      sync.Mutex
	changed *sync.Cond
	buf     bytes.Buffer
	closed  bool
}

func newWatched() *watched {
	w := &watched{}
	w.changed = sync.NewCond(&w.mu)
	return w
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	defer w.changed.Broadcast()
	return w.buf.Write(p)
}

func (w *watched) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	w.changed.Broadcast()
}

func (w *watched) await(text string) bool { return w.awaitBehind(0, text) }

// awaitBehind waits for a text that stands behind the first n bytes.
func (w *watched) awaitBehind(n int, text string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for !strings.Contains(w.buf.String()[n:], text) {
		if w.closed {
			return false
		}
		w.changed.Wait()
	}
	return true
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.String()
}

// recorder is a server that notes requests and answers 200 with
// {"ok": true}, to those below /held/ only once they are released.
type recorder struct {
	mu      sync.Mutex
	changed chan struct{} // closed and replaced with each request
	seen    []string
	open    chan struct{}
	free    bool // open is closed
}

func newRecorder() *recorder {
	return &recorder{changed: make(chan struct{}), open: make(chan struct{})}
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	r.seen = append(r.seen, q.Method+" "+q.URL.RequestURI())
	close(r.changed)
	r.changed = make(chan struct{})
	open := r.open
	r.mu.Unlock()
	if strings.HasPrefix(q.URL.Path, "/held/") {
		select {
		case <-open:
		case <-q.Context().Done():
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"ok": true}`))
}

func (r *recorder) release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.free {
		close(r.open)
		r.free = true
	}
}

func (r *recorder) hold() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.free {
		r.open, r.free = make(chan struct{}), false
	}
}

func (r *recorder) was(request string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.seen {
		if s == request {
			return true
		}
	}
	return false
}

func (r *recorder) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(append(r.seen, ""), "\n")
}

func (r *recorder) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = nil
}

// await waits until the server was asked, or until the program has ended.
func (r *recorder) await(request string, ended <-chan struct{}) bool {
	for {
		r.mu.Lock()
		changed := r.changed
		r.mu.Unlock()
		if r.was(request) {
			return true
		}
		select {
		case <-changed:
		case <-ended:
			return r.was(request)
		}
	}
}
