package expr

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// Stream returns the random numbers of one row of one query of a suite (row 0
// where there are no rows). They follow from the arguments alone, so that they
// do not depend on what runs when.
func Stream(seed uint64, suite, query string, row int) *rand.Rand {
	return rand.New(&stream{seed: seed, suite: suite, query: query, row: row})
}

// stream is the source of a Stream, seeded when it is drawn from: few expressions
// ask for random numbers.
type stream struct {
	seed         uint64
	suite, query string
	row          int
	drawn        *rand.ChaCha8
}

// Uint64 implements rand.Source.
func (s *stream) Uint64() uint64 {
	if s.drawn == nil {
		s.drawn = rand.NewChaCha8(s.key())
	}
	return s.drawn.Uint64()
}

func (s *stream) key() [sha256.Size]byte {
	b := binary.BigEndian.AppendUint64(nil, s.seed)
	for _, text := range []string{s.suite, s.query} {
		b = append(binary.BigEndian.AppendUint64(b, uint64(len(text))), text...)
	}
	return sha256.Sum256(binary.BigEndian.AppendUint64(b, uint64(s.row)))
}

// newUUID draws a random UUID (RFC 9562, version 4).
func newUUID(r *rand.Rand) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], r.Uint64())
	binary.BigEndian.PutUint64(b[8:], r.Uint64())
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	s := hex.EncodeToString(b[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// randomInt draws from lo to hi, both included.
func randomInt(r *rand.Rand, lo, hi types.Int) ref.Val {
	if lo > hi {
		return types.WrapErr(&EvalError{
			Message: "random_int got a lower end that is above the upper end",
			Hint:    "write the smaller number first",
		})
	}
	span := uint64(hi) - uint64(lo) + 1 // 0 where all of int64 is wanted
	if span == 0 {
		return types.Int(r.Uint64())
	}
	return types.Int(uint64(lo) + r.Uint64N(span))
}
