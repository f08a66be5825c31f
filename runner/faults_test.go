package runner_test

import (
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mccutchen/go-httpbin/v2/httpbin"

	"github.com/apicel/apicel/runner"
)

// faultyWay is a way to upstream on which answers pass relay: it gets the client,
// what upstream sends, and a channel that is closed when the test is over.
func faultyWay(t *testing.T, upstream string, relay func(client *net.TCPConn, answer io.Reader, over <-chan struct{})) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", upstream)
			if err != nil {
				_ = client.Close()
				continue
			}
			all.Go(func() { // ends when the client hangs up
				_, _ = io.Copy(server, client)
				_ = server.Close()
			})
			all.Go(func() {
				relay(client.(*net.TCPConn), server, over)
				_ = client.Close()
			})
		}
	})
	t.Cleanup(func() {
		close(over)
		_ = l.Close()
		all.Wait()
	})
	return "http://" + l.Addr().String()
}

// pass lets n bytes of an answer through.
func pass(client io.Writer, answer io.Reader, n int64) { _, _ = io.CopyN(client, answer, n) }

// fault is one that the network between runner and API may have.
type fault struct {
	name  string
	relay func(client *net.TCPConn, answer io.Reader, over <-chan struct{})
	// want is in the error and its next step; none is an answer that is good all the same.
	want []string
}

// cut is where faults happen: behind the headers, within the body.
const cut = 2000

var faults = []fault{
	{"latency", func(c *net.TCPConn, answer io.Reader, _ <-chan struct{}) {
		time.Sleep(20 * time.Millisecond) // no bound on the time is tested
		_, _ = io.Copy(c, answer)
	}, nil},
	{"latency without end", func(_ *net.TCPConn, _ io.Reader, over <-chan struct{}) { <-over },
		[]string{"no answer within the timeout of", "waiting for the answer of", "raise timeout"}},
	{"one kilobyte in a second", func(c *net.TCPConn, answer io.Reader, over <-chan struct{}) {
		for {
			pass(c, answer, 1<<10)
			select {
			case <-over:
				return
			case <-time.After(time.Second):
			}
		}
	}, []string{"within the timeout of", "raise timeout"}},
	{"reset in the body", func(c *net.TCPConn, answer io.Reader, _ <-chan struct{}) {
		pass(c, answer, cut)
		_ = c.SetLinger(0) // closes with RST
	}, []string{"reset", "look into the log"}},
	{"cut off", func(c *net.TCPConn, answer io.Reader, _ <-chan struct{}) { pass(c, answer, cut) },
		[]string{"the connection ended after", "of the 50000 bytes", "look into the log"}},
	{"half-closed", func(c *net.TCPConn, answer io.Reader, over <-chan struct{}) {
		pass(c, answer, cut)
		_ = c.CloseWrite() // and reads on
		<-over
	}, []string{"the connection ended after", "of the 50000 bytes"}},
	// Whether that is a reset or an end depends on what the proxy has read.
	{"closed before the answer", func(*net.TCPConn, io.Reader, <-chan struct{}) {}, []string{"the connection", "look into the log"}},
	{"slow close", func(c *net.TCPConn, answer io.Reader, over <-chan struct{}) {
		_, _ = io.Copy(c, answer)
		<-over
	}, nil},
}

// Each fault of the network is one error of the query that met it, which says
// what happened and what to do, while all other queries of the run go on. That no
// goroutine is left is looked at when all tests are over.
func TestFaultsOfTheNetwork(t *testing.T) {
	api := httptest.NewServer(httpbin.New())
	defer api.Close()
	var suites []string
	for _, f := range faults {
		timeout := "1m"
		if strings.Contains(strings.Join(f.want, " "), "timeout") {
			timeout = "300ms"
		}
		suites = append(suites, fmt.Sprintf("name: %s\nsource: {base_url: %q, timeout: %s}\nqueries:\n  - {name: %s, get: /bytes/50000, expect: {max_size: 50kB}}\n",
			f.name, faultyWay(t, api.Listener.Addr().String(), f.relay), timeout, f.name))
	}
	suites = append(suites, fmt.Sprintf("name: healthy\nsource: {base_url: %q}\nqueries:\n  - {name: healthy, get: '/get?n=${row}', each: '${lists.range(20)}'}\n  - {name: write, post: /post}\n", api.URL))
	r := compileWith(t, runner.CompileOptions{}, suites...).Run(background, runner.RunOptions{Jobs: 4}, discard{})
	for _, f := range faults {
		q := find(r, f.name)
		switch {
		case f.want == nil && q.Status != runner.StatusPassed:
			t.Errorf("%s is %s: %+v", f.name, q.Status, q.Error)
		case f.want == nil:
		case q.Status != runner.StatusErrored || q.Error == nil:
			t.Errorf("%s is %s", f.name, q.Status)
		default:
			for _, part := range f.want {
				if !strings.Contains(q.Error.Message+"\n"+q.Error.Hint, part) {
					t.Errorf("%s: %q, hint %q, expected %q in it", f.name, q.Error.Message, q.Error.Hint, part)
				}
			}
		}
	}
	for _, q := range r.Suites[len(faults)].Queries {
		if q.Status != runner.StatusPassed {
			t.Errorf("%s is %s: %+v", q.Name, q.Status, q.Error)
		}
	}
}
