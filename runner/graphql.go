package runner

import (
	"errors"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/spec"
)

// maxGraphQLTokens bounds the document of a GraphQL operation.
const maxGraphQLTokens = 100_000

// graphQLBody is an operation as GraphQL over HTTP sends it: a JSON object with
// query, operationName and variables.
type graphQLBody struct {
	query     *expr.Template
	operation *expr.Template
	variables *expr.JSON
}

func (b *builder) graphQL(g *spec.GraphQL, refs *expr.Refs) content {
	out := graphQLBody{
		query:     b.template(g.Query, spec.ScopeQuery, refs),
		operation: b.template(g.Operation, spec.ScopeQuery, refs),
	}
	if g.Variables != nil {
		out.variables = b.json(*g.Variables, spec.ScopeQuery, refs)
	}
	b.checkGraphQL(g)
	return out
}

func (g graphQLBody) encode(b *requestBuilder) ([]byte, string, error) {
	document, err := g.query.Text(b.ctx, b.activation)
	if err != nil {
		return nil, "", err
	}
	data := appendQuoted([]byte(`{"query":`), document)
	if g.operation != nil {
		name, err := g.operation.Text(b.ctx, b.activation)
		if err != nil {
			return nil, "", err
		}
		data = appendQuoted(append(data, `,"operationName":`...), name)
	}
	if g.variables != nil {
		variables, err := g.variables.Bytes(b.ctx, b.activation)
		if err != nil {
			return nil, "", err
		}
		data = append(append(data, `,"variables":`...), variables...)
	}
	return append(data, '}'), "application/json", nil
}

// graphQLDocument parses the document of an operation. It is nil where the
// document is a template, or wrong, which is what err says.
func graphQLDocument(g *spec.GraphQL) (*ast.QueryDocument, error) {
	if g.Query.HoldsTemplate() {
		return nil, nil
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: g.Query.Value}, maxGraphQLTokens)
	if err != nil {
		return nil, err
	}
	return doc, nil
}

// checkGraphQL judges the document and the operation that is named in it.
func (b *builder) checkGraphQL(g *spec.GraphQL) {
	if !g.Query.IsSet() {
		return // reported by the loader
	}
	doc, err := graphQLDocument(g)
	switch {
	case err != nil:
		b.graphQLSyntax(g, err)
		return
	case doc == nil || g.Operation.HoldsTemplate():
		return
	}
	var names []string
	for _, o := range doc.Operations {
		names = append(names, o.Name)
	}
	switch {
	case len(names) == 0:
		b.suite.problems.Errorf(g.Query.Pos, "the GraphQL document has no operation, expected a query or a mutation")
	case !g.Operation.IsSet() && len(names) > 1:
		b.suite.problems.Errorf(g.Query.Pos, "the GraphQL document has %d operations and none is named", len(names)).
			WithHint("write operation: with one of %s", strings.Join(names, ", "))
	case g.Operation.IsSet() && !slices.Contains(names, g.Operation.Value):
		p := b.suite.problems.Errorf(g.Operation.Pos, "the GraphQL document has no operation %q, it has %s", g.Operation.Value, operationNames(names))
		if best := spec.Closest(g.Operation.Value, names); best != "" {
			p.WithHint("did you mean %q?", best)
		}
	}
}

func operationNames(names []string) string {
	if len(names) == 1 && names[0] == "" {
		return "one without a name"
	}
	return strings.Join(names, ", ")
}

// graphQLSyntax reports a syntax error at its place in the file.
func (b *builder) graphQLSyntax(g *spec.GraphQL, err error) {
	pos, message := g.Query.Pos, err.Error()
	var syntax *gqlerror.Error
	if errors.As(err, &syntax) {
		message = syntax.Message
		if len(syntax.Locations) > 0 {
			pos = g.Query.At(offsetOf(g.Query.Value, syntax.Locations[0].Line, syntax.Locations[0].Column))
		}
	}
	b.suite.problems.Errorf(pos, "this is not GraphQL: %s", lowerFirst(message))
}

// offsetOf is the offset of a line and a column in characters, both from 1.
func offsetOf(text string, line, column int) int {
	at := 0
	for ; line > 1; line-- {
		n := strings.IndexByte(text[at:], '\n')
		if n < 0 {
			break
		}
		at += n + 1
	}
	for i := range text[at:] {
		if column--; column <= 0 {
			return at + i
		}
	}
	return len(text)
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// changes tells whether the operation that is sent may change something: it is
// no query, or nobody can tell before the document is evaluated.
func changes(g *spec.GraphQL) bool {
	doc, err := graphQLDocument(g)
	if doc == nil || err != nil || g.Operation.HoldsTemplate() {
		return true
	}
	for _, o := range doc.Operations {
		if (g.Operation.Value == "" || o.Name == g.Operation.Value) && o.Operation != ast.Query {
			return true
		}
	}
	return false
}
