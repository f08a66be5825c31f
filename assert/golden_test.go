package assert

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestFailures judges the answers in testdata/failures and compares the whole
// text of what failed. Each file has a suite, an answer, and the failures of
// the checks and captures of the suite's first query.
func TestFailures(t *testing.T) {
	files, err := filepath.Glob("testdata/failures/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { runFailures(t, file) })
	}
}

func runFailures(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	part := func(name string) *txtar.File {
		for i := range archive.Files {
			if archive.Files[i].Name == name {
				return &archive.Files[i]
			}
		}
		t.Fatalf("no %s", name)
		return nil
	}
	b := load(t, "suite.yaml", string(part("suite.yaml").Data))
	a := b.activation(answer(t, strings.TrimSuffix(string(part("answer").Data), "\n")))
	checks := b.compile(t, archiveFiles(archive)...)
	captures, problems := CompileCaptures(b.compiler, b.query().Capture)
	if len(problems) > 0 {
		t.Fatal(problems[0])
	}
	failures := checks.Judge(context.Background(), a)
	_, missed := captures.Take(context.Background(), a)
	var out strings.Builder
	fmt.Fprintf(&out, "%d of %d checks failed\n", len(failures), checks.Len())
	for _, f := range append(failures, missed...) {
		writeFailure(&out, f)
	}
	golden := part("failures")
	if *update {
		golden.Data = []byte(out.String())
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(golden.Data), out.String()); diff != "" {
		t.Errorf("run with -update if this is right:\n%s", diff)
	}
}

// archiveFiles lets checks read the files of an archive.
func archiveFiles(archive *txtar.Archive) []Option {
	read := func(_, path string) ([]byte, error) {
		for _, f := range archive.Files {
			if f.Name == path {
				return f.Data, nil
			}
		}
		return nil, fmt.Errorf("cannot read %s: %w", path, fs.ErrNotExist)
	}
	return []Option{WithFiles(read), WithSnapshots(NewSnapshots(false), inMemory{})}
}

// inMemory are the files of an archive, of which none is written.
type inMemory struct{}

func (inMemory) Root() string { return string(filepath.Separator) }

func (inMemory) Path(_, path string) (string, error) {
	return filepath.Join(string(filepath.Separator), path), nil
}

func (inMemory) Write(string, string, func(io.Writer) error) error { return errors.New("not here") }

func writeFailure(out *strings.Builder, f Failure) {
	fmt.Fprintf(out, "\n%s: %s\n", f.Pos, f.Check)
	for _, line := range [][2]string{{"expected", f.Expected}, {"found", f.Found}, {"message", f.Message}, {"detail", f.Detail}} {
		if line[1] != "" {
			fmt.Fprintf(out, "  %-8s  %s\n", line[0], strings.ReplaceAll(line[1], "\n", "\n            "))
		}
	}
}
