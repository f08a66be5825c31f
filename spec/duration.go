package spec

import (
	"fmt"
	"strings"
	"time"

	"github.com/apicel/apicel/internal/lazyregexp"
)

// durationSyntax is a sequence of numbers, each with its unit.
var durationSyntax = lazyregexp.New(`^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`)

var bareNumber = lazyregexp.New(`^[0-9]+(\.[0-9]+)?$`)

// ParseDuration reads a length of time such as 500ms, 2s or 1m30s. Every number
// needs its unit (ns, us, ms, s, m, h), and the whole must be more than nothing.
func ParseDuration(text string) (time.Duration, error) {
	switch {
	case bareNumber.MatchString(text):
		return 0, fmt.Errorf("the duration %s has no unit, write %[1]ss for seconds", shorten(text))
	case strings.HasPrefix(text, "-"):
		return 0, fmt.Errorf("the duration %s is negative", shorten(text))
	case !durationSyntax.MatchString(text):
		return 0, fmt.Errorf("%q is not a duration, write one like 500ms, 2s or 1m30s", shorten(text))
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("the duration %s is too long", shorten(text))
	}
	if d <= 0 {
		return 0, fmt.Errorf("the duration %s is not more than 0", shorten(text))
	}
	return d, nil
}
