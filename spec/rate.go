package spec

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/apicel/apicel/internal/lazyregexp"
)

// The limits of a rate.
const (
	maxRateCount = 1000000
	minRateTime  = time.Millisecond
	maxRateTime  = 24 * time.Hour
)

var digits = lazyregexp.New(`^[0-9]+$`)

// rateUnits are the units that may stand alone in a rate.
var rateUnits = []string{"ms", "s", "m", "h"}

// rateWords are what others call times.
var rateWords = map[string]string{
	"sec": "s", "secs": "s", "second": "s", "seconds": "s", "S": "s",
	"min": "m", "mins": "m", "minute": "m", "minutes": "m", "M": "m",
	"hr": "h", "hour": "h", "hours": "h", "H": "h",
	"d": "24h", "day": "24h", "days": "24h",
}

// ParseRate reads a number of requests in a time, such as 50/s, 100/1m or
// 10/500ms: a whole number from 1 to 1000000, a slash, and a duration from 1ms to
// 24h, of which the number may be left out where it is 1.
func ParseRate(text string) (count int, per time.Duration, err error) {
	if text, err = checkRateForm(text); err != nil {
		return 0, 0, err
	}
	number, length, _ := strings.Cut(text, "/")
	if count, err = rateCount(text, number); err != nil {
		return 0, 0, err
	}
	if per, err = rateTime(text, number, length); err != nil {
		return 0, 0, err
	}
	return count, per, nil
}

// checkRateForm refuses what is not a number, a slash and something more.
func checkRateForm(text string) (string, error) {
	compact := strings.Join(strings.Fields(text), "")
	number, length, ok := strings.Cut(compact, "/")
	switch {
	case bareNumber.MatchString(text):
		return "", fmt.Errorf("the rate %s has no time, write %s/s for that many in a second", shorten(text), shorten(text))
	case strings.HasPrefix(text, "-"):
		return "", errors.New("a rate cannot be negative")
	case !ok || !bareNumber.MatchString(number) || length == "":
		return "", fmt.Errorf("%q is not a rate, write one like 50/s, 100/1m or 10/500ms", shorten(text))
	case compact != text:
		return "", fmt.Errorf("%q is not a rate, write %s", shorten(text), shorten(compact))
	}
	return text, nil
}

func rateCount(text, number string) (int, error) {
	if !digits.MatchString(number) {
		return 0, fmt.Errorf("the rate %s does not count whole requests, write a longer time, such as 1/2s for one in two seconds", shorten(text))
	}
	n, err := strconv.Atoi(number)
	switch {
	case err != nil || n > maxRateCount:
		return 0, fmt.Errorf("the rate %s is too large, at most %d requests can be counted", shorten(text), maxRateCount)
	case n < 1:
		return 0, errors.New("a rate must be at least one request in a time")
	}
	return n, nil
}

// rateTime reads the time of a rate.
func rateTime(text, number, length string) (time.Duration, error) {
	for _, unit := range rateUnits {
		if length == unit {
			length = "1" + unit
		}
	}
	if word := rateWords[length]; word != "" {
		return 0, fmt.Errorf("%q is not a rate, write %s/%s", shorten(text), number, word)
	}
	if bareNumber.MatchString(length) {
		return 0, fmt.Errorf("the time of the rate %s has no unit, write %ss for seconds", shorten(text), shorten(text))
	}
	d, err := ParseDuration(length)
	switch {
	case !durationSyntax.MatchString(length):
		return 0, fmt.Errorf("%q is not a rate, write one like 50/s, 100/1m or 10/500ms", shorten(text))
	case err != nil || d < minRateTime || d > maxRateTime:
		return 0, fmt.Errorf("the time of the rate %s is not between 1ms and 24h", shorten(text))
	}
	return d, nil
}

// rate reads a rate, or a template that gives one.
func (l *loader) rate(p place) Rate {
	s := l.nonEmpty(p, "a rate such as 50/s")
	if !s.IsSet() || holdsTemplate(s.Value) {
		return Rate{Text: s}
	}
	count, per, err := ParseRate(s.Value)
	if err != nil {
		l.problems.Errorf(s.Pos, "%v", err)
	}
	return Rate{s, count, per}
}
