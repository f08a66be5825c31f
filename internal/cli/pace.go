package cli

import (
	"errors"
	"os"
	"strconv"

	"github.com/spf13/cobra"
)

// paceFlags are the flags that say when nothing new begins: soon after another
// request, or after failures.
type paceFlags struct {
	failFast failFastFlag
	delay    durationFlag
}

func (f *paceFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Var(&f.failFast, "fail-fast", "start no query after the first that fails, or after `N` of them; what is in flight finishes")
	flags.Lookup("fail-fast").NoOptDefVal = "1"
	flags.Var(&f.delay, "delay", "begin no request sooner than this after the one before began or, where none is in flight, ended; with --jobs 1 a pause between two requests")
}

// failFastFlag is how many queries may fail; 0 is any number.
type failFastFlag int

// String implements pflag.Value.
func (f *failFastFlag) String() string {
	if *f == 0 {
		return ""
	}
	return strconv.Itoa(int(*f))
}

// Set implements pflag.Value.
func (f *failFastFlag) Set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return errors.New("expected a whole number from 1, such as --fail-fast=3, or nothing for 1")
	}
	*f = failFastFlag(n)
	return nil
}

// Type implements pflag.Value.
func (f *failFastFlag) Type() string { return "N" }

// explain adds to the error for paths that cannot be found that one of them was
// meant as the number of --fail-fast.
func (f *paceFlags) explain(paths []string, err error) error {
	var cannot *exitError
	if f.failFast != 1 || !errors.As(err, &cannot) || cannot.hint != "" {
		return err
	}
	for _, path := range paths {
		_, notNumber := strconv.ParseUint(path, 10, 31)
		if _, notFile := os.Stat(path); notNumber == nil && notFile != nil {
			return cannot.withHint("a number follows --fail-fast as in --fail-fast=%s", path)
		}
	}
	return err
}
