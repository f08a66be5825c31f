package runner

import (
	"slices"
	"strings"
	"testing"

	"github.com/apicel/apicel/spec"
)

const keepSuite = `
source: {base_url: "http://127.0.0.1:1"}
vars: {n: 1}
setup:
  - {name: log in, post: /login, capture: {token: token}}
  - {name: seed, put: /seed}
queries:
  - {name: read, get: /read}
  - {name: create, post: /orders, headers: {T: "${captures.token}"}, capture: {id: id, etag: {header: ETag}}}
  - {name: other, post: /others}
  - {name: shipped, get: "/orders/${captures.id}", capture: {state: state}}
  - {name: maybe, get: "/maybe/${captures.?state.orValue('none')}"}
  - {name: later, get: /later, after: [shipped]}
  - {name: last, post: /last}
teardown:
  - {name: drop, delete: "/orders/${captures.id}"}
  - {name: drop seed, delete: /seed}
`

// kept shows what a selection leaves of a suite: what is only needed in
// brackets, and whom each waits for.
func kept(t *testing.T, order string, selections ...[]string) string {
	t.Helper()
	loaded := spec.Parse(spec.NewFile("s.yaml", []byte("order: "+order+keepSuite)))
	p := Compile([]*spec.Suite{loaded}, CompileOptions{})
	s := p.suites[0]
	if s.bad() {
		t.Fatal(s.problems)
	}
	for _, names := range selections {
		s.keep(func(q *query) bool { return slices.Contains(names, q.spec.Name.Value) })
	}
	var all []string
	for _, q := range s.queries {
		text := q.spec.Name.Value
		if q.needed {
			text = "(" + text + ")"
		}
		var waits []string
		for _, on := range q.waits {
			waits = append(waits, on.spec.Name.Value)
		}
		if len(waits) > 0 {
			text += "<" + strings.Join(waits, "+")
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}

func TestKeep(t *testing.T) {
	for _, c := range []struct {
		name, order string
		selections  [][]string
		want        string
	}{
		{"order alone brings nothing", "safe", [][]string{{"last"}},
			"(log in) (seed)<log in last (drop) (drop seed)<drop"},
		{"needs come along, through others", "safe", [][]string{{"later"}},
			"(log in) (seed)<log in (create) (shipped)<create later<create+shipped (drop) (drop seed)<drop"},
		{"and so does what is read without needing it", "safe", [][]string{{"maybe"}},
			"(log in) (seed)<log in (create) (shipped)<create maybe<create+shipped (drop) (drop seed)<drop"},
		{"who waited still does, past what is left out", "safe", [][]string{{"read", "create", "last"}},
			"(log in) (seed)<log in read create<read last<create (drop) (drop seed)<drop"},
		{"only needs count", "free", [][]string{{"read", "create", "last"}},
			"(log in) (seed) read create last (drop) (drop seed)"},
		{"setup alone", "safe", [][]string{{"seed"}},
			"(log in) seed<log in (drop) (drop seed)<drop"},
		{"a teardown brings what it cleans up", "safe", [][]string{{"drop"}},
			"(log in) (seed)<log in (create) drop (drop seed)<drop"},
		{"nothing", "safe", [][]string{{}}, ""},
		{"twice", "free", [][]string{{"later", "last", "other"}, {"later", "shipped"}},
			"(log in) (seed) (create) (shipped)<create later<shipped (drop) (drop seed)"},
		{"all of it", "free", [][]string{{"read", "create", "other", "shipped", "maybe", "later", "last"}},
			"log in seed read create other shipped<create maybe<shipped later<shipped last drop drop seed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := kept(t, c.order, c.selections...); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestSkipCauses(t *testing.T) {
	loaded := spec.Parse(spec.NewFile("s.yaml", []byte(`
source: {base_url: "http://127.0.0.1:1", proxy: none}
queries:
  - {name: down, get: /}
  - {name: needs down, get: /, after: [down]}
  - {name: needs that, get: /, after: [needs down]}
  - {name: asked, get: /, skip: for now}
  - {name: needs asked, get: /, after: [asked]}
  - {name: unless, get: /, if: "1 > 2"}
  - {name: none, get: /, each: "${lists.range(0)}"}
teardown:
  - {name: clean, get: /}
`)))
	r := Compile([]*spec.Suite{loaded}, CompileOptions{}).Run(t.Context(), RunOptions{}, ignored{})
	var got []string
	for _, q := range r.Suites[0].Queries {
		got = append(got, q.Name+": "+string(q.SkipCause))
	}
	want := "down: , needs down: failure, needs that: failure, asked: skip, needs asked: skip, unless: if, none: no-rows, clean: "
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}

type ignored struct{}

func (ignored) Handle(Event) {}
