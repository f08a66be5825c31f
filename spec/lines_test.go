package spec

import (
	"fmt"
	"strings"
	"testing"
)

func TestLinesOfQueries(t *testing.T) {
	text := `source: {base_url: "http://127.0.0.1:1"}
queries:
  # above it
  - name: block
    post: /
    body:
      text: |
        one

        # two

    # inside, then blank

  - {name: flow, get: /,
     expect: {
 status: 200}}

  - name: commented
# at the margin
    get: /
# not of it
  - {name: a, get: /}
  -
    name: below its dash
    get: "/folded
      path"
teardown: [{name: b, get: /}, {name: c,
  get: /}]
`
	s := Parse(NewFile("s.yaml", []byte(text)))
	if s.Problems.HasErrors() {
		t.Fatal(s.Problems)
	}
	var got []string
	for _, q := range append(s.Queries, s.Teardown...) {
		got = append(got, fmt.Sprintf("%s %d-%d", q.Name.Value, q.Lines.First, q.Lines.Last))
	}
	want := "block 4-12, flow 14-16, commented 18-20, a 22-22, below its dash 24-26, b 27-27, c 27-28"
	if g := strings.Join(got, ", "); g != want {
		t.Errorf("got  %s\nwant %s", g, want)
	}
}
