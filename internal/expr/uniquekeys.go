package expr

import (
	"hash/maphash"
	"math"
	"slices"
	"strings"
)

// keyScan walks through JSON once and looks for an object that has a key twice
// (see [Readings]).
type keyScan struct {
	text string
	// keys are where the keys of the objects that are open begin and end.
	keys []keySpan
	// open says for each object and array that is open where in keys its own
	// begin. Those of an array are none.
	open   []uint32
	unique bool
	// escapes tells that there are any in the text.
	escapes bool
}

// keySpan is where a key begins and ends, quotes included.
type keySpan struct{ from, end uint32 }

// scanJSON tells whether text is nested too deeply for the recursive parsers,
// before which it runs, and whether no object in it has a key twice. Of text that
// is no JSON it says nothing of keys.
func scanJSON(text string) (deep, unique bool) {
	var keys [48]keySpan
	var open [24]uint32
	s := keyScan{text: text, keys: keys[:0], open: open[:0], unique: len(text) <= math.MaxUint32, escapes: strings.IndexByte(text, '\\') >= 0}
	for i := 0; i < len(text); {
		switch class[text[i]] {
		case 0:
			i++
			continue
		case quoteClass:
			end := skipString(text, i)
			if isKey(text, end) {
				s.keys = append(s.keys, keySpan{uint32(i), uint32(end)})
			}
			i = end
			continue
		case openClass:
			if s.open = append(s.open, uint32(len(s.keys))); len(s.open) > maxDepth {
				return true, false
			}
		case closeClass:
			s.close()
		}
		i++
	}
	return false, s.unique
}

// isKey tells whether a colon follows the string that ends at i.
func isKey(s string, i int) bool {
	for ; i < len(s); i++ {
		switch s[i] {
		case ':':
			return true
		case ' ', '\t', '\r', '\n':
		default:
			return false
		}
	}
	return false
}

// close ends the object or array that was opened last.
func (s *keyScan) close() {
	if len(s.open) == 0 { // it is no JSON
		return
	}
	last := len(s.open) - 1
	from := int(s.open[last])
	s.open = s.open[:last]
	if s.unique && len(s.keys)-from > 1 {
		s.unique = !s.hasTwice(s.keys[from:])
	}
	s.keys = s.keys[:from]
}

// hasTwice tells whether two of the keys of an object are equal.
func (s *keyScan) hasTwice(keys []keySpan) bool {
	if len(keys) > fewKeys {
		return s.hasTwiceAmongMany(keys)
	}
	for i, a := range keys {
		for _, b := range keys[:i] {
			if s.same(a, b) {
				return true
			}
		}
	}
	return false
}

// same tells whether two keys are equal, however they are spelled.
func (s *keyScan) same(a, b keySpan) bool {
	x, y := s.text[a.from:a.end], s.text[b.from:b.end]
	return x == y || s.escapes && unquote(x) == unquote(y)
}

var keySeed = maphash.MakeSeed()

// hasTwiceAmongMany compares keys whose hashes are equal.
func (s *keyScan) hasTwiceAmongMany(keys []keySpan) bool {
	hashes := make([]uint64, len(keys)) // with the number of the key in the lower half
	for i, k := range keys {
		hashes[i] = maphash.String(keySeed, unquote(s.text[k.from:k.end]))&^math.MaxUint32 | uint64(i)
	}
	slices.Sort(hashes)
	for i, h := range hashes {
		// Nearly always none, and never many, have the same hash and are different.
		for j := i - 1; j >= 0 && hashes[j]>>32 == h>>32; j-- {
			if s.same(keys[uint32(hashes[j])], keys[uint32(h)]) {
				return true
			}
		}
	}
	return false
}
