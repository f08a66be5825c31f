// Package check holds the manifests against the types of Kubernetes and the
// releases against those of goreleaser, of which 2.17 is the last for Go 1.26. It
// is a module of its own so that apicel depends on neither.
package check

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

func TestManifests(t *testing.T) {
	data, err := os.ReadFile("../kubernetes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	jobs := map[string]*batch.Job{}
	for document := range bytes.SplitSeq(data, []byte("\n---\n")) {
		var kind struct{ APIVersion, Kind string }
		if err := yaml.Unmarshal(document, &kind); err != nil {
			t.Fatal(err)
		}
		switch kind.APIVersion + " " + kind.Kind {
		case "batch/v1 Job":
			var job batch.Job
			if err := yaml.UnmarshalStrict(document, &job); err != nil {
				t.Fatalf("%v\n%s", err, document)
			}
			jobs[job.Name] = &job
		case "v1 PersistentVolumeClaim":
			var claim core.PersistentVolumeClaim
			if err := yaml.UnmarshalStrict(document, &claim); err != nil {
				t.Fatalf("%v\n%s", err, document)
			}
		default:
			t.Errorf("nothing checks %+v", kind)
		}
	}
	shards, report := jobs["apicel"], jobs["apicel-report"]
	if shards == nil || report == nil {
		t.Fatal("a job is missing")
	}
	if *shards.Spec.CompletionMode != batch.IndexedCompletion || *shards.Spec.Completions != *shards.Spec.Parallelism {
		t.Error("the shards do not run as an Indexed Job, all at once")
	}
	total := strconv.Itoa(int(*shards.Spec.Completions))
	if args := shards.Spec.Template.Spec.Containers[0].Args; !slices.Contains(args, "auto/"+total) {
		t.Errorf("%v is not cut into %s shards", args, total)
	}
	parts := 0
	for _, arg := range report.Spec.Template.Spec.Containers[0].Args {
		if strings.HasPrefix(arg, "/reports/"+strconv.Itoa(parts)+".json") {
			parts++
		}
	}
	if strconv.Itoa(parts) != total {
		t.Errorf("the report is made of %d parts, there are %s", parts, total)
	}
}
