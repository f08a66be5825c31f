package assert

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/spec"
)

// maxLooks is the number of pairs of elements that are looked at to find those
// that were meant to be the same.
const maxLooks = 2500

// likely is a wanted and a found element that have at least half in common.
type likely struct {
	want, got int
	score     float64
}

// pairUp gives, for wanted elements that have no equal, the found one that each
// was probably meant to be, by index: the most alike first, each at most once.
// Numbers, booleans and null are alike to none.
func (d *diff) pairUp(want, got []gjson.Result, missing, extra []int) map[int]int {
	if len(missing)*len(extra) > maxLooks {
		return nil
	}
	var all []likely
	for _, i := range missing {
		for _, j := range extra {
			if score := d.alike(want[i], got[j]); score >= 0.5 {
				all = append(all, likely{i, j, score})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b likely) int { return cmp.Compare(b.score, a.score) })
	pairs, taken := map[int]int{}, map[int]bool{}
	for _, p := range all {
		if _, has := pairs[p.want]; !has && !taken[p.got] {
			pairs[p.want], taken[p.got] = p.got, true
		}
	}
	return pairs
}

// alike is the share of the members or elements of two values that are equal,
// from 0 to 1.
func (d *diff) alike(want, got gjson.Result) float64 {
	kind := kindOf(want)
	if kind != kindOf(got) || d.run.stopped(got) {
		return 0
	}
	switch kind {
	case spec.Map:
		return d.alikeMembers(members(want), members(got))
	case spec.List:
		a, b := items(want), items(got)
		if len(a)*len(b) > maxLooks {
			return 0
		}
		return share(len(d.run.common(a, b)), len(a), len(b))
	case spec.Text:
		return alikeTexts(want.Str, got.Str)
	}
	return 0
}

// alikeTexts is the share of long texts that is the same at both ends. Short
// ones are alike only where they look the same: a reader sees how others differ.
func alikeTexts(want, got string) float64 {
	if min(len(want), len(got)) <= maxShownInDiff {
		if looksLike(want, got) {
			return 1
		}
		return 0
	}
	head, tail := differAt(want, got), 0
	for tail < min(len(want), len(got))-head && want[len(want)-1-tail] == got[len(got)-1-tail] {
		tail++
	}
	return share(head+tail, len(want), len(got))
}

func (d *diff) alikeMembers(want, got []member) float64 {
	equal, rest := 0, got
	for _, w := range want {
		for len(rest) > 0 && rest[0].key < w.key {
			rest = rest[1:]
		}
		if len(rest) > 0 && rest[0].key == w.key && d.fits(w.value, rest[0].value) {
			equal++
		}
	}
	if d.subset {
		return share(equal, len(want), 0)
	}
	return share(equal, len(want), len(got))
}

func (d *diff) fits(want, got gjson.Result) bool {
	if d.subset {
		return d.run.includes(got, want)
	}
	return d.run.equal(want, got)
}

func share(equal, a, b int) float64 {
	if n := max(a, b); n > 0 {
		return float64(equal) / float64(n)
	}
	return 0
}

// compareUnordered adds how lists differ whose order does not matter. The
// elements of p have their equals. A changed element is shown at the place of
// the found one, what is missing or too much without a place.
func (d *diff) compareUnordered(path string, want, got []gjson.Result, p pairs) {
	at := path
	if at != "" {
		at += ": "
	}
	extra := p.extra()
	similar := d.pairUp(want, got, p.missing, extra)
	paired := map[int]bool{}
	for _, i := range p.missing {
		if j, ok := similar[i]; ok {
			paired[j] = true
			d.compare(d.join(path, strconv.Itoa(j)), want[i], got[j])
			continue
		}
		d.add(func() string { return "- " + at + d.show(want[i]) })
	}
	for _, j := range extra {
		if !paired[j] {
			d.add(func() string { return "+ " + at + d.show(got[j]) })
		}
	}
}

// compareIncluded adds the wanted elements that no found one includes, and how
// the one that each was probably meant to be differs.
func (d *diff) compareIncluded(path string, want, got gjson.Result) {
	wants, gots := items(want), items(got)
	left, p := d.run.unmatched(wants, gots, maxDiffLines+1)
	d.open = d.open || len(left) > maxDiffLines
	similar := d.pairUp(wants, gots, left, p.extra())
	for _, i := range left {
		line := "- "
		if path != "" {
			line += path + ": "
		}
		j, ok := similar[i]
		d.add(func() string {
			line += "no element for " + d.show(wants[i])
			if ok {
				line += ", the nearest is " + d.join(path, strconv.Itoa(j))
			}
			return line
		})
		if ok && len(d.lines) < maxDiffLines {
			d.compare(d.join(path, strconv.Itoa(j)), wants[i], gots[j])
		}
	}
}
