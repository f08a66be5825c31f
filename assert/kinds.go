package assert

import "github.com/apicel/apicel/spec"

// kindSet is a set of kinds of values.
type kindSet uint8

const anyKind = kindSet(1<<(spec.Map+1) - 1)

func setOf(kinds ...spec.Kind) kindSet {
	var set kindSet
	for _, k := range kinds {
		set |= 1 << k
	}
	return set
}

// canHold are the kinds of values that o may hold of.
func canHold(o *op) kindSet {
	static := o.isStatic()
	switch {
	case o.name == "not":
		set := kindSet(0)
		for _, inner := range o.sub.ops {
			set |= canFail(inner)
		}
		return set
	case isAbsent(o):
		return 0
	case static && (o.name == "equals" || o.name == "includes"):
		return setOf(kindOf(o.want))
	case static && o.name == "type":
		return kindNamed(textOf(o.want))
	case static && o.name == "one_of":
		set := kindSet(0)
		for _, v := range items(o.want) {
			set |= setOf(kindOf(v))
		}
		return set
	}
	return looksAt(o)
}

// canFail are the kinds of values that o may fail on, void aside.
func canFail(o *op) kindSet {
	switch {
	case o.name == "not":
		set := anyKind
		for _, inner := range o.sub.ops {
			set &= canHold(inner)
		}
		return set
	case isPresent(o):
		return 0
	case o.isStatic() && o.name == "type":
		return anyKind &^ kindNamed(textOf(o.want))
	case o.isStatic() && o.name == "includes":
		return setOf(kindOf(o.want))
	}
	return looksAt(o)
}

func looksAt(o *op) kindSet {
	switch {
	case numberOperations[o.name] != nil:
		return setOf(spec.Number)
	case o.operation().kinds == nil:
		return anyKind
	}
	return setOf(o.operation().kinds...)
}

func kindNamed(name string) kindSet {
	for k := spec.Null; k <= spec.Map; k++ {
		if k.String() == name {
			return setOf(k)
		}
	}
	return anyKind
}
