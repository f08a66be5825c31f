package assert

import (
	"context"
	"strings"
	"testing"
	"time"
)

// TestExpensivePatterns: a search that nothing could interrupt is refused
// before it begins.
func TestExpensivePatterns(t *testing.T) {
	const bad = `(x*.*x*.*){400}q$`
	body := `["` + strings.Repeat("x", 1<<20) + `", "x"]`
	start := time.Now()
	for _, query := range []string{
		"text: {matches: '" + bad + "'}",
		"text: {not: {matches: '" + bad + "'}}",
		"gjson: {'@this': {each: {matches: '" + bad + "'}}}",
		"gjson: {'@this': {any: {matches: '" + bad + "'}}}",
		"gjson: {'@this': {not: {any: {matches: '" + bad + "'}}}}",
	} {
		failures := judged(t, query, body)
		if len(failures) != 1 || !strings.Contains(failures[0].Message, "has 4004 steps and the text 1048") {
			t.Errorf("%s: got %+v", query, failures)
		}
	}
	b := load(t, "suite.yaml", suiteWith("", "status: 200")+"    capture: {a: {regex: '"+bad+"'}}\n")
	captures, problems := CompileCaptures(b.compiler, b.query().Capture)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	_, missed := captures.Take(context.Background(), b.activation(answer(t, "HTTP/1.1 200 OK\n\n"+body)))
	if len(missed) != 1 || !strings.Contains(missed[0].Message, "has 4004 steps") {
		t.Errorf("got %+v", missed)
	}
	if took := time.Since(start); took > patience {
		t.Errorf("took %s", took)
	}
}

// TestCheapPatterns: patterns that suites have search large answers.
func TestCheapPatterns(t *testing.T) {
	body := strings.Repeat("hello ", 1<<20)
	for _, pattern := range []string{"hello", "^hello", "(?i)HELLO", "hel+o w?"} {
		if failures := judged(t, "text: {matches: '"+pattern+"'}", body); len(failures) > 0 {
			t.Errorf("%s: got %+v", pattern, failures)
		}
	}
}
