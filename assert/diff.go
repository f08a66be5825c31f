package assert

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/spec"
)

// Limits on diffs.
const (
	// maxDiffLines is the number of lines of a diff that are shown.
	maxDiffLines = 20
	// maxDiffText is the size of the texts, in bytes, that are compared line by line.
	maxDiffText = 256 << 10
)

// diff is how a found value differs from the expected one, a line for each
// path: ~ where it has another value, - where it is missing, + where nothing
// was expected. The lines beyond maxDiffLines are counted only.
type diff struct {
	run   *run
	lines []string
	more  int
	// subset leaves out what was found beyond the expected keys of objects.
	subset bool
	// masked tells that *** stands for values that are not shown. Whether they
	// differ is not said.
	masked bool
	// ignored tells that a placeholder stands for values that are not compared.
	ignored bool
	// removed and shifted tell that a line with - names an element of the expected
	// list, and that the places of the found one are others.
	removed, shifted bool
	// open tells that there may be more differences than were counted.
	open bool
}

func (d *diff) String() string {
	lines := d.lines
	switch {
	case d.more > 0 && d.open:
		lines = append(lines[:len(lines):len(lines)], fmt.Sprintf("… and at least %d more", d.more))
	case d.more > 0:
		lines = append(lines[:len(lines):len(lines)], fmt.Sprintf("… and %d more", d.more))
	}
	if d.removed && d.shifted {
		lines = append(lines[:len(lines):len(lines)], "(- counts in the expected list, + and ~ in the found one)")
	}
	return strings.Join(lines, "\n")
}

// add adds a line, which is made only where there is room for it: of a large
// answer most lines are only counted.
func (d *diff) add(line func() string) {
	if len(d.lines) == maxDiffLines {
		d.more++
		return
	}
	d.lines = append(d.lines, line())
}

func (d *diff) show(v gjson.Result) string { return d.run.showIn(v, maxShownInDiff) }

// skips tells whether what is expected is a placeholder.
func (d *diff) skips(v gjson.Result) bool {
	return d.masked && v.Str == hidden || d.ignored && v.Str == ignored
}

func (d *diff) missing(path string, want gjson.Result) {
	if d.ignored && want.Str == ignored {
		return
	}
	d.add(func() string { return "- " + path + ": " + d.show(want) })
}

func (d *diff) extra(path string, got gjson.Result) {
	if !d.subset && (!d.ignored || got.Str != ignored) {
		d.add(func() string { return "+ " + path + ": " + d.show(got) })
	}
}

// compare adds how got differs from want at path, which is "" at the root.
func (d *diff) compare(path string, want, got gjson.Result) {
	kind := kindOf(want)
	switch {
	case d.run.stopped(got), d.skips(want):
	case kind != kindOf(got) || kind != spec.List && kind != spec.Map:
		if !d.run.equal(want, got) {
			d.changed(path, want, got)
		}
	case kind == spec.Map:
		d.compareMembers(path, members(want), members(got))
	case d.subset:
		d.compareIncluded(path, want, got)
	default:
		d.compareItems(path, items(want), items(got))
	}
}

func (d *diff) changed(path string, want, got gjson.Result) {
	d.add(func() string {
		w, g := d.run.near(want, got, maxShownInDiff)
		if kindOf(want) != kindOf(got) {
			w, g = w+" ("+kindOf(want).String()+")", g+" ("+kindOf(got).String()+")"
		}
		if note := d.run.lookalike(want, got); note != "" {
			g += "; " + note
		}
		if path != "" {
			path += ": "
		}
		return fmt.Sprintf("~ %sexpected %s, found %s", path, w, g)
	})
}

func (d *diff) compareMembers(path string, want, got []member) {
	for len(want) > 0 || len(got) > 0 {
		switch {
		case len(got) == 0 || len(want) > 0 && want[0].key < got[0].key:
			d.missing(d.join(path, want[0].key), want[0].value)
			want = want[1:]
		case len(want) == 0 || got[0].key < want[0].key:
			d.extra(d.join(path, got[0].key), got[0].value)
			got = got[1:]
		default:
			d.compare(d.join(path, want[0].key), want[0].value, got[0].value)
			want, got = want[1:], got[1:]
		}
	}
}

// compareItems lines up the elements that two lists have in common, in order,
// so that one element more at the front is one line and not a changed list.
// What stands between them is compared one by one.
func (d *diff) compareItems(path string, want, got []gjson.Result) {
	i, j := 0, 0
	for _, pair := range append(d.run.common(want, got), [2]int{len(want), len(got)}) {
		for i < pair[0] || j < pair[1] {
			switch {
			case j >= pair[1]:
				d.removed = true
				d.missing(d.join(path, strconv.Itoa(i)), want[i])
			case i >= pair[0]:
				d.shifted = d.shifted || !d.subset
				d.extra(d.join(path, strconv.Itoa(j)), got[j])
			default:
				d.shifted = d.shifted || i != j
				d.compare(d.join(path, strconv.Itoa(j)), want[i], got[j])
			}
			i, j = min(i+1, pair[0]), min(j+1, pair[1])
		}
		i, j = pair[0]+1, pair[1]+1
	}
}

// maxTable bounds the table, by its cells, by which lists are lined up.
const maxTable = 1 << 20

// common gives the indices, in both lists, of a longest common subsequence. The
// equal ends of the lists need no table; where what is between them is too
// large for one, it has nothing in common.
func (r *run) common(want, got []gjson.Result) [][2]int {
	a, b := r.keys(want, got)
	var pairs, tail [][2]int
	start := 0
	for start < min(len(a), len(b)) && a[start] == b[start] {
		pairs = append(pairs, [2]int{start, start})
		start++
	}
	endA, endB := len(a), len(b)
	for endA > start && endB > start && a[endA-1] == b[endB-1] {
		endA, endB = endA-1, endB-1
		tail = append(tail, [2]int{endA, endB})
	}
	slices.Reverse(tail)
	for _, p := range longest(a[start:endA], b[start:endB]) {
		pairs = append(pairs, [2]int{start + p[0], start + p[1]})
	}
	return append(pairs, tail...)
}

// keys are texts that equal elements share.
func (r *run) keys(want, got []gjson.Result) (a, b []string) {
	levels := 0
	for _, v := range want {
		levels = max(levels, depth(v.Raw))
	}
	for _, v := range want {
		a = append(a, r.key(v, levels))
	}
	for _, v := range got {
		b = append(b, r.key(v, levels))
	}
	return a, b
}

// longest finds a longest common subsequence by a table of the lengths of those
// of what is left of both.
func longest(a, b []string) [][2]int {
	if len(a)*len(b) > maxTable {
		return nil
	}
	length := make([][]int32, len(a)+1)
	for i := range length {
		length[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			length[i][j] = max(length[i+1][j], length[i][j+1])
			if a[i] == b[j] {
				length[i][j] = length[i+1][j+1] + 1
			}
		}
	}
	var pairs [][2]int
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			pairs = append(pairs, [2]int{i, j})
			i, j = i+1, j+1
		case length[i+1][j] >= length[i][j+1]:
			i++
		default:
			j++
		}
	}
	return pairs
}

// join adds a key to a path.
func (d *diff) join(path, key string) string {
	key = d.run.step(key)
	if path == "" {
		return key
	}
	return path + "." + key
}

// step is a key as the step of a path that is shown: escaped as gjson wants it,
// so that the path can be copied into a suite. Secrets are taken out of the key
// as it is, because escaped it may be a text that no redactor knows.
func (r *run) step(key string) string {
	if key == "" {
		return `""`
	}
	if shown := r.hide(key); shown != key {
		return printable(shown)
	}
	return printable(r.hide(gjson.Escape(key)))
}
