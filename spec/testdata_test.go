package spec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// below says what maps stand below a key: those of a table, or, after a brace,
// the values of a map whose keys the user chooses. Lists of them count as them.
var below = map[string]string{
	"a suite.secrets": "{a secret", "a source file.secrets": "{a secret",
	"a suite.source": "a source", "a source file.source": "a source",
	"a source.auth": "auth", "a query.auth": "auth",
	"a source.retry": "a retry", "a query.retry": "a retry",
	"a source.ssl": "ssl", "a source.redirects": "redirects", "a query.redirects": "redirects",
	"a suite.setup": "a query", "a suite.queries": "a query", "a suite.teardown": "a query",
	"a suite.expect": "an expect", "a query.expect": "an expect",
	"a query.body": "a body", "a query.each": "rows from a file", "a query.poll": "a poll", "a query.capture": "{a capture",
	"a body.multipart": "{a part", "a body.graphql": "graphql",
	"an expect.cel": "a cel check", "an expect.snapshot": "a snapshot",
}

// keysSeen notes the keys of the maps at n, which are those of a table.
func keysSeen(n *yaml.Node, of string, seen map[string]bool) {
	of, named := strings.CutPrefix(of, "{")
	if n.Kind != yaml.MappingNode {
		for _, item := range n.Content {
			keysSeen(item, of, seen)
		}
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i].Value, n.Content[i+1]
		if named {
			keysSeen(value, of, seen)
			continue
		}
		seen[of+"."+key] = true
		if child := below[of+"."+key]; child != "" {
			keysSeen(value, child, seen)
		}
	}
}

// TestEveryKeyStandsInTestdata says that the suites without problems have every
// key of every table.
func TestEveryKeyStandsInTestdata(t *testing.T) {
	seen := map[string]bool{}
	note := func(name, of string) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var doc yaml.Node
		if err := yaml.Unmarshal(data, &doc); err != nil {
			t.Fatal(err)
		}
		keysSeen(doc.Content[0], of, seen)
	}
	for _, name := range suites(t, "testdata/ok") {
		note(name, "a suite")
	}
	sources, err := filepath.Glob("testdata/ok/*/source.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range sources {
		note(name, "a source file")
	}
	tables := Tables
	for _, a := range AuthTypes {
		tables = append(tables, Table{"auth", a.Keys})
	}
	for _, table := range tables {
		for _, k := range table.Keys {
			if !seen[table.Of+"."+k.Name] {
				t.Errorf("no suite in testdata/ok has %q in %s", k.Name, table.Of)
			}
		}
	}
}
