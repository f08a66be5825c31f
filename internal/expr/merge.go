package expr

import (
	"cmp"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// merge patches target with patch as JSON Merge Patch says (RFC 7396, section
// 2). Both are merged as JSON text, so that numbers keep their spelling and
// members their order; new members come last.
func merge(target, patch ref.Val) ref.Val {
	var docs [2]string
	for i, v := range []ref.Val{target, patch} {
		raw, err := ToJSON(v)
		if err != nil {
			return types.WrapErr(&EvalError{Message: "merge() takes JSON values: " + err.Error()})
		}
		docs[i] = string(raw)
	}
	out, err := mergePatch(nil, docs[0], docs[1])
	if err != nil {
		return err
	}
	return fromJSON(string(out))
}

// mergePatch appends the result to out. An empty target stands for none. fault is
// the error that one of the two has a key twice.
func mergePatch(out []byte, target, patch string) (merged []byte, fault ref.Val) {
	p, ok := object(patch)
	if !ok {
		return append(out, patch...), nil
	}
	t, ok := object(target)
	if !ok {
		t = &jsonMap{container: container{raw: "{}"}}
	}
	if fault := cmp.Or(t.doubled(), p.doubled()); fault != nil {
		return nil, fault
	}
	tl, pl := t.members(), p.members()
	out = append(out, '{')
	first := true
	add := func(key string) {
		if !first {
			out = append(out, ',')
		}
		first = false
		out = append(appendString(out, key), ':')
	}
	for i, key := range t.keys() {
		j := pl.find(p.raw, key)
		switch {
		case j < 0:
			add(key)
			out = append(out, t.value(tl, i)...)
		case p.value(pl, j) != "null":
			add(key)
			if out, fault = mergePatch(out, t.value(tl, i), p.value(pl, j)); fault != nil {
				return nil, fault
			}
		}
	}
	for j, key := range p.keys() {
		if tl.find(t.raw, key) < 0 && p.value(pl, j) != "null" {
			add(key)
			if out, fault = mergePatch(out, "", p.value(pl, j)); fault != nil {
				return nil, fault
			}
		}
	}
	return append(out, '}'), nil
}

// object returns the view of raw where it is an object.
func object(raw string) (*jsonMap, bool) {
	m, ok := fromJSON(raw).(*jsonMap)
	return m, ok
}
