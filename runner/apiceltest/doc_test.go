package apiceltest_test

import (
	"os"
	"strings"
	"testing"

	"github.com/apicel/apicel/runner/apiceltest"
)

func Example() {
	var t *testing.T // the one that go test gives
	apiceltest.Run(t, "suites/*.apicel.yaml",
		apiceltest.Handler(newServer("let-me-in")),
		apiceltest.Secret("token", "let-me-in"))
}

// TestPage says that docs/go.md shows the files that are tested here.
func TestPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/go.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, language := range map[string]string{"orders_test.go": "go", "testdata/orders.apicel.yaml": "yaml"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(page), "```"+language+"\n"+string(data)+"```") {
			t.Errorf("docs/go.md does not show %s as it is", name)
		}
	}
}
