package assert

import (
	"strings"
	"testing"
)

// A body in a character set that nobody knows is not judged as if it were text.
func TestUnknownCharset(t *testing.T) {
	for _, expect := range []string{"text: {contains: a}", "gjson: {a: 1}", "json: {a: 1}"} {
		b := load(t, "suite.yaml", "source: {base_url: \"http://127.0.0.1\"}\nqueries:\n  - {name: a, get: /, expect: {"+expect+"}}\n")
		a := b.activation(answer(t, "HTTP/1.1 200 OK\nContent-Type: text/plain; charset=klingon\n\n{\"a\": 1}"))
		failures := b.compile(t).Judge(t.Context(), a)
		if len(failures) != 1 || !strings.Contains(failures[0].Message, "klingon") {
			t.Errorf("%s: %v", expect, failures)
		}
	}
}
