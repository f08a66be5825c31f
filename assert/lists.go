package assert

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/spec"
)

var onlyLists = []spec.Kind{spec.List}

// maxFaults is the number of elements that a failure of each names.
const maxFaults = 10

// listOperations are the matchers on lists, and includes, which is for objects
// too. They are not gomega's: those have two verdicts where these have three,
// keep to themselves which elements were missing, and take seconds for a
// thousand elements.
var listOperations = map[string]*operation{
	"each": {
		kinds:    onlyLists,
		use:      "each is for lists",
		judge:    judgeEach,
		describe: func(o *op, r *run) string { return "each element: " + o.sub.describe(r) },
		explain:  explainEach,
	},
	"any": {
		kinds:    onlyLists,
		use:      "any is for lists",
		judge:    judgeAny,
		describe: func(o *op, r *run) string { return "any element: " + o.sub.describe(r) },
		explain:  explainAny,
	},
	"unordered": {
		kinds: onlyLists,
		use:   "unordered is for lists",
		prepare: func(o *op) error {
			if kindOf(o.want) != spec.List {
				return errors.New("unordered takes a list")
			}
			return nil
		},
		judge: func(o *op, r *run, s subject) verdict {
			want, got := items(o.want), items(s.value)
			return verdictOf(len(want) == len(got) && len(r.pairEqual(want, got).missing) == 0)
		},
		describe: func(o *op, r *run) string { return r.show(o.want) + " in any order" },
		explain:  explainUnordered,
	},
	"includes": {
		kinds: []spec.Kind{spec.List, spec.Map},
		use:   "includes is for lists and objects; text takes contains",
		prepare: func(o *op) error {
			if kind := kindOf(o.want); kind != spec.List && kind != spec.Map {
				return errors.New("includes takes a list or an object")
			}
			if size(o.want) == 0 {
				return fmt.Errorf("includes of an empty %s holds of every %[1]s", kindOf(o.want))
			}
			return nil
		},
		judge: func(o *op, r *run, s subject) verdict {
			if kindOf(o.want) != kindOf(s.value) {
				return void
			}
			return verdictOf(r.includes(s.value, o.want))
		},
		describe: func(o *op, r *run) string { return "at least " + r.show(o.want) },
		explain: func(o *op, r *run, s subject, f *fault) {
			f.found = r.show(s.value)
			if kindOf(o.want) != kindOf(s.value) {
				f.found = r.typed(s.value)
				if !o.masked {
					f.expected = "at least " + r.typed(o.want)
				}
				return
			}
			if o.masked {
				return // its diff would have to show what it looked for
			}
			f.detail = r.diffAt(s, o.want, true)
		},
	},
}

func judgeEach(o *op, r *run, s subject) verdict {
	elements := items(s.value)
	if len(elements) == 0 {
		return void
	}
	return all(len(elements), func(i int) verdict {
		if r.stopped(elements[i]) {
			return void
		}
		return o.sub.judge(r, subject{value: elements[i]})
	})
}

// judgeAny is judgeEach with everything turned round: an element that holds
// decides, else a void one makes it void. No element is no match.
func judgeAny(o *op, r *run, s subject) verdict {
	elements := items(s.value)
	return all(len(elements), func(i int) verdict {
		if r.stopped(elements[i]) {
			return void
		}
		return o.sub.judge(r, subject{value: elements[i]}).negate()
	}).negate()
}

func explainEach(o *op, r *run, s subject, f *fault) {
	elements := items(s.value)
	if len(elements) == 0 {
		f.found, f.note = r.show(s.value), "each looks at the elements of a list, and this one has none"
		return
	}
	var first *fault
	var lines []string
	count := 0
	for i, e := range elements {
		at := s.element(i, e)
		if o.sub.judge(r, at) == holds {
			continue
		}
		if count++; count > maxFaults {
			continue
		}
		faults := o.sub.explain(r, at)
		one := r.merge(faults)
		lines = append(lines, r.elementFault(at, one, len(faults)))
		if first == nil {
			first = &one
		}
	}
	f.found, f.at, f.note, f.detail = first.found, first.at, first.note, first.detail
	if count == 1 {
		return
	}
	f.note = strings.Join(addNew(addNew(nil, fmt.Sprintf("%d of %d elements fail", count, len(elements))), first.note), "; ")
	if count > maxFaults {
		lines = append(lines, fmt.Sprintf("… and %d more", count-maxFaults))
	}
	f.detail = strings.Join(lines, "\n")
}

// maxElementDiff is the number of lines of a diff that say what is wrong with
// one element of several.
const maxElementDiff = 3

// elementFault is what is wrong with one element of several: its diff where
// that is short and says it all, because it names what is inside the element.
func (r *run) elementFault(at subject, f fault, merged int) string {
	if merged == 1 && f.detail != "" && strings.Count(f.detail, "\n") < maxElementDiff && !strings.HasPrefix(f.detail, "---") {
		return f.detail
	}
	return fmt.Sprintf("%s: expected %s, found %s", r.elementPath(at.at), f.expected, f.found)
}

func explainAny(o *op, r *run, s subject, f *fault) {
	f.found = r.show(s.value)
	for i, e := range items(s.value) {
		at := s.element(i, e)
		if o.sub.judge(r, at) == void {
			f.note = fmt.Sprintf("%s: %s", r.elementPath(at.at), r.merge(o.sub.explain(r, at)).note)
			return
		}
	}
}

func explainUnordered(o *op, r *run, s subject, f *fault) {
	want, got := items(o.want), items(s.value)
	p := r.pairEqual(want, got)
	f.found = r.show(s.value)
	if o.masked {
		return // its diff would have to show what it looked for
	}
	d := diff{run: r}
	d.compareUnordered(r.base(s), want, got, p)
	f.detail = d.String()
}

// pairs is how two lists are matched, each element to one of the other.
type pairs struct {
	// owner has of each found element 1 + the index of the wanted one that has it.
	owner []int
	// missing are the indices of the wanted elements that have none.
	missing []int
}

// extra are the indices of the found elements that nothing wanted.
func (p pairs) extra() []int {
	var list []int
	for j, owner := range p.owner {
		if owner == 0 {
			list = append(list, j)
		}
	}
	return list
}

// pairEqual matches the elements of two lists that are equal.
func (r *run) pairEqual(want, got []gjson.Result) pairs {
	a, b := r.keys(want, got)
	free := map[string][]int{}
	for j, k := range b {
		free[k] = append(free[k], j)
	}
	p := pairs{owner: make([]int, len(got))}
	for i, k := range a {
		if js := free[k]; len(js) > 0 {
			p.owner[js[0]], free[k] = i+1, js[1:]
			continue
		}
		p.missing = append(p.missing, i)
	}
	return p
}

// includes tells whether got has at least what want has: an object the keys
// with such values, a list such elements, anything else the same value.
func (r *run) includes(got, want gjson.Result) bool {
	kind := kindOf(want)
	switch {
	case kind != kindOf(got) || r.stopped(got):
		return false
	case kind == spec.Map:
		return r.includesMembers(members(got), members(want))
	case kind == spec.List:
		left, _ := r.unmatched(items(want), items(got), 1)
		return len(left) == 0
	}
	return r.equal(got, want)
}

func (r *run) includesMembers(got, want []member) bool {
	for _, w := range want {
		for len(got) > 0 && got[0].key < w.key {
			got = got[1:]
		}
		if len(got) == 0 || got[0].key != w.key || !r.includes(got[0].value, w.value) {
			return false
		}
		got = got[1:]
	}
	return true
}

// unmatched gives the indices of the wanted elements that are left over when
// as many as can be are matched, each to a found element of its own that
// includes it. One that could have several must leave its element to one that
// has no other: this is bipartite matching by augmenting paths (Kuhn's
// algorithm), which may begin with any matching, so with the equal ones. It ends
// when most are left over. p is the matching.
func (r *run) unmatched(want, got []gjson.Result, most int) (left []int, p pairs) {
	p = r.pairEqual(want, got)
	for _, i := range p.missing {
		seen := make([]bool, len(got))
		if !r.match(want, got, p.owner, seen, i) {
			left = append(left, i)
		}
		if len(left) == most {
			break
		}
	}
	return left, p
}

func (r *run) match(want, got []gjson.Result, owner []int, seen []bool, i int) bool {
	for j := range got {
		if r.stopped(got[j]) {
			return false
		}
		if seen[j] || !r.includes(got[j], want[i]) {
			continue
		}
		seen[j] = true
		if owner[j] == 0 || r.match(want, got, owner, seen, owner[j]-1) {
			owner[j] = i + 1
			return true
		}
	}
	return false
}
