package runner_test

import (
	"maps"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/runner"
)

// FuzzVarsFile reads any bytes as a file of vars and as one of the environment: an
// error names the file, each value is JSON, and what is set already stays.
func FuzzVarsFile(f *testing.F) {
	for _, text := range []string{
		"a: 1\nb: {c: [true, null, 1.10]}\n", `{"a": 12345678901234567890, "b": "é\u0000"}`, "A=1\nexport B='two'\nC=\"$A\\n\"\n# no\n",
		"a: &x [*x]", "- 1", "a: 1\na: 2", "=", "A", "\xff\xfe", "a: 2026-01-01", "{", "A=${B}\nB=${A}",
	} {
		for _, name := range []string{"v.yaml", "v.json", "v.env"} {
			f.Add(name, text)
		}
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		vars, err := runner.ParseVarsFile(name, []byte(text))
		if err != nil && err.Error() == "" {
			t.Fatal("an error that says nothing")
		}
		if err == nil {
			for _, v := range vars.Values {
				if !v.IsText && !gjson.ValidBytes(v.JSON) {
					t.Fatalf("%s is %s", v.Name, v.JSON)
				}
			}
		}
		env := map[string]string{"A": "set", "HOME": "/root"}
		before := maps.Clone(env)
		_ = runner.AddEnvFile(env, name, []byte(text))
		for key, value := range before {
			if env[key] != value {
				t.Fatalf("%s was %q and is %q", key, value, env[key])
			}
		}
	})
}
