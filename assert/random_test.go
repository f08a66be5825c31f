package assert

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/apicel/apicel/internal/exchange"
	"github.com/apicel/apicel/internal/expr"
)

// drawMatcher draws a matcher of few values, so that its operations often
// contradict each other.
func drawMatcher(t *rapid.T, depth int, not bool) string {
	values := rapid.SampledFrom([]string{`0`, `1`, `2`, `1.0`, `1.5`, `-1`, `"a"`, `"ab"`, `null`, `true`, `[]`, `[1]`, `[1,2]`, `["a"]`, `{"a":1}`})
	texts := rapid.SampledFrom([]string{`"a"`, `"b"`, `"ab"`})
	numbers := rapid.SampledFrom([]string{`0`, `1`, `2`, `1.5`, `-1`})
	names := []string{"equals", "type", "contains", "starts_with", "ends_with", "matches", "length", "gt", "gte", "lt", "lte", "one_of", "unordered", "includes", "format", "exists"}
	if depth > 0 {
		names = append(names, "each", "any")
		if not {
			names = append(names, "not")
		}
	}
	list := rapid.SliceOfN(values, 1, 3)
	var parts []string
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 3, rapid.ID).Draw(t, "names") {
		operand := ""
		switch name {
		case "equals":
			operand = values.Draw(t, name)
		case "type":
			operand = rapid.SampledFrom([]string{"number", "string", "array", "object", "boolean", `"null"`}).Draw(t, name)
		case "contains", "starts_with", "ends_with", "matches":
			operand = texts.Draw(t, name)
		case "gt", "gte", "lt", "lte":
			operand = numbers.Draw(t, name)
		case "one_of", "unordered":
			operand = "[" + strings.Join(list.Draw(t, name), ", ") + "]"
		case "includes":
			operand = rapid.SampledFrom([]string{`[1]`, `["a", 1]`, `{"a": 1}`}).Draw(t, name)
		case "format":
			operand = "uuid"
		case "exists":
			operand = rapid.SampledFrom([]string{"true", "false"}).Draw(t, name)
		case "length":
			operand = rapid.SampledFrom([]string{`0`, `1`, `2`, `{gt: 0, lt: 2}`, `{gte: 2}`, `{lt: 1}`, `{not: 1}`, `{one_of: [1, 2]}`}).Draw(t, name)
		default:
			operand = drawMatcher(t, depth-1, not)
		}
		parts = append(parts, name+": "+operand)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// TestRefusedMatchersNeverHold says that nothing holds of any value of which
// the file is refused because of it, and that not turns every other round.
func TestRefusedMatchersNeverHold(t *testing.T) {
	compiler, err := expr.NewCompiler(expr.Decls{})
	if err != nil {
		t.Fatal(err)
	}
	bodies := []string{`0`, `1`, `1.0`, `1.5`, `2`, `-1`, `3`, `"a"`, `"ab"`, `"b"`, `""`, `"ba"`, `"abb"`, `null`, `true`, `false`, `[]`, `[1]`, `[2]`, `[1,2]`, `[2,1]`,
		`["a"]`, `["a",1]`, `[[]]`, `[[1]]`, `[["a"],[1]]`, `[null]`, `{}`, `{"a":1}`, `{"a":1,"b":2}`, `{"a":2}`}
	rapid.Check(t, func(t *rapid.T) {
		not := rapid.Bool().Draw(t, "not")
		matcher := drawMatcher(t, 2, not)
		plain, problems := fuzzedMatcher(compiler, matcher, "")
		opposite, _ := fuzzedMatcher(compiler, matcher, "not")
		if plain == nil || opposite == nil {
			return
		}
		never := refused(problems)
		for _, body := range bodies {
			r := &exchange.Response{Status: 200, Body: []byte(body)}
			got := fuzzedVerdict(t, plain, r)
			// Below not, what never holds always does: a mistake, but one that holds.
			if never != "" && got == holds && !strings.Contains(matcher, "not:") {
				t.Fatalf("%s of %s holds, and is refused: %s", matcher, body, never)
			}
			if negated := fuzzedVerdict(t, opposite, r); negated != got.negate() {
				t.Fatalf("%s of %s: got %d, and not %d", matcher, body, got, negated)
			}
		}
	})
}
