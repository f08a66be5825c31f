package check

import (
	"os"
	"slices"
	"testing"

	"github.com/goreleaser/goreleaser/v2/pkg/config"
)

// TestRelease reads .goreleaser.yaml as goreleaser does, which refuses keys and
// types that it does not know.
func TestRelease(t *testing.T) {
	release, err := config.Load("../../../.goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	build := release.Builds[0]
	slices.Sort(build.Goos)
	slices.Sort(build.Goarch)
	if !slices.Equal(build.Goos, []string{"darwin", "linux", "windows"}) || !slices.Equal(build.Goarch, []string{"amd64", "arm64"}) {
		t.Errorf("released are %v × %v", build.Goos, build.Goarch)
	}
	if !slices.Contains(build.Flags, "-trimpath") || !slices.Contains(build.Env, "CGO_ENABLED=0") {
		t.Error("the program is neither static nor the same wherever it is built")
	}
	if len(release.SBOMs) == 0 || release.Checksum.NameTemplate == "" {
		t.Error("there is no SBOM, or there are no checksums")
	}
	for _, d := range release.DockersV2 {
		if _, err := os.Stat("../../../" + d.Dockerfile); err != nil {
			t.Error(err)
		}
	}
}
