package reporters

import (
	"fmt"
	"time"
)

// style says whether text may carry colours. A handful of SGR codes (ECMA-48,
// 8.3.117) is all the console needs.
type style bool

const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
	badly  = "1;31" // bold red
)

// paint returns text in the given colour, or as it is where colours are off.
func (s style) paint(code, text string) string {
	if !s || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// duration returns d as people say it: 0.3 ms, 12 ms, 1.25 s, 2m05s.
func duration(d time.Duration) string {
	d = d.Truncate(time.Microsecond) // what JSON keeps, so that a report made from JSON says the same
	switch {
	case d <= 0:
		return "0 ms"
	case d < 9950*time.Microsecond:
		return fmt.Sprintf("%.1f ms", d.Seconds()*1e3)
	case d < 999500*time.Microsecond:
		return fmt.Sprintf("%.0f ms", d.Seconds()*1e3)
	case d < 59995*time.Millisecond:
		return fmt.Sprintf("%.2f s", d.Seconds())
	}
	s := int64(d.Round(time.Second) / time.Second)
	if s < 3600 {
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	}
	return fmt.Sprintf("%dh%02dm%02ds", s/3600, s/60%60, s%60)
}

// size returns a number of bytes as people say it.
func size(n int) string {
	switch {
	case n < 1000:
		return count(n, "byte", "bytes")
	case n < 1e6:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}
