package cli

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"runtime/trace"

	"github.com/spf13/cobra"
)

// profiles are the files of the hidden flags --cpuprofile, --memprofile and
// --trace, which people send along when apicel is slow or large. They hold names
// of functions, counts and times, and no data of the run.
type profiles struct {
	cpu, memory, trace string
	ends               []func() error
}

func (p *profiles) register(root *cobra.Command) {
	flags := root.PersistentFlags()
	flags.StringVar(&p.cpu, "cpuprofile", "", "write a CPU profile to `FILE`, for go tool pprof")
	flags.StringVar(&p.memory, "memprofile", "", "write a profile of the allocations to `FILE`, for go tool pprof")
	flags.StringVar(&p.trace, "trace", "", "write an execution trace to `FILE`, for go tool trace")
	for _, name := range []string{"cpuprofile", "memprofile", "trace"} {
		_ = flags.MarkHidden(name) // fails only for a flag that there is none of
	}
	root.PersistentPreRunE = func(*cobra.Command, []string) error { return p.start() }
}

// start opens the files, so that one that cannot be written is said before the run.
func (p *profiles) start() error {
	for _, profile := range []struct {
		flag, path string
		begin      func(*os.File) error
		end        func(*os.File) error
	}{
		{"cpuprofile", p.cpu, func(f *os.File) error { return pprof.StartCPUProfile(f) }, func(*os.File) error { pprof.StopCPUProfile(); return nil }},
		{"trace", p.trace, func(f *os.File) error { return trace.Start(f) }, func(*os.File) error { trace.Stop(); return nil }},
		{"memprofile", p.memory, func(*os.File) error { return nil }, writeAllocations},
	} {
		if profile.path == "" {
			continue
		}
		f, err := os.Create(profile.path)
		if err == nil {
			err = profile.begin(f)
		}
		if err != nil {
			return failf(ExitIO, "--%s: %v", profile.flag, err)
		}
		p.ends = append(p.ends, func() error {
			if err := errors.Join(profile.end(f), f.Close()); err != nil {
				return fmt.Errorf("--%s: %w", profile.flag, err)
			}
			return nil
		})
	}
	return nil
}

func writeAllocations(f *os.File) error {
	runtime.GC() // what is still in use is counted as of the last collection
	return pprof.Lookup("allocs").WriteTo(f, 0)
}

// stop writes what was begun. The error is that of a profile that is not whole.
func (p *profiles) stop() error {
	var errs []error
	for _, end := range p.ends {
		errs = append(errs, end())
	}
	p.ends = nil
	return errors.Join(errs...)
}
