package cli

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apicel/apicel/spec"
)

const sourcesDoc = "../../docs/sources.md"

// TestSourcesTables keeps the table of grants in step with package spec, and sees
// that the page names every key of auth and of the network.
func TestSourcesTables(t *testing.T) {
	updateFile(t, sourcesDoc, func(text string) string {
		return generated.ReplaceAllStringFunc(text, func(section string) string {
			if name := generated.FindStringSubmatch(section)[1]; name != "grants" {
				t.Errorf("there is no table %q", name)
			}
			return fmt.Sprintf("<!-- begin: grants -->\n\n%s\n<!-- end: grants -->", grantTable())
		})
	})
	text := readFile(t, sourcesDoc)
	keys := []string{"proxy", "unix_socket", "resolve", "rate_limit", "max_concurrency"}
	for _, kind := range spec.AuthTypes {
		keys = append(keys, string(kind.Type))
		for _, k := range kind.Keys {
			keys = append(keys, k.Name)
		}
	}
	keys = slices.Concat(keys, spec.Choices["grant"], spec.Choices["client authentication"])
	for _, key := range keys {
		if !strings.Contains(text, key) {
			t.Errorf("%s does not mention %s", sourcesDoc, key)
		}
	}
}

func grantTable() string {
	rows := [][]string{{"`grant_type`", "", "needs", "asks, unless `issuer` says where", "takes"}}
	for _, g := range spec.Grants {
		rows = append(rows, []string{literal(g.Name), g.Doc, literals(g.Needs), literals(g.URLs), literals(g.Takes)})
	}
	return markdown(rows)
}

func literals(names []string) string {
	var all []string
	for _, name := range names {
		all = append(all, literal(name))
	}
	return strings.Join(all, ", ")
}
