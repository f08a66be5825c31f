package spec

import (
	"strings"
	"testing"
	"time"
)

func TestParseRate(t *testing.T) {
	for text, want := range map[string]struct {
		count int
		per   time.Duration
	}{
		"50/s": {50, time.Second}, "1/m": {1, time.Minute}, "5/h": {5, time.Hour}, "3/ms": {3, time.Millisecond},
		"100/1m": {100, time.Minute}, "10/500ms": {10, 500 * time.Millisecond}, "1/2s": {1, 2 * time.Second},
		"7/1m30s": {7, 90 * time.Second}, "1/1.5s": {1, 1500 * time.Millisecond}, "1000000/24h": {1000000, 24 * time.Hour},
		"007/1000us": {7, time.Millisecond},
	} {
		if count, per, err := ParseRate(text); err != nil || count != want.count || per != want.per {
			t.Errorf("%s is %d in %v, %v", text, count, per, err)
		}
	}
	for text, want := range map[string]string{
		"": "is not a rate", "/": "is not a rate", "/s": "is not a rate", "5/": "is not a rate", "s/5": "is not a rate",
		"5": "write 5/s", "5.5": "write 5.5/s", "-5/s": "negative", "5/s/s": "is not a rate", "5//s": "is not a rate",
		"5/-1s": "is not a rate", "5/x": "is not a rate", "5 /s": "write 5/s", " 5/s": "write 5/s", "5/1 m": "write 5/1m",
		"5/minute": "write 5/m", "5/day": "write 5/24h", "5/S": "write 5/s", "0/s": "at least one", "000/s": "at least one",
		"1.5/s": "whole requests", "5/2": "write 5/2s", "5/0s": "not between", "5/999us": "not between", "5/24h1ms": "not between",
		"1000001/s": "too large", "99999999999999999999/s": "too large", "1/99999999999999999h": "not between",
		"1e3/s": "is not a rate", "٣/s": "is not a rate", strings.Repeat("9", 1000): "…",
	} {
		count, per, err := ParseRate(text)
		if err == nil || !strings.Contains(err.Error(), want) || count != 0 || per != 0 || len(err.Error()) > 300 {
			t.Errorf("%q is %d in %v: %v, expected %q", text, count, per, err, want)
		}
	}
}
