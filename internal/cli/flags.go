package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/apicel/apicel/spec"
)

var (
	_ pflag.Value = (*listFlag)(nil)
	_ pflag.Value = (*durationFlag)(nil)
	_ pflag.Value = (*choiceFlag)(nil)
	_ pflag.Value = (*reportFlag)(nil)
)

// listFlag is a flag that may be repeated. Its kind is what help calls a value.
type listFlag struct {
	values []string
	kind   string
}

// String implements pflag.Value.
func (l *listFlag) String() string { return strings.Join(l.values, " ") }

// Set implements pflag.Value.
func (l *listFlag) Set(text string) error {
	l.values = append(l.values, text)
	return nil
}

// Type implements pflag.Value.
func (l *listFlag) Type() string { return l.kind }

// reportFlag is a flag that takes the file of one JSON report. Of two the first
// would be forgotten, and with it what failed there.
type reportFlag string

// String implements pflag.Value.
func (r *reportFlag) String() string { return string(*r) }

// Set implements pflag.Value.
func (r *reportFlag) Set(text string) error {
	if *r != "" {
		return fmt.Errorf("%s is given already, expected one report; apicel merge makes one of several", *r)
	}
	*r = reportFlag(text)
	return nil
}

// Type implements pflag.Value.
func (r *reportFlag) Type() string { return "string" }

// durationFlag is a flag that takes a duration as suites spell it.
type durationFlag time.Duration

// String implements pflag.Value.
func (d *durationFlag) String() string {
	if *d == 0 {
		return ""
	}
	text := time.Duration(*d).String()
	if short, ok := strings.CutSuffix(text, "m0s"); ok {
		return short + "m"
	}
	return text
}

// Set implements pflag.Value.
func (d *durationFlag) Set(text string) error {
	v, err := spec.ParseDuration(text)
	*d = durationFlag(v)
	return err
}

// Type implements pflag.Value.
func (d *durationFlag) Type() string { return "DURATION" }

// choiceFlag is a flag that takes one of a few words. Its kind is what help calls them.
type choiceFlag struct {
	value   string
	choices []string
	kind    string
}

// String implements pflag.Value.
func (c *choiceFlag) String() string { return c.value }

// Set implements pflag.Value.
func (c *choiceFlag) Set(text string) error {
	if !slices.Contains(c.choices, text) {
		last := len(c.choices) - 1
		return fmt.Errorf("expected %s or %s", strings.Join(c.choices[:last], ", "), c.choices[last])
	}
	c.value = text
	return nil
}

// Type implements pflag.Value.
func (c *choiceFlag) Type() string { return c.kind }

// flagMessage words what is wrong with a flag: with the name that was probably
// meant, or with what was expected.
func flagMessage(cmd *cobra.Command, err error) string {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		return err.Error() + didYouMean(cmd, unknown.GetSpecifiedName())
	case errors.As(err, &invalid):
		return fmt.Sprintf("--%s %s: %s", invalid.GetFlag().Name, invalid.GetValue(), expectation(invalid))
	}
	return err.Error()
}

func didYouMean(cmd *cobra.Command, name string) string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if best := spec.Closest(name, names); best != "" {
		return fmt.Sprintf(", did you mean --%s?", best)
	}
	return ""
}

// expectation says what a flag takes; of pflag's own types only the kind is worth saying.
func expectation(err *pflag.InvalidValueError) string {
	switch err.GetFlag().Value.Type() {
	case "int":
		return "expected a whole number"
	case "uint64":
		return "expected a whole number from 0"
	case "bool":
		return "expected true or false"
	}
	return err.Unwrap().Error()
}
