package assert

import (
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// replaceIgnored puts a placeholder in the place of all that the paths pick out
// of JSON.
func replaceIgnored(raw string, paths []path) string {
	if len(paths) == 0 {
		return raw
	}
	root := gjson.Parse(raw)
	var spots []spot
	for _, p := range paths {
		spots = append(spots, spotsAt(raw, root, p.keys)...)
	}
	slices.SortFunc(spots, func(a, b spot) int { return a.from - b.from })
	var b strings.Builder
	end := 0
	for _, s := range spots {
		if s.from < end { // inside what was replaced
			continue
		}
		b.WriteString(raw[end:s.from] + `"` + ignored + `"`)
		end = s.to
	}
	b.WriteString(raw[end:])
	return b.String()
}

// spot is the bytes of a value.
type spot struct{ from, to int }

// spotsAt finds the values that keys lead to from v, which is part of raw.
func spotsAt(raw string, v gjson.Result, keys []string) []spot {
	spread := slices.IndexFunc(keys, isSpread)
	if spread < 0 {
		if len(keys) > 0 {
			v = v.Get(join(keys))
		}
		if !v.Exists() || !strings.HasPrefix(raw[min(v.Index, len(raw)):], v.Raw) {
			return nil
		}
		return []spot{{v.Index, v.Index + len(v.Raw)}}
	}
	if spread > 0 {
		v = v.Get(join(keys[:spread]))
	}
	picked := picker(v, keys[spread])
	var spots []spot
	for _, element := range items(v) {
		if picked(element) {
			spots = append(spots, spotsAt(raw, element, keys[spread+1:])...)
		}
	}
	return spots
}

// picker tells which elements of a list a # stands for.
func picker(list gjson.Result, spread string) func(gjson.Result) bool {
	if spread == "#" {
		return func(gjson.Result) bool { return true }
	}
	picked := map[int]bool{}
	for _, index := range list.Get(spread).Indexes {
		picked[index] = true
	}
	return func(element gjson.Result) bool { return picked[element.Index] }
}
