package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/apicel/apicel/spec"
)

// TestSourcesSayAll says that the pages on sources name every key of auth and of
// the network outside of the tables that list the keys.
func TestSourcesSayAll(t *testing.T) {
	text := ""
	for _, page := range book(t, "sources") {
		text += generated.ReplaceAllStringFunc(readFile(t, page), func(section string) string {
			if generated.FindStringSubmatch(section)[1] == "grants" {
				return section
			}
			return ""
		})
	}
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
			t.Errorf("docs/sources does not mention %s", key)
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
