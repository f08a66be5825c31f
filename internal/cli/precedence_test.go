package cli

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

// TestPrecedence gives a var in more and more ways, from the weakest to the
// strongest as docs/language/inputs.md lists them: each wins over all before it.
func TestPrecedence(t *testing.T) {
	var asked string
	api := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked = r.URL.Path }))
	defer api.Close()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	suite := file("a.apicel.yaml", fmt.Sprintf(`
vars: {demo_url: default}
source: {base_url: %q}
queries: [{name: ask, get: "/${vars.demo_url == 'default' || size(vars.demo_url) < 9 ? vars.demo_url : 'demo'}"}]
`, api.URL))

	type level struct {
		want string
		args []string
		env  []string
	}
	var given level
	for _, l := range []level{
		{want: "default"},
		{want: "demo", args: []string{"--demo"}},
		{want: "envfile1", args: []string{"--env-file", file("one", "APICEL_VAR_demo_url=envfile1\n")}},
		{want: "envfile2", args: []string{"--env-file", file("two.env", "export APICEL_VAR_demo_url='envfile2'\n")}},
		{want: "environ", env: []string{"APICEL_VAR_demo_url=environ"}},
		{want: "yaml", args: []string{"--vars-file", file("vars.yaml", "demo_url: yaml\n")}},
		{want: "json", args: []string{"--vars-file", file("vars.json", `{"demo_url": "json"}`)}},
		{want: "dotenv", args: []string{"--vars-file", file("ci.env", "demo_url=dotenv\n")}},
		{want: "local", args: []string{"--vars-file", file(".env.local", "demo_url=local\n")}},
		{want: "flag1", args: []string{"--var", "demo_url=flag1"}},
		{want: "flag2", args: []string{"--var", "demo_url=flag2"}},
	} {
		given.args, given.env = append(given.args, l.args...), append(given.env, l.env...)
		var out bytes.Buffer
		code := Command{Stdout: &out, Stderr: &out, Args: append([]string{"run", suite}, given.args...), Env: given.env}.Run(t.Context())
		if code != ExitOK || asked != "/"+l.want {
			t.Errorf("%q %q: exit code %d, asked for %q, want /%s\n%s", given.args, given.env, code, asked, l.want, &out)
		}
	}
}
