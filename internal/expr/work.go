package expr

import (
	"math/bits"
	"strings"

	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"github.com/tidwall/gjson"
)

const (
	// elementBytes is what an element of a list counts as, in bytes.
	elementBytes = 30
	// charBytes is what functions count as that make a list of the characters of a
	// text, for each byte of it.
	charBytes = 5
	// scannedPerByte is how many bytes that are looked at and not copied count as one.
	scannedPerByte = 16
	// bytesPerRead is how many bytes that a path is looked up in count as one.
	bytesPerRead = 4
	// searchPerStep makes MaxSearch the same as MaxSteps.
	searchPerStep = MaxSearch / MaxSteps
	// numberBytes is as long as a number is that is written without a precision.
	numberBytes = 330
)

// workOf says of each function that makes text, bytes or lists, or whose time
// grows with its arguments, how much work a call of it is: bytes that it makes or
// reads, or pairs that it compares. All others are in constantWork.
var workOf = map[string]func(args []ref.Val) int{
	operators.Add:     added,
	"distinct":        func(a []ref.Val) int { return times(size(a[0]), size(a[0])) },
	"sets.contains":   pairs,
	"sets.intersects": pairs,
	"sets.equivalent": pairs,
	"hasOnly":         pairs,
	"hasAny":          pairs,
	"hasAll":          pairs,
	"hasExactly":      pairs,
	"flatten":         func(a []ref.Val) int { return times(countElements(a[0], maxWork), elementBytes) },

	"replace":       replaced,
	"join":          joined,
	"split":         splitUp,
	"format":        formatted,
	"lowerAscii":    bytesTimes(2),
	"upperAscii":    bytesTimes(2),
	"trim":          bytesTimes(1),
	"substring":     bytesTimes(charBytes),
	"charAt":        bytesTimes(charBytes),
	"indexOf":       bytesTimes(charBytes),
	"lastIndexOf":   bytesTimes(charBytes),
	"reverse":       bytesTimes(charBytes),
	"contains":      scanned,
	"startsWith":    scanned,
	"endsWith":      scanned,
	"size":          scanned,
	"strings.quote": bytesTimes(2),

	"matches":          nothingMade,
	"regex.extract":    bytesTimes(1),
	"regex.extractAll": func(a []ref.Val) int { return times(size(a[0])+1, elementBytes/2) },
	"regex.replace":    func(a []ref.Val) int { return times(size(a[0])+1, size(a[2])+1) },

	"string": bytesTimes(1), "bytes": bytesTimes(1), "bool": scanned, "int": scanned, "uint": scanned, "double": scanned,
	"duration": scanned, "timestamp": scanned, "ip": scanned, "cidr": scanned, "isIP": scanned, "isCIDR": scanned,
	"ip.isCanonical": scanned, "containsIP": scanned, "containsCIDR": scanned,

	"base64.encode": bytesTimes(2), "base64.encodeUrl": bytesTimes(2), "base64.decode": bytesTimes(1), "base64.decodeUrl": bytesTimes(1),
	"hex": bytesTimes(2), "url_encode": bytesTimes(3), "sha256": bytesTimes(1), "hmac_sha256": bytesTimes(1),
	"jwt": bytesTimes(2), "json.parse": bytesTimes(1), "json.encode": jsonBytes, "merge": jsonBytes, "gjson": picked,

	"lists.range": func(a []ref.Val) int {
		n, _ := a[0].(types.Int)
		return times(min(max(int(n), 0), MaxRange), elementBytes)
	},
	"slice":                 sliced,
	"sort":                  sorted,
	"@sortByAssociatedKeys": sorted,
	"math.@max":             elements,
	"math.@min":             elements,
	"optional.unwrap":       elements,
	"unwrapOpt":             elements,
	"cel.@mapInsert":        inserted,
}

// constantWork are the functions whose work does not grow with their arguments.
// Comparisons and in are here because they make nothing and are bounded where
// they are made (see comparison), and file() because a file is read once.
var constantWork = map[string]bool{
	operators.LogicalNot: true, operators.Negate: true, operators.In: true, "in": true, "_in_": true, operators.NotStrictlyFalse: true, "__not_strictly_false__": true,
	operators.Equals: true, operators.NotEquals: true, operators.Less: true, operators.LessEquals: true, operators.Greater: true, operators.GreaterEquals: true,
	operators.Modulo: true, operators.Multiply: true, operators.Subtract: true, operators.Divide: true, operators.LogicalAnd: true, operators.LogicalOr: true,
	operators.Conditional: true, operators.Index: true, operators.OptIndex: true, operators.OptSelect: true,
	"dyn": true, "type": true, "first": true, "last": true,
	"hasValue": true, "value": true, "or": true, "orValue": true, "optional.none": true, "optional.of": true, "optional.ofNonZeroValue": true,
	"getDate": true, "getDayOfMonth": true, "getDayOfWeek": true, "getDayOfYear": true, "getFullYear": true, "getHours": true,
	"getMilliseconds": true, "getMinutes": true, "getMonth": true, "getSeconds": true,
	"family": true, "isGlobalUnicast": true, "isLinkLocalMulticast": true, "isLinkLocalUnicast": true, "isLoopback": true, "isUnspecified": true,
	"isMask": true, "masked": true, "prefixLength": true,
	"math.abs": true, "math.bitAnd": true, "math.bitNot": true, "math.bitOr": true, "math.bitShiftLeft": true, "math.bitShiftRight": true, "math.bitXor": true,
	"math.ceil": true, "math.floor": true, "math.isFinite": true, "math.isInf": true, "math.isNaN": true, "math.round": true, "math.sign": true,
	"math.sqrt": true, "math.trunc": true,
	"uuid": true, "now": true, "random_int": true, "header_values": true, fileFunction: true,
}

// searches are the functions that search by a regular expression, which is their
// second argument.
var searches = map[string]bool{"matches": true, "regex.extract": true, "regex.extractAll": true, "regex.replace": true}

// unlimited are the functions of which one call may be as much work as the steps
// of the evaluation allow: what they make is in proportion to what they get.
var unlimited = map[string]bool{
	operators.Add: true, "lowerAscii": true, "upperAscii": true, "trim": true, "substring": true, "charAt": true, "indexOf": true, "lastIndexOf": true,
	"reverse": true, "contains": true, "startsWith": true, "endsWith": true, "size": true, "strings.quote": true, "string": true, "bytes": true,
	"base64.encode": true, "base64.encodeUrl": true, "base64.decode": true, "base64.decodeUrl": true, "hex": true, "url_encode": true,
	"sha256": true, "hmac_sha256": true, "jwt": true, "json.parse": true, "json.encode": true, "merge": true, "gjson": true,
}

// constantFolds are the functions that CEL computes when it makes the program
// where their argument is a literal, so that a mistake in it is found then.
var constantFolds = map[string]bool{
	"string": true, "bytes": true, "bool": true, "int": true, "uint": true, "double": true, "duration": true, "timestamp": true,
}

func nothingMade([]ref.Val) int { return 0 }

// textBytes are the bytes of the arguments that are text or bytes.
func textBytes(args []ref.Val) int {
	sum := 0
	for _, v := range args {
		switch v := v.(type) {
		case types.String:
			sum += len(v)
		case types.Bytes:
			sum += len(v)
		}
	}
	return sum
}

// bytesTimes is so much for each byte of text, and for each element of a list
// what elements count.
func bytesTimes(factor int) func(args []ref.Val) int {
	return func(args []ref.Val) int {
		if l, ok := args[0].(traits.Lister); ok {
			return times(size(l), elementBytes)
		}
		return times(textBytes(args), factor)
	}
}

func scanned(args []ref.Val) int { return textBytes(args) / scannedPerByte }

// added is what + makes. Of lists it is the second alone: map() adds to its
// result, which is not copied.
func added(args []ref.Val) int {
	if l, ok := args[1].(traits.Lister); ok {
		return size(l) * bytesPerStep
	}
	return textBytes(args)
}

func elements(args []ref.Val) int { return times(size(args[0]), elementBytes) }

func sliced(args []ref.Val) int {
	if len(args) != 3 {
		return elements(args)
	}
	from, _ := args[1].(types.Int)
	to, _ := args[2].(types.Int)
	return times(min(max(int(to)-int(from), 0), size(args[0])), elementBytes)
}

func sorted(args []ref.Val) int {
	n := size(args[0])
	return times(times(n, bits.Len(uint(n))), bytesPerStep)
}

func inserted(args []ref.Val) int {
	m, ok := args[len(args)-1].(traits.Mapper)
	if !ok || len(args) != 2 {
		return elementBytes
	}
	n, _ := m.Size().(types.Int)
	return times(int(n)+1, elementBytes)
}

func splitUp(args []ref.Val) int {
	s, ok1 := args[0].(types.String)
	by, ok2 := args[1].(types.String)
	if !ok1 || !ok2 {
		return 0
	}
	parts := strings.Count(string(s), string(by)) + 1
	if len(args) > 2 {
		if most, ok := args[2].(types.Int); ok && most >= 0 {
			parts = min(parts, int(most))
		}
	}
	return times(parts, elementBytes) + len(s)/scannedPerByte
}

// formatted is about what a format makes of its values; CEL bounds the precision.
func formatted(args []ref.Val) int {
	s, ok := args[0].(types.String)
	l, isList := args[1].(traits.Lister)
	if !ok || !isList {
		return 0
	}
	return len(s) + written(l, maxWork)
}

// written is about how many bytes a value is as text; it stops at most.
func written(v ref.Val, most int) int {
	switch v := v.(type) {
	case types.String:
		return 2 + len(v)
	case types.Bytes:
		return 2 + 2*len(v)
	case jsonValue:
		return 2 * len(v.json())
	case *types.Optional:
		if v.HasValue() {
			return written(v.GetValue(), most)
		}
	case traits.Lister:
		return writtenAll(v.Iterator(), nil, most)
	case traits.Mapper:
		return writtenAll(v.Iterator(), v, most)
	case types.Double:
		return numberBytes
	}
	return elementBytes
}

// writtenAll is written for the elements of a list, or the keys of a map and
// what stands under them.
func writtenAll(it traits.Iterator, in traits.Mapper, most int) int {
	sum := 2
	for sum <= most && it.HasNext() == types.True {
		v := it.Next()
		sum += 2 + written(v, most-sum)
		if in != nil && sum <= most {
			if v, ok := in.Find(v); ok {
				sum += written(v, most-sum)
			}
		}
	}
	return sum
}

// jsonBytes is how long the arguments are as JSON.
func jsonBytes(args []ref.Val) int {
	sum := 0
	for _, v := range args {
		if j, ok := v.(jsonValue); ok {
			sum += len(j.json())
			continue
		}
		sum += written(v, MaxSteps*bytesPerStep-sum)
	}
	return sum
}

// picked is what gjson() reads, or makes where that is more.
func picked(args []ref.Val) int {
	path, _ := args[1].(types.String)
	sum := jsonBytes(args[:1])
	if _, parsed := args[0].(jsonValue); parsed && !strings.ContainsAny(string(path), "@{[") {
		return sum / bytesPerRead
	}
	p := pathCheck{text: string(path)}
	if p.path(0, len(p.text), 0); p.fault != nil {
		return sum
	}
	if strings.Contains(p.text, "@dig") { // which may find each level again
		doc, ok := args[0].(jsonValue)
		if !ok {
			return sum
		}
		return max(sum, nestedSize(gjson.Parse(doc.json()).Raw)/scannedPerByte)
	}
	return min(sum*max(p.growth(0, len(p.text)), 1), MaxSteps*bytesPerStep+bytesPerStep)
}

func pairs(args []ref.Val) int { return times(size(args[0]), size(args[1])) }

func replaced(args []ref.Val) int {
	s, ok1 := args[0].(types.String)
	old, ok2 := args[1].(types.String)
	if !ok1 || !ok2 {
		return 0
	}
	return len(s) + times(strings.Count(string(s), string(old)), size(args[2]))
}

func joined(args []ref.Val) int {
	l, ok := args[0].(traits.Lister)
	if !ok {
		return 0
	}
	sum := 0
	if len(args) > 1 {
		sum = times(size(l), size(args[1]))
	}
	for it := l.Iterator(); sum <= maxWork && it.HasNext() == types.True; {
		if s, ok := it.Next().(types.String); ok {
			sum += len(s)
		}
	}
	return sum
}

func countElements(v ref.Val, most int) int {
	l, ok := v.(traits.Lister)
	if !ok {
		return 1
	}
	sum := 0
	for it := l.Iterator(); sum <= most && it.HasNext() == types.True; {
		sum += countElements(it.Next(), most-sum)
	}
	return sum
}
