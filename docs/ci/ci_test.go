// Package ci holds what runs apicel in CI systems; its tests hold that against
// what reads it, as far as that can be had.
package ci

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// files are those that SchemaStore has a type for: its package and the name that
// the type has in it.
var files = map[string][2]string{
	"../../action.yml":                 {"github-action", "HttpsJsonSchemastoreOrgGithubActionJson"},
	"../../internal/cli/ci/github.yml": {"github-workflow", "HttpsJsonSchemastoreOrgGithubWorkflowJson"},
	"../../internal/cli/ci/gitlab.yml": {"gitlab-ci", "GitlabCIConfiguration"},
	"../../.pre-commit-hooks.yaml":     {"pre-commit-hooks", "HttpsJsonSchemastoreOrgPreCommitHooksJson"},
	"gitlab.yml":                       {"gitlab-ci", "GitlabCIConfiguration"},
}

func read(t *testing.T, name string) any {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := yaml.Unmarshal([]byte(strings.ReplaceAll(string(data), "{{path}}", "suites")), &value); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return value
}

// TestYAML says that all files are YAML.
func TestYAML(t *testing.T) {
	for name := range files {
		read(t, name)
	}
	for _, name := range []string{"../../internal/cli/ci/circleci.yml", "../../internal/cli/ci/azure.yml", "../../.goreleaser.yaml"} {
		read(t, name)
	}
}

// TestSchemaStore compiles each file as a value of the type that SchemaStore makes
// of its schema. APICEL_SCHEMASTORE names a folder with node_modules, in which
// TypeScript and the types are (see .ci/run).
func TestSchemaStore(t *testing.T) {
	dir := os.Getenv("APICEL_SCHEMASTORE")
	if dir == "" {
		t.Skip("APICEL_SCHEMASTORE is not set: the files are not held against the schemas of SchemaStore")
	}
	var sources []string
	for name, schema := range files {
		text, err := json.MarshalIndent(read(t, name), "", "  ")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		source := filepath.Join(dir, "file"+strings.NewReplacer("/", "-", "..", "").Replace(name)+".ts")
		program := fmt.Sprintf("import type { %s as File } from '@schemastore/%s';\nexport const file: File = %s;\n", schema[1], schema[0], text)
		if err := os.WriteFile(source, []byte(program), 0o600); err != nil {
			t.Fatal(err)
		}
		sources = append(sources, filepath.Base(source))
	}
	cmd := exec.Command(filepath.Join("node_modules", ".bin", "tsc"), append([]string{"--noEmit", "--strict", "--skipLibCheck", "--moduleResolution", "bundler", "--module", "esnext"}, sources...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
