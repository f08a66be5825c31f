package secret

import (
	"slices"
	"sync"
	"sync/atomic"
)

// table holds forms of secrets, each at least prefixLength bytes long. One
// goroutine adds at a time; others read meanwhile.
type table struct {
	values  sync.Map     // value → true
	count   atomic.Int64 // of values
	filter  filter
	buckets sync.Map // prefix as uint32 → *bucket
}

// filter tells by one bit for each hash of a prefix where a form may begin.
type filter [filterBits / 64]atomic.Uint64

func (f *filter) set(prefix uint32) {
	bit := hash(prefix)
	f[bit/64].Or(1 << (bit % 64))
}

func (f *filter) mayHold(prefix uint32) bool {
	bit := hash(prefix)
	return f[bit/64].Load()&(1<<(bit%64)) != 0
}

// union returns what either lets pass.
func union(a, b *filter) *filter {
	var all filter
	for i := range all {
		all[i].Store(a[i].Load() | b[i].Load())
	}
	return &all
}

// form is one way to write a secret.
type form struct {
	text string
	name string
}

// bucket holds the forms that begin with one prefix, which many may, such as
// those of JSON Web Tokens. Few lengths are among them.
type bucket struct {
	mu      sync.RWMutex
	lengths []int // of the forms, the longest first
	names   map[string]string
}

const (
	prefixLength = 4
	filterBits   = 1 << 16
)

func (t *table) holds(value string) bool {
	_, ok := t.values.Load(value)
	return ok
}

func (t *table) note(value string) {
	t.values.Store(value, true)
	t.count.Add(1)
}

// add puts the form in its bucket. The bit that the readers see is set behind it,
// so that whoever sees the bit finds the form.
func (t *table) add(f form) {
	prefix := prefixOf(f.text)
	found, ok := t.buckets.Load(prefix)
	if !ok {
		found = &bucket{names: map[string]string{}}
		t.buckets.Store(prefix, found)
	}
	found.(*bucket).add(f)
	t.filter.set(prefix)
}

func (b *bucket) add(f form) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.names[f.text]; ok {
		return
	}
	b.names[f.text] = f.name
	at, ok := slices.BinarySearchFunc(b.lengths, len(f.text), func(have, n int) int { return n - have })
	if !ok {
		b.lengths = slices.Insert(b.lengths, at, len(f.text))
	}
}

// at returns the longest form that text, which has this prefix, begins with.
func (t *table) at(prefix uint32, text string) (form, bool) {
	found, ok := t.buckets.Load(prefix)
	if !ok {
		return form{}, false
	}
	b := found.(*bucket)
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, n := range b.lengths {
		if n > len(text) {
			continue
		}
		if name, ok := b.names[text[:n]]; ok {
			return form{text[:n], name}, true
		}
	}
	return form{}, false
}

func prefixOf(text string) uint32 {
	return uint32(text[0])<<24 | uint32(text[1])<<16 | uint32(text[2])<<8 | uint32(text[3])
}

// hash spreads a prefix over the bits of the filter (Knuth's multiplicative hashing).
func hash(prefix uint32) uint32 { return prefix * 2654435761 >> 16 }
