package ci

import (
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// copied is a file that an image takes from elsewhere, and where it lies there.
var copied = regexp.MustCompile(`(?m)^COPY (?:--\S+ )?(\S+) (\S+)$`)

// TestImage runs the static program that APICEL_STATIC names as the container
// does: as nobody's user, in a root that holds the program and what the Dockerfiles
// copy beside it, the certificates of authorities. These are the only reason to
// trust the server here, so that the suite passes with them and not without.
func TestImage(t *testing.T) {
	program := os.Getenv("APICEL_STATIC")
	if program == "" || os.Getuid() != 0 {
		t.Skip("APICEL_STATIC names no program, or this is not root, who alone can change the root")
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of the handshake that shall fail
	server.StartTLS()                                   // with a certificate for 127.0.0.1 that is its own authority
	defer server.Close()
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})

	for _, dockerfile := range []string{"../../Dockerfile", "../../.ci/Dockerfile.release"} {
		t.Run(filepath.Base(dockerfile), func(t *testing.T) {
			root := t.TempDir()
			put(t, filepath.Join(root, "suites", "one.apicel.yaml"), fmt.Appendf(nil,
				"source: {base_url: %q}\nqueries: [{name: one, get: /, expect: {status: 204}}]\n", server.URL))
			bundle := fill(t, root, dockerfile, program)
			inRoot(t, root, 0, "version")
			inRoot(t, root, 0, "check", "/suites")
			if out := inRoot(t, root, 1, "run", "/suites"); !strings.Contains(out, "certificate") {
				t.Errorf("without an authority the run fails, but not of the certificate:\n%s", out)
			}
			put(t, bundle, authority)
			inRoot(t, root, 0, "run", "/suites")
		})
	}
}

// fill puts the program where the Dockerfile copies it, and returns where that
// copies the certificates.
func fill(t *testing.T, root, dockerfile, program string) (bundle string) {
	t.Helper()
	text, err := os.ReadFile(dockerfile)
	if err != nil {
		t.Fatal(err)
	}
	_, image, _ := strings.Cut(string(text), "\nFROM scratch\n")
	for _, m := range copied.FindAllStringSubmatch(image, -1) {
		switch target := filepath.Join(root, m[2]); filepath.Base(m[1]) {
		case "apicel":
			data, err := os.ReadFile(program)
			if err != nil {
				t.Fatal(err)
			}
			put(t, target, data)
		case "ca-certificates.crt":
			bundle = target
		default:
			t.Errorf("%s copies %s, which is not tried here", dockerfile, m[1])
		}
	}
	if _, err := os.Stat(filepath.Join(root, "apicel")); err != nil || bundle == "" {
		t.Fatalf("%s copies no /apicel or no certificates:\n%s", dockerfile, image)
	}
	return bundle
}

func put(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
}

// inRoot runs the program in the root, which must end with the code, and returns
// its output. It has no environment, as in the container.
func inRoot(t *testing.T, root string, code int, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/apicel", args...)
	cmd.Dir = "/"
	cmd.Env = []string{}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatalf("apicel %s: %v", strings.Join(args, " "), err)
	}
	if got := cmd.ProcessState.ExitCode(); got != code {
		t.Errorf("apicel %s: exit code %d, expected %d\n%s", strings.Join(args, " "), got, code, out)
	}
	return string(out)
}
