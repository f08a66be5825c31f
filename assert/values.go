package assert

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/spec"
)

// valueOperations are the matchers on values of any kind.
var valueOperations = map[string]*operation{
	"equals": {
		prepare: func(o *op) error {
			if kind := kindOf(o.want); o.text && (kind == spec.Null || kind == spec.List || kind == spec.Map) {
				return fmt.Errorf("%s never equals text", withArticle(kind))
			}
			return nil
		},
		judge: func(o *op, r *run, s subject) verdict {
			if o.text {
				return verdictOf(textOf(o.want) == s.value.Str)
			}
			return verdictOf(r.equal(o.want, s.value))
		},
		describe: func(o *op, r *run) string { return r.show(o.wantedText()) },
		explain:  explainEquals,
	},
	"not": {
		judgesMissing: true,
		judge:         func(o *op, r *run, s subject) verdict { return o.sub.judge(r, s).negate() },
		describe:      func(o *op, r *run) string { return "not " + o.sub.describe(r) },
		explain: func(o *op, r *run, s subject, f *fault) {
			f.found = r.show(s.value)
			if o.sub.judge(r, s) == void {
				inner := r.merge(o.sub.explain(r, s))
				f.found, f.note, f.at = inner.found, inner.note, inner.at
				return
			}
			o.sub.explainAny(r, s, f)
		},
	},
	"exists": {
		judgesMissing: true,
		prepare: func(o *op) error {
			if kindOf(o.want) != spec.Bool {
				return errors.New("exists takes true or false")
			}
			return nil
		},
		judge: func(o *op, _ *run, s subject) verdict { return verdictOf(o.want.Bool() != s.missing) },
		describe: func(o *op, _ *run) string {
			if o.want.Bool() {
				return "something there"
			}
			return nothingThere
		},
	},
	"type": {
		prepare: func(o *op) error {
			if !slices.Contains(typeNames(), textOf(o.want)) {
				return fmt.Errorf("there is no type %q: one of %s", textOf(o.want), strings.Join(typeNames(), ", "))
			}
			return nil
		},
		judge:    func(o *op, _ *run, s subject) verdict { return verdictOf(kindOf(s.value).String() == textOf(o.want)) },
		describe: func(o *op, _ *run) string { return "type " + textOf(o.want) },
		explain: func(_ *op, r *run, s subject, f *fault) {
			f.found = "type null"
			if kind := kindOf(s.value); kind != spec.Null {
				f.found = fmt.Sprintf("type %s: %s", kind, r.show(s.value))
			}
		},
	},
	"one_of": {
		prepare: func(o *op) error {
			if kindOf(o.want) != spec.List || size(o.want) == 0 {
				return errors.New("one_of takes a list with at least one value")
			}
			o.ready = items(o.want)
			return nil
		},
		judge: func(o *op, r *run, s subject) verdict {
			return verdictOf(slices.ContainsFunc(o.ready.([]gjson.Result), func(v gjson.Result) bool {
				if o.text {
					return textOf(v) == s.value.Str
				}
				return r.equal(v, s.value)
			}))
		},
		describe: func(o *op, r *run) string { return "one of " + r.showAll(o.ready.([]gjson.Result), o.text) },
		explain: func(o *op, r *run, s subject, f *fault) {
			f.found = r.show(s.value)
			if !o.text && !slices.ContainsFunc(o.ready.([]gjson.Result), func(v gjson.Result) bool { return kindOf(v) == kindOf(s.value) }) {
				f.found = r.typed(s.value)
			}
		},
	},
	"length": {
		kinds: []spec.Kind{spec.Text, spec.List, spec.Map},
		use:   "length is of text, a list or an object",
		judge: func(o *op, r *run, s subject) verdict {
			return o.sub.judge(r, subject{value: gjson.Parse(fmt.Sprint(length(s.value)))})
		},
		describe: func(o *op, r *run) string { return "length " + o.sub.describe(r) },
		explain: func(_ *op, r *run, s subject, f *fault) {
			f.found = fmt.Sprintf("length %d: %s", length(s.value), r.show(s.value))
		},
	},
}

// explainAny names the element by which any holds where it should not.
func (m *matcher) explainAny(r *run, s subject, f *fault) {
	if len(m.ops) != 1 || m.ops[0].name != "any" {
		return
	}
	for i, e := range items(s.value) {
		if at := s.element(i, e); m.ops[0].sub.judge(r, at) == holds {
			f.found, f.at = r.show(e), at.at
			return
		}
	}
}

func explainEquals(o *op, r *run, s subject, f *fault) {
	if o.masked {
		o.explainMasked(r, s, f)
		return
	}
	want := o.wantedText()
	f.expected, f.found = r.both(want, s.value)
	kind := kindOf(want)
	switch {
	case kind != kindOf(s.value):
	case kind == spec.Text:
		f.detail = r.diffText(want.Str, s.value.Str)
		if f.detail == "" {
			f.expected, f.found = r.near(want, s.value, maxShown)
			f.note = r.differsFrom(want.Str, s.value.Str)
		}
		f.note = cmp.Or(r.lookalike(want, s.value), f.note)
	case kind == spec.List || kind == spec.Map:
		f.detail = r.diffAt(s, want, false)
	}
}

// explainMasked is explainEquals where a part of what is expected is computed
// from a secret and not shown.
func (o *op) explainMasked(r *run, s subject, f *fault) {
	f.found = r.show(s.value)
	kind := kindOf(o.want)
	if kind == spec.Text && o.shown.Type == gjson.String && kindOf(s.value) == spec.Text {
		f.detail = r.diffText(o.want.Str, s.value.Str)
		return
	}
	if o.shown.Raw == hidden || kind != kindOf(s.value) || kind != spec.List && kind != spec.Map {
		return
	}
	d := diff{run: r, masked: true}
	d.compare(r.base(s), *o.shown, s.value)
	if f.detail = d.String(); f.detail == "" {
		f.note = "what is computed from a secret differs"
	}
}

// diffAt is how s differs from want.
func (r *run) diffAt(s subject, want gjson.Result, subset bool) string {
	d := diff{run: r, subset: subset}
	d.compare(r.base(s), want, s.value)
	return d.String()
}

// base is what the paths of a diff begin with: the path of s where it is an
// element. Those of a check's own subject begin below it.
func (r *run) base(s subject) string {
	if len(s.at) == 0 {
		return ""
	}
	return r.elementPath(s.at)
}

// differsFrom says where two long texts of one line begin to differ.
func (r *run) differsFrom(want, found string) string {
	if utf8.RuneCountInString(want) <= maxShown && utf8.RuneCountInString(found) <= maxShown {
		return ""
	}
	return fmt.Sprintf("they differ from character %d on", utf8.RuneCountInString(want[:differAt(want, found)])+1)
}

// wantedText is the operand as it is compared with: text where the subject is.
func (o *op) wantedText() gjson.Result {
	if o.text {
		return textValue(textOf(o.want))
	}
	return o.want
}

// textOf is a scalar as text: numbers as they are spelled.
func textOf(v gjson.Result) string {
	if v.Type == gjson.String {
		return v.Str
	}
	return v.Raw
}

// length counts the characters of a text, the elements of a list and the keys
// of an object.
func length(v gjson.Result) int {
	if v.Type == gjson.String {
		return utf8.RuneCountInString(v.Str)
	}
	return size(v)
}

func (r *run) showAll(values []gjson.Result, asText bool) string {
	parts := make([]string, 0, len(values))
	for _, v := range values {
		if asText {
			v = textValue(textOf(v))
		}
		parts = append(parts, r.showIn(v, maxShownInDiff))
	}
	return r.cut(strings.Join(parts, ", "), 0, maxShown)
}

func typeNames() []string {
	var names []string
	for k := spec.Null; k <= spec.Map; k++ {
		names = append(names, k.String())
	}
	return names
}

func withArticle(k spec.Kind) string {
	switch k {
	case spec.Null:
		return "null"
	case spec.List, spec.Map:
		return "an " + k.String()
	}
	return "a " + k.String()
}
