package runner_test

import (
	"fmt"
	"net/http"
	"regexp"
	"sync"
	"testing"

	"github.com/apicel/apicel/runner"
)

// A query sends the same whatever else was selected.
func TestSelectionChangesNoRequest(t *testing.T) {
	var mu sync.Mutex
	sent := map[string]string{} // by path
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		sent[r.URL.Path] = r.Header.Get("X-Id") + " " + r.Header.Get("Cookie")
		http.SetCookie(w, &http.Cookie{Name: "from", Value: r.URL.Path[1:]})
		reply(w, 200, map[string]any{"id": r.Header.Get("X-Id")})
	})
	suite := fmt.Sprintf(`
source: {base_url: %s, headers: {X-Id: "${uuid()}"}}
setup:
  - {name: log in, post: /login}
queries:
  - {name: other, post: /other}
  - {name: create, post: /create, capture: {id: id}}
  - {name: another, post: /another, capture: {unread: id}}
  - {name: "row ${row}", each: [1, 2, 3], post: "/row/${row}/${captures.id}"}
  - {name: "row 2", get: /same-name}
`, url)
	all := func(sel runner.Selection) (map[string]string, *runner.Report) {
		clear(sent)
		p := compile(t, suite)
		if s := p.Select(sel); len(s.Errors)+len(s.Warnings) > 0 || s.Nothing != "" {
			t.Fatalf("%+v", s)
		}
		r := p.Run(background, runner.RunOptions{}, discard{})
		got := map[string]string{}
		for path, what := range sent {
			got[path] = what
		}
		return got, r
	}
	whole, _ := all(runner.Selection{})
	part, r := all(runner.Selection{Names: []*regexp.Regexp{regexp.MustCompile(`^row \$`)}})
	if len(whole) != 8 || len(part) != 5 {
		t.Fatalf("sent %v of %v", part, whole)
	}
	random := regexp.MustCompile(`^\S+`)
	for path, got := range part {
		if want := random.FindString(whole[path]); random.FindString(got) != want {
			t.Errorf("%s sent %q, in the whole suite %q", path, got, want)
		}
	}
	wantStatuses(t, r, "log in: passed, create: passed, row 1: passed, row 2 (2): passed, row 3: passed")
	if !find(r, "create").Needed || find(r, "row 1").Needed {
		t.Error("needed is not what was needed")
	}
}
