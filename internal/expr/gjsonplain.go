package expr

import (
	"strconv"

	"cel.dev/cel-go/common/types/ref"
	"github.com/tidwall/gjson"
)

// largeJSON is the number of bytes from which on it pays to remember where the
// parts of an object or array begin. Each look-up of gjson starts at the beginning.
const largeJSON = 64 << 10

// LookupPlain returns what a gjson path of plain keys and indexes leads to in a
// large body, which remembers for the next look-up what it has seen. ok is false
// where it is left to [Lookup]: in a small body, of any other path, where a key
// stands twice, and where there is nothing.
func LookupPlain(body ref.Val, keys []string) (found gjson.Result, ok bool) {
	v := asSpelled(body)
	if value, is := v.(jsonValue); !is || len(value.json()) < largeJSON || len(keys) == 0 || !HasUniqueKeys(v) {
		return gjson.Result{}, false
	}
	raw := ""
	for i, key := range keys {
		if v, raw, ok = plainStep(v, key, i == len(keys)-1); !ok {
			return gjson.Result{}, false
		}
	}
	return gjson.Parse(raw), true
}

// plainStep returns what stands under a key, as it stands there; unless it is the
// last, with its value.
func plainStep(v ref.Val, key string, last bool) (value ref.Val, raw string, ok bool) {
	if !isPlainKey(key) {
		return nil, "", false
	}
	switch v := v.(type) {
	case *jsonMap:
		l := v.members()
		i := l.find(v.raw, key)
		if i < 0 {
			return nil, "", false
		}
		if raw = v.value(l, i); !last {
			value = v.kid(l, i, raw)
		}
		return value, raw, true
	case *jsonList:
		i, err := strconv.Atoi(key)
		if err != nil || strconv.Itoa(i) != key || i < 0 || i >= v.len() {
			return nil, "", false
		}
		l := v.elements()
		if raw = v.element(l, i); !last {
			value = v.kid(l, i, raw)
		}
		return value, raw, true
	}
	return nil, "", false
}

// isPlainKey tells keys that gjson takes as they are.
func isPlainKey(key string) bool {
	for i := range len(key) {
		if !isNameByte(key[i]) {
			return false
		}
	}
	return key != ""
}
