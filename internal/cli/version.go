package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of apicel and of what built it",
		Args:  a.noArgs,
		RunE: func(*cobra.Command, []string) error {
			if _, err := fmt.Fprint(a.stdout, versionText(buildInfo())); err != nil {
				return unwritable(err)
			}
			return nil
		},
	}
}

// build is what is known about how the program was built.
type build struct {
	version  string
	revision string
	modified bool
	time     string
}

// buildInfo reads what the go command left in the program.
func buildInfo() build {
	b := build{version: "(devel)"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if info.Main.Version != "" {
		b.version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.revision = s.Value
		case "vcs.modified":
			b.modified = s.Value == "true"
		case "vcs.time":
			b.time = s.Value
		}
	}
	return b
}

// programVersion is the version of the module, "(devel)" where it is not known.
func programVersion() string { return buildInfo().version }

func versionText(b build) string {
	text := "apicel " + b.version + "\n"
	if b.revision != "" {
		text += "revision " + b.revision
		if b.modified {
			text += " with changes"
		}
		if b.time != "" {
			text += " of " + b.time
		}
		text += "\n"
	}
	return text + fmt.Sprintf("%s %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
