package demo

import "slices"

// store keeps values by key in the order in which they came, up to a limit:
// beyond it the oldest that is not pinned makes room.
type store[T any] struct {
	limit  int
	pinned int // so many of the oldest never make room
	keys   []string
	values map[string]*T
}

// newStore returns an empty store for at most limit values.
func newStore[T any](limit int) *store[T] {
	return &store[T]{limit: limit, values: map[string]*T{}}
}

// get returns the value under key, or nil.
func (s *store[T]) get(key string) *T { return s.values[key] }

// add puts a value under a key, replacing the one there. It returns the value
// that had to go to make room, or nil.
func (s *store[T]) add(key string, value *T) (evicted *T) {
	if _, ok := s.values[key]; !ok {
		if len(s.keys) >= s.limit {
			oldest := s.keys[s.pinned]
			evicted = s.values[oldest]
			s.remove(oldest)
		}
		s.keys = append(s.keys, key)
	}
	s.values[key] = value
	return evicted
}

// remove forgets the value under key and tells whether there was one.
func (s *store[T]) remove(key string) bool {
	if _, ok := s.values[key]; !ok {
		return false
	}
	delete(s.values, key)
	at := slices.Index(s.keys, key)
	s.keys = slices.Delete(s.keys, at, at+1)
	if at < s.pinned {
		s.pinned--
	}
	return true
}

// pin keeps what is in the store now from making room for others. There must
// be room left.
func (s *store[T]) pin() { s.pinned = len(s.keys) }

// len returns the number of values.
func (s *store[T]) len() int { return len(s.keys) }

// each calls visit for every value, oldest first.
func (s *store[T]) each(visit func(*T)) {
	for _, key := range s.keys {
		visit(s.values[key])
	}
}
